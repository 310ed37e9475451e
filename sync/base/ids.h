// Random ids, 12 bytes each (96 bits: no collision in the life of any
// newsroom). DocumentId::Make(random) makes one; ids say nothing of who or
// when.
#ifndef DATELINE_SYNC_BASE_IDS_H_
#define DATELINE_SYNC_BASE_IDS_H_

#include "sync/base/bytes.h"

namespace dateline::sync {

#define DATELINE_ID_(Type, name, size)               \
  struct Type##Tag {                                 \
    static constexpr absl::string_view kName = name; \
  };                                                 \
  using Type = FixedBytes<Type##Tag, size>

DATELINE_ID_(DocumentId, "document id", 12);
DATELINE_ID_(AssignmentId, "assignment id", 12);
DATELINE_ID_(PersonId, "person id", 12);
DATELINE_ID_(DeviceId, "device id", 12);  // a phone, a browser's server, home
DATELINE_ID_(EpochId, "epoch id", 12);    // new after every server restore
DATELINE_ID_(OrganizationId, "organization id", 12);

#undef DATELINE_ID_

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_BASE_IDS_H_

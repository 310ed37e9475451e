// Is this body one that a replica may accept? Limits, UTF-8, enum zero,
// field shapes, value kinds, NaN, latitudes, text columns, OpRef indexes.
// Unknown fields, kinds and enum values pass: they are kept and relayed.
#ifndef DATELINE_SYNC_WIRE_CHECK_H_
#define DATELINE_SYNC_WIRE_CHECK_H_

#include "absl/status/status.h"
#include "sync/model/change.h"

namespace dateline::sync {

// Errors name the field, the limit and what was got; never content.
absl::Status CheckChange(const Change& change);
// The same for whoever has just written its bytes from these messages.
absl::Status CheckChange(const Change& change, const v1::Structure& structure,
                         const v1::Content& content);

// The permission class that the ops of a change need at least. An op, or a
// request, that this reader does not know asks for nothing here: only its
// author's header says what it needs. It never hides what stands beside it.
PermissionClass RequiredClass(const v1::Structure& structure,
                              DocumentKind kind);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_WIRE_CHECK_H_

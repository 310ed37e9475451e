// What a reader of this schema knows of an op: its lane, the values it
// carries, whether it is content.
#ifndef DATELINE_SYNC_MERGE_OPS_H_
#define DATELINE_SYNC_MERGE_OPS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "dateline/v1/change.pb.h"
#include "sync/model/feed.h"

namespace dateline::sync {

// The fields of the values that the op carries, in their order.
std::vector<uint32_t> FieldsOf(const v1::Op& op);

// True if the op is of a kind that this reader knows and may stand in `lane`.
// One in a wrong lane has no effect, or replicas that are not served lane 3
// would differ from those that are.
bool Applies(const v1::Op& op, Lane lane);

// True if an op that applies has fields that this reader does not know.
bool HasUnknownFields(const v1::Op& op);

// Content ops move the version: fields, items, text, life.
bool IsContent(const v1::Op& op);

// An op of a change that has effect, with its values.
struct OpView {
  int node = 0;   // of the History
  int index = 0;  // in Structure.ops
  const v1::Op* op = nullptr;
  // One a field of FieldsOf(*op). Null: redacted, not served, or unknown.
  std::vector<const v1::Value*> values;

  // The text of the value of `field`; empty if there is none.
  std::string TextOf(uint32_t field) const;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_OPS_H_

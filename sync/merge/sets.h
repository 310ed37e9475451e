// Observed-remove sets, add wins: a removal names the adding ops it saw, and
// an element stays while one of its adds is left (DESIGN 5).
#ifndef DATELINE_SYNC_MERGE_SETS_H_
#define DATELINE_SYNC_MERGE_SETS_H_

#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "dateline/v1/document.pb.h"
#include "sync/merge/history.h"

namespace dateline::sync {

class Sets {
 public:
  explicit Sets(const History& history) : history_(history) {}
  void Add(const OpView& op);
  void Remove(const OpView& op);
  // By field, then value bytes; redacted elements (no value) first.
  void Emit(google::protobuf::RepeatedPtrField<v1::ValueSet>* out) const;

 private:
  using OpKey = std::pair<std::string, uint32_t>;  // change hash, op
  // Field and value bytes to the adds of that value.
  using Key = std::pair<uint32_t, std::string>;

  const History& history_;  // not owned
  absl::btree_map<Key, absl::btree_set<OpKey>> adds_;
  absl::btree_set<std::pair<uint32_t, OpKey>> removed_;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_SETS_H_

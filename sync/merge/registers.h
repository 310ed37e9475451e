// Multi-value registers: a write replaces exactly the writes its author saw,
// or names; what is left is shown, all of it (DESIGN 5). Thread-compatible.
#ifndef DATELINE_SYNC_MERGE_REGISTERS_H_
#define DATELINE_SYNC_MERGE_REGISTERS_H_

#include <cstdint>
#include <vector>

#include "absl/container/btree_map.h"
#include "dateline/v1/document.pb.h"
#include "sync/merge/history.h"

namespace dateline::sync {

// One write that may be replaced: an op of a node.
struct OpPlace {
  int node = 0;
  int op = 0;
};

// Drops from *writes what the author of `next` saw or names, then adds it.
// Writes come in the order of the history.
void Replace(const History& history, OpPlace next,
             std::vector<OpPlace>* writes);

class Registers {
 public:
  explicit Registers(const History& history) : history_(history) {}

  // In the order of the history. `value` may be null: redacted.
  void Write(uint32_t field, const OpView& op, const v1::Value* value);

  // By field. Equal values collapse; a value that nobody knows equals none.
  void Emit(google::protobuf::RepeatedPtrField<v1::Register>* out) const;

 private:
  struct Entry {
    OpPlace place;
    const v1::Value* value;
  };
  const Hash& HashOf(const Entry& entry) const;
  void EmitOne(const std::vector<Entry>& entries, v1::Register* out) const;
  void EmitGroup(const std::vector<Entry>& group, v1::Register* out) const;

  const History& history_;  // not owned
  absl::btree_map<uint32_t, std::vector<Entry>> fields_;
};

// Registers that hold more than one value.
uint32_t CountConflicts(
    const google::protobuf::RepeatedPtrField<v1::Register>& registers);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_REGISTERS_H_

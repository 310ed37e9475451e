#include "sync/merge/registers.h"

#include <algorithm>
#include <string>

#include "sync/model/fields.h"

namespace dateline::sync {
namespace {

bool Replaces(const History& history, OpPlace next, OpPlace old) {
  if (next.node == old.node) return true;  // a later op of the same change
  return history.Knew(next.node, old.node);
}

}  // namespace

void Replace(const History& history, OpPlace next,
             std::vector<OpPlace>* writes) {
  std::erase_if(*writes,
                [&](OpPlace old) { return Replaces(history, next, old); });
  writes->push_back(next);
}

void Registers::Write(uint32_t field, const OpView& op,
                      const v1::Value* value) {
  std::vector<Entry>& entries = fields_[field];
  const OpPlace place{op.node, op.index};
  std::erase_if(entries, [&](const Entry& old) {
    return Replaces(history_, place, old.place);
  });
  entries.push_back({place, value});
}

void Registers::Emit(
    google::protobuf::RepeatedPtrField<v1::Register>* out) const {
  for (const auto& [field, entries] : fields_) {
    v1::Register* const added = out->Add();
    added->set_field(field);
    EmitOne(entries, added);
  }
}

void Registers::EmitOne(const std::vector<Entry>& entries,
                        v1::Register* out) const {
  std::vector<Entry> sorted = entries;
  std::ranges::sort(sorted, [&](const Entry& a, const Entry& b) {
    return history_.node(a.place.node).hash() <
           history_.node(b.place.node).hash();
  });
  if (out->field() != kFigureRecord) {  // numbers have no provisional winner
    const auto winner =
        std::ranges::max_element(sorted, [&](const Entry& a, const Entry& b) {
          return history_.Before(a.place.node, b.place.node);
        });
    std::rotate(sorted.begin(), winner, winner + 1);
  }
  absl::btree_map<std::string, int> by_value;
  for (const Entry& entry : sorted) {
    const v1::Authored by = history_.AuthoredBy(entry.place.node);
    if (entry.value != nullptr) {
      const auto [known, first] = by_value.try_emplace(
          entry.value->SerializeAsString(), out->writes_size());
      if (!first) {
        *out->mutable_writes(known->second)->add_also() = by;
        continue;
      }
    }
    v1::Write* const write = out->add_writes();
    if (entry.value != nullptr) *write->mutable_value() = *entry.value;
    *write->mutable_by() = by;
    write->set_op(entry.place.op);
  }
}

uint32_t CountConflicts(
    const google::protobuf::RepeatedPtrField<v1::Register>& registers) {
  return static_cast<uint32_t>(std::ranges::count_if(
      registers, [](const v1::Register& r) { return r.writes_size() > 1; }));
}

}  // namespace dateline::sync

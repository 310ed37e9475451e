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

// Of those who wrote an equal value the last stands in front; of a figure,
// which has no winner, the first by hash.
void Registers::EmitOne(const std::vector<Entry>& entries,
                        v1::Register* out) const {
  if (entries.size() == 1) return EmitGroup(entries, out);  // by far the most
  const bool ranked = out->field() != kFigureRecord;
  std::vector<Entry> sorted = entries;
  std::ranges::sort(sorted, [&](const Entry& a, const Entry& b) {
    if (ranked) return history_.Before(b.place.node, a.place.node);
    return HashOf(a) < HashOf(b);
  });
  std::vector<std::vector<Entry>> groups;  // of equal values
  absl::btree_map<std::string, size_t> by_value;
  for (const Entry& entry : sorted) {
    size_t group = groups.size();
    if (entry.value != nullptr) {
      group = by_value.try_emplace(entry.value->SerializeAsString(), group)
                  .first->second;
    }
    if (group == groups.size()) groups.emplace_back();
    groups[group].push_back(entry);
  }
  if (groups.size() > 1) {
    std::ranges::sort(groups.begin() + (ranked ? 1 : 0), groups.end(), {},
                      [&](const auto& group) { return HashOf(group[0]); });
  }
  for (std::vector<Entry>& group : groups) {
    std::ranges::sort(group.begin() + 1, group.end(), {},
                      [&](const Entry& entry) { return HashOf(entry); });
    EmitGroup(group, out);
  }
}

// Entries of one value, in the order in which they are named.
void Registers::EmitGroup(const std::vector<Entry>& group,
                          v1::Register* out) const {
  v1::Write* const write = out->add_writes();
  if (group[0].value != nullptr) *write->mutable_value() = *group[0].value;
  *write->mutable_by() = history_.AuthoredBy(group[0].place.node);
  write->set_op(group[0].place.op);
  for (size_t i = 1; i < group.size(); ++i) {
    *write->add_also() = history_.AuthoredBy(group[i].place.node);
  }
}

const Hash& Registers::HashOf(const Entry& entry) const {
  return history_.node(entry.place.node).hash();
}

uint32_t CountConflicts(
    const google::protobuf::RepeatedPtrField<v1::Register>& registers) {
  return static_cast<uint32_t>(std::ranges::count_if(
      registers, [](const v1::Register& r) { return r.writes_size() > 1; }));
}

}  // namespace dateline::sync

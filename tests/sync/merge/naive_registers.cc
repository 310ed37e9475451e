#include <algorithm>
#include <functional>
#include <tuple>

#include "sync/model/fields.h"
#include "sync/text/draft.h"
#include "sync/text/merge.h"
#include "tests/sync/merge/naive.h"

namespace dateline::testing {
namespace {

using sync::Hash;
using sync::Lane;
using History = NaiveHistory;
using Field = NaiveField;

}  // namespace

bool NaiveIsLive(const NaiveOp& op, const std::vector<NaiveOp>& writes) {
  return std::none_of(writes.begin(), writes.end(), [&](const NaiveOp& other) {
    return History::Replaced(op, other);
  });
}

// One register of all its writes. `value` finds the value of a write.
v1::Register NaiveRegisterOf(uint32_t field,
                             const std::vector<NaiveOp>& writes) {
  v1::Register out;
  out.set_field(field);
  std::map<std::string, std::vector<NaiveOp>> groups;  // by value
  for (const NaiveOp& op : writes) {
    if (!NaiveIsLive(op, writes)) continue;
    std::string key = "unknown " + op.by->hash();
    for (const auto& [at, value] : op.values) {
      if (at == field && value != nullptr) {
        key = "value " + value->SerializeAsString();
      }
    }
    groups[key].push_back(op);
  }
  const bool ranked = field != sync::kFigureRecord;
  std::vector<v1::Write> shown;
  for (auto& [key, ops] : groups) {
    const auto better = [&](const NaiveOp& a, const NaiveOp& b) {
      return ranked ? a.by->time() > b.by->time() : a.by->hash() < b.by->hash();
    };
    const NaiveOp best = *std::min_element(ops.begin(), ops.end(), better);
    v1::Write write;
    for (const auto& [at, value] : best.values) {
      if (at == field && value != nullptr) *write.mutable_value() = *value;
    }
    *write.mutable_by() = History::By(*best.by);
    write.set_op(best.index);
    std::map<std::string, v1::Authored> also;
    for (const NaiveOp& op : ops) {
      if (op.by != best.by) also[op.by->hash()] = History::By(*op.by);
    }
    for (const auto& [hash, by] : also) *write.add_also() = by;
    shown.push_back(write);
  }
  const auto time = [](const v1::Write& w) {
    return std::make_pair(w.by().lamport(), w.by().change());
  };
  std::sort(shown.begin(), shown.end(), [](const auto& a, const auto& b) {
    return a.by().change() < b.by().change();
  });
  if (ranked) {
    const auto winner = std::max_element(
        shown.begin(), shown.end(),
        [&](const auto& a, const auto& b) { return time(a) < time(b); });
    std::rotate(shown.begin(), winner, winner + 1);
  }
  for (const v1::Write& write : shown) *out.add_writes() = write;
  return out;
}

}  // namespace dateline::testing

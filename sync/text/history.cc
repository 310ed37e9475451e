#include "sync/text/history.h"

#include <algorithm>
#include <queue>
#include <utility>

#include "sync/base/check.h"

namespace dateline::sync::text {

History::History(const std::vector<Edit>& edits) {
  OrderTurns(edits);
  ListParents(edits);
  FindCritical();
}

void History::OrderTurns(const std::vector<Edit>& edits) {
  const size_t n = edits.size();
  std::vector<uint32_t> begin(n + 2);  // of an edit's children, one further on
  for (uint32_t edit = 0; edit < n; ++edit) {
    for (const uint32_t parent : edits[edit].parents) {
      DATELINE_CHECK(parent < edit);
      ++begin[parent + 2];
    }
  }
  for (size_t i = 2; i < begin.size(); ++i) begin[i] += begin[i - 1];
  std::vector<uint32_t> children(begin.back());
  std::vector<uint32_t> waits_for(n);
  std::vector<uint32_t> ready;
  for (uint32_t edit = 0; edit < n; ++edit) {
    waits_for[edit] = edits[edit].parents.size();
    if (waits_for[edit] == 0) ready.push_back(edit);
    for (const uint32_t parent : edits[edit].parents) {
      children[begin[parent + 1]++] = edit;
    }
  }
  turn_of_edit_.resize(n);
  edit_of_turn_.reserve(n);
  while (!ready.empty()) {
    const uint32_t edit = ready.back();
    ready.pop_back();
    turn_of_edit_[edit] = edit_of_turn_.size();
    edit_of_turn_.push_back(edit);
    for (uint32_t i = begin[edit]; i < begin[edit + 1]; ++i) {
      if (--waits_for[children[i]] == 0) ready.push_back(children[i]);
    }
  }
}

void History::ListParents(const std::vector<Edit>& edits) {
  parents_begin_.reserve(size() + 1);
  parents_.reserve(size());
  for (const uint32_t edit : edit_of_turn_) {
    const size_t begin = parents_.size();
    parents_begin_.push_back(begin);
    for (const uint32_t parent : edits[edit].parents) {
      parents_.push_back(turn_of_edit_[parent]);
    }
    std::sort(parents_.begin() + begin, parents_.end());
  }
  parents_begin_.push_back(parents_.size());
}

// Turn t is critical if what precedes it is all in its past (no head but t is
// left after it) and whatever follows stands on it: no later parent lies
// before t, and none lacks parents.
void History::FindCritical() {
  const size_t n = size();
  critical_.assign(n, false);
  std::vector<uint32_t> children(n, 0);
  uint32_t heads = 0;
  for (uint32_t turn = 0; turn < n; ++turn) {
    for (const uint32_t parent : parents(turn)) {
      if (children[parent]++ == 0) --heads;
    }
    ++heads;
    critical_[turn] = heads == 1;
  }
  uint32_t lowest_parent = n;
  for (uint32_t turn = n; turn-- > 0;) {
    if (lowest_parent < turn) critical_[turn] = false;
    const absl::Span<const uint32_t> own = parents(turn);
    const uint32_t lowest = own.empty() ? 0 : own.front();
    // A root that is not the first turn stands on nothing at all.
    if (own.empty() && turn > 0) {
      for (uint32_t t = 0; t < turn; ++t) critical_[t] = false;
      return;
    }
    lowest_parent = std::min(lowest_parent, lowest);
  }
}

History::Way History::Between(absl::Span<const uint32_t> from,
                              absl::Span<const uint32_t> to) const {
  enum : uint8_t { kFrom = 1, kTo = 2, kBoth = 3 };
  std::priority_queue<std::pair<uint32_t, uint8_t>> queue;
  for (const uint32_t turn : from) queue.push({turn, kFrom});
  for (const uint32_t turn : to) queue.push({turn, kTo});
  size_t one_sided = queue.size();
  Way way;
  while (one_sided > 0) {
    const uint32_t turn = queue.top().first;
    uint8_t side = 0;
    while (!queue.empty() && queue.top().first == turn) {
      if (queue.top().second != kBoth) --one_sided;
      side |= queue.top().second;
      queue.pop();
    }
    if (side == kFrom) way.back.push_back(turn);
    if (side == kTo) way.forth.push_back(turn);
    for (const uint32_t parent : parents(turn)) {
      queue.push({parent, side});
      if (side != kBoth) ++one_sided;
    }
  }
  std::reverse(way.forth.begin(), way.forth.end());
  return way;
}

Awareness::Awareness(const History& history, uint32_t first, uint32_t end)
    : first_(first), branch_of_(end - first) {
  FindBranches(history, end);
  const size_t words = (branches_.size() + 63) / 64;
  past_.resize(branches_.size());
  for (uint32_t number = 0; number < branches_.size(); ++number) {
    std::vector<uint64_t>& past = past_[number];
    past.assign(words, 0);
    for (const uint32_t parent : history.parents(branches_[number].begin)) {
      if (parent < first) continue;
      const uint32_t seen = branch_of_[parent - first];
      past[seen / 64] |= uint64_t{1} << (seen % 64);
      for (size_t i = 0; i < words; ++i) past[i] |= past_[seen][i];
    }
  }
}

void Awareness::FindBranches(const History& history, uint32_t end) {
  std::vector<uint32_t> children(end - first_, 0);
  for (uint32_t turn = first_; turn < end; ++turn) {
    for (const uint32_t parent : history.parents(turn)) {
      if (parent >= first_) ++children[parent - first_];
    }
  }
  for (uint32_t turn = first_; turn < end; ++turn) {
    const absl::Span<const uint32_t> parents = history.parents(turn);
    const bool goes_on = turn > first_ && parents.size() == 1 &&
                         parents[0] == turn - 1 &&
                         children[turn - 1 - first_] == 1;
    if (!goes_on) branches_.push_back({turn, turn});
    branches_.back().end = turn + 1;
    branch_of_[turn - first_] = branches_.size() - 1;
  }
}

}  // namespace dateline::sync::text

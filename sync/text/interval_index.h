// Finds the intervals that meet or hold a given one, in O(log n) and the
// number found.
#ifndef DATELINE_SYNC_TEXT_INTERVAL_INDEX_H_
#define DATELINE_SYNC_TEXT_INTERVAL_INDEX_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sync/text/slice.h"

namespace dateline::sync::text {

// A sorted array read as a balanced tree, with the highest end below each
// node. Add all, Build, then ask. Thread-compatible.
class IntervalIndex {
 public:
  void Reserve(size_t count) { entries_.reserve(count); }
  void Add(const Interval& interval, uint32_t turn) {
    entries_.push_back({interval, turn, 0});
  }

  void Build() {
    std::sort(entries_.begin(), entries_.end(),
              [](const Entry& a, const Entry& b) {
                return a.interval.low < b.interval.low;
              });
    Raise(0, entries_.size());
  }

  // Calls visit(turn) for each that begins at or before `low` and ends at or
  // after `high`: (where.high, where.low) finds what meets `where`,
  // (where.low, where.high) what holds it.
  template <typename Visit>
  void ForEach(uint32_t low, uint32_t high, Visit visit) const {
    Walk(0, entries_.size(), low, high, visit);
  }

 private:
  struct Entry {
    Interval interval;
    uint32_t turn = 0;
    uint32_t highest = 0;  // of the subtree
  };

  uint32_t Raise(size_t begin, size_t end) {
    if (begin == end) return 0;
    const size_t middle = begin + (end - begin) / 2;
    Entry& entry = entries_[middle];
    entry.highest = std::max(
        {entry.interval.high, Raise(begin, middle), Raise(middle + 1, end)});
    return entry.highest;
  }

  template <typename Visit>
  void Walk(size_t begin, size_t end, uint32_t low, uint32_t high,
            Visit& visit) const {
    if (begin == end) return;
    const size_t middle = begin + (end - begin) / 2;
    const Entry& entry = entries_[middle];
    if (entry.highest < high) return;
    Walk(begin, middle, low, high, visit);
    if (entry.interval.low > low) return;
    if (entry.interval.high >= high) visit(entry.turn);
    Walk(middle + 1, end, low, high, visit);
  }

  std::vector<Entry> entries_;
};

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_INTERVAL_INDEX_H_

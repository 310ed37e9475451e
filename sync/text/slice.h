// The text of a stretch as some of the edits made it.
#ifndef DATELINE_SYNC_TEXT_SLICE_H_
#define DATELINE_SYNC_TEXT_SLICE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "sync/text/replay.h"

namespace dateline::sync::text {

// Places in the merged sequence: scalar number k is 2k + 1, the gap before it
// 2k. Both ends belong to it.
struct Interval {
  uint32_t low = 0;
  uint32_t high = 0;

  bool Meets(const Interval& other) const {
    return low <= other.high && other.low <= high;
  }
  bool Holds(const Interval& other) const {
    return low <= other.low && other.high <= high;
  }
  // Its scalars: numbers [first(), end()).
  uint32_t first() const { return low / 2; }
  uint32_t end() const { return high / 2 + high % 2; }
};

// Reads the sequence at other versions than the one it stands at; what held
// edits did is left out, and no erased word is read. Thread-compatible.
class Slices {
 public:
  // Borrows the replay, which outlives it. Of turns [first, end); all knew
  // whatever went before.
  Slices(const Replay& replay, uint32_t first, uint32_t end)
      : replay_(replay), first_(first), silent_(end - first) {}

  // The stretch as all turns but those of `involved` made it that are not in
  // `heard`, a part of them. Both ascending.
  std::u32string Read(const Interval& where,
                      const std::vector<uint32_t>& involved,
                      const std::vector<uint32_t>& heard);

 private:
  bool Counts(uint32_t turn) const {
    return turn == kNoTurn || turn < first_ || !silent_[turn - first_];
  }
  bool IsShown(const RunRecord& record) const;

  const Replay& replay_;
  const uint32_t first_;
  std::vector<bool> silent_;  // while it reads, by turn
};

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_SLICE_H_

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
  uint64_t low = 0;
  uint64_t high = 0;

  bool Meets(const Interval& other) const {
    return low <= other.high && other.low <= high;
  }
  bool Holds(const Interval& other) const {
    return low <= other.low && other.high <= high;
  }
  // Its scalars: numbers [first(), end()).
  uint64_t first() const { return low / 2; }
  uint64_t end() const { return (high + 1) / 2; }
};

// Reads the sequence at other versions than the one it stands at; what held
// edits did is left out, and no erased word is read. Thread-compatible.
class Slices {
 public:
  // Borrows the replay, which outlives it. Of turns below `end`.
  Slices(const Replay& replay, uint32_t end);

  // The stretch as all turns but those of `involved` made it that are not in
  // `heard`, a part of them. Both ascending.
  std::u32string Read(const Interval& where,
                      const std::vector<uint32_t>& involved,
                      const std::vector<uint32_t>& heard) const;

 private:
  const Replay& replay_;
  std::vector<std::vector<uint32_t>> deleters_;  // turns, by RunHandle
};

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_SLICE_H_

// The text of a stretch as the author of some edit had it.
#ifndef DATELINE_SYNC_TEXT_SLICE_H_
#define DATELINE_SYNC_TEXT_SLICE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "sync/text/history.h"
#include "sync/text/merge.h"
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

// What one side wrote into a span.
struct Voice {
  std::u32string text;
  std::vector<uint32_t> turns;  // ascending
};

// Reads the sequence at other versions than the one it stands at; what held
// edits did is left out. Thread-compatible.
class Slices {
 public:
  // Borrows both; they outlive it. Of turns [replay.remembered(), end).
  Slices(const Replay& replay, const Awareness& awareness, uint32_t end);

  // The stretch as in the version that all of `turns` saw.
  std::u32string SeenByAll(const Interval& where,
                           const std::vector<uint32_t>& turns) const;
  // What `turn` itself inserted into the stretch and nobody deleted.
  std::u32string WrittenBy(const Interval& where, uint32_t turn) const;

  // Equal voices become one; ordered by (lamport, device, seq) of their last
  // edit.
  std::vector<Original> ToOriginals(const History& history,
                                    std::vector<Voice> voices) const;

 private:
  template <typename IsShown>
  std::u32string Read(const Interval& where, IsShown is_shown) const;
  bool Seen(const std::vector<uint32_t>& by, uint32_t turn) const;
  bool SaidBefore(const Voice& a, const Voice& b) const;
  bool WrittenBefore(uint32_t a, uint32_t b) const;

  const Replay& replay_;
  const Awareness& awareness_;
  std::vector<std::vector<uint32_t>> deleters_;  // turns, by RunHandle
};

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_SLICE_H_

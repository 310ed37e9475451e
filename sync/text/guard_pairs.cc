// Which ranges of two branches meet.
#include <algorithm>

#include "sync/text/guard.h"

namespace dateline::sync::text {

// Those that meet, as one range of the last of their turns.
std::vector<Guard::Placed> Guard::Coarse(
    const std::vector<Placed>& ranges) const {
  std::vector<Placed> coarse;
  for (const Placed& next : ranges) {
    if (coarse.empty() || !coarse.back().interval.Meets(next.interval)) {
      coarse.push_back(next);
      continue;
    }
    Placed& last = coarse.back();
    last.turn = std::max(last.turn, next.turn);
    if (next.interval.high <= last.interval.high) continue;
    last.interval.high = next.interval.high;
    last.stretch.high = next.stretch.high;
  }
  return coarse;
}

// At most `max`. Of two that meet, the one that begins later begins inside the
// other: found from that one, in O(log n) and their number.
std::vector<Guard::Pair> Guard::PairsOf(const std::vector<Placed>& a,
                                        const std::vector<Placed>& b,
                                        size_t max) const {
  std::vector<Pair> pairs;
  const auto find = [&](const Placed& outer, const std::vector<Placed>& inner,
                        uint32_t from, bool swapped) {
    auto at = std::lower_bound(inner.begin(), inner.end(), from,
                               [](const Placed& range, uint32_t low) {
                                 return range.interval.low < low;
                               });
    for (; at != inner.end() && at->interval.low <= outer.interval.high &&
           pairs.size() < max;
         ++at) {
      const Placed& first = swapped ? *at : outer;
      const Placed& second = swapped ? outer : *at;
      pairs.push_back(
          {0, first.turn, second.turn, first.stretch, second.stretch});
    }
  };
  for (const Placed& x : a) find(x, b, x.interval.low, false);
  for (const Placed& y : b) find(y, a, y.interval.low + 1, true);
  return pairs;
}

}  // namespace dateline::sync::text

#include "sync/text/guard.h"

#include <algorithm>
#include <iterator>

#include "absl/container/btree_map.h"

namespace dateline::sync::text {
namespace {

Stretch GapOf(const Mark& mark) {
  Stretch stretch;
  stretch.low = mark.left;
  stretch.high = mark.right;
  return stretch;
}

Stretch WordsOf(const Mark& mark) {
  if (mark.first == kNoScalar) return GapOf(mark);
  Stretch stretch;
  stretch.low = mark.first;
  stretch.low_inside = true;
  stretch.high = mark.last;
  stretch.high_inside = true;
  return stretch;
}

}  // namespace

Guard::Guard(const History& history, const Replay& replay)
    : history_(history),
      replay_(replay),
      touched_(history.size()),
      covered_(history.size()) {}

Interval Guard::Place(const Stretch& stretch) const {
  const Sequence& sequence = replay_.sequence();
  Interval interval;
  if (stretch.low != kNoScalar) {
    interval.low =
        2 * sequence.RankOf(stretch.low) + (stretch.low_inside ? 1 : 2);
  }
  interval.high =
      stretch.high == kNoScalar
          ? 2 * sequence.Size(Count::kAll)
          : 2 * sequence.RankOf(stretch.high) + (stretch.high_inside ? 1 : 0);
  return interval;
}

// Those that intersect or touch become one.
std::vector<Guard::Placed> Guard::Unite(
    uint32_t turn, const std::vector<Stretch>& stretches) const {
  std::vector<Placed> placed;
  for (const Stretch& stretch : stretches) {
    placed.push_back({Place(stretch), stretch, turn});
  }
  std::sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return a.interval.low < b.interval.low;
  });
  std::vector<Placed> united;
  for (const Placed& next : placed) {
    if (united.empty() || next.interval.low > united.back().interval.high + 1) {
      united.push_back(next);
    } else if (next.interval.high > united.back().interval.high) {
      united.back().interval.high = next.interval.high;
      united.back().stretch.high = next.stretch.high;
      united.back().stretch.high_inside = next.stretch.high_inside;
    }
  }
  return united;
}

void Guard::Note(uint32_t turn) {
  if (!replay_.Counts(turn)) return;
  const Trail& trail = replay_.trail(turn);
  std::vector<Stretch> touched;
  std::vector<Stretch> covered;
  for (const Mark& mark : trail.touched) {
    touched.push_back(WordsOf(mark));
    covered.push_back(GapOf(mark));
  }
  for (const Mark& mark : trail.runs) {
    touched.push_back(WordsOf(mark));
    covered.push_back(GapOf(mark));
  }
  for (const Placed& range : Unite(turn, touched)) {
    touched_[turn].push_back(range.stretch);
  }
  for (const Placed& range : Unite(turn, covered)) {
    covered_[turn].push_back(range.stretch);
  }
}

void Guard::Compare(uint32_t begin, uint32_t end) {
  std::vector<uint32_t> judges;
  for (uint32_t turn = begin; turn < end; ++turn) {
    Note(turn);
    if (replay_.Counts(turn)) judges.push_back(turn);
  }
  const auto closed = [&](const Pair& p) { return IsClosed(p, judges); };
  pairs_.erase(std::remove_if(pairs_.begin(), pairs_.end(), closed),
               pairs_.end());
  if (end - begin < 2) return;
  const Awareness awareness(history_, begin, end);
  std::vector<std::vector<Placed>> ranges;
  for (uint32_t i = 0; i < awareness.branch_count(); ++i) {
    ranges.push_back(RangesLeft(awareness.branch(i)));
  }
  for (uint32_t a = 0; a < awareness.branch_count(); ++a) {
    for (uint32_t b = a + 1; b < awareness.branch_count(); ++b) {
      if (!awareness.BranchesConcurrent(a, b)) continue;
      judges.clear();
      for (uint32_t c = b + 1; c < awareness.branch_count(); ++c) {
        if (!awareness.BranchSaw(c, a) || !awareness.BranchSaw(c, b)) continue;
        const Awareness::Branch& branch = awareness.branch(c);
        for (uint32_t turn = branch.begin; turn < branch.end; ++turn) {
          if (replay_.Counts(turn)) judges.push_back(turn);
        }
      }
      ComparePair(ranges[a], ranges[b], judges);
    }
  }
}

// The ranges of a branch but for those that a later one of it holds: whatever
// competes with the earlier one competes with the later one too, and what
// closes that closes both. In the order of the text.
std::vector<Guard::Placed> Guard::RangesLeft(
    const Awareness::Branch& branch) const {
  absl::btree_multimap<uint64_t, Placed> left;  // by low
  for (uint32_t turn = branch.end; turn-- > branch.begin;) {
    for (const Stretch& stretch : touched_[turn]) {
      const Interval interval = Place(stretch);
      const auto after = left.upper_bound(interval.low);
      if (after != left.begin() &&
          std::prev(after)->second.interval.Holds(interval)) {
        continue;
      }
      left.insert({interval.low, {interval, stretch, turn}});
    }
  }
  std::vector<Placed> ranges;
  for (const auto& [low, range] : left) ranges.push_back(range);
  return ranges;
}

void Guard::ComparePair(const std::vector<Placed>& a,
                        const std::vector<Placed>& b,
                        const std::vector<uint32_t>& judges) {
  // Of b, [from, ...) may meet this x or a later one: all before it end
  // before x begins.
  size_t from = 0;
  for (const Placed& x : a) {
    while (from < b.size() && b[from].interval.high < x.interval.low) ++from;
    for (size_t i = from; i < b.size(); ++i) {
      const Placed& y = b[i];
      if (y.interval.low > x.interval.high) break;
      if (!x.interval.Meets(y.interval)) continue;
      Pair pair;
      pair.first_turn = x.turn;
      pair.second_turn = y.turn;
      pair.first = x.stretch;
      pair.second = y.stretch;
      if (!IsClosed(pair, judges)) pairs_.push_back(pair);
    }
  }
}

// `judges` have seen both sides of the pair.
bool Guard::IsClosed(const Pair& pair,
                     const std::vector<uint32_t>& judges) const {
  if (judges.empty()) return false;
  const Interval first = Place(pair.first);
  const Interval second = Place(pair.second);
  Interval shared;
  shared.low = std::max(first.low, second.low);
  shared.high = std::min(first.high, second.high);
  for (const uint32_t judge : judges) {
    if (Covers(judge, shared) || Answers(judge, pair)) return true;
  }
  return false;
}

bool Guard::Covers(uint32_t turn, const Interval& shared) const {
  for (const Stretch& stretch : covered_[turn]) {
    if (Place(stretch).Holds(shared)) return true;
  }
  return false;
}

bool Guard::Answers(uint32_t turn, const Pair& pair) const {
  return !replay_.edit(turn).resolves.empty() &&
         IsNamed(turn, pair.first_turn, pair.first) &&
         IsNamed(turn, pair.second_turn, pair.second);
}

// Named itself, or held by a range of a named edit that saw it.
bool Guard::IsNamed(uint32_t resolver, uint32_t turn,
                    const Stretch& range) const {
  const Interval interval = Place(range);
  for (const uint32_t edit : replay_.edit(resolver).resolves) {
    const uint32_t named = history_.turn_of(edit);
    if (named == turn) return true;
    if (named < turn || !replay_.Counts(named)) continue;
    if (!history_.Between({turn}, {named}).back.empty()) continue;
    for (const Stretch& stretch : touched_[named]) {
      if (Place(stretch).Holds(interval)) return true;
    }
  }
  return false;
}

std::vector<Guard::Competition> Guard::Compete() const {
  std::vector<Competition> all;
  for (const Pair& pair : pairs_) {
    const Interval first = Place(pair.first);
    const Interval second = Place(pair.second);
    Competition competition;
    competition.interval.low = std::min(first.low, second.low);
    competition.interval.high = std::max(first.high, second.high);
    competition.pairs.push_back(&pair);
    all.push_back(std::move(competition));
  }
  std::sort(all.begin(), all.end(),
            [](const Competition& a, const Competition& b) {
              return a.interval.low < b.interval.low;
            });
  std::vector<Competition> united;
  for (Competition& next : all) {
    if (united.empty() || !united.back().interval.Meets(next.interval)) {
      united.push_back(std::move(next));
      continue;
    }
    Competition& last = united.back();
    last.interval.high = std::max(last.interval.high, next.interval.high);
    last.pairs.insert(last.pairs.end(), next.pairs.begin(), next.pairs.end());
  }
  return united;
}

// The turns that touched the span, but for what all competitors saw.
std::vector<uint32_t> Guard::Involved(const Awareness& awareness,
                                      const Competition& competition,
                                      uint32_t end) const {
  std::vector<uint32_t> involved;
  for (uint32_t turn = replay_.remembered(); turn < end; ++turn) {
    bool touches = false;
    for (const Stretch& stretch : touched_[turn]) {
      touches = touches || Place(stretch).Meets(competition.interval);
    }
    if (!touches) continue;
    bool seen_by_all = true;
    for (const Pair* pair : competition.pairs) {
      seen_by_all = seen_by_all && awareness.Saw(pair->first_turn, turn) &&
                    awareness.Saw(pair->second_turn, turn);
    }
    if (!seen_by_all) involved.push_back(turn);
  }
  return involved;
}

// Those that no other of them saw.
std::vector<uint32_t> Guard::LastOf(const Awareness& awareness,
                                    const std::vector<uint32_t>& turns) const {
  std::vector<uint32_t> last;
  for (const uint32_t turn : turns) {
    bool seen = false;
    for (const uint32_t other : turns) {
      seen = seen || (other != turn && awareness.Saw(other, turn));
    }
    if (!seen) last.push_back(turn);
  }
  return last;
}

Span Guard::SpanOf(const Awareness& awareness, const Slices& slices,
                   const Competition& competition, uint32_t end) const {
  std::vector<uint32_t> one_sided;
  std::vector<uint32_t> saw_both;
  const std::vector<uint32_t> involved = Involved(awareness, competition, end);
  for (const uint32_t turn : involved) {
    bool both = false;
    for (const Pair* pair : competition.pairs) {
      both = both || (awareness.Saw(turn, pair->first_turn) &&
                      awareness.Saw(turn, pair->second_turn));
    }
    (both ? saw_both : one_sided).push_back(turn);
  }
  Span span;
  span.interval = competition.interval;
  const std::vector<uint32_t> last = LastOf(awareness, one_sided);
  span.base = slices.SeenByAll(span.interval, last);
  std::vector<Voice> voices;
  for (const uint32_t turn : last) {
    Voice voice;
    voice.text = slices.SeenByAll(span.interval, {turn});
    for (const uint32_t other : involved) {
      if (awareness.Saw(turn, other)) voice.turns.push_back(other);
    }
    voices.push_back(std::move(voice));
  }
  // Who saw both sides, wrote into the span and left it open (no app of ours
  // does) is heard with his own words alone: a version of his would blend.
  for (const uint32_t turn : saw_both) {
    Voice voice;
    voice.text = slices.WrittenBy(span.interval, turn);
    voice.turns.push_back(turn);
    if (!voice.text.empty()) voices.push_back(std::move(voice));
  }
  span.originals = slices.ToOriginals(history_, std::move(voices));
  return span;
}

std::vector<Span> Guard::Spans(uint32_t end) const {
  std::vector<Span> spans;
  if (pairs_.empty()) return spans;
  const Awareness awareness(history_, replay_.remembered(), end);
  const Slices slices(replay_, awareness, end);
  for (const Competition& competition : Compete()) {
    spans.push_back(SpanOf(awareness, slices, competition, end));
  }
  return spans;
}

}  // namespace dateline::sync::text

#include "sync/text/guard.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/container/btree_map.h"
#include "sync/text/voices.h"

namespace dateline::sync::text {
namespace {

Stretch GapOf(const Mark& mark) {
  Stretch stretch;
  stretch.low = mark.left;
  stretch.high = mark.right;
  return stretch;
}

Stretch WordsOf(const Mark& mark) {
  if (mark.words.empty()) return GapOf(mark);
  Stretch stretch;
  stretch.low = mark.words.front().id;
  stretch.low_inside = true;
  stretch.high = mark.words.back().id + mark.words.back().length - 1;
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
  const auto closed = std::stable_partition(
      pairs_.begin(), pairs_.end(),
      [&](const Pair& pair) { return !IsClosed(pair, judges); });
  closed_.insert(closed_.end(), closed, pairs_.end());
  pairs_.erase(closed, pairs_.end());
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

// The ranges of a branch in the order of the text; of equal ones the last:
// what competes with one competes with the other, and what closes one closes
// the other.
std::vector<Guard::Placed> Guard::RangesLeft(
    const Awareness::Branch& branch) const {
  absl::btree_map<std::pair<uint64_t, uint64_t>, Placed> left;
  for (uint32_t turn = branch.begin; turn < branch.end; ++turn) {
    for (const Stretch& stretch : touched_[turn]) {
      const Interval interval = Place(stretch);
      left[{interval.low, interval.high}] = {interval, stretch, turn};
    }
  }
  std::vector<Placed> ranges;
  for (const auto& [ends, range] : left) ranges.push_back(range);
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
      (IsClosed(pair, judges) ? closed_ : pairs_).push_back(pair);
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

// An edit that wrote next to what is gone, or into it, has answered nothing.
bool Guard::Covers(uint32_t turn, const Interval& shared) const {
  const bool holds = std::any_of(
      covered_[turn].begin(), covered_[turn].end(),
      [&](const Stretch& range) { return Place(range).Holds(shared); });
  if (!holds) return false;
  const Trail& trail = replay_.trail(turn);
  for (const std::vector<Mark>* marks : {&trail.touched, &trail.runs}) {
    for (const Mark& mark : *marks) {
      if (HasWordIn(mark, shared)) return true;
    }
  }
  return false;
}

bool Guard::HasWordIn(const Mark& mark, const Interval& shared) const {
  const Sequence& sequence = replay_.sequence();
  for (const IdRange& words : mark.words) {
    for (ScalarId id = words.id; id < words.id + words.length;) {
      const RunHandle run = sequence.Find(id);
      const RunRecord& record = sequence.record(run);
      const ScalarId end = std::min(record.end(), words.id + words.length);
      const uint64_t first =
          sequence.Before(Count::kAll, run) + (id - record.id);
      if (std::max(first, shared.first()) <
          std::min(first + (end - id), shared.end())) {
        return true;
      }
      id = end;
    }
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
  const auto whole = [this](const Pair& pair) {
    const Interval first = Place(pair.first);
    const Interval second = Place(pair.second);
    Interval interval;
    interval.low = std::min(first.low, second.low);
    interval.high = std::max(first.high, second.high);
    return interval;
  };
  std::vector<Interval> all;
  for (const Pair& pair : pairs_) all.push_back(whole(pair));
  std::sort(all.begin(), all.end(),
            [](const Interval& a, const Interval& b) { return a.low < b.low; });
  std::vector<Competition> united;
  for (const Interval& next : all) {
    if (united.empty() || !united.back().interval.Meets(next)) {
      united.push_back({next, {}});
    } else {
      united.back().interval.high =
          std::max(united.back().interval.high, next.high);
    }
  }
  for (const std::vector<Pair>* pairs : {&pairs_, &closed_}) {
    for (const Pair& pair : *pairs) {
      const Interval interval = whole(pair);
      for (Competition& competition : united) {
        if (competition.interval.Meets(interval)) {
          competition.pairs.push_back(&pair);
        }
      }
    }
  }
  return united;
}

// The turns that touched the stretch.
std::vector<uint32_t> Guard::Involved(const Interval& where,
                                      uint32_t end) const {
  std::vector<uint32_t> involved;
  for (uint32_t turn = replay_.remembered(); turn < end; ++turn) {
    if (std::any_of(touched_[turn].begin(), touched_[turn].end(),
                    [&](const Stretch& stretch) {
                      return Place(stretch).Meets(where);
                    })) {
      involved.push_back(turn);
    }
  }
  return involved;
}

// Closed for one who has heard these of the involved edits: by one of them, or
// by an edit that touched nothing here and that one of them has seen.
bool Guard::IsClosedFor(const Awareness& awareness, const Pair& pair,
                        const std::vector<uint32_t>& involved,
                        const std::vector<uint32_t>& heard,
                        uint32_t end) const {
  std::vector<uint32_t> judges;
  const uint32_t begin = std::max(pair.first_turn, pair.second_turn) + 1;
  for (uint32_t judge = begin; judge < end; ++judge) {
    if (!replay_.Counts(judge) || !awareness.Saw(judge, pair.first_turn) ||
        !awareness.Saw(judge, pair.second_turn)) {
      continue;
    }
    const bool counts =
        std::binary_search(involved.begin(), involved.end(), judge)
            ? std::binary_search(heard.begin(), heard.end(), judge)
            : std::any_of(heard.begin(), heard.end(), [&](uint32_t turn) {
                return awareness.Saw(turn, judge);
              });
    if (counts) judges.push_back(judge);
  }
  return IsClosed(pair, judges);
}

// Whether the author of `turn` saw a pair that competed for him.
bool Guard::SawBoth(const Awareness& awareness, const Competition& competition,
                    const std::vector<uint32_t>& involved, uint32_t turn,
                    uint32_t end) const {
  std::vector<uint32_t> seen;
  for (const uint32_t other : involved) {
    if (awareness.Saw(turn, other)) seen.push_back(other);
  }
  for (const Pair* pair : competition.pairs) {
    if (awareness.Saw(turn, pair->first_turn) &&
        awareness.Saw(turn, pair->second_turn) &&
        !IsClosedFor(awareness, *pair, involved, seen, end)) {
      return true;
    }
  }
  return false;
}

// Whether ranges of the two turns compete here for one who has heard `voice`.
// Looks afresh, also at ranges that RangesLeft leaves to a later one.
bool Guard::Compete(const Awareness& awareness, const Competition& competition,
                    const std::vector<uint32_t>& involved, const Pair& turns,
                    const std::vector<uint32_t>& voice, uint32_t end) const {
  const uint32_t a = turns.first_turn;
  const uint32_t b = turns.second_turn;
  if (awareness.Saw(std::max(a, b), std::min(a, b))) return false;
  Pair pair = turns;
  for (const Stretch& x : touched_[a]) {
    for (const Stretch& y : touched_[b]) {
      const Interval first = Place(x);
      const Interval second = Place(y);
      const bool here = first.Meets(competition.interval) ||
                        second.Meets(competition.interval);
      if (!here || !first.Meets(second)) continue;
      pair.first = x;
      pair.second = y;
      if (!IsClosedFor(awareness, pair, involved, voice, end)) return true;
    }
  }
  return false;
}

Span Guard::SpanOf(const Awareness& awareness, const Slices& slices,
                   const Competition& competition, uint32_t end) const {
  Span span;
  span.interval = competition.interval;
  const std::vector<uint32_t> involved = Involved(span.interval, end);
  const auto saw_both = [&](uint32_t turn) {
    return SawBoth(awareness, competition, involved, turn, end);
  };
  const auto compete = [&](uint32_t a, uint32_t b, const Voice& voice) {
    Pair turns;
    turns.first_turn = a;
    turns.second_turn = b;
    return Compete(awareness, competition, involved, turns, voice, end);
  };
  const Cast cast = FindVoices(replay_, awareness, involved, saw_both, compete);
  span.base = slices.Read(span.interval, involved, cast.base);
  for (const Voice& voice : cast.voices) {
    Voice own;  // what sets it apart
    std::set_difference(voice.begin(), voice.end(), cast.common.begin(),
                        cast.common.end(), std::back_inserter(own));
    AddOriginal(slices.Read(span.interval, involved, voice),
                own.empty() ? voice : own, history_, &span.originals);
  }
  SortOriginals(replay_, history_, &span.originals);
  return span;
}

std::vector<Span> Guard::Spans(uint32_t end) const {
  std::vector<Span> spans;
  if (pairs_.empty()) return spans;
  const Awareness awareness(history_, replay_.remembered(), end);
  const Slices slices(replay_, end);
  for (const Competition& competition : Compete()) {
    spans.push_back(SpanOf(awareness, slices, competition, end));
  }
  return spans;
}

}  // namespace dateline::sync::text

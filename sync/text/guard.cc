#include "sync/text/guard.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <tuple>
#include <utility>

#include "absl/container/btree_map.h"
#include "sync/text/voices.h"

namespace dateline::sync::text {
namespace {

// Of two branches: more pairs of ranges than this (two days of typing into
// one paragraph) are compared as whole passages, so that memory stays small.
constexpr size_t kPairsMax = 10000;

uint32_t Beside(ScalarId id) {
  return id == kNoScalar ? Stretch::kTextEnd : 2 * id;
}

Stretch GapOf(const Mark& mark) {
  return {Beside(mark.left), Beside(mark.right)};
}

Stretch WordsOf(const Mark& mark) {
  if (mark.first == kNoScalar) return GapOf(mark);
  return {2 * mark.first + 1, 2 * mark.last + 1};
}

}  // namespace

Guard::Guard(const History& history, const Replay& replay)
    : history_(history), replay_(replay) {}

Marks Guard::MarksFor(uint32_t turn) {
  const absl::Span<const uint32_t> parents = history_.parents(turn);
  joined_.push_back(parents.size() > 1 ||
                    (parents.size() == 1 && parents[0] >= since_ &&
                     joined_[parents[0] - since_]));
  if (!IsQuiet()) return Marks::kWords;
  if (history_.IsLinear(turn)) return Marks::kNone;
  return joined_.back() ? Marks::kWords : Marks::kEnds;
}

void Guard::Forget(uint32_t end) {
  closed_.clear();
  judges_.clear();
  joined_.clear();
  touched_.clear();
  touched_begins_.assign(1, 0);
  covered_.clear();
  since_ = end;
}

Interval Guard::Place(const Stretch& stretch) const {
  const Sequence& sequence = replay_.sequence();
  Interval interval;
  if (stretch.low != Stretch::kTextEnd) {
    const bool inside = stretch.low % 2 == 1;
    interval.low = 2 * sequence.RankOf(stretch.low / 2) + (inside ? 1 : 2);
  }
  interval.high =
      stretch.high == Stretch::kTextEnd
          ? 2 * sequence.Size(Count::kAll)
          : 2 * sequence.RankOf(stretch.high / 2) + stretch.high % 2;
  return interval;
}

absl::Span<const Stretch> Guard::Touched(uint32_t turn) const {
  const uint32_t begin = touched_begins_[turn - since_];
  return absl::MakeConstSpan(touched_).subspan(
      begin, touched_begins_[turn - since_ + 1] - begin);
}

// Those that intersect or touch become one.
std::vector<Stretch> Guard::United(std::vector<Stretch> stretches) const {
  if (stretches.size() < 2) return stretches;
  std::vector<std::pair<Interval, Stretch>> placed;
  for (const Stretch& stretch : stretches) {
    placed.emplace_back(Place(stretch), stretch);
  }
  std::sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) {
    return a.first.low < b.first.low;
  });
  stretches.clear();
  uint32_t high = 0;
  for (const auto& [interval, stretch] : placed) {
    if (stretches.empty() || interval.low > high + 1) {
      stretches.push_back(stretch);
      high = interval.high;
    } else if (interval.high > high) {
      stretches.back().high = stretch.high;
      high = interval.high;
    }
  }
  return stretches;
}

void Guard::NoteOne(uint32_t turn) {
  std::vector<Stretch> touched;
  std::vector<Stretch> covered;
  const bool may_answer = joined_[turn - since_] || !IsQuiet();
  if (replay_.Counts(turn)) {
    for (const Mark& mark : replay_.marks(turn)) {
      touched.push_back(WordsOf(mark));
      if (may_answer) covered.push_back(GapOf(mark));
    }
  }
  touched = United(std::move(touched));
  touched_.insert(touched_.end(), touched.begin(), touched.end());
  touched_begins_.push_back(touched_.size());
  for (const Stretch& stretch : United(std::move(covered))) {
    covered_.push_back({turn, stretch});
  }
}

Interval Guard::Shared(const Pair& pair) const {
  const Interval first = Place(pair.first);
  const Interval second = Place(pair.second);
  Interval shared;
  shared.low = std::max(first.low, second.low);
  shared.high = std::min(first.high, second.high);
  return shared;
}

Interval Guard::Whole(const Pair& pair) const {
  const Interval first = Place(pair.first);
  const Interval second = Place(pair.second);
  Interval whole;
  whole.low = std::min(first.low, second.low);
  whole.high = std::max(first.high, second.high);
  return whole;
}

void Guard::AddAnswers(uint32_t turn, Map* map) const {
  if (!replay_.Counts(turn)) return;
  auto cover = std::lower_bound(
      covered_.begin(), covered_.end(), turn,
      [](const Cover& other, uint32_t turn) { return other.turn < turn; });
  for (; cover != covered_.end() && cover->turn == turn; ++cover) {
    map->covered.Add(Place(cover->stretch), turn);
  }
  if (!replay_.edit(turn).resolves.empty()) map->resolvers.push_back(turn);
}

Guard::Map Guard::MapOf(const Turns& turns) const {
  Map map;
  for (const uint32_t turn : turns) AddAnswers(turn, &map);
  map.covered.Build();
  return map;
}

void Guard::Note(uint32_t begin, uint32_t end) {
  if (end - begin > touched_begins_.size()) {
    touched_begins_.reserve(end - since_ + 1);
    touched_.reserve(touched_.size() + end - begin);
  }
  for (uint32_t turn = begin; turn < end; ++turn) {
    NoteOne(turn);
    if (!pairs_.empty()) judges_.push_back(turn);
  }
}

void Guard::Compare(uint32_t begin, uint32_t end) {
  // So often that the work of closing stays in proportion to the edits.
  if (judges_.size() >= pairs_.size()) Settle();
  if (end - begin < 2) return;
  const Awareness awareness(history_, begin, end);
  if (awareness.branch_count() < 2) return;
  std::vector<std::vector<Placed>> ranges;
  for (uint32_t i = 0; i < awareness.branch_count(); ++i) {
    ranges.push_back(Ranges(awareness.branch(i)));
  }
  for (uint32_t a = 0; a < awareness.branch_count(); ++a) {
    for (uint32_t b = a + 1; b < awareness.branch_count(); ++b) {
      if (!awareness.BranchesConcurrent(a, b)) continue;
      CompareBranches(awareness, a, b, ranges, end);
    }
  }
}

void Guard::Settle() {
  if (!judges_.empty() && !pairs_.empty()) {
    const Map map = MapOf(judges_);
    const auto closed = std::stable_partition(
        pairs_.begin(), pairs_.end(), [&](const Pair& pair) {
          return Closers(pair, map,
                         [&](uint32_t turn) { return turn >= pair.window_end; })
              .empty();
        });
    closed_.insert(closed_.end(), closed, pairs_.end());
    pairs_.erase(closed, pairs_.end());
  }
  judges_.clear();
}

// The ranges of a branch in the order of the text; of equal ones the last:
// what competes with one competes with the other, and what closes one closes
// the other.
std::vector<Guard::Placed> Guard::Ranges(
    const Awareness::Branch& branch) const {
  std::vector<Placed> ranges;
  ranges.reserve(touched_begins_[branch.end - since_] -
                 touched_begins_[branch.begin - since_]);
  for (uint32_t turn = branch.begin; turn < branch.end; ++turn) {
    for (const Stretch& stretch : Touched(turn)) {
      ranges.push_back({Place(stretch), stretch, turn});
    }
  }
  const auto key = [](const Placed& range) {
    return std::make_pair(range.interval.low, range.interval.high);
  };
  std::sort(ranges.begin(), ranges.end(),
            [&](const Placed& a, const Placed& b) {
              return key(a) != key(b) ? key(a) < key(b) : a.turn > b.turn;
            });
  ranges.erase(std::unique(ranges.begin(), ranges.end(),
                           [&](const Placed& a, const Placed& b) {
                             return key(a) == key(b);
                           }),
               ranges.end());
  return ranges;
}

void Guard::CompareBranches(const Awareness& awareness, uint32_t a, uint32_t b,
                            const std::vector<std::vector<Placed>>& ranges,
                            uint32_t end) {
  std::vector<Pair> found = PairsOf(ranges[a], ranges[b], kPairsMax + 1);
  if (found.size() > kPairsMax) {
    found = PairsOf(Coarse(ranges[a]), Coarse(ranges[b]), SIZE_MAX);
  }
  if (found.empty()) return;
  Turns judges;
  for (uint32_t c = b + 1; c < awareness.branch_count(); ++c) {
    if (!awareness.BranchSaw(c, a) || !awareness.BranchSaw(c, b)) continue;
    const Awareness::Branch& branch = awareness.branch(c);
    for (uint32_t turn = branch.begin; turn < branch.end; ++turn) {
      judges.push_back(turn);
    }
  }
  const Map map = MapOf(judges);
  const auto any = [](uint32_t) { return true; };
  for (Pair& pair : found) {
    pair.window_end = end;
    (Closers(pair, map, any).empty() ? pairs_ : closed_).push_back(pair);
  }
}

// The edits of `map` that close the pair, of those that `accept` takes, which
// have seen both sides: by covering what the two share, or by naming them. An
// edit that wrote next to what is gone, or into it, has answered nothing.
template <typename Accept>
Guard::Turns Guard::Closers(const Pair& pair, const Map& map,
                            const Accept& accept) const {
  Turns closers;
  const Interval shared = Shared(pair);
  map.covered.ForEach(shared.low, shared.high, [&](uint32_t turn) {
    if (accept(turn) && HasWordIn(turn, shared)) closers.push_back(turn);
  });
  for (const uint32_t turn : map.resolvers) {
    if (accept(turn) && Answers(turn, pair)) closers.push_back(turn);
  }
  return closers;
}

bool Guard::HasWordIn(uint32_t turn, const Interval& shared) const {
  const Sequence& sequence = replay_.sequence();
  for (const IdRange& words : replay_.words(turn)) {
    const ScalarId words_end = words.id + words.length;
    for (ScalarId id = words.id; id < words_end;) {
      const ScalarId end =
          std::min(sequence.record(sequence.Find(id)).end(), words_end);
      const uint32_t first = sequence.RankOf(id);
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
  const uint32_t end = since_ + touched_begins_.size() - 1;
  for (const uint32_t edit : replay_.edit(resolver).resolves) {
    const uint32_t named = history_.turn_of(edit);
    if (named == turn) return true;
    if (named < turn || named >= end || !replay_.Counts(named)) continue;
    if (!history_.Between({turn}, {named}).back.empty()) continue;
    for (const Stretch& stretch : Touched(named)) {
      if (Place(stretch).Holds(interval)) return true;
    }
  }
  return false;
}

std::vector<Guard::Competition> Guard::Compete() const {
  std::vector<Interval> all;
  for (const Pair& pair : pairs_) all.push_back(Whole(pair));
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
      const Interval whole = Whole(pair);
      auto at =
          std::lower_bound(united.begin(), united.end(), whole.low,
                           [](const Competition& competition, uint64_t low) {
                             return competition.interval.high < low;
                           });
      for (; at != united.end() && at->interval.Meets(whole); ++at) {
        at->pairs.push_back(&pair);
      }
    }
  }
  return united;
}

// The turns that touched the stretch.
Guard::Turns Guard::Involved(const Interval& where, const Map& map) const {
  Turns involved;
  map.touched.ForEach(where.high, where.low,
                      [&](uint32_t turn) { involved.push_back(turn); });
  std::sort(involved.begin(), involved.end());
  involved.erase(std::unique(involved.begin(), involved.end()), involved.end());
  return involved;
}

// Whoever closes the pair and saw both sides.
Guard::Turns Guard::ClosersIn(const Review& review, const Pair& pair) const {
  const auto saw = [&](uint32_t later, uint32_t earlier) {
    return later > earlier && review.awareness.Saw(later, earlier);
  };
  return Closers(pair, review.map, [&](uint32_t turn) {
    return saw(turn, pair.first_turn) && saw(turn, pair.second_turn);
  });
}

// Closed for one who has heard these of the involved edits: by one of them, or
// by an edit that touched nothing here and that one of them has seen.
bool Guard::IsClosedFor(const Review& review, const Turns& closers,
                        const Turns& involved, const Turns& heard) {
  return std::any_of(closers.begin(), closers.end(), [&](uint32_t closer) {
    if (std::binary_search(involved.begin(), involved.end(), closer)) {
      return std::binary_search(heard.begin(), heard.end(), closer);
    }
    return std::any_of(heard.begin(), heard.end(), [&](uint32_t turn) {
      return turn > closer && review.awareness.Saw(turn, closer);
    });
  });
}

// For each two ranges of the turns that compete here, or did: who closes them.
std::vector<Guard::Turns> Guard::ClosersOf(const Review& review,
                                           const Interval& where, uint32_t a,
                                           uint32_t b) const {
  std::vector<Turns> closers;
  if (review.awareness.Saw(std::max(a, b), std::min(a, b))) return closers;
  Pair pair;
  pair.first_turn = a;
  pair.second_turn = b;
  for (const Stretch& x : Touched(a)) {
    for (const Stretch& y : Touched(b)) {
      pair.first = x;
      pair.second = y;
      const Interval first = Place(x);
      const Interval second = Place(y);
      if (!first.Meets(second)) continue;
      if (!first.Meets(where) && !second.Meets(where)) continue;
      closers.push_back(ClosersIn(review, pair));
    }
  }
  return closers;
}

Span Guard::SpanOf(const Review& review, const Competition& competition) const {
  Span span;
  span.interval = competition.interval;
  const Turns involved = Involved(span.interval, review.map);
  std::vector<Turns> closers;  // of competition.pairs
  for (const Pair* pair : competition.pairs) {
    closers.push_back(ClosersIn(review, *pair));
  }
  // Whether the author of `turn` saw a pair that competed for him.
  const auto saw_both = [&](uint32_t turn) {
    Turns seen;
    for (const uint32_t other : involved) {
      if (review.awareness.Saw(turn, other)) seen.push_back(other);
    }
    for (size_t i = 0; i < closers.size(); ++i) {
      if (review.awareness.Saw(turn, competition.pairs[i]->first_turn) &&
          review.awareness.Saw(turn, competition.pairs[i]->second_turn) &&
          !IsClosedFor(review, closers[i], involved, seen)) {
        return true;
      }
    }
    return false;
  };
  absl::btree_map<std::pair<uint32_t, uint32_t>, std::vector<Turns>> known;
  const auto compete = [&](uint32_t a, uint32_t b, const Voice& voice) {
    const auto [at, is_new] = known.try_emplace({a, b});
    if (is_new) at->second = ClosersOf(review, span.interval, a, b);
    return std::any_of(at->second.begin(), at->second.end(),
                       [&](const Turns& closers) {
                         return !IsClosedFor(review, closers, involved, voice);
                       });
  };
  const Cast cast =
      FindVoices(replay_, review.awareness, involved, saw_both, compete);
  span.base = review.slices.Read(span.interval, involved, cast.base);
  for (const Voice& voice : cast.voices) {
    Voice own;  // what sets it apart
    std::set_difference(voice.begin(), voice.end(), cast.common.begin(),
                        cast.common.end(), std::back_inserter(own));
    AddOriginal(review.slices.Read(span.interval, involved, voice),
                own.empty() ? voice : own, history_, &span.originals);
  }
  SortOriginals(replay_, history_, &span.originals);
  return span;
}

std::vector<Span> Guard::Spans(uint32_t end) const {
  std::vector<Span> spans;
  if (pairs_.empty()) return spans;
  Map map;
  map.touched.Reserve(touched_.size());
  for (uint32_t turn = since_; turn < end; ++turn) {
    if (!replay_.Counts(turn)) continue;
    for (const Stretch& stretch : Touched(turn)) {
      map.touched.Add(Place(stretch), turn);
    }
    if (joined_[turn - since_]) AddAnswers(turn, &map);
  }
  map.touched.Build();
  map.covered.Build();
  const Awareness awareness(history_, since_, end);
  Slices slices(replay_, since_, end);
  for (const Competition& competition : Compete()) {
    spans.push_back(SpanOf({awareness, slices, map}, competition));
  }
  return spans;
}

}  // namespace dateline::sync::text

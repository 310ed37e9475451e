// Finds which ranges compete and what their authors wrote (DESIGN 5). A range
// of one edit competes with a range of another if they intersect or share an
// insertion point and neither author saw the other's edit, until
//   - an edit that saw both covers all that they share and something that was
//     to be read there, or
//   - an edit that saw both names both in Edit::resolves (a range inside a
//     later range of somebody who saw it goes with that one).
// Ranges that compete and intersect form one span. Its originals are the words
// of those of its edits that do not compete among themselves (voices.h).
#ifndef DATELINE_SYNC_TEXT_GUARD_H_
#define DATELINE_SYNC_TEXT_GUARD_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "sync/text/history.h"
#include "sync/text/interval_index.h"
#include "sync/text/merge.h"
#include "sync/text/replay.h"
#include "sync/text/slice.h"

namespace dateline::sync::text {

// An interval by the scalars it ends at, which stay put while others come in
// between. An end is twice a scalar, and one more if it is the scalar itself,
// not the gap beside it.
struct Stretch {
  static constexpr uint32_t kTextEnd = ~uint32_t{0};
  uint32_t low = kTextEnd;
  uint32_t high = kTextEnd;
};

// What competes, in the end.
struct Span {
  Interval interval;
  std::u32string base;
  std::vector<Original> originals;  // one: all wrote the same
};

// Fed with windows: the turns between two critical ones. Thread-compatible.
class Guard {
 public:
  // Borrows both; they outlive it.
  Guard(const History& history, const Replay& replay);

  // What a replay of the next turn is to remember for it.
  Marks MarksFor(uint32_t turn);
  // Takes down what turns [begin, end), which are applied, have touched: nobody
  // asks the replay for their marks again.
  void Note(uint32_t begin, uint32_t end);
  // Compares the edits of turns [begin, end), which are noted: whatever went
  // before has been seen by them all.
  void Compare(uint32_t begin, uint32_t end);
  // Closes what later edits closed. Compare does so too, now and then.
  void Settle();
  // Nothing competes: the past may be forgotten.
  bool IsQuiet() const { return pairs_.empty(); }
  // Turns below `end`, which all that come have seen. Only if it is quiet.
  void Forget(uint32_t end);

  // Spans in the order of the text, of all that is left competing among the
  // turns applied, which end at `end`.
  std::vector<Span> Spans(uint32_t end) const;

 private:
  // Two ranges that compete. Turns from `window_end` on have seen both.
  struct Pair {
    uint32_t window_end = 0;
    uint32_t first_turn = 0;
    uint32_t second_turn = 0;
    Stretch first;
    Stretch second;
  };
  // A range of one edit, placed.
  struct Placed {
    Interval interval;
    Stretch stretch;
    uint32_t turn = 0;
  };
  struct Competition {
    Interval interval;
    std::vector<const Pair*> pairs;  // closed ones too
  };

  // Where edits stand, to find those that answered a pair, or touched it.
  struct Map {
    IntervalIndex touched;  // in a review alone
    IntervalIndex covered;
    std::vector<uint32_t> resolvers;
  };
  // What the spans are made of, in the end.
  struct Review {
    const Awareness& awareness;
    Slices& slices;
    const Map& map;
  };
  using Turns = std::vector<uint32_t>;
  struct Cover {
    uint32_t turn = 0;
    Stretch stretch;
  };

  Interval Place(const Stretch& stretch) const;
  Interval Shared(const Pair& pair) const;
  Interval Whole(const Pair& pair) const;
  absl::Span<const Stretch> Touched(uint32_t turn) const;
  std::vector<Stretch> United(std::vector<Stretch> stretches) const;
  void NoteOne(uint32_t turn);
  void AddAnswers(uint32_t turn, Map* map) const;
  Map MapOf(const Turns& turns) const;
  std::vector<Placed> Ranges(const Awareness::Branch& branch) const;
  std::vector<Placed> Coarse(const std::vector<Placed>& ranges) const;
  void CompareBranches(const Awareness& awareness, uint32_t a, uint32_t b,
                       const std::vector<std::vector<Placed>>& ranges,
                       uint32_t end);
  std::vector<Pair> PairsOf(const std::vector<Placed>& a,
                            const std::vector<Placed>& b, size_t max) const;
  template <typename Accept>
  Turns Closers(const Pair& pair, const Map& map, const Accept& accept) const;
  bool HasWordIn(uint32_t turn, const Interval& shared) const;
  bool Answers(uint32_t turn, const Pair& pair) const;
  bool IsNamed(uint32_t resolver, uint32_t turn, const Stretch& range) const;

  std::vector<Competition> Compete() const;
  Turns Involved(const Interval& where, const Map& map) const;
  Turns ClosersIn(const Review& review, const Pair& pair) const;
  static bool IsClosedFor(const Review& review, const Turns& closers,
                          const Turns& involved, const Turns& heard);
  std::vector<Turns> ClosersOf(const Review& review, const Interval& where,
                               uint32_t a, uint32_t b) const;
  Span SpanOf(const Review& review, const Competition& competition) const;

  const History& history_;
  const Replay& replay_;
  std::vector<Pair> pairs_;   // not known to be closed
  std::vector<Pair> closed_;  // closed since the last Forget: not every voice
                              // has heard what closed them
  Turns judges_;  // since the last Settle, turns that may have closed some
  uint32_t since_ = 0;  // the first turn that is not forgotten
  // Saw two that did not see each other: may have answered them.
  std::vector<bool> joined_;
  // The ranges that turns touched, one turn's after the other's; where they
  // begin is by turn - since_.
  std::vector<Stretch> touched_;
  std::vector<uint32_t> touched_begins_ = {0};
  // By turn, of those that may answer: what they touched up to the nearest
  // scalars that their authors saw on either side.
  std::vector<Cover> covered_;
};

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_GUARD_H_

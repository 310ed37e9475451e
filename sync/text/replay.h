// The eg-walker: replays edits in any order of their graph by moving one
// sequence of runs to the version that each edit was made on, and drops what
// it knows about the past wherever everybody passed through one version.
#ifndef DATELINE_SYNC_TEXT_REPLAY_H_
#define DATELINE_SYNC_TEXT_REPLAY_H_

#include <cstdint>
#include <vector>

#include "sync/text/history.h"
#include "sync/text/merge.h"
#include "sync/text/sequence.h"

namespace dateline::sync::text {

// Scalars [id, id + length).
struct IdRange {
  ScalarId id = 0;
  uint64_t length = 0;
};

// Where something was touched, in scalars that stay put. `left` and `right`
// are the scalars that stood next to it in the author's text (kNoScalar at the
// ends); `words` are what it covers, in the order of the text, none for an
// insertion point.
struct Mark {
  ScalarId left = kNoScalar;
  ScalarId right = kNoScalar;
  std::vector<IdRange> words;
};

// What one edit did, as far as the replay still remembers it.
struct Trail {
  std::vector<IdRange> deleted;
  std::vector<Mark> touched;  // as the author's device widened them
  std::vector<Mark> runs;     // as the runs themselves say
};

// Applies turns 0, 1, 2 ... of a history. Thread-compatible.
class Replay {
 public:
  // Borrows both; they outlive it.
  Replay(const std::vector<Edit>& edits, const History& history);

  // Applies the next turn. With `marks` its trail says what it touched.
  void Apply(uint32_t turn, bool marks);
  // Stands at the version with these heads (turns applied already).
  void MoveTo(const std::vector<uint32_t>& heads);
  // Forgets all trails and deleted scalars: every edit to come has seen all
  // that was applied, the last turn first of all.
  void Forget();

  const Sequence& sequence() const { return sequence_; }
  const Trail& trail(uint32_t turn) const { return trails_[turn]; }
  const Edit& edit(uint32_t turn) const {
    return edits_[history_.edit_of(turn)];
  }
  // Void: a position outside the author's text, or words that do not fit.
  bool IsVoid(uint32_t turn) const { return void_[turn]; }
  bool Counts(uint32_t turn) const { return !IsVoid(turn) && !edit(turn).held; }
  // Turns that are remembered begin here.
  uint32_t remembered() const { return remembered_; }
  // The id of the first scalar that `turn` inserted.
  ScalarId first_id(uint32_t turn) const { return first_id_[turn]; }

 private:
  bool Fits(const Edit& edit) const;
  void Insert(uint32_t turn, const Run& run, ScalarId id, bool marks);
  void Delete(uint32_t turn, const Run& run, bool marks);
  RunHandle PlaceAmongSiblings(uint32_t turn, RunHandle left_run, ScalarId left,
                               ScalarId right) const;
  uint64_t RankAfter(ScalarId id, bool left) const;
  bool StandsBefore(uint32_t turn, const RunRecord& other, ScalarId id) const;
  void Step(uint32_t turn, int delta);
  void StepRange(const IdRange& range, int delta);
  Mark MarkOf(const Range& range) const;
  ScalarId PresentAt(uint64_t position) const;

  const std::vector<Edit>& edits_;
  const History& history_;
  Sequence sequence_;
  std::vector<uint32_t> at_;  // heads of the version it stands at
  std::vector<ScalarId> first_id_;
  std::vector<uint64_t> inserted_;  // scalars, by turn; 0 if void
  std::vector<bool> void_;
  std::vector<Trail> trails_;
  std::vector<IdRange> deleted_;  // since the last Forget
  uint32_t remembered_ = 0;
  ScalarId next_id_ = 0;
};

// True if `a` goes before `b` where both stand in one place: by device,
// incarnation, seq, then hash (which tells the two sides of a fork apart).
bool GoesBefore(const Edit& a, const Edit& b);

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_REPLAY_H_

// The eg-walker: applies edits one after the other to plain text as long as
// nobody worked apart, and where somebody did, replays them in a sequence of
// runs that it moves to the version that each edit was made on. What it knows
// about the past is dropped where everybody passed through one version.
#ifndef DATELINE_SYNC_TEXT_REPLAY_H_
#define DATELINE_SYNC_TEXT_REPLAY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "sync/text/history.h"
#include "sync/text/merge.h"
#include "sync/text/plain_text.h"
#include "sync/text/sequence.h"

namespace dateline::sync::text {

// Scalars [id, id + length).
struct IdRange {
  ScalarId id = 0;
  uint32_t length = 0;
};

// Where something was touched, in scalars that stay put. `left` and `right`
// are the scalars that stood next to it in the author's text (kNoScalar at the
// ends), `first` and `last` those at its own ends, none for an insertion point.
struct Mark {
  ScalarId left = kNoScalar;
  ScalarId right = kNoScalar;
  ScalarId first = kNoScalar;
  ScalarId last = kNoScalar;
};

// What an edit's trail says beside what it deleted.
enum class Marks : uint8_t {
  kNone,
  kEnds,   // what it touched
  kWords,  // and each scalar of that
};

// Applies turns 0, 1, 2 ... of a history. Thread-compatible.
class Replay {
 public:
  // Borrows both; they outlive it.
  Replay(const std::vector<Edit>& edits, const History& history);

  // Applies the next turn. An edit that was made on the version of the last
  // turn and needs no marks is applied to plain text, as long as all is plain.
  void Apply(uint32_t turn, Marks marks);
  // From here on a sequence, whatever comes. For who reads it.
  void UnfoldText();
  // Stands at the version with these heads (turns applied already).
  void MoveTo(absl::Span<const uint32_t> heads);
  // Every edit to come has seen all that was applied: plain text again, if
  // that is what is left, and if it pays.
  void Fold();
  void CountRanks() { sequence_.CountRanks(); }
  // Of all turns so far; nobody asks for them again.
  void DropMarks();

  bool is_plain() const { return is_plain_; }
  PlainText& plain() { return plain_; }
  // The rest is for what was applied since the text was unfolded.
  const Sequence& sequence() const { return sequence_; }
  // In the order that they were touched.
  absl::Span<const Mark> marks(uint32_t turn) const;
  // All that its marks hold; kWords.
  absl::Span<const IdRange> words(uint32_t turn) const;
  absl::Span<const IdRange> deleted(uint32_t turn) const;
  // Scalars of a run, from `offset` on; not of one without words.
  std::u32string_view Words(const RunRecord& record, uint32_t offset,
                            uint32_t length) const;
  // Nobody may read it: its edit is held or was redacted.
  bool IsBlank(const RunRecord& record) const {
    return record.edit != kNoTurn &&
           (edit(record.edit).held || edit(record.edit).erased);
  }
  bool IsHeld(const RunRecord& record) const {
    return record.edit != kNoTurn && edit(record.edit).held;
  }

  const Edit& edit(uint32_t turn) const {
    return edits_[history_.edit_of(turn)];
  }
  // Void: a position outside the author's text, or words that do not fit.
  bool IsVoid(uint32_t turn) const { return void_[turn]; }
  bool Counts(uint32_t turn) const { return !IsVoid(turn) && !edit(turn).held; }

 private:
  bool Fits(const Edit& edit) const;
  bool IsPlain(const Edit& edit) const;
  void ApplyToPlain(const Edit& edit);
  void ReserveWindow(uint32_t turn);
  void MarkTouched(const Edit& edit, Marks marks);
  void MarkRun(const Edit& edit, const Run& run, Marks marks);
  void AddMark(uint32_t start, uint32_t end, Marks marks);
  void Insert(uint32_t turn, const Run& run);
  void Delete(uint32_t turn, const Run& run);
  void Step(uint32_t turn, int delta);
  void StepRange(const IdRange& range, int delta);

  const std::vector<Edit>& edits_;
  const History& history_;
  std::vector<uint32_t> at_;  // heads of the version it stands at
  std::vector<bool> void_;

  bool is_plain_ = true;
  PlainText plain_;

  // Since the text was unfolded. By turn - unfolded_: where the turn begins.
  struct Begin {
    ScalarId id = 0;
    uint32_t deleted = 0;
    uint32_t words = 0;
  };
  Begin End() const;
  const Begin& BeginOf(uint32_t turn) const {
    return begins_[turn - unfolded_];
  }
  uint32_t unfolded_ = 0;  // the first turn in the sequence
  std::u32string base_;    // the text before it
  Sequence sequence_;
  std::vector<Begin> begins_;
  std::vector<IdRange> deleted_;
  std::vector<Mark> marks_;
  uint32_t marked_ = 0;                 // the first turn whose marks are kept
  std::vector<uint32_t> marks_begins_;  // by turn - marked_
  std::vector<IdRange> words_;
  ScalarId next_id_ = 0;
  bool stays_ = false;  // what there is cannot be folded
};

// True if `a` goes before `b` where both stand in one place: by device,
// incarnation, seq, then hash (which tells the two sides of a fork apart).
bool GoesBefore(const Edit& a, const Edit& b);

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_REPLAY_H_

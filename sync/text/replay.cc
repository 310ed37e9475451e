#include "sync/text/replay.h"

#include <algorithm>
#include <tuple>

#include "sync/base/check.h"
#include "sync/base/limits.h"

namespace dateline::sync::text {

bool GoesBefore(const Edit& a, const Edit& b) {
  return std::tie(a.device, a.incarnation, a.seq, a.hash) <
         std::tie(b.device, b.incarnation, b.seq, b.hash);
}

Replay::Replay(const std::vector<Edit>& edits, const History& history)
    : edits_(edits),
      history_(history),
      first_id_(edits.size()),
      inserted_(edits.size()),
      void_(edits.size()),
      trails_(edits.size()) {}

// Positions depend on the author's version alone, and so does whether they
// are valid: all replicas agree.
bool Replay::Fits(const Edit& edit) const {
  uint64_t size = sequence_.Size(Count::kPresent);
  uint64_t inserted = 0;
  for (const Run& run : edit.runs) {
    const uint64_t position = run.position;
    const uint64_t length = run.length;
    switch (run.kind) {
      case RunKind::kInsert:
        if (position > size) return false;
        size += length;
        inserted += length;
        break;
      case RunKind::kDelete:
        if (position + length > size) return false;
        size -= length;
        break;
      case RunKind::kDeleteBackward:
        if (position > size || length > position) return false;
        size -= length;
        break;
      default:
        return false;
    }
  }
  // More than a change can carry; a stub could claim any number of blanks.
  if (inserted > kContentBytesMax) return false;
  const bool blank = edit.held || edit.erased;
  return inserted == edit.inserted.size() || (blank && edit.inserted.empty());
}

void Replay::Apply(uint32_t turn, bool marks) {
  MoveTo(history_.parents(turn));
  const Edit& edit = this->edit(turn);
  first_id_[turn] = next_id_;
  at_ = {turn};
  void_[turn] = !Fits(edit);
  if (void_[turn]) return;
  if (marks) {
    for (const Range& range : edit.touched) {
      trails_[turn].touched.push_back(MarkOf(range));
    }
  }
  for (const Run& run : edit.runs) {
    if (run.length == 0) continue;
    if (run.kind == RunKind::kInsert) {
      Insert(turn, run, next_id_, marks);
      next_id_ += run.length;
    } else {
      Delete(turn, run, marks);
    }
  }
  inserted_[turn] = next_id_ - first_id_[turn];
}

ScalarId Replay::PresentAt(uint64_t position) const {
  const Sequence::Place place = sequence_.At(Count::kPresent, position);
  if (place.run == kNoRun) return kNoScalar;
  return sequence_.record(place.run).id + place.offset;
}

// A range past the end of the author's text is cut there: it guards less, and
// the runs' own marks guard what was really edited.
Mark Replay::MarkOf(const Range& range) const {
  const uint64_t size = sequence_.Size(Count::kPresent);
  const uint64_t start = std::min<uint64_t>(range.start, size);
  const uint64_t end = std::clamp<uint64_t>(range.end, start, size);
  Mark mark;
  if (start > 0) mark.left = PresentAt(start - 1);
  if (end < size) mark.right = PresentAt(end);
  for (uint64_t at = start; at < end;) {
    const Sequence::Place place = sequence_.At(Count::kPresent, at);
    const RunRecord& record = sequence_.record(place.run);
    const uint64_t length = std::min(record.length - place.offset, end - at);
    mark.words.push_back({record.id + place.offset, length});
    at += length;
  }
  return mark;
}

void Replay::Insert(uint32_t turn, const Run& run, ScalarId id, bool marks) {
  if (marks) {
    trails_[turn].runs.push_back(MarkOf({run.position, run.position}));
  }
  RunHandle left_run = kNoRun;
  RunRecord record;
  if (run.position > 0) {
    const Sequence::Place place =
        sequence_.At(Count::kPresent, run.position - 1);
    left_run = place.run;
    if (place.offset + 1 < sequence_.record(left_run).length) {
      sequence_.Split(left_run, place.offset + 1);
    }
    record.left = sequence_.record(left_run).end() - 1;
  }
  const uint64_t existing = left_run == kNoRun
                                ? 0
                                : sequence_.Before(Count::kExists, left_run) +
                                      sequence_.record(left_run).length;
  const RunHandle next = sequence_.At(Count::kExists, existing).run;
  if (next != kNoRun) record.right = sequence_.record(next).id;
  record.id = id;
  record.length = run.length;
  record.edit = turn;
  record.state = 1;
  record.gone = edit(turn).held;
  sequence_.InsertAfter(
      PlaceAmongSiblings(turn, left_run, record.left, record.right), record);
}

// Ranks with one more, so that the start of the text (no left origin) is 0.
uint64_t Replay::RankAfter(ScalarId id, bool left) const {
  if (id == kNoScalar) {
    return left ? 0 : sequence_.Size(Count::kAll) + 1;
  }
  return sequence_.RankOf(id) + 1;
}

bool Replay::StandsBefore(uint32_t turn, const RunRecord& other,
                          ScalarId id) const {
  if (other.edit == turn) return id < other.id;
  return GoesBefore(edit(turn), edit(other.edit));
}

// The scan of YjsMod: passes over what concurrent edits put into the same gap.
// Returns the run that the new one goes behind.
RunHandle Replay::PlaceAmongSiblings(uint32_t turn, RunHandle left_run,
                                     ScalarId left, ScalarId right) const {
  RunHandle behind = left_run;
  RunHandle scan =
      left_run == kNoRun ? sequence_.First() : sequence_.Next(left_run);
  if (scan == kNoRun || sequence_.record(scan).state != 0) return behind;
  const uint64_t left_rank = RankAfter(left, true);
  const uint64_t right_rank = RankAfter(right, false);
  bool scanning = false;
  for (RunHandle last = behind; scan != kNoRun; scan = sequence_.Next(scan)) {
    const RunRecord& other = sequence_.record(scan);
    if (other.state != 0) break;
    const uint64_t other_left = RankAfter(other.left, true);
    if (other_left < left_rank) break;
    if (other_left == left_rank) {
      const uint64_t other_right = RankAfter(other.right, false);
      if (other_right == right_rank && StandsBefore(turn, other, next_id_)) {
        break;
      }
      scanning = other_right < right_rank;
    }
    last = scan;
    if (!scanning) behind = last;
  }
  return behind;
}

void Replay::Delete(uint32_t turn, const Run& run, bool marks) {
  const bool backward = run.kind == RunKind::kDeleteBackward;
  const uint32_t position = backward ? run.position - run.length : run.position;
  Trail& trail = trails_[turn];
  if (marks) {
    trail.runs.push_back(MarkOf({position, position + run.length}));
  }
  for (uint64_t left = run.length; left > 0;) {
    const Sequence::Place place = sequence_.At(Count::kPresent, position);
    RunHandle target = place.run;
    if (place.offset > 0) target = sequence_.Split(target, place.offset);
    if (sequence_.record(target).length > left) sequence_.Split(target, left);
    const RunRecord& record = sequence_.record(target);
    left -= record.length;
    trail.deleted.push_back({record.id, record.length});
    deleted_.push_back({record.id, record.length});
    sequence_.AddState(target, +1);
    if (!edit(turn).held) sequence_.SetGone(target);
  }
}

void Replay::MoveTo(const std::vector<uint32_t>& heads) {
  if (heads == at_) return;
  const History::Way way = history_.Between(at_, heads);
  for (const uint32_t turn : way.back) Step(turn, -1);
  for (const uint32_t turn : way.forth) Step(turn, +1);
  at_ = heads;
}

void Replay::Step(uint32_t turn, int delta) {
  DATELINE_CHECK(turn >= remembered_);
  if (delta < 0) {
    for (const IdRange& range : trails_[turn].deleted) StepRange(range, -1);
  }
  StepRange({first_id_[turn], inserted_[turn]}, delta);
  if (delta > 0) {
    for (const IdRange& range : trails_[turn].deleted) StepRange(range, +1);
  }
}

// Runs never reach over the ends of the range: inserting and deleting made
// them begin and end there.
void Replay::StepRange(const IdRange& range, int delta) {
  const ScalarId end = range.id + range.length;
  for (ScalarId id = range.id; id < end;) {
    const RunHandle run = sequence_.Find(id);
    id = sequence_.record(run).end();
    sequence_.AddState(run, delta);
  }
}

void Replay::Forget() {
  for (const IdRange& range : deleted_) {
    const ScalarId end = range.id + range.length;
    RunHandle run = sequence_.FirstFrom(range.id);
    while (run != kNoRun && sequence_.record(run).id < end) {
      const RunRecord record = sequence_.record(run);
      // What a held edit deleted is still shown; what it inserted is not, but
      // its author's later positions count it.
      if (record.gone && record.state > 1) sequence_.Erase(run);
      run = sequence_.FirstFrom(record.end());
    }
  }
  deleted_.clear();
  const uint32_t applied = at_.back() + 1;
  for (uint32_t turn = remembered_; turn < applied; ++turn) {
    trails_[turn] = Trail();
  }
  remembered_ = applied;
}

}  // namespace dateline::sync::text

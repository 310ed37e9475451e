#include "sync/text/replay.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "sync/base/check.h"
#include "sync/base/limits.h"

namespace dateline::sync::text {
namespace {

// What folding copies in the time that one turn takes in a sequence.
constexpr size_t kScalarsPerTurn = 1024;
// Room that is not worth giving back.
constexpr size_t kMarksToKeep = 256;

uint32_t StartOf(const Run& run) {
  return run.kind == RunKind::kDeleteBackward ? run.position - run.length
                                              : run.position;
}

}  // namespace

bool GoesBefore(const Edit& a, const Edit& b) {
  return std::tie(a.device, a.incarnation, a.seq, a.hash) <
         std::tie(b.device, b.incarnation, b.seq, b.hash);
}

Replay::Replay(const std::vector<Edit>& edits, const History& history)
    : edits_(edits), history_(history), void_(edits.size()) {}

// Positions depend on the author's version alone, and so does whether they
// are valid: all replicas agree.
bool Replay::Fits(const Edit& edit) const {
  uint64_t size = is_plain_ ? plain_.size() : sequence_.Size(Count::kPresent);
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
  if (size + next_id_ + inserted >= kScalarIdsMax) return false;
  const bool blank = edit.held || edit.erased;
  return inserted == edit.inserted.size() || (blank && edit.inserted.empty());
}

// In plain text a blank could not be told from a word.
bool Replay::IsPlain(const Edit& edit) const {
  return !edit.held && !edit.erased &&
         edit.inserted.find(kBlank) == std::u32string::npos;
}

void Replay::Apply(uint32_t turn, Marks marks) {
  const Edit& edit = this->edit(turn);
  if (is_plain_ && marks == Marks::kNone && IsPlain(edit)) {
    at_ = {turn};
    void_[turn] = !Fits(edit);
    unfolded_ = turn + 1;
    if (!void_[turn]) ApplyToPlain(edit);
    return;
  }
  if (is_plain_) {
    UnfoldText();
    ReserveWindow(turn);
  }
  MoveTo(history_.parents(turn));
  at_ = {turn};
  begins_.push_back(End());
  marks_begins_.push_back(marks_.size());
  stays_ = stays_ || !IsPlain(edit);
  void_[turn] = !Fits(edit);
  if (void_[turn]) return;
  if (marks != Marks::kNone) MarkTouched(edit, marks);
  for (const Run& run : edit.runs) {
    if (run.length == 0) continue;
    if (marks != Marks::kNone) MarkRun(edit, run, marks);
    if (run.kind == RunKind::kInsert) {
      Insert(turn, run);
    } else {
      Delete(turn, run);
    }
  }
}

void Replay::ApplyToPlain(const Edit& edit) {
  const std::u32string_view words = edit.inserted;
  size_t next = 0;
  for (const Run& run : edit.runs) {
    if (run.kind == RunKind::kInsert) {
      plain_.Insert(run.position, words.substr(next, run.length));
      next += run.length;
    } else {
      plain_.Delete(StartOf(run), run.length);
    }
  }
}

void Replay::UnfoldText() {
  if (!is_plain_) return;
  is_plain_ = false;
  stays_ = false;
  base_ = plain_.Take();
  sequence_.Reset(base_.size());
  next_id_ = base_.size();
  begins_.clear();
  deleted_.clear();
  words_.clear();
  DropMarks();
}

// What the turns up to the next critical one need, to the byte.
void Replay::ReserveWindow(uint32_t turn) {
  uint32_t end = turn + 1;
  while (end < history_.size() && !history_.IsCritical(end)) ++end;
  begins_.reserve(end - turn);
  marks_.reserve(end - turn);
  marks_begins_.reserve(end - turn);
}

void Replay::DropMarks() {
  if (marks_.size() > kMarksToKeep) {
    marks_ = {};
    marks_begins_ = {};
  } else {
    marks_.clear();
    marks_begins_.clear();
  }
  marked_ = unfolded_ + begins_.size();
}

void Replay::Fold() {
  if (is_plain_ || stays_) return;
  if (begins_.size() < sequence_.Size(Count::kAll) / kScalarsPerTurn) return;
  MoveTo({at_.back()});
  std::u32string text;
  text.reserve(sequence_.Size(Count::kPresent));
  for (RunHandle run = sequence_.First(); run != kNoRun;
       run = sequence_.Next(run)) {
    const RunRecord& record = sequence_.record(run);
    if (record.state == 1) text += Words(record, 0, record.length);
  }
  plain_.Give(std::move(text));
  base_ = {};
  is_plain_ = true;
  next_id_ = 0;
  unfolded_ = at_.back() + 1;
}

Replay::Begin Replay::End() const {
  return {next_id_, static_cast<uint32_t>(deleted_.size()),
          static_cast<uint32_t>(words_.size())};
}

absl::Span<const Mark> Replay::marks(uint32_t turn) const {
  const size_t at = turn - marked_;
  const size_t begin = marks_begins_[at];
  const size_t end =
      at + 1 == marks_begins_.size() ? marks_.size() : marks_begins_[at + 1];
  return absl::MakeConstSpan(marks_).subspan(begin, end - begin);
}

absl::Span<const IdRange> Replay::words(uint32_t turn) const {
  const size_t end = turn + 1 - unfolded_ == begins_.size()
                         ? words_.size()
                         : BeginOf(turn + 1).words;
  return absl::MakeConstSpan(words_).subspan(BeginOf(turn).words,
                                             end - BeginOf(turn).words);
}

absl::Span<const IdRange> Replay::deleted(uint32_t turn) const {
  const size_t end = turn + 1 - unfolded_ == begins_.size()
                         ? deleted_.size()
                         : BeginOf(turn + 1).deleted;
  return absl::MakeConstSpan(deleted_).subspan(BeginOf(turn).deleted,
                                               end - BeginOf(turn).deleted);
}

std::u32string_view Replay::Words(const RunRecord& record, uint32_t offset,
                                  uint32_t length) const {
  if (record.edit == kNoTurn) {
    return std::u32string_view(base_).substr(record.id + offset, length);
  }
  const uint32_t from = record.id - BeginOf(record.edit).id + offset;
  return std::u32string_view(edit(record.edit).inserted).substr(from, length);
}

// A range past the end of the author's text is cut there: it guards less, and
// the runs' own marks guard what was really edited.
void Replay::MarkTouched(const Edit& edit, Marks marks) {
  const uint32_t size = sequence_.Size(Count::kPresent);
  for (const Range& range : edit.touched) {
    const uint32_t start = std::min(range.start, size);
    AddMark(start, std::clamp(range.end, start, size), marks);
  }
}

// A run alone within what it touched adds nothing to that.
void Replay::MarkRun(const Edit& edit, const Run& run, Marks marks) {
  const uint32_t start = StartOf(run);
  const uint32_t end =
      run.kind == RunKind::kInsert ? start : start + run.length;
  if (edit.runs.size() == 1) {
    const uint32_t size = sequence_.Size(Count::kPresent);
    for (const Range& range : edit.touched) {
      if (range.start < start && end < std::min(range.end, size)) return;
    }
  }
  AddMark(start, end, marks);
}

void Replay::AddMark(uint32_t start, uint32_t end, Marks marks) {
  const auto scalar_at = [this](uint32_t position) {
    const Sequence::Place place = sequence_.At(Count::kPresent, position);
    return place.run == kNoRun ? kNoScalar
                               : sequence_.record(place.run).id + place.offset;
  };
  Mark mark;
  if (start > 0) mark.left = scalar_at(start - 1);
  mark.right = scalar_at(end);
  if (start < end) {
    mark.first = scalar_at(start);
    mark.last = scalar_at(end - 1);
  }
  marks_.push_back(mark);
  if (marks != Marks::kWords) return;
  for (uint32_t at = start; at < end;) {
    const Sequence::Place place = sequence_.At(Count::kPresent, at);
    const RunRecord& record = sequence_.record(place.run);
    const uint32_t length = std::min(record.length - place.offset, end - at);
    words_.push_back({record.id + place.offset, length});
    at += length;
  }
}

void Replay::Insert(uint32_t turn, const Run& run) {
  RunHandle left = kNoRun;
  RunRecord record;
  if (run.position > 0) {
    const Sequence::Place place =
        sequence_.At(Count::kPresent, run.position - 1);
    left = place.run;
    if (place.offset + 1 < sequence_.record(left).length) {
      sequence_.Split(left, place.offset + 1);
    }
    record.left = sequence_.record(left).end() - 1;
  }
  const RunHandle right = sequence_.NextExisting(left);
  if (right != kNoRun) record.right = sequence_.record(right).id;
  record.id = next_id_;
  record.length = run.length;
  record.edit = turn;
  record.state = 1;
  record.gone = edit(turn).held ? 1 : 0;
  next_id_ += run.length;
  const Edit& own = edit(turn);
  sequence_.Insert(left, right, record, [&](const RunRecord& other) {
    return GoesBefore(own, edit(other.edit));
  });
}

void Replay::Delete(uint32_t turn, const Run& run) {
  const uint32_t position = StartOf(run);
  const bool for_all = !edit(turn).held;
  for (uint32_t left = run.length; left > 0;) {
    const Sequence::Place place = sequence_.At(Count::kPresent, position);
    RunHandle target = place.run;
    if (place.offset > 0) target = sequence_.Split(target, place.offset);
    if (sequence_.record(target).length > left) sequence_.Split(target, left);
    const RunRecord& record = sequence_.record(target);
    left -= record.length;
    deleted_.push_back({record.id, record.length});
    sequence_.AddState(target, +1);
    sequence_.AddDeleter(target, turn, for_all);
  }
}

void Replay::MoveTo(absl::Span<const uint32_t> heads) {
  if (heads == at_) return;
  const History::Way way = history_.Between(at_, heads);
  for (const uint32_t turn : way.back) Step(turn, -1);
  for (const uint32_t turn : way.forth) Step(turn, +1);
  at_.assign(heads.begin(), heads.end());
}

void Replay::Step(uint32_t turn, int delta) {
  DATELINE_CHECK(turn >= unfolded_);
  const size_t number = turn - unfolded_;
  const ScalarId id = begins_[number].id;
  const ScalarId end =
      number + 1 == begins_.size() ? next_id_ : begins_[number + 1].id;
  if (delta < 0) {
    for (const IdRange& range : deleted(turn)) StepRange(range, -1);
  }
  StepRange({id, end - id}, delta);
  if (delta > 0) {
    for (const IdRange& range : deleted(turn)) StepRange(range, +1);
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

}  // namespace dateline::sync::text

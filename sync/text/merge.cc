#include "sync/text/merge.h"

#include <algorithm>

#include "sync/text/guard.h"
#include "sync/text/history.h"
#include "sync/text/replay.h"

namespace dateline::sync::text {
namespace {

// The version whose text positions of the next edit count in: all edits but
// held ones on which nobody else built.
std::vector<uint32_t> HeadsToEdit(const History& history,
                                  const Replay& replay) {
  std::vector<bool> wanted(history.size());
  std::vector<bool> has_child(history.size());
  std::vector<uint32_t> heads;
  for (uint32_t turn = history.size(); turn-- > 0;) {
    if (!replay.edit(turn).held) wanted[turn] = true;
    if (!wanted[turn]) continue;
    if (!has_child[turn]) heads.push_back(turn);
    for (const uint32_t parent : history.parents(turn)) {
      wanted[parent] = true;
      has_child[parent] = true;
    }
  }
  return heads;
}

// Reads the sequence from front to back into raw text and the segments that a
// reader gets.
class Reading {
 public:
  Reading(const Replay& replay, Merged* merged)
      : replay_(replay), merged_(*merged) {}

  // Scalars numbered [at_, end): plain text, or inside a span, whose segment
  // hides it.
  void ReadTo(uint32_t end, bool hidden) {
    const Sequence& sequence = replay_.sequence();
    while (at_ < end) {
      const RunRecord& record = sequence.record(run_);
      const uint32_t length = std::min(record.length - offset_, end - at_);
      Read(record, length, hidden);
      at_ += length;
      offset_ += length;
      if (offset_ < record.length) continue;
      run_ = sequence.Next(run_);
      offset_ = 0;
    }
  }

  void ReadSpan(Span span) {
    ReadTo(span.interval.first(), false);
    Segment segment;
    segment.raw_start = merged_.raw.size();
    ReadTo(span.interval.end(), true);
    joins_ = false;
    segment.raw_end = merged_.raw.size();
    if (span.originals.size() > 1) {
      segment.open = true;
      segment.base = std::move(span.base);
      segment.originals = std::move(span.originals);
      merged_.segments.push_back(std::move(segment));
      return;
    }
    // All wrote the same: one copy is shown.
    segment.text = std::move(span.originals[0].text);
    if (!segment.text.empty() || segment.raw_start < segment.raw_end) {
      merged_.segments.push_back(std::move(segment));
    }
  }

 private:
  void Read(const RunRecord& record, uint32_t length, bool hidden) {
    const bool blank = replay_.IsBlank(record);
    const bool present = record.state == 1;
    std::u32string_view words;
    if (!blank) words = replay_.Words(record, offset_, length);
    const uint32_t start = merged_.raw.size();
    if (present && blank) merged_.raw.append(length, kBlank);
    if (present && !blank) merged_.raw += words;
    if (hidden || blank || record.gone) return;
    Show(words, start);
  }

  // Text that has positions joins the segment before it; what only a held
  // edit deleted has none, and stands alone.
  void Show(std::u32string_view words, uint32_t start) {
    const uint32_t end = merged_.raw.size();
    if (joins_ && start < end && merged_.segments.back().raw_end == start) {
      merged_.segments.back().text += words;
      merged_.segments.back().raw_end = end;
      return;
    }
    joins_ = start < end;
    Segment segment;
    segment.text = words;
    segment.raw_start = start;
    segment.raw_end = end;
    merged_.segments.push_back(std::move(segment));
  }

  const Replay& replay_;
  Merged& merged_;
  uint32_t at_ = 0;
  RunHandle run_ = replay_.sequence().First();
  uint32_t offset_ = 0;
  bool joins_ = false;  // the last segment is its raw slice, and may grow
};

// From before the first word left to behind the last one. If none is left:
// where they stood.
Tracked WhereNow(const Sequence& sequence, const std::vector<IdRange>& words) {
  Tracked tracked;
  tracked.lost = true;
  for (const IdRange& range : words) {
    for (ScalarId id = range.id; id < range.id + range.length;) {
      const RunHandle run = sequence.Find(id);
      const RunRecord& record = sequence.record(run);
      const ScalarId end = std::min(record.end(), range.id + range.length);
      const uint32_t before = sequence.Before(Count::kPresent, run);
      if (record.state != 1) {
        if (tracked.lost) tracked.start = tracked.end = before;
      } else {
        const uint32_t offset = id - record.id;
        if (tracked.lost) tracked.start = before + offset;
        tracked.end = before + offset + (end - id);
        tracked.lost = false;
      }
      id = end;
    }
  }
  return tracked;
}

// Counting ranks pays where at least one run in so many is asked for.
constexpr uint32_t kRunsPerTurn = 16;

// Everything so far has been compared, or nobody worked apart.
void ReplayAll(const History& history, Replay& replay, Guard& guard) {
  const uint32_t turns = history.size();
  uint32_t window = 0;
  for (uint32_t turn = 0; turn < turns; ++turn) {
    replay.Apply(turn, guard.MarksFor(turn));
    if (replay.is_plain()) {
      window = turn + 1;
      guard.Forget(window);
      continue;
    }
    if (!history.IsCritical(turn) && turn + 1 < turns) continue;
    if ((turn - window) * kRunsPerTurn > replay.sequence().run_count()) {
      replay.CountRanks();
    }
    guard.Note(window, turn + 1);
    replay.DropMarks();
    guard.Compare(window, turn + 1);
    window = turn + 1;
    // A held edit may turn out to be one that nobody built on.
    const bool settled = history.IsCritical(turn) && !replay.edit(turn).held;
    if (!settled || !guard.IsQuiet()) continue;
    guard.Forget(window);
    replay.Fold();
  }
  guard.Settle();
}

void ReadPlain(Replay& replay, Merged* merged) {
  merged->raw = replay.plain().Take();
  if (merged->raw.empty()) return;
  Segment segment;
  segment.text = merged->raw;
  segment.raw_end = merged->raw.size();
  merged->segments.push_back(std::move(segment));
}

void ReadSequence(const History& history, Replay& replay, const Guard& guard,
                  Merged* merged) {
  replay.MoveTo(HeadsToEdit(history, replay));
  replay.CountRanks();
  Reading reading(replay, merged);
  for (Span& span : guard.Spans(history.size())) {
    reading.ReadSpan(std::move(span));
  }
  reading.ReadTo(replay.sequence().Size(Count::kAll), false);
}

// A replay that remembers everything.
Replay ReplayWhole(const std::vector<Edit>& edits, const History& history) {
  Replay replay(edits, history);
  replay.UnfoldText();
  for (uint32_t turn = 0; turn < history.size(); ++turn) {
    replay.Apply(turn, Marks::kNone);
  }
  return replay;
}

}  // namespace

Merged Merge(const std::vector<Edit>& edits) {
  const History history(edits);
  Replay replay(edits, history);
  Guard guard(history, replay);
  ReplayAll(history, replay, guard);
  Merged merged;
  if (replay.is_plain()) {
    ReadPlain(replay, &merged);
  } else {
    ReadSequence(history, replay, guard, &merged);
  }
  for (uint32_t edit = 0; edit < edits.size(); ++edit) {
    if (replay.IsVoid(history.turn_of(edit))) merged.invalid.push_back(edit);
  }
  return merged;
}

std::vector<Authorship> Authors(const std::vector<Edit>& edits) {
  const History history(edits);
  Replay replay = ReplayWhole(edits, history);
  replay.MoveTo(HeadsToEdit(history, replay));
  std::vector<Authorship> authors;
  const Sequence& sequence = replay.sequence();
  for (RunHandle run = sequence.First(); run != kNoRun;
       run = sequence.Next(run)) {
    const RunRecord& record = sequence.record(run);
    if (record.state != 1) continue;
    const uint32_t edit = history.edit_of(record.edit);
    if (authors.empty() || authors.back().edit != edit) {
      authors.push_back({0, edit});
    }
    authors.back().length += record.length;
  }
  return authors;
}

std::vector<Tracked> Track(const std::vector<Edit>& edits,
                           const std::vector<Anchor>& anchors) {
  const History history(edits);
  Replay replay = ReplayWhole(edits, history);
  const Sequence& sequence = replay.sequence();
  std::vector<std::vector<IdRange>> words(anchors.size());
  for (size_t i = 0; i < anchors.size(); ++i) {
    std::vector<uint32_t> heads;
    for (const uint32_t head : anchors[i].heads) {
      heads.push_back(history.turn_of(head));
    }
    std::sort(heads.begin(), heads.end());
    replay.MoveTo(heads);
    for (uint32_t at = anchors[i].start; at < anchors[i].end;) {
      const Sequence::Place place = sequence.At(Count::kPresent, at);
      if (place.run == kNoRun) break;
      const RunRecord& record = sequence.record(place.run);
      const uint32_t length =
          std::min(record.length - place.offset, anchors[i].end - at);
      words[i].push_back({record.id + place.offset, length});
      at += length;
    }
  }
  replay.MoveTo(HeadsToEdit(history, replay));
  std::vector<Tracked> tracked;
  for (const std::vector<IdRange>& ranges : words) {
    tracked.push_back(WhereNow(sequence, ranges));
  }
  return tracked;
}

}  // namespace dateline::sync::text

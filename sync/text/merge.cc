#include "sync/text/merge.h"

#include <algorithm>

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

void AddAuthor(uint64_t length, uint32_t edit, Merged* merged) {
  if (!merged->authors.empty() && merged->authors.back().edit == edit) {
    merged->authors.back().length += length;
    return;
  }
  Authorship author;
  author.length = length;
  author.edit = edit;
  merged->authors.push_back(author);
}

// Raw characters with their authors, and what a reader gets of them.
void ReadOut(const History& history, const Replay& replay, Merged* merged) {
  std::u32string shown;
  const Sequence& sequence = replay.sequence();
  for (RunHandle run = sequence.First(); run != kNoRun;
       run = sequence.Next(run)) {
    const RunRecord& record = sequence.record(run);
    const Edit& edit = replay.edit(record.edit);
    const bool blank = edit.erased || edit.held;
    const size_t offset = record.id - replay.first_id(record.edit);
    if (record.state == 1) {
      AddAuthor(record.length, history.edit_of(record.edit), merged);
      if (blank) {
        merged->raw.append(record.length, kBlank);
      } else {
        merged->raw.append(edit.inserted, offset, record.length);
      }
    }
    if (!record.gone && !blank) {
      shown.append(edit.inserted, offset, record.length);
    }
  }
  if (merged->raw.empty() && shown.empty()) return;
  Segment segment;
  segment.text = std::move(shown);
  segment.raw_end = merged->raw.size();
  merged->segments.push_back(std::move(segment));
}

// From before the first word left to behind the last one. If none is left:
// where they stood.
Tracked WhereNow(const Sequence& sequence, const std::vector<IdRange>& words) {
  Tracked tracked;
  tracked.lost = true;
  for (const IdRange& range : words) {
    for (ScalarId id = range.id; id < range.id + range.length;) {
      const RunHandle run = sequence.Find(id);
      const RunRecord& record = sequence.record(run);
      const uint64_t end = std::min(record.end(), range.id + range.length);
      const uint64_t before = sequence.Before(Count::kPresent, run);
      if (record.state != 1) {
        if (tracked.lost) tracked.start = tracked.end = before;
      } else {
        const uint64_t offset = id - record.id;
        if (tracked.lost) tracked.start = before + offset;
        tracked.end = before + offset + (end - id);
        tracked.lost = false;
      }
      id = end;
    }
  }
  return tracked;
}

}  // namespace

Merged Merge(const std::vector<Edit>& edits) {
  const History history(edits);
  Replay replay(edits, history);
  for (uint32_t turn = 0; turn < history.size(); ++turn) {
    replay.Apply(turn, false);
    if (history.IsCritical(turn) && !replay.edit(turn).held) replay.Forget();
  }
  replay.MoveTo(HeadsToEdit(history, replay));
  Merged merged;
  ReadOut(history, replay, &merged);
  for (uint32_t edit = 0; edit < edits.size(); ++edit) {
    if (replay.IsVoid(history.turn_of(edit))) merged.invalid.push_back(edit);
  }
  return merged;
}

std::vector<Tracked> Track(const std::vector<Edit>& edits,
                           const std::vector<Anchor>& anchors) {
  const History history(edits);
  Replay replay(edits, history);
  for (uint32_t turn = 0; turn < history.size(); ++turn) {
    replay.Apply(turn, false);
  }
  const Sequence& sequence = replay.sequence();
  std::vector<std::vector<IdRange>> words(anchors.size());
  for (size_t i = 0; i < anchors.size(); ++i) {
    std::vector<uint32_t> heads;
    for (const uint32_t head : anchors[i].heads) {
      heads.push_back(history.turn_of(head));
    }
    std::sort(heads.begin(), heads.end());
    replay.MoveTo(heads);
    for (uint64_t at = anchors[i].start; at < anchors[i].end;) {
      const Sequence::Place place = sequence.At(Count::kPresent, at);
      if (place.run == kNoRun) break;
      const RunRecord& record = sequence.record(place.run);
      const uint64_t length =
          std::min<uint64_t>(record.length - place.offset, anchors[i].end - at);
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

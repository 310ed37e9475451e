#include "sync/text/slice.h"

#include <algorithm>

namespace dateline::sync::text {

Slices::Slices(const Replay& replay, const Awareness& awareness, uint32_t end)
    : replay_(replay), awareness_(awareness) {
  const Sequence& sequence = replay.sequence();
  for (uint32_t turn = replay.remembered(); turn < end; ++turn) {
    if (!replay.Counts(turn)) continue;
    for (const IdRange& range : replay.trail(turn).deleted) {
      for (ScalarId id = range.id; id < range.id + range.length;) {
        const RunHandle run = sequence.Find(id);
        if (deleters_.size() <= run) deleters_.resize(run + 1);
        deleters_[run].push_back(turn);
        id = sequence.record(run).end();
      }
    }
  }
}

bool Slices::Seen(const std::vector<uint32_t>& by, uint32_t turn) const {
  if (turn < replay_.remembered()) return true;
  for (const uint32_t reader : by) {
    if (!awareness_.Saw(reader, turn)) return false;
  }
  return true;
}

// The words of the runs in `where` for which is_shown(run handle, record).
template <typename IsShown>
std::u32string Slices::Read(const Interval& where, IsShown is_shown) const {
  std::u32string text;
  const Sequence& sequence = replay_.sequence();
  uint64_t at = where.first();
  Sequence::Place place = sequence.At(Count::kAll, at);
  while (at < where.end()) {
    const RunRecord& record = sequence.record(place.run);
    const uint64_t length =
        std::min(record.length - place.offset, where.end() - at);
    const Edit& edit = replay_.edit(record.edit);
    if (!edit.held && !edit.erased && is_shown(place.run, record)) {
      const uint64_t offset =
          record.id - replay_.first_id(record.edit) + place.offset;
      text.append(edit.inserted, offset, length);
    }
    at += length;
    place = {sequence.Next(place.run), 0};
  }
  return text;
}

std::u32string Slices::SeenByAll(const Interval& where,
                                 const std::vector<uint32_t>& turns) const {
  return Read(where, [&](RunHandle run, const RunRecord& record) {
    if (!Seen(turns, record.edit)) return false;
    if (run >= deleters_.size()) return true;
    for (const uint32_t turn : deleters_[run]) {
      if (Seen(turns, turn)) return false;
    }
    return true;
  });
}

std::u32string Slices::WrittenBy(const Interval& where, uint32_t turn) const {
  return Read(where, [&](RunHandle, const RunRecord& record) {
    return record.edit == turn && !record.gone;
  });
}

bool Slices::WrittenBefore(uint32_t a, uint32_t b) const {
  const Edit& x = replay_.edit(a);
  const Edit& y = replay_.edit(b);
  return x.lamport != y.lamport ? x.lamport < y.lamport : GoesBefore(x, y);
}

bool Slices::SaidBefore(const Voice& a, const Voice& b) const {
  const auto last = [this](const Voice& voice) {
    return *std::max_element(
        voice.turns.begin(), voice.turns.end(),
        [this](uint32_t x, uint32_t y) { return WrittenBefore(x, y); });
  };
  const uint32_t x = last(a);
  const uint32_t y = last(b);
  return x == y ? a.text < b.text : WrittenBefore(x, y);
}

std::vector<Original> Slices::ToOriginals(const History& history,
                                          std::vector<Voice> voices) const {
  std::vector<Voice> distinct;
  for (Voice& voice : voices) {
    auto same = std::find_if(
        distinct.begin(), distinct.end(),
        [&](const Voice& other) { return other.text == voice.text; });
    if (same == distinct.end()) {
      distinct.push_back(std::move(voice));
    } else {
      same->turns.insert(same->turns.end(), voice.turns.begin(),
                         voice.turns.end());
    }
  }
  std::stable_sort(
      distinct.begin(), distinct.end(),
      [this](const Voice& a, const Voice& b) { return SaidBefore(a, b); });
  std::vector<Original> originals;
  for (Voice& voice : distinct) {
    Original original;
    original.text = std::move(voice.text);
    for (const uint32_t turn : voice.turns) {
      original.edits.push_back(history.edit_of(turn));
    }
    std::sort(original.edits.begin(), original.edits.end());
    original.edits.erase(
        std::unique(original.edits.begin(), original.edits.end()),
        original.edits.end());
    originals.push_back(std::move(original));
  }
  return originals;
}

}  // namespace dateline::sync::text

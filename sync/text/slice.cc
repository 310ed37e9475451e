#include "sync/text/slice.h"

#include <algorithm>

namespace dateline::sync::text {

Slices::Slices(const Replay& replay, uint32_t end) : replay_(replay) {
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

std::u32string Slices::Read(const Interval& where,
                            const std::vector<uint32_t>& involved,
                            const std::vector<uint32_t>& heard) const {
  const auto counts = [&](uint32_t turn) {
    return std::binary_search(heard.begin(), heard.end(), turn) ||
           !std::binary_search(involved.begin(), involved.end(), turn);
  };
  std::u32string text;
  const Sequence& sequence = replay_.sequence();
  uint64_t at = where.first();
  Sequence::Place place = sequence.At(Count::kAll, at);
  while (at < where.end()) {
    const RunRecord& record = sequence.record(place.run);
    const uint64_t length =
        std::min(record.length - place.offset, where.end() - at);
    const Edit& edit = replay_.edit(record.edit);
    bool shown = !edit.held && !edit.erased && counts(record.edit);
    if (shown && place.run < deleters_.size()) {
      const std::vector<uint32_t>& deleters = deleters_[place.run];
      shown = std::none_of(deleters.begin(), deleters.end(), counts);
    }
    if (shown) {
      const uint64_t offset =
          record.id - replay_.first_id(record.edit) + place.offset;
      text.append(edit.inserted, offset, length);
    }
    at += length;
    place = {sequence.Next(place.run), 0};
  }
  return text;
}

}  // namespace dateline::sync::text

#include "sync/text/slice.h"

#include <algorithm>

namespace dateline::sync::text {

bool Slices::IsShown(const RunRecord& record) const {
  if (replay_.IsBlank(record) || !Counts(record.edit)) return false;
  const Sequence& sequence = replay_.sequence();
  for (uint32_t at = record.deleters; at != kNoDeleter;) {
    const Sequence::Deleter& deleter = sequence.deleter(at);
    if (replay_.Counts(deleter.turn) && Counts(deleter.turn)) return false;
    at = deleter.next;
  }
  return true;
}

std::u32string Slices::Read(const Interval& where,
                            const std::vector<uint32_t>& involved,
                            const std::vector<uint32_t>& heard) {
  for (const uint32_t turn : involved) silent_[turn - first_] = true;
  for (const uint32_t turn : heard) silent_[turn - first_] = false;
  std::u32string text;
  const Sequence& sequence = replay_.sequence();
  uint32_t at = where.first();
  Sequence::Place place = sequence.At(Count::kAll, at);
  while (at < where.end()) {
    const RunRecord& record = sequence.record(place.run);
    const uint32_t length =
        std::min(record.length - place.offset, where.end() - at);
    if (IsShown(record)) text += replay_.Words(record, place.offset, length);
    at += length;
    place = {sequence.Next(place.run), 0};
  }
  for (const uint32_t turn : involved) silent_[turn - first_] = false;
  return text;
}

}  // namespace dateline::sync::text

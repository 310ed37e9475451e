// Scalars with a gap where the last edit was: edits that go on from one place,
// or forward through the text, move little.
#ifndef DATELINE_SYNC_TEXT_PLAIN_TEXT_H_
#define DATELINE_SYNC_TEXT_PLAIN_TEXT_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace dateline::sync::text {

// Positions must be inside the text. Thread-compatible.
class PlainText {
 public:
  uint32_t size() const { return buffer_.size() - (gap_end_ - gap_); }

  void Insert(uint32_t position, std::u32string_view words) {
    if (gap_end_ - gap_ < words.size()) Grow(words.size());
    MoveGap(position);
    std::copy(words.begin(), words.end(), buffer_.begin() + gap_);
    gap_ += words.size();
  }
  void Delete(uint32_t position, uint32_t length) {
    MoveGap(position);
    gap_end_ += length;
  }

  // The text without its gap; this is empty afterwards.
  std::u32string Take() {
    buffer_.erase(gap_, gap_end_ - gap_);
    gap_ = gap_end_ = 0;
    return std::exchange(buffer_, {});
  }
  void Give(std::u32string text) {
    buffer_ = std::move(text);
    gap_ = gap_end_ = 0;
  }

 private:
  void MoveGap(uint32_t position) {
    const auto begin = buffer_.begin();
    if (position < gap_) {
      std::copy_backward(begin + position, begin + gap_, begin + gap_end_);
    } else {
      std::copy(begin + gap_end_, begin + gap_end_ + (position - gap_),
                begin + gap_);
    }
    gap_end_ = gap_end_ + position - gap_;
    gap_ = position;
  }
  void Grow(size_t needed) {
    const size_t added = needed + buffer_.size() / 8;
    buffer_.insert(gap_end_, added, 0);
    gap_end_ += added;
  }

  std::u32string buffer_;
  size_t gap_ = 0;
  size_t gap_end_ = 0;
};

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_PLAIN_TEXT_H_

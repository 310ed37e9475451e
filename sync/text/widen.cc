// From the runs of an edit to the stretches of its base that they touched.
#include <algorithm>
#include <string_view>
#include <utility>

#include "sync/text/draft.h"
#include "sync/text/guarded.h"

namespace dateline::sync::text {
namespace {

// Follows runs back to the text that they began with.
class Unwinding {
 public:
  explicit Unwinding(uint32_t size) { pieces_.push_back({0, size, true}); }

  // Runs out of bounds are cut there: they are void anyway.
  void Apply(const Run& run, std::u32string_view inserted) {
    const bool insert = run.kind == RunKind::kInsert;
    const bool back = run.kind == RunKind::kDeleteBackward;
    const uint32_t start =
        back ? run.position - std::min(run.length, run.position) : run.position;
    size_t at = PieceAt(start);
    if (insert) {
      touches_.push_back({BaseAt(at), BaseAt(at), std::u32string(inserted)});
      pieces_.insert(pieces_.begin() + at, {0, run.length, false});
      return;
    }
    for (uint32_t left = run.length; left > 0 && at < pieces_.size();) {
      if (pieces_[at].length > left) Split(at, left);
      const Piece piece = pieces_[at];
      left -= piece.length;
      if (piece.from_base) {
        touches_.push_back({piece.base, piece.base + piece.length, {}});
      }
      pieces_.erase(pieces_.begin() + at);
    }
  }

  // In the order of the base; those that intersect or touch are one.
  std::vector<Touch> Touches() {
    std::stable_sort(
        touches_.begin(), touches_.end(),
        [](const Touch& a, const Touch& b) { return a.start < b.start; });
    std::vector<Touch> united;
    for (Touch& touch : touches_) {
      if (united.empty() || touch.start > united.back().end) {
        united.push_back(std::move(touch));
        continue;
      }
      united.back().end = std::max(united.back().end, touch.end);
      united.back().inserted += touch.inserted;
    }
    return united;
  }

 private:
  struct Piece {
    uint32_t base;
    uint32_t length;
    bool from_base;
  };

  void Split(size_t at, uint32_t offset) {
    Piece tail = pieces_[at];
    tail.base += offset;
    tail.length -= offset;
    pieces_[at].length = offset;
    pieces_.insert(pieces_.begin() + at + 1, tail);
  }

  // The piece that begins at `position` of the text as it is now.
  size_t PieceAt(uint32_t position) {
    size_t at = 0;
    for (; at < pieces_.size() && position >= pieces_[at].length; ++at) {
      position -= pieces_[at].length;
    }
    if (at < pieces_.size() && position > 0) Split(at++, position);
    return at;
  }

  // Where the base goes on behind what stands before piece `at`.
  uint32_t BaseAt(size_t at) const {
    for (size_t i = at; i-- > 0;) {
      if (pieces_[i].from_base) return pieces_[i].base + pieces_[i].length;
    }
    return 0;
  }

  std::vector<Piece> pieces_;
  std::vector<Touch> touches_;
};

class Scalars : public ParagraphSource {
 public:
  explicit Scalars(const std::u32string& text) : text_(text) {}

  Range Around(uint32_t position) override {
    Range range{position, position};
    while (range.start > 0 && !EndsParagraph(text_[range.start - 1])) {
      --range.start;
    }
    while (range.end < text_.size() && !EndsParagraph(text_[range.end])) {
      ++range.end;
    }
    return range;
  }
  std::u32string Words(const Range& range) override {
    return text_.substr(range.start, range.end - range.start);
  }

 private:
  const std::u32string& text_;
};

}  // namespace

std::vector<Range> Widen(const std::u32string& base,
                         const std::vector<Run>& runs,
                         const std::u32string& inserted) {
  Unwinding unwinding(base.size());
  size_t next = 0;
  for (const Run& run : runs) {
    std::u32string_view words;
    if (run.kind == RunKind::kInsert) {
      words = std::u32string_view(inserted).substr(
          std::min(next, inserted.size()), run.length);
      next += run.length;
    }
    unwinding.Apply(run, words);
  }
  Scalars scalars(base);
  SentenceBreaker breaker;
  return GuardedRanges(scalars, breaker, unwinding.Touches());
}

}  // namespace dateline::sync::text

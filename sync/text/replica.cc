#include "sync/text/replica.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sync/base/errors.h"
#include "sync/text/guarded.h"
#include "sync/text/hunks.h"
#include "sync/text/utf8.h"

namespace dateline::sync::text {
namespace {

class Utf8Paragraphs : public ParagraphSource {
 public:
  Utf8Paragraphs(absl::string_view text, uint32_t size)
      : text_(text), cursor_(text, size) {}

  Range Around(uint32_t position) override {
    const size_t at = cursor_.ByteAt(position);
    size_t start = at;
    while (start > 0 && !ParagraphEndsBefore(text_, start)) --start;
    size_t end = at;
    while (end < text_.size() && !ParagraphEndsAt(text_, end)) ++end;
    Range range;
    range.start = position - CountScalars(text_.substr(start, at - start));
    range.end = position + CountScalars(text_.substr(at, end - at));
    return range;
  }
  std::u32string Words(const Range& range) override {
    const size_t start = cursor_.ByteAt(range.start);
    return *ToScalars(text_.substr(start, cursor_.ByteAt(range.end) - start));
  }

 private:
  const absl::string_view text_;
  Utf8Cursor cursor_;
};

}  // namespace

Replica::Replica(std::string base, uint32_t size, Keep keep)
    : base_(std::move(base)), base_size_(size), size_(size), keep_(keep) {}

absl::StatusOr<Replica> Replica::Open(absl::string_view utf8, Keep keep) {
  const absl::StatusOr<std::u32string> scalars = ToScalars(utf8);
  if (!scalars.ok()) return scalars.status();
  return Replica(std::string(utf8), scalars->size(), keep);
}

absl::Status Replica::CheckRange(uint32_t position, uint64_t length) const {
  if (position + length <= size_) return absl::OkStatus();
  return MakeError(v1::OUT_OF_RANGE_VALUE,
                   "The keystroke is outside of the text.",
                   {.field = "position",
                    .limit = absl::StrCat(size_),
                    .got = absl::StrCat(position + length)});
}

// To the piece that ends at `position` or holds the scalars on both sides.
void Replica::Seek(uint32_t position) {
  if (pieces_.empty() && base_size_ > 0) pieces_ = {{0, base_size_, false}};
  while (at_ > 0 && position <= at_start_) {
    at_start_ -= pieces_[--at_].length;
  }
  while (at_ + 1 < pieces_.size() &&
         position > at_start_ + pieces_[at_].length) {
    at_start_ += pieces_[at_++].length;
  }
}

absl::Status Replica::Insert(uint32_t position, std::u32string_view words) {
  if (absl::Status status = CheckRange(position, 0); !status.ok()) {
    return status;
  }
  if (words.empty()) return absl::OkStatus();
  const uint32_t length = words.size();
  if (keep_ == Keep::kEverything) {
    AppendRun({position, length}, &log_.runs);
    log_.inserted += words;
  }
  Seek(position);
  size_ += length;
  const uint32_t offset = position - at_start_;
  const Piece added{static_cast<uint32_t>(typed_.size()), length, true};
  typed_ += words;
  if (pieces_.empty() || offset == 0) {
    pieces_.insert(pieces_.begin() + at_, added);
    return absl::OkStatus();
  }
  Piece& piece = pieces_[at_];
  if (offset == piece.length) {
    if (piece.typed && piece.start + piece.length == added.start) {
      piece.length += length;
    } else {
      pieces_.insert(pieces_.begin() + at_ + 1, added);
    }
    return absl::OkStatus();
  }
  const Piece tail{piece.start + offset, piece.length - offset, piece.typed};
  piece.length = offset;
  pieces_.insert(pieces_.begin() + at_ + 1, {added, tail});
  return absl::OkStatus();
}

absl::Status Replica::Delete(uint32_t position, uint32_t length) {
  if (absl::Status status = CheckRange(position, length); !status.ok()) {
    return status;
  }
  if (length == 0) return absl::OkStatus();
  if (keep_ == Keep::kEverything) {
    AppendRun({position, length, RunKind::kDelete}, &log_.runs);
  }
  Seek(position);
  size_ -= length;
  uint32_t offset = position - at_start_;
  size_t first = at_;
  if (offset == pieces_[at_].length) {
    ++first;
    offset = 0;
  } else if (offset > 0 && offset + length < pieces_[at_].length) {
    Piece tail = pieces_[at_];
    tail.start += offset + length;
    tail.length -= offset + length;
    pieces_[at_].length = offset;
    pieces_.insert(pieces_.begin() + at_ + 1, tail);
    return absl::OkStatus();
  } else if (offset > 0) {
    length -= pieces_[at_].length - offset;
    pieces_[at_].length = offset;
    ++first;
  }
  size_t last = first;
  while (length > 0 && pieces_[last].length <= length) {
    length -= pieces_[last++].length;
  }
  if (length > 0) {
    pieces_[last].start += length;
    pieces_[last].length -= length;
  }
  pieces_.erase(pieces_.begin() + first, pieces_.begin() + last);
  // A text that is all gone: the base is not to be taken for it.
  if (pieces_.empty()) pieces_.push_back({base_size_, 0, false});
  return absl::OkStatus();
}

// In the order of the base, apart.
std::vector<Replica::Change> Replica::Changes() const {
  std::vector<Change> changes;
  Change next;
  const auto add = [&](uint32_t end) {
    next.end = end;
    if (next.start < next.end || !next.inserted.empty()) {
      Shorten(&next);
      if (next.start < next.end || !next.inserted.empty()) {
        changes.push_back(std::move(next));
      }
    }
    next = Change();
  };
  for (const Piece& piece : pieces_) {
    if (piece.typed) {
      next.inserted.append(typed_, piece.start, piece.length);
      continue;
    }
    if (piece.length == 0) continue;
    add(piece.start);
    next.start = piece.start + piece.length;
  }
  add(base_size_);
  return changes;
}

// Words typed again as they were are no change.
void Replica::Shorten(Change* change) const {
  if (change->start == change->end || change->inserted.empty()) return;
  Utf8Paragraphs base(base_, base_size_);
  const std::u32string old = base.Words({change->start, change->end});
  const std::u32string& now = change->inserted;
  const auto [old_end, now_end] =
      std::mismatch(old.begin(), old.end(), now.begin(), now.end());
  const size_t head = old_end - old.begin();
  size_t tail = 0;
  const size_t most = std::min(old.size(), now.size()) - head;
  while (tail < most &&
         old[old.size() - 1 - tail] == now[now.size() - 1 - tail]) {
    ++tail;
  }
  change->start += head;
  change->end -= tail;
  change->inserted = now.substr(head, now.size() - head - tail);
}

std::string Replica::Applied(const std::vector<Change>& changes) const {
  Utf8Cursor cursor(base_, base_size_);
  struct Splice {
    size_t start, end;
    std::string words;
  };
  std::vector<Splice> splices;
  size_t bytes = base_.size();
  for (const Change& change : changes) {
    const size_t start = cursor.ByteAt(change.start);
    splices.push_back(
        {start, cursor.ByteAt(change.end), ToUtf8(change.inserted)});
    bytes += splices.back().words.size() - (splices.back().end - start);
  }
  std::string text;
  text.reserve(bytes);
  size_t done = 0;
  for (const Splice& splice : splices) {
    text.append(base_, done, splice.start - done);
    text += splice.words;
    done = splice.end;
  }
  text.append(base_, done);
  return text;
}

std::string Replica::Text() const {
  return pieces_.empty() ? base_ : Applied(Changes());
}

void Replica::StartOver() {
  pieces_ = {};
  typed_ = {};
  log_ = {};
  at_ = 0;
  at_start_ = 0;
}

NetEdit Replica::Seal() {
  const std::vector<Change> changes = Changes();
  NetEdit edit;
  if (!pieces_.empty()) {
    std::vector<Touch> touches;
    int64_t shift = 0;
    for (const Change& change : changes) {
      const uint32_t added = change.inserted.size();
      const uint32_t removed = change.end - change.start;
      AddRuns(change.start + shift, removed, added, &edit.runs);
      edit.inserted += change.inserted;
      shift += int64_t{added} - removed;
      touches.push_back({change.start, change.end, change.inserted});
    }
    Utf8Paragraphs base(base_, base_size_);
    edit.touched = GuardedRanges(base, breaker_, touches);
    if (keep_ == Keep::kEverything) {
      edit.runs = std::move(log_.runs);
      edit.inserted = std::move(log_.inserted);
    }
    base_ = Applied(changes);
    base_size_ = size_;
  }
  StartOver();
  return edit;
}

}  // namespace dateline::sync::text

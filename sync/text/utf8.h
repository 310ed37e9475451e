// Finds scalars and paragraphs in valid UTF-8 without decoding it.
#ifndef DATELINE_SYNC_TEXT_UTF8_H_
#define DATELINE_SYNC_TEXT_UTF8_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace dateline::sync::text {

uint32_t CountScalars(absl::string_view utf8);

// A paragraph's end (breaks.h) begins at byte `at`, or stops right before it.
bool ParagraphEndsAt(absl::string_view utf8, size_t at);
bool ParagraphEndsBefore(absl::string_view utf8, size_t at);

// Remembers where it was: ascending questions cost what lies between them.
class Utf8Cursor {
 public:
  // Borrows the text. `size` in scalars.
  Utf8Cursor(absl::string_view utf8, uint32_t size)
      : utf8_(utf8), ascii_(utf8.size() == size) {}

  // The byte that scalar number `scalar` begins at; at most the text's size.
  size_t ByteAt(uint32_t scalar);

 private:
  const absl::string_view utf8_;
  const bool ascii_;
  uint32_t scalar_ = 0;
  size_t byte_ = 0;
};

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_UTF8_H_

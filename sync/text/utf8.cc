#include "sync/text/utf8.h"

namespace dateline::sync::text {
namespace {

constexpr size_t kBlockBytes = 64;

bool Continues(char byte) { return (byte & 0xC0) == 0x80; }

}  // namespace

uint32_t CountScalars(absl::string_view utf8) {
  uint32_t count = 0;
  for (const char byte : utf8) count += Continues(byte) ? 0 : 1;
  return count;
}

bool ParagraphEndsAt(absl::string_view utf8, size_t at) {
  const absl::string_view rest = utf8.substr(at, 3);
  return rest[0] == '\n' || rest[0] == '\r' ||
         rest.substr(0, 2) == "\xC2\x85" || rest == "\xE2\x80\xA8" ||
         rest == "\xE2\x80\xA9";
}

bool ParagraphEndsBefore(absl::string_view utf8, size_t at) {
  for (size_t length = 1; length <= 3 && length <= at; ++length) {
    if (Continues(utf8[at - length])) continue;
    return ParagraphEndsAt(utf8.substr(0, at), at - length);
  }
  return false;
}

size_t Utf8Cursor::ByteAt(uint32_t scalar) {
  if (ascii_) return scalar;
  if (scalar < scalar_) scalar_ = byte_ = 0;
  while (scalar - scalar_ >= kBlockBytes &&
         utf8_.size() - byte_ > kBlockBytes) {
    scalar_ += CountScalars(utf8_.substr(byte_, kBlockBytes));
    byte_ += kBlockBytes;
  }
  // A block may have ended inside a scalar.
  while (byte_ < utf8_.size() && Continues(utf8_[byte_])) ++byte_;
  for (; scalar_ < scalar; ++scalar_) {
    ++byte_;
    while (byte_ < utf8_.size() && Continues(utf8_[byte_])) ++byte_;
  }
  return byte_;
}

}  // namespace dateline::sync::text

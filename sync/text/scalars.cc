#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "sync/base/check.h"
#include "sync/base/errors.h"
#include "sync/text/draft.h"

namespace dateline::sync::text {
namespace {

constexpr size_t kBlock = 8;

bool IsAsciiBlock(const char* bytes) {
  uint64_t block = 0;
  std::memcpy(&block, bytes, kBlock);
  return (block & 0x8080808080808080) == 0;
}

// The length of the sequence that begins with `lead`; 0 if none does.
size_t SequenceLength(uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

// Reads the scalar at `at` and moves behind it. False where the bytes there
// are not UTF-8 (Unicode 15, table 3-7).
bool ReadScalar(absl::string_view utf8, size_t* at, char32_t* scalar) {
  const uint8_t lead = utf8[*at];
  const size_t length = SequenceLength(lead);
  if (length == 0 || utf8.size() - *at < length) return false;
  if (length == 1) {
    *scalar = lead;
    ++*at;
    return true;
  }
  char32_t value = lead & (0x7F >> length);
  for (size_t i = 1; i < length; ++i) {
    const uint8_t byte = utf8[*at + i];
    if ((byte & 0xC0) != 0x80) return false;
    value = value << 6 | (byte & 0x3F);
  }
  constexpr char32_t kLowest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kLowest[length] || value > 0x10FFFF) return false;
  if (value >= 0xD800 && value <= 0xDFFF) return false;
  *scalar = value;
  *at += length;
  return true;
}

constexpr char32_t kReplacement = 0xFFFD;

bool IsScalar(char32_t value) {
  return value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
}

// Bytes in UTF-8; what is no scalar is shown as U+FFFD, which has three.
uint32_t ShownLength(char32_t scalar) {
  return 1 + (scalar >= 0x80 ? 1 : 0) + (scalar >= 0x800 ? 1 : 0) +
         (scalar >= 0x10000 && scalar <= 0x10FFFF ? 1 : 0);
}

}  // namespace

absl::StatusOr<std::u32string> ToScalars(absl::string_view utf8) {
  std::u32string scalars(utf8.size(), 0);  // at most one a byte
  char32_t* out = scalars.data();
  for (size_t at = 0; at < utf8.size();) {
    for (; utf8.size() - at >= kBlock && IsAsciiBlock(utf8.data() + at);
         at += kBlock) {
      for (size_t i = 0; i < kBlock; ++i) *out++ = utf8[at + i];
    }
    if (at == utf8.size()) break;
    if (!ReadScalar(utf8, &at, out)) {
      return MakeError(v1::BAD_UTF8, "The text is not valid UTF-8.",
                       {.field = "text",
                        .limit = "Unicode scalar values in UTF-8",
                        .got = absl::StrCat("another byte at ", at)});
    }
    ++out;
  }
  scalars.resize(out - scalars.data());
  return scalars;
}

std::string ToUtf8(const std::u32string& scalars) {
  DATELINE_CHECK(scalars.size() < (1u << 30));  // `size` has room for four each
  uint32_t size = 0;
  for (const char32_t scalar : scalars) size += ShownLength(scalar);
  std::string utf8(size, '\0');
  char* out = utf8.data();
  for (char32_t scalar : scalars) {
    if (scalar < 0x80) {
      *out++ = static_cast<char>(scalar);
      continue;
    }
    if (!IsScalar(scalar)) scalar = kReplacement;
    const int more = static_cast<int>(ShownLength(scalar)) - 1;
    constexpr uint8_t kLead[] = {0, 0xC0, 0xE0, 0xF0};
    *out++ = static_cast<char>(kLead[more] | scalar >> (6 * more));
    for (int i = more - 1; i >= 0; --i) {
      *out++ = static_cast<char>(0x80 | (scalar >> (6 * i) & 0x3F));
    }
  }
  return utf8;
}

}  // namespace dateline::sync::text

#include "client-core/cli/width.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>

namespace dateline::cli {
namespace {

constexpr absl::string_view kReplacement = "\uFFFD";
constexpr absl::string_view kEllipsis = "…";

// The scalar at *at, which moves behind it; negative where bytes are no UTF-8.
UChar32 Next(absl::string_view text, size_t* at) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  int32_t position = static_cast<int32_t>(*at);
  UChar32 scalar = 0;
  U8_NEXT(bytes, position, static_cast<int32_t>(text.size()), scalar);
  *at = static_cast<size_t>(position);
  return scalar;
}

int WidthOf(UChar32 scalar) {
  if (scalar < 0) return 1;
  const int8_t type = u_charType(scalar);
  if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK ||
      type == U_FORMAT_CHAR || type == U_CONTROL_CHAR) {
    return 0;
  }
  if (u_hasBinaryProperty(scalar, UCHAR_EMOJI_PRESENTATION)) return 2;
  const int east_asian = u_getIntPropertyValue(scalar, UCHAR_EAST_ASIAN_WIDTH);
  return east_asian == U_EA_WIDE || east_asian == U_EA_FULLWIDTH ? 2 : 1;
}

// Bidi overrides and isolates of a stranger's text would reorder the line.
bool MovesTheLine(UChar32 scalar) {
  return (scalar >= 0x202A && scalar <= 0x202E) ||
         (scalar >= 0x2066 && scalar <= 0x2069);
}

std::string Clean(absl::string_view utf8, bool keep_lines) {
  std::string out;
  for (size_t at = 0; at < utf8.size();) {
    const size_t start = at;
    const UChar32 scalar = Next(utf8, &at);
    if (scalar == '\n' || scalar == '\t') {
      out += keep_lines ? static_cast<char>(scalar) : ' ';
    } else if (scalar == '\r') {
      if (!keep_lines) out += ' ';
    } else if (scalar < 0 || u_charType(scalar) == U_CONTROL_CHAR ||
               MovesTheLine(scalar)) {
      out.append(kReplacement.data(), kReplacement.size());
    } else {
      out.append(utf8.data() + start, at - start);
    }
  }
  return out;
}

}  // namespace

int DisplayWidth(absl::string_view utf8) {
  int width = 0;
  for (size_t at = 0; at < utf8.size();) width += WidthOf(Next(utf8, &at));
  return width;
}

std::string Elide(absl::string_view utf8, int width) {
  if (DisplayWidth(utf8) <= width) return std::string(utf8);
  if (width <= 0) return "";
  int used = 0;
  size_t end = 0;
  for (size_t at = 0; at < utf8.size();) {
    used += WidthOf(Next(utf8, &at));
    if (used > width - 1) break;  // one cell is for the ellipsis
    end = at;
  }
  return std::string(utf8.substr(0, end))
      .append(kEllipsis.data(), kEllipsis.size());
}

std::string Printable(absl::string_view utf8) { return Clean(utf8, false); }

std::string PrintableLines(absl::string_view utf8) { return Clean(utf8, true); }

bool RunsRightToLeft(absl::string_view utf8) {
  for (size_t at = 0; at < utf8.size();) {
    const UChar32 scalar = Next(utf8, &at);
    if (scalar < 0) continue;
    const UCharDirection direction = u_charDirection(scalar);
    if (direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC) {
      return true;
    }
  }
  return false;
}

bool IsUtf8(absl::string_view bytes) {
  for (size_t at = 0; at < bytes.size();) {
    if (Next(bytes, &at) < 0) return false;
  }
  return true;
}

}  // namespace dateline::cli

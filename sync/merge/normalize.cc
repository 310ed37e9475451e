#include "sync/merge/normalize.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "sync/base/check.h"

namespace dateline::sync {

std::string Normalize(absl::string_view words) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const normalizer =
      icu::Normalizer2::getNFKCCasefoldInstance(error);
  DATELINE_CHECK(U_SUCCESS(error));  // the data is part of the library
  const icu::UnicodeString folded = normalizer->normalize(
      icu::UnicodeString::fromUTF8(
          icu::StringPiece(words.data(), static_cast<int32_t>(words.size()))),
      error);
  DATELINE_CHECK(U_SUCCESS(error));
  icu::UnicodeString out;
  bool space = false;
  for (int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    const UChar32 c = folded.char32At(i);
    if (u_isUWhiteSpace(c)) {
      space = !out.isEmpty();
      continue;
    }
    if (space) out.append(u' ');
    space = false;
    out.append(c);
  }
  std::string utf8;
  out.toUTF8String(utf8);
  return utf8;
}

}  // namespace dateline::sync

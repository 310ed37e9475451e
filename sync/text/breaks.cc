#include "sync/text/breaks.h"

#include <unicode/brkiter.h>
#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <memory>

#include "sync/base/check.h"

namespace dateline::sync::text {
namespace {

using Create = icu::BreakIterator* (*)(const icu::Locale&, UErrorCode&);

// The root locale: the same rules whatever language the phone is set to.
std::unique_ptr<icu::BreakIterator> NewIterator(Create create) {
  UErrorCode error = U_ZERO_ERROR;
  std::unique_ptr<icu::BreakIterator> iterator(
      create(icu::Locale::getRoot(), error));
  DATELINE_CHECK(U_SUCCESS(error));  // ICU is installed without its data
  return iterator;
}

std::vector<uint32_t> Breaks(const std::u32string& text,
                             icu::BreakIterator& iterator) {
  std::vector<uint32_t> breaks;
  if (text.empty()) return breaks;
  const icu::UnicodeString utf16 = icu::UnicodeString::fromUTF32(
      reinterpret_cast<const UChar32*>(text.data()), text.size());
  iterator.setText(utf16);
  // ICU counts UTF-16 units; walk both along.
  int32_t unit = 0;
  uint32_t scalar = 0;
  iterator.first();
  for (int32_t end = iterator.next(); end != icu::BreakIterator::DONE;
       end = iterator.next()) {
    while (unit < end) unit += text[scalar++] > 0xFFFF ? 2 : 1;
    breaks.push_back(scalar);
  }
  return breaks;
}

}  // namespace

std::vector<uint32_t> LineBreaks(const std::u32string& text) {
  std::vector<uint32_t> breaks;
  for (uint32_t i = 0; i < text.size(); ++i) {
    if (EndsParagraph(text[i])) breaks.push_back(i + 1);
  }
  if (!text.empty() && (breaks.empty() || breaks.back() != text.size())) {
    breaks.push_back(text.size());
  }
  return breaks;
}

std::vector<uint32_t> WordBreaks(const std::u32string& text) {
  return Breaks(text, *NewIterator(icu::BreakIterator::createWordInstance));
}

class SentenceBreaker::Iterator {
 public:
  icu::BreakIterator& get() { return *iterator_; }

 private:
  const std::unique_ptr<icu::BreakIterator> iterator_ =
      NewIterator(icu::BreakIterator::createSentenceInstance);
};

SentenceBreaker::SentenceBreaker() = default;
SentenceBreaker::SentenceBreaker(SentenceBreaker&&) noexcept = default;
SentenceBreaker& SentenceBreaker::operator=(SentenceBreaker&&) noexcept =
    default;
SentenceBreaker::~SentenceBreaker() = default;

std::vector<uint32_t> SentenceBreaker::Breaks(const std::u32string& text) {
  if (iterator_ == nullptr) iterator_ = std::make_unique<Iterator>();
  return text::Breaks(text, iterator_->get());
}

bool EndsParagraph(char32_t scalar) {
  return scalar == U'\n' || scalar == U'\r' || scalar == 0x85 ||
         scalar == 0x2028 || scalar == 0x2029;
}

bool EndsSentence(char32_t scalar) {
  return u_hasBinaryProperty(static_cast<UChar32>(scalar), UCHAR_S_TERM) ||
         scalar == 0x2026;  // ellipsis
}

bool IsSpace(char32_t scalar) {
  return u_isUWhiteSpace(static_cast<UChar32>(scalar));
}

bool IsWordScalar(char32_t scalar) {
  const UChar32 c = static_cast<UChar32>(scalar);
  return u_isalnum(c) || (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0;
}

bool IsDigit(char32_t scalar) {
  return u_isdigit(static_cast<UChar32>(scalar));
}

bool IsUpper(char32_t scalar) {
  return u_isUUppercase(static_cast<UChar32>(scalar)) ||
         u_istitle(static_cast<UChar32>(scalar));
}

}  // namespace dateline::sync::text

// Where lines, words and sentences end, by the rules of Unicode (UAX #29) as
// ICU 72 knows them, with its dictionaries for Thai and Chinese. The one door
// to ICU. Only the author's device asks; replicas never do.
#ifndef DATELINE_SYNC_TEXT_BREAKS_H_
#define DATELINE_SYNC_TEXT_BREAKS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dateline::sync::text {

// Each: the ends of all pieces, ascending, the last being the text's end;
// empty for an empty text. Scalars.
std::vector<uint32_t> LineBreaks(const std::u32string& text);
std::vector<uint32_t> WordBreaks(const std::u32string& text);

// The same of sentences, for somebody who asks often: ICU's rules are loaded
// at the first question. Thread-compatible.
class SentenceBreaker {
 public:
  SentenceBreaker();
  SentenceBreaker(SentenceBreaker&&) noexcept;
  SentenceBreaker& operator=(SentenceBreaker&&) noexcept;
  ~SentenceBreaker();

  std::vector<uint32_t> Breaks(const std::u32string& text);

 private:
  class Iterator;
  std::unique_ptr<Iterator> iterator_;
};

bool EndsParagraph(char32_t scalar);  // line feed, paragraph separator, ...
bool EndsSentence(char32_t scalar);   // . ! ? and their kin in any script
bool IsSpace(char32_t scalar);
bool IsWordScalar(char32_t scalar);  // a letter, mark or digit
bool IsDigit(char32_t scalar);       // of any script
bool IsUpper(char32_t scalar);

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_BREAKS_H_

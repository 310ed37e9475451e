// Widens what was touched to what a reader takes as one: whole sentences, and
// whatever a sentence break of UAX #29 would cut in two: a quotation, a name
// ("Dr. Smith", "A. K. Ivanov"), a date or number ("No. 5", "12. January").
#include "sync/text/guarded.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

namespace dateline::sync::text {
namespace {

// Short words that a full stop does not end a sentence after.
bool IsAbbreviation(std::u32string_view word) {
  static constexpr std::u32string_view kWords[] = {
      U"Dr",   U"Mr",   U"Mrs",  U"Ms",   U"Gen",  U"Col",  U"Lt",  U"Maj",
      U"Capt", U"Sgt",  U"Sen",  U"Rep",  U"Gov",  U"Prof", U"St",  U"No",
      U"Nos",  U"Jr",   U"Sr",   U"vs",   U"Inc",  U"Ltd",  U"Co",  U"Corp",
      U"Jan",  U"Feb",  U"Mar",  U"Apr",  U"Jun",  U"Jul",  U"Aug", U"Sep",
      U"Sept", U"Oct",  U"Nov",  U"Dec",  U"Р",    U"им",   U"ул",  U"пр",
      U"пос",  U"обл",  U"тыс",  U"млн",  U"млрд", U"чел",  U"руб", U"тг",
      U"стр",  U"ст",   U"акад", U"проф", U"ген",  U"янв",  U"фев", U"авг",
      U"сен",  U"сент", U"окт",  U"ноя",  U"дек",  U"мин",  U"см",  U"др"};
  if (word.size() == 1 && IsWordScalar(word[0]) && word[0] < 0x0590) {
    return true;  // an initial, "U.S.", "г."
  }
  return std::find(std::begin(kWords), std::end(kWords), word) !=
         std::end(kWords);
}

std::u32string_view WordBefore(const std::u32string& text, uint32_t end) {
  uint32_t start = end;
  while (start > 0 && IsWordScalar(text[start - 1])) --start;
  return std::u32string_view(text).substr(start, end - start);
}

// One paragraph with its units: sentences, joined where a break would cut a
// name, date, number or quotation. Positions are of the paragraph.
class Paragraph {
 public:
  Paragraph(std::u32string text, SentenceBreaker& breaker)
      : text_(std::move(text)) {
    FindQuotations();
    uint32_t start = 0;
    for (const uint32_t end : breaker.Breaks(text_)) {
      if (end < text_.size() && !IsRealBreak(end)) continue;
      units_.push_back({start, end});
      start = end;
    }
  }

  // The range to guard for a touch within the paragraph.
  Range Guarded(const Touch& touch) const {
    const bool point = touch.start == touch.end;
    Range range{touch.start, touch.end};
    if (point && StandsAlone(touch)) return range;
    bool joins = false;  // with the next unit: the end of this one is gone
    for (const Range& unit : units_) {
      const bool reached =
          point ? touch.start >= unit.start && touch.start <= unit.end &&
                      !(touch.start == unit.end && GoesToNext(touch))
                : touch.start < unit.end && touch.end > unit.start;
      if (!reached && !joins) continue;
      const Range words = Trimmed(unit);
      range.start = std::min(range.start, words.start);
      range.end = std::max(range.end, words.end);
      joins = !point && touch.end == unit.end && touch.start != unit.start;
    }
    return range;
  }

 private:
  // An insertion between two units is of the second alone if the first one is
  // complete and apart.
  bool GoesToNext(const Touch& touch) const {
    const uint32_t before = EndOfWords(touch.start);
    return touch.start < text_.size() && EndsUnit(before) &&
           (before < touch.start || touch.inserted.empty() ||
            !JoinsWord(touch.inserted.front()));
  }

  // Where the last word before `position` ends.
  uint32_t EndOfWords(uint32_t position) const {
    while (position > 0 && IsSpace(text_[position - 1])) --position;
    return position;
  }

  // Without the space behind it.
  Range Trimmed(const Range& unit) const {
    Range words = unit;
    while (words.end > words.start && IsSpace(text_[words.end - 1])) {
      --words.end;
    }
    return words;
  }

  // New sentences between two others, or at the end, which touch neither.
  bool StandsAlone(const Touch& touch) const {
    const uint32_t at = touch.start;
    if (text_.empty()) return true;
    for (const Range& quotation : quotations_) {
      if (at > quotation.start && at < quotation.end) return false;
    }
    const uint32_t before = EndOfWords(at);
    uint32_t after = at;
    while (after < text_.size() && IsSpace(text_[after])) ++after;
    const bool at_end = after == text_.size();
    if (touch.inserted.empty()) return at_end && before > 0 && EndsUnit(before);
    if (at_end && EndsParagraph(touch.inserted.front())) return true;
    if (before > 0) {
      if (!EndsUnit(before)) return false;
      if (before == at && JoinsWord(touch.inserted.front())) return false;
    }
    return at_end || IsWhole(touch.inserted);
  }

  // A digit or Latin letter put right behind "12." goes on with it.
  static bool JoinsWord(char32_t first) {
    return IsWordScalar(first) && first < 0x2E80;
  }

  bool EndsUnit(uint32_t position) const {
    for (const Range& unit : units_) {
      if (Trimmed(unit).end == position) {
        return EndsWithStop(std::u32string_view(text_).substr(0, position));
      }
    }
    return false;
  }

  static bool EndsWithStop(std::u32string_view text) {
    size_t end = text.size();
    while (end > 0 && !IsWordScalar(text[end - 1])) {
      if (EndsSentence(text[end - 1])) return true;
      --end;
    }
    return false;
  }

  // Inserted words that end as a sentence does.
  static bool IsWhole(const std::u32string& inserted) {
    size_t end = inserted.size();
    while (end > 0 && IsSpace(inserted[end - 1])) {
      if (EndsParagraph(inserted[end - 1])) return true;
      --end;
    }
    return EndsWithStop(std::u32string_view(inserted).substr(0, end));
  }

  bool IsRealBreak(uint32_t position) const {
    for (const Range& quotation : quotations_) {
      if (position > quotation.start && position < quotation.end) return false;
    }
    uint32_t end = position;
    while (end > 0 && IsSpace(text_[end - 1])) --end;
    if (end == 0 || text_[end - 1] != U'.') return true;
    const std::u32string_view word = WordBefore(text_, end - 1);
    if (IsAbbreviation(word)) return false;
    // "5. 10", and a date like "12. January": the stop belongs to a number
    // that begins its sentence or goes on with one.
    const bool number = !word.empty() && IsDigit(word.back());
    return !(number && position < text_.size() && IsDigit(text_[position]));
  }

  void FindQuotations() {
    static constexpr std::u32string_view kOpening = U"“«„「『《\"";
    static constexpr std::u32string_view kClosing = U"”»“」』》\"";
    std::vector<std::pair<char32_t, uint32_t>> open;  // what closes it, where
    for (uint32_t i = 0; i < text_.size(); ++i) {
      if (!open.empty() && Closes(open.back().first, text_[i])) {
        if (open.size() == 1) quotations_.push_back({open[0].second, i + 1});
        open.pop_back();
        continue;
      }
      const size_t kind = kOpening.find(text_[i]);
      if (kind == std::u32string_view::npos) continue;
      open.push_back({kClosing[kind], i});
    }
    // Never closed: it may go on to the end of the paragraph.
    if (!open.empty()) {
      quotations_.push_back(
          {open[0].second, static_cast<uint32_t>(text_.size())});
    }
  }

  // „German“ and „other” alike.
  static bool Closes(char32_t closing, char32_t scalar) {
    return scalar == closing || (closing == U'“' && scalar == U'”');
  }

  std::u32string text_;
  std::vector<Range> units_;
  std::vector<Range> quotations_;
};

// A touch within one paragraph, widened.
class Widener {
 public:
  Widener(ParagraphSource& base, SentenceBreaker& breaker)
      : base_(base), breaker_(breaker) {}

  // A touch over several paragraphs is widened in the first and the last.
  Range Guarded(const Touch& touch) {
    const Range first = base_.Around(touch.start);
    if (touch.end <= first.end) return Within(first, touch);
    Touch head = touch;
    head.end = first.end;
    const Range last = base_.Around(touch.end);
    Touch tail = touch;
    tail.start = last.start;
    Range range{touch.start, touch.end};
    if (head.start < head.end) range.start = Within(first, head).start;
    // What is left of the last paragraph joins the one before.
    range.end = std::max(range.end, Within(last, tail).end);
    return range;
  }

 private:
  Range Within(const Range& place, Touch touch) {
    if (place != place_ || !paragraph_) {
      place_ = place;
      paragraph_.emplace(base_.Words(place), breaker_);
    }
    touch.start -= place.start;
    touch.end -= place.start;
    Range range = paragraph_->Guarded(touch);
    range.start += place.start;
    range.end += place.start;
    return range;
  }

  ParagraphSource& base_;
  SentenceBreaker& breaker_;
  Range place_;
  std::optional<Paragraph> paragraph_;
};

}  // namespace

std::vector<Range> GuardedRanges(ParagraphSource& base,
                                 SentenceBreaker& breaker,
                                 const std::vector<Touch>& touches) {
  Widener widener(base, breaker);
  std::vector<Range> ranges;
  for (const Touch& touch : touches) {
    const Range range = widener.Guarded(touch);
    if (!ranges.empty() && (range.start < ranges.back().end ||
                            range.start == ranges.back().start)) {
      ranges.back().end = std::max(ranges.back().end, range.end);
      ranges.back().start = std::min(ranges.back().start, range.start);
    } else {
      ranges.push_back(range);
    }
  }
  return ranges;
}

}  // namespace dateline::sync::text

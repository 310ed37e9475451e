#include "sync/compose/notice_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "sync/base/limits.h"
#include "sync/model/fields.h"

namespace dateline::sync {
namespace {

constexpr absl::string_view kEllipsis = "\xE2\x80\xA6";
// Tags and lengths of a value (6), and its field in the op, of which the first
// brings the list (3).
constexpr size_t kValueOverhead = 9;
// What a word may be cut off short of, to end where a word ends.
constexpr size_t kWordBytes = 24;

bool StartsScalar(char byte) {
  return (static_cast<uint8_t>(byte) & 0xC0) != 0x80;
}

}  // namespace

std::string Shortened(absl::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  if (bytes_max < kEllipsis.size()) return "";
  size_t end = bytes_max - kEllipsis.size();
  while (end > 0 && !StartsScalar(text[end])) --end;
  const size_t space = text.substr(0, end).rfind(' ');
  if (space != absl::string_view::npos && end - space <= kWordBytes) {
    end = space;
  }
  return absl::StrCat(text.substr(0, end), kEllipsis);
}

std::string SluglineOf(const v1::Document& document) {
  for (const uint32_t field : {kSlugline, kHeadline}) {
    for (const v1::Register& one : document.registers()) {
      if (one.field() == field && !one.writes().empty()) {
        return one.writes(0).value().text();
      }
    }
  }
  return "";
}

std::string FigureText(const v1::Figure& figure) {
  std::string amount = absl::StrCat(figure.low());
  if (figure.at_least()) {
    amount = absl::StrCat("at least ", figure.low());
  } else if (figure.low() != figure.high()) {
    amount = absl::StrCat(figure.low(), "-", figure.high());
  }
  return absl::StrCat(figure.counted(), figure.place().empty() ? "" : ", ",
                      figure.place(), ": ", amount);
}

void AddNotice(const std::vector<std::pair<uint32_t, std::string>>& texts,
               google::protobuf::RepeatedField<uint32_t>* fields,
               PartBuilder* part) {
  size_t left = 0;
  for (const auto& [field, text] : texts) left += text.empty() ? 0 : 1;
  const size_t used = part->BodyBytes() + left * kValueOverhead;
  size_t room = kNoticeBytesMax - std::min(kNoticeBytesMax, used);
  for (const auto& [field, text] : texts) {
    if (text.empty()) continue;
    // The first, what the notice is about, may take half of what there is.
    const size_t share = left == 1 ? room : room / 2;
    const size_t bytes_max = FindField(field)->bytes_max;
    const std::string words = Shortened(text, std::min(share, bytes_max));
    part->AddText(field, words, fields);
    room -= words.size();
    --left;
  }
}

}  // namespace dateline::sync

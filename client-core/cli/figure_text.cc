#include "client-core/cli/figure_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client-core/cli/failure.h"
#include "sync/base/status_macros.h"

namespace dateline::cli {
namespace {

using Parts = std::vector<absl::string_view>;

// "2,500", "2 500" and "2_500" are 2500.
absl::StatusOr<int64_t> ParseCount(absl::string_view text) {
  const std::string digits =
      absl::StrReplaceAll(text, {{",", ""}, {" ", ""}, {"_", ""}});
  int64_t count = 0;
  if (!absl::SimpleAtoi(digits, &count)) {
    return UsageError(absl::StrCat(
        "\"", text, "\" is no count: write 164, >=164, or 100..120"));
  }
  return count;
}

absl::Status ParseValue(absl::string_view text, v1::Figure* figure) {
  if (absl::ConsumePrefix(&text, ">=")) {
    DATELINE_ASSIGN_OR_RETURN(const int64_t low, ParseCount(text));
    figure->set_low(low);
    figure->set_best(low);
    figure->set_high(low);
    figure->set_at_least(true);
    return absl::OkStatus();
  }
  const std::pair<absl::string_view, absl::string_view> range =
      absl::StrSplit(text, absl::MaxSplits("..", 1));
  DATELINE_ASSIGN_OR_RETURN(const int64_t low, ParseCount(range.first));
  figure->set_low(low);
  figure->set_best(low);
  figure->set_high(low);
  if (range.second.empty()) return absl::OkStatus();
  const std::pair<absl::string_view, absl::string_view> high =
      absl::StrSplit(range.second, absl::MaxSplits('~', 1));
  DATELINE_ASSIGN_OR_RETURN(const int64_t top, ParseCount(high.first));
  if (top < low) {
    return UsageError(absl::StrCat("the range \"", text, "\" runs backwards"));
  }
  figure->set_high(top);
  figure->set_best(0);
  if (high.second.empty()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(const int64_t best, ParseCount(high.second));
  if (best < low || best > top) {
    return UsageError(absl::StrCat("the best value ", best, " of \"", text,
                                   "\" lies outside its range"));
  }
  figure->set_best(best);
  return absl::OkStatus();
}

absl::Status ParsePartOf(absl::string_view text, v1::Figure* figure) {
  int number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < 1) {
    return UsageError(
        absl::StrCat("part-of=", text,
                     ": name a --figure of this command by its number, "
                     "from 1"));
  }
  figure->mutable_part_of()->set_op(number - 1);
  return absl::OkStatus();
}

// True, with its parts, if `part` is name=value.
bool Named(absl::string_view part, absl::string_view* name,
           absl::string_view* value) {
  const size_t equals = part.find('=');
  if (equals == absl::string_view::npos || equals == 0) return false;
  *name = absl::StripAsciiWhitespace(part.substr(0, equals));
  *value = absl::StripAsciiWhitespace(part.substr(equals + 1));
  for (const char c : *name) {
    if (!absl::ascii_islower(c) && c != '-') return false;
  }
  return true;
}

absl::Status SetNamed(absl::string_view name, absl::string_view value,
                      v1::Figure* figure) {
  if (name == "part-of") return ParsePartOf(value, figure);
  if (name == "value") return ParseValue(value, figure);
  std::string* const text = name == "counted"  ? figure->mutable_counted()
                            : name == "place"  ? figure->mutable_place()
                            : name == "period" ? figure->mutable_period()
                            : name == "as-of"  ? figure->mutable_as_of()
                            : name == "unit"   ? figure->mutable_unit()
                                               : nullptr;
  if (text == nullptr) {
    return UsageError(absl::StrCat("a figure has no \"", name,
                                   "\": counted, place, period, value, "
                                   "as-of, unit or part-of"));
  }
  text->assign(value.data(), value.size());
  return absl::OkStatus();
}

absl::Status SetInOrder(int place, absl::string_view value,
                        v1::Figure* figure) {
  constexpr absl::string_view kOrder[] = {"counted", "place", "period",
                                          "value"};
  if (place >= 4) {
    return UsageError(absl::StrCat("\"", value,
                                   "\": a figure is counted | place | period "
                                   "| value, and more only by name"));
  }
  return SetNamed(kOrder[place], value, figure);
}

}  // namespace

absl::StatusOr<v1::Figure> ParseFigure(absl::string_view spec) {
  v1::Figure figure;
  int place = 0;
  bool has_value = false;
  for (const absl::string_view raw : absl::StrSplit(spec, '|')) {
    const absl::string_view part = absl::StripAsciiWhitespace(raw);
    absl::string_view name, value;
    if (Named(part, &name, &value)) {
      DATELINE_RETURN_IF_ERROR(SetNamed(name, value, &figure));
      has_value |= name == "value";
    } else {
      has_value |= place == 3;
      DATELINE_RETURN_IF_ERROR(SetInOrder(place++, part, &figure));
    }
  }
  if (figure.counted().empty() || !has_value) {
    return UsageError(absl::StrCat(
        "\"", spec, "\" says not ", has_value ? "what is counted" : "how many",
        "; write for example: killed | Almaty | | 103"));
  }
  return figure;
}

absl::StatusOr<std::vector<v1::Figure>> ParseFigures(
    const std::vector<std::string>& specs) {
  std::vector<v1::Figure> figures;
  for (const std::string& spec : specs) {
    DATELINE_ASSIGN_OR_RETURN(v1::Figure figure, ParseFigure(spec));
    if (figure.has_part_of() && (figure.part_of().op() >= specs.size() ||
                                 figure.part_of().op() == figures.size())) {
      return UsageError(absl::StrCat("\"", spec, "\" is part of figure ",
                                     figure.part_of().op() + 1,
                                     ", which is not another one of this "
                                     "command"));
    }
    figures.push_back(std::move(figure));
  }
  return figures;
}

std::string FigureValue(const v1::Figure& figure) {
  std::string value;
  if (figure.at_least()) {
    value = absl::StrCat("at least ", figure.low());
  } else if (figure.low() == figure.high()) {
    value = absl::StrCat(figure.low());
  } else {
    value = absl::StrCat(figure.low(), " to ", figure.high());
    if (figure.best() != 0) absl::StrAppend(&value, ", best ", figure.best());
  }
  if (!figure.unit().empty()) absl::StrAppend(&value, " ", figure.unit());
  return value;
}

std::string FigurePhrase(const v1::Figure& figure) {
  std::string out = figure.counted();
  if (!figure.place().empty()) absl::StrAppend(&out, ", ", figure.place());
  if (!figure.period().empty()) absl::StrAppend(&out, ", ", figure.period());
  return absl::StrCat(out, ": ", FigureValue(figure));
}

}  // namespace dateline::cli

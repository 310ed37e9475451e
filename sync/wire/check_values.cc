#include "sync/wire/check_values.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "sync/base/digest.h"
#include "sync/base/errors.h"
#include "sync/base/ids.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"

namespace dateline::sync {
namespace {

absl::Status CheckText(absl::string_view text, size_t bytes_max,
                       const std::string& name) {
  if (text.size() <= bytes_max) return absl::OkStatus();
  const absl::string_view limit =
      bytes_max == kSluglineBytesMax    ? "kSluglineBytesMax"
      : bytes_max == kHeadlineBytesMax  ? "kHeadlineBytesMax"
      : bytes_max == kShortTextBytesMax ? "kShortTextBytesMax"
      : bytes_max == kLanguageBytesMax  ? "kLanguageBytesMax"
                                        : "kContentBytesMax";
  return TooLarge(name, limit, bytes_max, text.size());
}

absl::Status CheckCoordinate(double value, double limit, const char* what,
                             const std::string& name) {
  // Not a number fails every comparison.
  if (value >= -limit && value <= limit) return absl::OkStatus();
  return OutOfRange(absl::StrCat(name, ".", what),
                    absl::StrCat("-", limit, " to ", limit),
                    std::isfinite(value) ? "beyond" : "not a finite number");
}

absl::Status CheckPlace(const v1::Place& place, size_t bytes_max,
                        const std::string& name) {
  DATELINE_RETURN_IF_ERROR(
      CheckText(place.name(), bytes_max, absl::StrCat(name, ".name")));
  DATELINE_RETURN_IF_ERROR(
      CheckCoordinate(place.latitude(), 90, "latitude", name));
  DATELINE_RETURN_IF_ERROR(
      CheckCoordinate(place.longitude(), 180, "longitude", name));
  const std::string& country = place.country();
  if (!country.empty() &&
      (country.size() != 2 || !absl::ascii_isupper(country[0]) ||
       !absl::ascii_isupper(country[1]))) {
    return OutOfRange(absl::StrCat(name, ".country"), "two capital letters",
                      absl::StrCat(country.size(), " bytes"));
  }
  return absl::OkStatus();
}

absl::Status CheckFigure(const v1::Figure& figure, size_t bytes_max,
                         const std::string& name) {
  for (const auto* text : {&figure.counted(), &figure.place(), &figure.period(),
                           &figure.as_of(), &figure.unit()}) {
    DATELINE_RETURN_IF_ERROR(CheckText(*text, bytes_max, name));
  }
  if (!figure.at_least() && figure.low() > figure.high()) {
    return OutOfRange(absl::StrCat(name, ".low"), "at most high", "more");
  }
  return CheckBytes(figure.part_of().change(), Hash::kSize,
                    absl::StrCat(name, ".part_of"), true);
}

absl::Status CheckTime(int64_t time_ms, const std::string& name) {
  if (time_ms >= kWallMsMin && time_ms <= kWallMsMax) return absl::OkStatus();
  return OutOfRange(name, "years 1 to 9999", absl::StrCat(time_ms, " ms"));
}

absl::Status CheckNumber(uint32_t field, int64_t number,
                         const std::string& name) {
  if (field != kUrgency || (number >= kUrgencyMin && number <= kUrgencyMax)) {
    return absl::OkStatus();
  }
  return OutOfRange(name, "1 to 9", absl::StrCat(number));
}

ValueKind KindOf(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kText:
      return ValueKind::kText;
    case v1::Value::kNumber:
      return ValueKind::kNumber;
    case v1::Value::kPlace:
      return ValueKind::kPlace;
    case v1::Value::kFigure:
      return ValueKind::kFigure;
    case v1::Value::kTimeMs:
      return ValueKind::kTime;
    case v1::Value::kId:
      return ValueKind::kId;
    case v1::Value::kFlag:
      return ValueKind::kFlag;
    case v1::Value::KIND_NOT_SET:
      break;
  }
  return ValueKind::kNone;
}

}  // namespace

absl::Status OutOfRange(absl::string_view field, absl::string_view limit,
                        absl::string_view got) {
  return MakeError(v1::OUT_OF_RANGE_VALUE,
                   absl::StrCat(field, " is out of range"),
                   {.field = std::string(field),
                    .limit = std::string(limit),
                    .got = std::string(got)});
}

absl::Status BadShape(absl::string_view field, absl::string_view limit,
                      absl::string_view got) {
  return MakeError(v1::BAD_REQUEST,
                   absl::StrCat("a change is malformed at ", field),
                   {.field = std::string(field),
                    .limit = std::string(limit),
                    .got = std::string(got)});
}

absl::Status CheckBytes(absl::string_view bytes, size_t size,
                        absl::string_view field, bool may_be_empty) {
  if (bytes.size() == size || (may_be_empty && bytes.empty())) {
    return absl::OkStatus();
  }
  return BadShape(field, absl::StrCat(size, " bytes"),
                  absl::StrCat(bytes.size(), " bytes"));
}

std::string FieldName(uint32_t field) {
  const FieldInfo* info = FindField(field);
  return info == nullptr ? absl::StrCat("field ", field)
                         : std::string(info->name);
}

absl::Status CheckValue(uint32_t field, const v1::Value& value) {
  const FieldInfo* info = FindField(field);
  const std::string name = FieldName(field);
  const ValueKind kind = KindOf(value);
  if (kind == ValueKind::kNone) {
    // A kind of a later version has left its bytes as unknown fields.
    if (value.ByteSizeLong() > 0) return absl::OkStatus();
    return BadShape(name, "a value", "none");
  }
  if (info != nullptr && info->value != kind) {
    return BadShape(name, absl::StrCat("value kind ", info->value),
                    absl::StrCat("value kind ", kind));
  }
  const size_t bytes_max = info == nullptr ? kContentBytesMax : info->bytes_max;
  switch (kind) {
    case ValueKind::kText:
      return CheckText(value.text(), bytes_max, name);
    case ValueKind::kNumber:
      return CheckNumber(field, value.number(), name);
    case ValueKind::kPlace:
      return CheckPlace(value.place(), bytes_max, name);
    case ValueKind::kFigure:
      return CheckFigure(value.figure(), bytes_max, name);
    case ValueKind::kTime:
      return CheckTime(value.time_ms(), name);
    case ValueKind::kId:
      return CheckBytes(value.id(), DocumentId::kSize, name);
    case ValueKind::kFlag:
    case ValueKind::kNone:
      break;
  }
  return absl::OkStatus();
}

}  // namespace dateline::sync

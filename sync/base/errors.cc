#include "sync/base/errors.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace dateline::sync {
namespace {

constexpr absl::string_view kPayload = "dateline.v1.Error";

absl::StatusCode CodeOf(v1::ErrorReason reason) {
  switch (reason) {
    case v1::BAD_REQUEST:
    case v1::OUT_OF_RANGE_VALUE:
    case v1::BAD_UTF8:
    case v1::BAD_SIGNATURE:
    case v1::BAD_CHAIN:
      return absl::StatusCode::kInvalidArgument;
    case v1::TOO_LARGE:
    case v1::STORAGE_FULL:
      return absl::StatusCode::kResourceExhausted;
    case v1::NOT_FOUND:
      return absl::StatusCode::kNotFound;
    case v1::UNAUTHENTICATED:
    case v1::WRONG_CA:
      return absl::StatusCode::kUnauthenticated;
    case v1::DENIED:
      return absl::StatusCode::kPermissionDenied;
    case v1::STALE_COUNTER:
    case v1::WRONG_EPOCH:
    case v1::DIVERGED_HEADS:
    case v1::UNSUPPORTED_VERSION:
    case v1::CODE_USED:
    case v1::INCOMPLETE_VERSION:
      return absl::StatusCode::kFailedPrecondition;
    case v1::FENCED:
    case v1::CONFLICT:
      return absl::StatusCode::kAborted;
    case v1::UNAVAILABLE_NOW:
    case v1::STORE_IN_USE:
      return absl::StatusCode::kUnavailable;
    case v1::STORAGE_DAMAGED:
      return absl::StatusCode::kDataLoss;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

absl::Status MakeError(v1::ErrorReason reason, absl::string_view sentence,
                       const ErrorDetails& details) {
  v1::Error error;
  error.set_reason(reason);
  error.set_field(details.field);
  error.set_limit(details.limit);
  error.set_got(details.got);
  error.set_retry(details.retry);
  error.set_sentence(std::string(sentence));
  return StatusOf(error);
}

absl::Status TooLarge(absl::string_view field, absl::string_view limit_name,
                      uint64_t limit, uint64_t got) {
  return MakeError(
      v1::TOO_LARGE,
      absl::StrCat(field, " is too large: ", got, ", the most is ", limit),
      {.field = std::string(field),
       .limit = absl::StrCat(limit_name, "=", limit),
       .got = absl::StrCat(got)});
}

v1::Error ErrorOf(const absl::Status& status) {
  v1::Error error;
  if (const auto payload = status.GetPayload(kPayload);
      payload && error.ParseFromString(std::string(*payload))) {
    return error;
  }
  error.set_reason(v1::INTERNAL_ERROR);
  error.set_sentence(std::string(status.message()));
  return error;
}

v1::ErrorReason ReasonOf(const absl::Status& status) {
  if (!status.GetPayload(kPayload)) return v1::ERROR_REASON_UNSPECIFIED;
  return ErrorOf(status).reason();
}

absl::Status StatusOf(const v1::Error& error) {
  absl::Status status(
      CodeOf(error.reason()),
      absl::StrCat(CodeName(error.reason()), ": ", error.sentence()));
  status.SetPayload(kPayload, absl::Cord(error.SerializeAsString()));
  return status;
}

std::string CodeName(v1::ErrorReason reason) {
  return absl::StrCat("DL-", static_cast<int>(reason), " ",
                      v1::ErrorReason_Name(reason));
}

}  // namespace dateline::sync

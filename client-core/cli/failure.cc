#include "client-core/cli/failure.h"

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client-core/cli/width.h"
#include "sync/base/errors.h"

namespace dateline::cli {
namespace {

using sync::ErrorOf;
using sync::ReasonOf;

ExitCode ExitCodeOfReason(v1::ErrorReason reason) {
  switch (reason) {
    case v1::UNAUTHENTICATED:
    case v1::DENIED:
    case v1::CODE_USED:
      return kDenied;
    case v1::WRONG_CA:
    case v1::UNSUPPORTED_VERSION:
      return kConfiguration;
    case v1::UNAVAILABLE_NOW:
    case v1::STORE_IN_USE:
    case v1::FENCED:
      return kUnreachable;
    case v1::CONFLICT:
    case v1::INCOMPLETE_VERSION:
      return kConflictOrPartial;
    case v1::STORAGE_DAMAGED:
    case v1::BAD_SIGNATURE:
    case v1::BAD_CHAIN:
      return kIntegrity;
    default:
      return kFailed;
  }
}

std::string Sentence(const absl::Status& status) {
  if (ReasonOf(status) == v1::ERROR_REASON_UNSPECIFIED) {
    return std::string(status.message());
  }
  const v1::Error error = ErrorOf(status);
  std::string out = error.sentence();
  if (!error.limit().empty() && !absl::StrContains(out, error.limit())) {
    absl::StrAppend(&out, " (", error.limit(), ")");
  }
  return absl::StrCat(out, " [", sync::CodeName(error.reason()), "]");
}

}  // namespace

absl::Status UsageError(absl::string_view sentence) {
  return absl::InvalidArgumentError(sentence);
}
absl::Status ConfigurationError(absl::string_view sentence) {
  return absl::FailedPreconditionError(sentence);
}
absl::Status FailedError(absl::string_view sentence) {
  return absl::UnknownError(sentence);
}

ExitCode ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return kDone;
  const v1::ErrorReason reason = ReasonOf(status);
  if (reason != v1::ERROR_REASON_UNSPECIFIED) return ExitCodeOfReason(reason);
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return kUsage;
    case absl::StatusCode::kFailedPrecondition:
      return kConfiguration;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return kDenied;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return kUnreachable;
    case absl::StatusCode::kDataLoss:
      return kIntegrity;
    default:
      return kFailed;
  }
}

std::string NextStep(const absl::Status& status) {
  switch (ReasonOf(status)) {
    case v1::NOT_FOUND:
      return "dateline report list, or dateline statement list";
    case v1::DENIED:
      return "ask an editor, who may do this";
    case v1::UNAUTHENTICATED:
    case v1::CODE_USED:
      return "ask the desk for a new code, then dateline init CODE";
    case v1::WRONG_CA:
      return "do not go on over this network; ask the desk which server is "
             "theirs";
    case v1::UNSUPPORTED_VERSION:
      return "install a newer dateline; everything here stays readable";
    case v1::UNAVAILABLE_NOW:
    case v1::FENCED:
      return "dateline sync --watch";
    case v1::STORE_IN_USE:
      return "wait for the other command to end, then run this one again";
    case v1::CONFLICT:
      return "dateline conflicts, and look at what the other person wrote";
    case v1::INCOMPLETE_VERSION:
      return "dateline sync, then dateline conflicts";
    case v1::STORAGE_FULL:
      return "free some space and run the same command again";
    case v1::STORAGE_DAMAGED:
    case v1::BAD_SIGNATURE:
    case v1::BAD_CHAIN:
      return "copy the folder away, then dateline verify";
    case v1::TOO_LARGE:
    case v1::OUT_OF_RANGE_VALUE:
    case v1::BAD_UTF8:
    case v1::BAD_REQUEST:
      return "correct the value and run the same command again";
    case v1::ERROR_REASON_UNSPECIFIED:
      break;
    default:
      return "dateline verify; if it finds nothing, report this as a bug";
  }
  switch (ExitCodeOf(status)) {
    case kUsage:
      return "dateline --help";
    case kConfiguration:
      return "dateline init CODE, with a code of the desk";
    case kUnreachable:
      return "dateline sync --watch";
    default:
      return "dateline status";
  }
}

std::string FailureText(const absl::Status& status, absl::string_view saved,
                        absl::string_view next, bool json) {
  const std::string step = next.empty() ? NextStep(status) : std::string(next);
  if (!json) {
    return absl::StrCat("error: ", Printable(Sentence(status)),
                        "\nsaved: ", saved, "\nnext:  ", step, "\n");
  }
  nlohmann::ordered_json error;
  error["exit"] = static_cast<int>(ExitCodeOf(status));
  if (ReasonOf(status) != v1::ERROR_REASON_UNSPECIFIED) {
    const v1::Error details = ErrorOf(status);
    error["code"] = absl::StrCat("DL-", static_cast<int>(details.reason()));
    error["reason"] = v1::ErrorReason_Name(details.reason());
    error["field"] = details.field();
    error["limit"] = details.limit();
    error["got"] = details.got();
    error["retry"] = details.retry();
    error["sentence"] = details.sentence();
  } else {
    error["sentence"] = std::string(status.message());
  }
  const nlohmann::ordered_json out = {
      {"error", error}, {"saved", std::string(saved)}, {"next", step}};
  return absl::StrCat(
      out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), "\n");
}

}  // namespace dateline::cli

#include "client-core/cli/failure.h"

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/cord.h"
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

// How the program ends, where the reason alone does not say it.
constexpr absl::string_view kExit = "dateline.cli.Exit";

absl::Status EndingIn(ExitCode exit, absl::Status status) {
  status.SetPayload(kExit, absl::Cord(std::string(1, '0' + exit)));
  return status;
}

std::optional<ExitCode> ExitIn(const absl::Status& status) {
  const auto payload = status.GetPayload(kExit);
  if (!payload) return std::nullopt;
  return static_cast<ExitCode>(std::string(*payload)[0] - '0');
}

std::string NextStepOf(ExitCode exit) {
  switch (exit) {
    case kUsage:
      return "dateline --help";
    case kConfiguration:
      return "dateline init CODE, with a code of the desk";
    default:
      return "put that right and run the same command again";
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
  return EndingIn(kUsage, sync::MakeError(v1::BAD_REQUEST, sentence));
}
absl::Status ConfigurationError(v1::ErrorReason reason,
                                absl::string_view sentence) {
  return EndingIn(kConfiguration, sync::MakeError(reason, sentence));
}
absl::Status FailedError(v1::ErrorReason reason, absl::string_view sentence) {
  return EndingIn(kFailed, sync::MakeError(reason, sentence));
}
absl::Status FileError(absl::string_view path, int error) {
  const v1::ErrorReason reason = error == ENOENT   ? v1::NOT_FOUND
                                 : error == EACCES ? v1::DENIED
                                                   : v1::INTERNAL_ERROR;
  return EndingIn(kFailed,
                  sync::MakeError(reason,
                                  absl::StrCat("cannot read ", path, ": ",
                                               std::strerror(error)),
                                  {.field = std::string(path)}));
}

ExitCode ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return kDone;
  if (const auto exit = ExitIn(status)) return *exit;
  const v1::ErrorReason reason = ReasonOf(status);
  if (reason != v1::ERROR_REASON_UNSPECIFIED) return ExitCodeOfReason(reason);
  switch (status.code()) {
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
  if (const auto exit = ExitIn(status)) return NextStepOf(*exit);
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
  return "dateline status";
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

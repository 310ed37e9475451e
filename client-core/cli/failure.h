// How a command fails: exit codes (STYLE 13) and the three lines that a
// person reads (STYLE 12).
#ifndef DATELINE_CLIENT_CORE_CLI_FAILURE_H_
#define DATELINE_CLIENT_CORE_CLI_FAILURE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dateline/v1/error.pb.h"

namespace dateline::cli {

enum ExitCode : int {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kConfiguration = 3,
  kDenied = 4,
  kUnreachable = 5,  // a retry may help
  kConflictOrPartial = 6,
  kIntegrity = 7,
};

// The command line is wrong; nothing was tried. BAD_REQUEST.
absl::Status UsageError(absl::string_view sentence);
// This device, its folder or its settings are not ready.
absl::Status ConfigurationError(v1::ErrorReason reason,
                                absl::string_view sentence);
// A file of this machine that cannot be read, by errno: NOT_FOUND, DENIED or
// INTERNAL_ERROR.
absl::Status FileError(absl::string_view path, int error);
// Anything else that went wrong here.
absl::Status FailedError(v1::ErrorReason reason, absl::string_view sentence);

ExitCode ExitCodeOf(const absl::Status& status);

// What a person should do next about `status`; never empty.
std::string NextStep(const absl::Status& status);

// Three lines, "error:", "saved:" and "next:"; with `json` one line of JSON,
// {"error": {...}, "saved": ..., "next": ...}. `saved` says what is safe;
// `next` what to do, "": NextStep.
std::string FailureText(const absl::Status& status, absl::string_view saved,
                        absl::string_view next, bool json);

}  // namespace dateline::cli

#endif  // DATELINE_CLIENT_CORE_CLI_FAILURE_H_

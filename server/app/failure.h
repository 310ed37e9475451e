// What a person at the server's console sees of an error: what happened, what
// is safe, what to do next; and the exit code that scripts see (STYLE 13).
#ifndef DATELINE_SERVER_APP_FAILURE_H_
#define DATELINE_SERVER_APP_FAILURE_H_

#include <string>

#include "absl/status/status.h"

namespace dateline::server {

enum ExitCode {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kConfiguration = 3,
  kDenied = 4,
  kUnreachable = 5,
  kConflictOrPartial = 6,
  kIntegrity = 7,
};

ExitCode ExitCodeOf(const absl::Status& status);

// Three lines, each with its end of line.
std::string FailureText(const absl::Status& status);

}  // namespace dateline::server

#endif  // DATELINE_SERVER_APP_FAILURE_H_

// Text that a person hands over in a file or on standard input.
#ifndef DATELINE_CLIENT_CORE_CLI_INPUT_H_
#define DATELINE_CLIENT_CORE_CLI_INPUT_H_

#include <string>

#include "absl/status/statusor.h"
#include "client-core/cli/invocation.h"

namespace dateline::cli {

// The text of file `path`, or of standard input if it is "-", without the
// line break at its end. BAD_UTF8 names the byte; a failure names the file.
absl::StatusOr<std::string> ReadText(Invocation& invocation,
                                     const std::string& path);

}  // namespace dateline::cli

#endif  // DATELINE_CLIENT_CORE_CLI_INPUT_H_

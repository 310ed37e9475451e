// Text that a person hands over: a file, standard input or $EDITOR.
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

// Lets the person edit `initial` in $VISUAL, else $EDITOR, else vi. What was
// typed stays in the file named by the error where it cannot be read back.
absl::StatusOr<std::string> EditText(Invocation& invocation,
                                     const std::string& initial);

}  // namespace dateline::cli

#endif  // DATELINE_CLIENT_CORE_CLI_INPUT_H_

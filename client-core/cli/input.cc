#include "client-core/cli/input.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <istream>
#include <iterator>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "client-core/cli/failure.h"
#include "client-core/cli/width.h"
#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"

namespace dateline::cli {
namespace {

// Reads a little more than any text may hold, so that the error is TOO_LARGE
// and a file of gigabytes is not read to its end.
constexpr size_t kReadBytesMax = 4 * sync::kContentBytesMax;

absl::StatusOr<std::string> Checked(std::string text, const std::string& name) {
  if (text.size() > kReadBytesMax) {
    return sync::TooLarge(name, "kContentBytesMax", sync::kContentBytesMax,
                          text.size());
  }
  if (!IsUtf8(text)) {
    return sync::MakeError(v1::BAD_UTF8,
                           absl::StrCat(name, " is not UTF-8 text"),
                           {.field = name});
  }
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string ReadSome(std::istream& in) {
  std::string text(kReadBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return FailedError(
        absl::StrCat("cannot read ", path, ": ", std::strerror(errno)));
  }
  return Checked(ReadSome(file), path);
}

// Runs `editor` on the file through the shell, for $EDITOR may hold options.
absl::Status RunEditor(const std::string& editor, const std::string& path) {
  const std::string command = absl::StrCat(editor, " \"$1\"");
  const pid_t child = fork();
  if (child < 0) return FailedError("cannot start the editor");
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", command.c_str(), "dateline", path.c_str(),
          static_cast<char*>(nullptr));
    _exit(127);
  }
  int result = 0;
  while (waitpid(child, &result, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(result) && WEXITSTATUS(result) == 0) return absl::OkStatus();
  return FailedError(absl::StrCat(
      "the editor \"", editor, "\" failed; what you typed may be in ", path));
}

}  // namespace

absl::StatusOr<std::string> ReadText(Invocation& invocation,
                                     const std::string& path) {
  if (path != "-") return ReadFile(path);
  return Checked(ReadSome(*invocation.terminal().in), "standard input");
}

absl::StatusOr<std::string> EditText(Invocation& invocation,
                                     const std::string& initial) {
  const auto& environment = invocation.terminal().environment;
  const std::string editor =
      environment("VISUAL").value_or(environment("EDITOR").value_or("vi"));
  DATELINE_ASSIGN_OR_RETURN(const std::string home, invocation.Home());
  // In the store's own folder: a report does not lie about in /tmp.
  std::string path = absl::StrCat(home, "/edit-XXXXXX");
  const int file = mkstemp(path.data());
  if (file < 0) {
    return ConfigurationError(
        absl::StrCat("cannot write in ", home, ": ", std::strerror(errno)));
  }
  close(file);
  std::ofstream(path, std::ios::binary) << initial << '\n';
  DATELINE_RETURN_IF_ERROR(RunEditor(editor, path));
  DATELINE_ASSIGN_OR_RETURN(std::string text, ReadFile(path));
  unlink(path.c_str());
  return text;
}

}  // namespace dateline::cli

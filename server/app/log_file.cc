#include "server/app/log_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "sync/base/errors.h"

namespace dateline::server {

absl::StatusOr<Log::Sink> OpenLogSink(const std::string& path) {
  const int fd =
      path == "-"
          ? dup(STDERR_FILENO)
          : open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) {
    return sync::MakeError(
        v1::BAD_REQUEST, "the log cannot be written there",
        {.field = "log", .got = absl::StrCat(path, ": ", strerror(errno))});
  }
  const std::shared_ptr<const int> file(new int(fd), [](const int* opened) {
    close(*opened);
    delete opened;
  });
  return [file](const std::string& text) {
    const std::string line = absl::StrCat(text, "\n");
    // One write a line, so that lines of two processes do not mix.
    (void)!write(*file, line.data(), line.size());
  };
}

}  // namespace dateline::server

#include "client-core/cli/input.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <istream>

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
constexpr size_t kReadBytesMax = 4 * sync::kTextScalarsMax;

absl::StatusOr<std::string> Checked(std::string text, const std::string& name) {
  if (text.size() > kReadBytesMax) {
    return sync::TooLarge(name, "kReadBytesMax", kReadBytesMax, text.size());
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
    return FileError(path, errno);
  }
  return Checked(ReadSome(file), path);
}

}  // namespace

absl::StatusOr<std::string> ReadText(Invocation& invocation,
                                     const std::string& path) {
  if (path != "-") return ReadFile(path);
  return Checked(ReadSome(*invocation.terminal().in), "standard input");
}

}  // namespace dateline::cli

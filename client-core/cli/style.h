// How results look on the terminal at hand. Nothing is said by style alone.
#ifndef DATELINE_CLIENT_CORE_CLI_STYLE_H_
#define DATELINE_CLIENT_CORE_CLI_STYLE_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace dateline::cli {

struct Style {
  bool colour = false;   // a terminal, and NO_COLOR is not set
  bool isolate = false;  // wrap right-to-left cells in Unicode isolates
  int columns = 0;       // of the terminal; 0: never cut

  std::string Bold(absl::string_view text) const { return Wrap("1", text); }
  std::string Dim(absl::string_view text) const { return Wrap("2", text); }
  std::string Struck(absl::string_view text) const { return Wrap("9", text); }
  std::string Alarm(absl::string_view text) const { return Wrap("1;31", text); }
  std::string Added(absl::string_view text) const { return Wrap("32", text); }
  std::string Removed(absl::string_view text) const { return Wrap("31", text); }

 private:
  std::string Wrap(absl::string_view code, absl::string_view text) const {
    if (!colour || text.empty()) return std::string(text);
    return absl::StrCat("\x1b[", code, "m", text, "\x1b[0m");
  }
};

}  // namespace dateline::cli

#endif  // DATELINE_CLIENT_CORE_CLI_STYLE_H_

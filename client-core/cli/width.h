// How wide text is on a terminal, in cells: what aligns a column of Cyrillic,
// Arabic and Chinese. Widths are those of Unicode (combining marks 0, East
// Asian wide 2), whatever the locale. Pure.
#ifndef DATELINE_CLIENT_CORE_CLI_WIDTH_H_
#define DATELINE_CLIENT_CORE_CLI_WIDTH_H_

#include <string>

#include "absl/strings/string_view.h"

namespace dateline::cli {

int DisplayWidth(absl::string_view utf8);

// `utf8` cut to at most `width` cells, with "…" where something is gone.
std::string Elide(absl::string_view utf8, int width);

// One line that a terminal can be given: line breaks and tabs become spaces,
// other control characters and bad UTF-8 become U+FFFD, so that nobody's
// report moves another's cursor.
std::string Printable(absl::string_view utf8);
// The same for text of many lines, which keeps its line breaks.
std::string PrintableLines(absl::string_view utf8);

// True if `utf8` holds right-to-left letters: such a cell is isolated, or it
// would drag its neighbours along.
bool RunsRightToLeft(absl::string_view utf8);

bool IsUtf8(absl::string_view bytes);

}  // namespace dateline::cli

#endif  // DATELINE_CLIENT_CORE_CLI_WIDTH_H_

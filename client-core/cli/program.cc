#include "client-core/cli/program.h"

#include <algorithm>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client-core/cli/failure.h"
#include "client-core/cli/width.h"
#include "sync/base/errors.h"

namespace dateline::cli {

void AddAllCommands(CommandTree& tree) {
  AddDeviceCommands(tree.root());
  AddReportCommands(tree.root());
  AddStatementCommands(tree.root());
  AddFigureCommands(tree.root());
  AddConflictCommands(tree.root());
  AddReviewCommands(tree.root());
  AddNoticeCommands(tree.root());
  AddRedactCommand(tree.root());
  AddImportCommand(tree.root());
}

namespace {

// Words of other encodings get no further than here.
absl::Status CheckUtf8(const std::vector<std::string>& line) {
  for (size_t i = 0; i < line.size(); ++i) {
    if (IsUtf8(line[i])) continue;
    const std::string field = i == 0 ? "command" : line[i - 1];
    return sync::MakeError(
        v1::BAD_UTF8,
        absl::StrCat("what follows ", Printable(field), " is not UTF-8 text"),
        {.field = Printable(absl::StripPrefix(field, "--"))});
  }
  return absl::OkStatus();
}

}  // namespace

int RunProgram(const std::vector<std::string>& line, Terminal terminal,
               OpenFunction open) {
  CommandTree tree;
  AddAllCommands(tree);
  CommandTree::Globals globals;
  std::string help;
  const absl::StatusOr<RunFunction> command = tree.Parse(line, &globals, &help);
  if (!help.empty()) {
    *terminal.out << help;
    return kDone;
  }
  // CLI11 stops at the first error, maybe before it saw --json.
  globals.json |= std::count(line.begin(), line.end(), "--json") > 0;
  Invocation invocation(std::move(terminal), globals, std::move(open));
  if (!command.ok()) return invocation.Fail(command.status());
  if (const absl::Status words = CheckUtf8(line); !words.ok()) {
    return invocation.Fail(words);
  }
  const absl::StatusOr<int> code = (*command)(invocation);
  return code.ok() ? *code : invocation.Fail(code.status());
}

}  // namespace dateline::cli

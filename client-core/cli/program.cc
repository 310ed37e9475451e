#include "client-core/cli/program.h"

#include <algorithm>
#include <ostream>

#include "client-core/cli/failure.h"

namespace dateline::cli {

void AddAllCommands(CommandTree& tree) {
  AddDeviceCommands(tree.root());
  AddReportCommands(tree.root());
  AddStatementCommands(tree.root());
  AddFigureCommands(tree.root());
  AddConflictCommands(tree.root());
  AddReviewCommands(tree.root());
  AddNoticeCommands(tree.root());
  AddImportCommand(tree.root());
}

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
  const absl::StatusOr<int> code = (*command)(invocation);
  return code.ok() ? *code : invocation.Fail(code.status());
}

}  // namespace dateline::cli

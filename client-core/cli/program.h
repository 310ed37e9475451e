// The whole program without main: what tests run.
#ifndef DATELINE_CLIENT_CORE_CLI_PROGRAM_H_
#define DATELINE_CLIENT_CORE_CLI_PROGRAM_H_

#include <string>
#include <vector>

#include "client-core/cli/invocation.h"
#include "client-core/cli/parser.h"

namespace dateline::cli {

// One function a file command_<noun>.cc.
void AddDeviceCommands(CommandTree::Group root);
void AddReportCommands(CommandTree::Group root);
void AddStatementCommands(CommandTree::Group root);
void AddFigureCommands(CommandTree::Group root);
void AddConflictCommands(CommandTree::Group root);
void AddReviewCommands(CommandTree::Group root);
void AddNoticeCommands(CommandTree::Group root);
void AddRedactCommand(CommandTree::Group root);
void AddImportCommand(CommandTree::Group root);

void AddAllCommands(CommandTree& tree);

// Runs one command line (without the program's name); returns the exit code.
int RunProgram(const std::vector<std::string>& line, Terminal terminal,
               OpenFunction open);

}  // namespace dateline::cli

#endif  // DATELINE_CLIENT_CORE_CLI_PROGRAM_H_

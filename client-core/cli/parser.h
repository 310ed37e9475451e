// The command line: a tree of commands, each with its arguments, help and
// examples. CLI11 stands behind it; commands see only this header.
// Thread-compatible.
#ifndef DATELINE_CLIENT_CORE_CLI_PARSER_H_
#define DATELINE_CLIENT_CORE_CLI_PARSER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace CLI {
class App;
}  // namespace CLI

namespace dateline::cli {

class Invocation;

// Runs one command; returns its exit code.
using RunFunction = std::function<absl::StatusOr<int>(Invocation&)>;

// Declares the arguments of one command. Values are written when the command
// line is parsed and outlive the parser (CommandTree::Add keeps them).
class Arguments {
 public:
  explicit Arguments(CLI::App* app) : app_(app) {}  // not owned

  void Required(const char* name, std::string* value, const char* help);
  void Optional(const char* name, std::string* value, const char* help);
  void Rest(const char* name, std::vector<std::string>* values,
            const char* help);  // any number of them
  void Option(const char* flag, std::string* value, const char* help);
  // Told apart from absent even where it is given as "".
  void Option(const char* flag, std::optional<std::string>* value,
              const char* help);
  void Option(const char* flag, std::optional<int>* value, const char* help);
  void Repeated(const char* flag, std::vector<std::string>* values,
                const char* help);
  void Flag(const char* flag, bool* value, const char* help);

 private:
  CLI::App* const app_;
};

class CommandTree {
 public:
  // What every command takes.
  struct Globals {
    std::string home;
    std::string via;
    bool json = false;
    bool verbose = false;
  };

  CommandTree();
  ~CommandTree();

  // A noun that holds commands: `dateline report ...`.
  class Group {
   public:
    Group(CommandTree* tree, CLI::App* app) : tree_(tree), app_(app) {}
    Group AddGroup(const char* name, const char* help);
    // `declare` fills an Args; `run` gets it. `examples`: lines of shell, one
    // a line, shown at the end of --help.
    template <typename Args>
    void Add(const char* name, const char* help, const char* examples,
             std::function<void(Arguments&, Args&)> declare,
             std::function<absl::StatusOr<int>(const Args&, Invocation&)> run) {
      auto args = std::make_shared<Args>();
      Arguments arguments(
          AddCommand(name, help, examples, [args, run](Invocation& invocation) {
            return run(*args, invocation);
          }));
      declare(arguments, *args);
    }

   private:
    CLI::App* AddCommand(const char* name, const char* help,
                         const char* examples, RunFunction run);
    CommandTree* const tree_;  // not owned
    CLI::App* const app_;      // not owned
  };
  Group root();

  // The command that the line names. A usage error (see failure.h) says what
  // is wrong with it; `*help`, if it is set, is all that was asked for.
  absl::StatusOr<RunFunction> Parse(const std::vector<std::string>& line,
                                    Globals* globals, std::string* help);
  // Every command's words, for the test that asks each for its help.
  std::vector<std::vector<std::string>> AllCommands() const;

 private:
  std::unique_ptr<CLI::App> app_;
  Globals globals_;
  RunFunction chosen_;
};

}  // namespace dateline::cli

#endif  // DATELINE_CLIENT_CORE_CLI_PARSER_H_

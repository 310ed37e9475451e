// The program without a store: help, usage, exit codes and how errors look.
#include "client-core/cli/program.h"

#include <sstream>

#include "absl/strings/str_join.h"
#include "client-core/cli/failure.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/base/errors.h"

namespace dateline::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Outcome {
  int code;
  std::string out;
  std::string err;
};

// Runs a line against a store that cannot be opened, because of `why`.
Outcome RunLine(const std::vector<std::string>& line,
                const absl::Status& why = sync::MakeError(
                    v1::STORAGE_DAMAGED, "the store is damaged")) {
  std::istringstream in;
  std::ostringstream out, err;
  Terminal terminal;
  terminal.in = &in;
  terminal.out = &out;
  terminal.err = &err;
  terminal.environment = [](const char*) -> std::optional<std::string> {
    return std::nullopt;
  };
  std::vector<std::string> whole = {"--home=/nowhere"};
  whole.insert(whole.end(), line.begin(), line.end());
  const int code = RunProgram(whole, std::move(terminal),
                              [&why](client::Options) { return why; });
  return {code, out.str(), err.str()};
}

TEST(ProgramTest, EveryCommandHasHelpWithExamples) {
  CommandTree tree;
  AddAllCommands(tree);
  const auto commands = tree.AllCommands();
  EXPECT_GT(commands.size(), 40u);
  for (std::vector<std::string> command : commands) {
    const std::string name = absl::StrJoin(command, " ");
    command.push_back("--help");
    const Outcome outcome = RunLine(command);
    EXPECT_EQ(outcome.code, kDone) << name;
    EXPECT_EQ(outcome.err, "") << name;
    const bool group =
        name == "report" || name == "statement" || name == "review";
    EXPECT_THAT(outcome.out,
                HasSubstr(group ? "COMMAND --help" : "Examples:\n  dateline"))
        << name;
  }
}

TEST(ProgramTest, HoldsEveryCommandOfTheIssue) {
  CommandTree tree;
  AddAllCommands(tree);
  std::vector<std::string> names;
  for (const auto& command : tree.AllCommands()) {
    names.push_back(absl::StrJoin(command, " "));
  }
  for (const char* name : {"init",
                           "report new",
                           "report edit",
                           "report show",
                           "report list",
                           "report log",
                           "report diff",
                           "report submit",
                           "report take-back",
                           "statement add",
                           "statement correct",
                           "statement supersede",
                           "statement retract",
                           "statement disavow",
                           "statement dispute",
                           "statement confirm",
                           "statement link",
                           "statement list",
                           "cite",
                           "ledger",
                           "rivals",
                           "settle",
                           "conflicts",
                           "resolve",
                           "review approve",
                           "review ask",
                           "review hold",
                           "review release",
                           "review publish",
                           "review correct",
                           "review kill",
                           "review spike",
                           "notices",
                           "ack",
                           "sync",
                           "status",
                           "verify",
                           "import"}) {
    EXPECT_THAT(names, ::testing::Contains(name));
  }
}

TEST(ProgramTest, AWrongCommandLineIsAUsageError) {
  const std::vector<std::vector<std::string>> kWrong = {
      {},
      {"repot"},
      {"report"},
      {"report", "shew"},
      {"report", "show"},
      {"report", "show", "a", "b"},
      {"report", "new", "--no-such-flag"},
      {"report", "new", "--urgency", "high"},
      {"init"},
      {"sync", "--deadline"},
  };
  for (const auto& line : kWrong) {
    const Outcome outcome = RunLine(line);
    EXPECT_EQ(outcome.code, kUsage) << absl::StrJoin(line, " ");
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, HasSubstr("error: "));
    EXPECT_THAT(outcome.err,
                HasSubstr("\nsaved: nothing was changed\nnext:  "));
  }
}

TEST(ProgramTest, AFigureOrTimeThatIsNoneIsAUsageError) {
  EXPECT_EQ(
      RunLine({"statement", "add", "--source", "x", "--figure", "killed"}).code,
      kUsage);
  EXPECT_EQ(
      RunLine({"statement", "add", "--source", "x", "--said", "noon"}).code,
      kUsage);
  EXPECT_EQ(RunLine({"import", "x.jsonl", "--map", "nonsense"}).code, kUsage);
}

TEST(ProgramTest, ExitCodesFollowTheHouse) {
  const struct {
    v1::ErrorReason reason;
    int code;
  } kCases[] = {
      {v1::NOT_FOUND, kFailed},
      {v1::TOO_LARGE, kFailed},
      {v1::STORAGE_FULL, kFailed},
      {v1::WRONG_CA, kConfiguration},
      {v1::UNSUPPORTED_VERSION, kConfiguration},
      {v1::DENIED, kDenied},
      {v1::UNAUTHENTICATED, kDenied},
      {v1::CODE_USED, kDenied},
      {v1::UNAVAILABLE_NOW, kUnreachable},
      {v1::STORE_IN_USE, kUnreachable},
      {v1::CONFLICT, kConflictOrPartial},
      {v1::INCOMPLETE_VERSION, kConflictOrPartial},
      {v1::STORAGE_DAMAGED, kIntegrity},
      {v1::BAD_CHAIN, kIntegrity},
      {v1::INTERNAL_ERROR, kFailed},
  };
  for (const auto& one : kCases) {
    const Outcome outcome =
        RunLine({"status"}, sync::MakeError(one.reason, "something"));
    EXPECT_EQ(outcome.code, one.code) << v1::ErrorReason_Name(one.reason);
    EXPECT_THAT(outcome.err, HasSubstr(v1::ErrorReason_Name(one.reason)));
  }
}

TEST(ProgramTest, ErrorsAreThreeLines) {
  const Outcome outcome = RunLine(
      {"sync"}, sync::MakeError(v1::UNAVAILABLE_NOW, "cannot reach the desk"));
  EXPECT_EQ(outcome.err,
            "error: cannot reach the desk [DL-1015 UNAVAILABLE_NOW]\n"
            "saved: nothing was changed\n"
            "next:  dateline sync --watch\n");
}

TEST(ProgramTest, ErrorsAreJsonForPrograms) {
  const Outcome outcome =
      RunLine({"report", "list", "--json"},
              sync::TooLarge("headline", "kHeadlineBytesMax", 1000, 1200));
  const Json error = Json::parse(outcome.err);
  EXPECT_EQ(error["error"]["reason"], "TOO_LARGE");
  EXPECT_EQ(error["error"]["code"], "DL-1004");
  EXPECT_EQ(error["error"]["field"], "headline");
  EXPECT_EQ(error["error"]["limit"], "kHeadlineBytesMax=1000");
  EXPECT_EQ(error["error"]["got"], "1200");
  EXPECT_EQ(error["error"]["exit"], kFailed);
  EXPECT_EQ(outcome.out, "");
}

TEST(ProgramTest, UsageErrorsAreJsonToo) {
  const Outcome outcome = RunLine({"--json", "report", "shew"});
  EXPECT_EQ(outcome.code, kUsage);
  EXPECT_EQ(Json::parse(outcome.err)["error"]["exit"], kUsage);
}

TEST(ProgramTest, ErrorsOfThisMachineHaveCodesToo) {
  const struct {
    std::vector<std::string> line;
    const char* reason;
    const char* code;
    int exit;
  } kCases[] = {
      {{"report", "shew"}, "BAD_REQUEST", "DL-1001", kUsage},
      {{"sync", "--deadline", "soon"}, "BAD_REQUEST", "DL-1001", kUsage},
      {{"report", "list", "--search", "\xff"}, "BAD_UTF8", "DL-1003", kFailed},
  };
  for (const auto& one : kCases) {
    std::vector<std::string> line = one.line;
    line.push_back("--json");
    const Outcome outcome = RunLine(line);
    EXPECT_EQ(outcome.code, one.exit);
    const Json error = Json::parse(outcome.err)["error"];
    EXPECT_EQ(error["reason"], one.reason);
    EXPECT_EQ(error["code"], one.code);
    EXPECT_EQ(error["exit"], one.exit);
  }
}

TEST(ProgramTest, WordsThatAreNoUtf8AreNamedByTheirOption) {
  const Outcome outcome =
      RunLine({"report", "new", "--headline", "\xff", "--json"});
  EXPECT_EQ(Json::parse(outcome.err)["error"]["field"], "headline");
}

TEST(ProgramTest, PrintsItsVersion) {
  EXPECT_THAT(RunLine({"--version"}).out, HasSubstr("dateline 0.1.0"));
}

}  // namespace
}  // namespace dateline::cli

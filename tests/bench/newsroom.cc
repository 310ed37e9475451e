#include "tests/bench/newsroom.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "sync/base/status_macros.h"

namespace dateline::bench {
namespace {

using nlohmann::json;

constexpr absl::Duration kStartTimeout = absl::Seconds(20);
constexpr absl::Duration kViewTimeout = absl::Seconds(60);

pid_t Spawn(const std::vector<std::string>& command, int out) {
  const pid_t child = fork();
  if (child != 0) return child;
  std::vector<char*> argv;
  for (const std::string& word : command) {
    argv.push_back(const_cast<char*>(word.c_str()));
  }
  argv.push_back(nullptr);
  if (out >= 0) dup2(out, STDOUT_FILENO);
  execv(argv[0], argv.data());
  _exit(127);
}

// Standard output of a command; an error if it failed.
absl::StatusOr<std::string> OutputOf(const std::vector<std::string>& command) {
  int ends[2];
  if (pipe(ends) != 0) return absl::InternalError("pipe");
  const pid_t child = Spawn(command, ends[1]);
  close(ends[1]);
  std::string out;
  char buffer[4096];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;) {
    out.append(buffer, n);
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) {
    return absl::InternalError(
        absl::StrCat(command[0], " ", command[1], " failed: ", status));
  }
  return out;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Newsroom>> Newsroom::Start(
    const std::string& self, const std::string& datelined,
    const std::string& folder) {
  auto newsroom = std::unique_ptr<Newsroom>(
      new Newsroom(std::filesystem::read_symlink(self), datelined, folder));
  DATELINE_RETURN_IF_ERROR(newsroom->Launch());
  return newsroom;
}

Newsroom::~Newsroom() {
  if (server_ <= 0) return;
  kill(server_, SIGTERM);
  waitpid(server_, nullptr, 0);
}

absl::Status Newsroom::Launch() {
  std::filesystem::create_directories(folder_);
  server_ = Spawn({datelined_, "serve", "--data", folder_ + "/server",
                   "--listen", "127.0.0.1:0", "--enrol-listen", "127.0.0.1:0"},
                  STDERR_FILENO);
  const absl::Time deadline = absl::Now() + kStartTimeout;
  while (absl::Now() < deadline) {
    std::ifstream file(folder_ + "/server/address.json");
    const json address = json::parse(file, nullptr, false);
    if (address.is_object()) {
      DATELINE_ASSIGN_OR_RETURN(relay_, testing::Relay::Start(address["sync"]));
      return absl::OkStatus();
    }
    absl::SleepFor(absl::Milliseconds(20));
  }
  return absl::DeadlineExceededError("datelined did not start");
}

absl::StatusOr<std::string> Newsroom::Invite() {
  DATELINE_ASSIGN_OR_RETURN(
      const std::string out,
      OutputOf({datelined_, "invite", "--data", folder_ + "/server", "--role",
                "reporter", "--assignment", "bench", "--name", "Bench",
                "--json"}));
  return json::parse(out)["code"].get<std::string>();
}

absl::StatusOr<json> Newsroom::RunPhase(const std::string& phase,
                                        const PhaseOptions& options) {
  relay_->ResetCounts();
  std::vector<std::string> command = {
      self_,
      "--phase",
      phase,
      "--home",
      options.home,
      "--corpus",
      options.corpus,
      "--count",
      absl::StrCat(options.count),
      "--via",
      absl::StrCat("127.0.0.1:", relay_->port())};
  if (!options.code.empty()) {
    command.insert(command.end(), {"--code", options.code});
  }
  DATELINE_ASSIGN_OR_RETURN(const std::string out, OutputOf(command));
  json result = json::parse(out);
  const testing::Relay::Counts counts = relay_->counts();
  result["socket_up"] = counts.bytes[0];
  result["socket_down"] = counts.bytes[1];
  return result;
}

absl::StatusOr<double> Newsroom::WaitForView() {
  const absl::Time start = absl::Now();
  while (absl::Now() - start < kViewTimeout) {
    DATELINE_ASSIGN_OR_RETURN(const std::string out,
                              OutputOf({datelined_, "status", "--data",
                                        folder_ + "/server", "--json"}));
    if (json::parse(out).value("viewBehind", 1) == 0) {
      return absl::ToDoubleMilliseconds(absl::Now() - start);
    }
    absl::SleepFor(absl::Milliseconds(10));
  }
  return absl::DeadlineExceededError("the view stays behind");
}

}  // namespace dateline::bench

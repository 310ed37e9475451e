#include "tests/server/daemon.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "sync/base/check.h"
#include "tests/support/temp_dir.h"

extern char** environ;

namespace dateline::testing {
namespace {

constexpr absl::Duration kStartTime = absl::Seconds(60);  // a loaded machine

std::string Slurp(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

pid_t Spawn(const std::vector<std::string>& arguments, const std::string& out,
            const std::string& err) {
  // Inherited: a disk that is full by RLIMIT_FSIZE is an error, not an end.
  signal(SIGXFSZ, SIG_IGN);
  std::vector<char*> argv = {const_cast<char*>(DATELINED)};
  for (const std::string& one : arguments) {
    argv.push_back(const_cast<char*>(one.c_str()));
  }
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&files, 1, out.c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&files, 2, err.c_str(), flags, 0600);
  pid_t pid = -1;
  DATELINE_CHECK(
      posix_spawn(&pid, DATELINED, &files, nullptr, argv.data(), environ) == 0);
  posix_spawn_file_actions_destroy(&files);
  return pid;
}

int WaitFor(pid_t pid) {
  int status = 0;
  DATELINE_CHECK(waitpid(pid, &status, 0) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// The text between "NAME": and the next comma or brace, without quotes.
std::string FieldOf(const std::string& json, const std::string& name) {
  const std::string key = absl::StrCat("\"", name, "\":");
  const size_t at = json.find(key);
  if (at == std::string::npos) return "";
  const size_t begin = at + key.size();
  std::string value =
      json.substr(begin, json.find_first_of(",}\n", begin) - begin);
  absl::StripAsciiWhitespace(&value);
  return std::string(absl::StripSuffix(absl::StripPrefix(value, "\""), "\""));
}

}  // namespace

Ran RunDatelined(const std::vector<std::string>& arguments) {
  const TempDir folder;
  Ran ran;
  ran.exit = WaitFor(Spawn(arguments, folder / "out", folder / "err"));
  ran.out = Slurp(folder / "out");
  ran.err = Slurp(folder / "err");
  return ran;
}

Daemon::Daemon(std::string data, std::vector<std::string> options)
    : data_(std::move(data)), options_(std::move(options)) {
  Start();
}

Daemon::~Daemon() {
  if (pid_ > 0) Kill();
}

void Daemon::Start() {
  const std::string address = data_ + "/address.json";
  unlink(address.c_str());
  std::vector<std::string> line = {"serve", "--data",         data_, "--listen",
                                   sync_,   "--enrol-listen", enrol_};
  line.insert(line.end(), options_.begin(), options_.end());
  pid_ = Spawn(line, data_ + ".out", data_ + ".err");
  const absl::Time deadline = absl::Now() + kStartTime;
  while (access(address.c_str(), R_OK) != 0) {
    DATELINE_CHECK(absl::Now() < deadline);
    absl::SleepFor(absl::Milliseconds(10));
  }
  const std::string json = Slurp(address);
  sync_ = FieldOf(json, "sync");
  enrol_ = FieldOf(json, "enrol");
}

void Daemon::Kill() {
  kill(pid_, SIGKILL);
  WaitFor(std::exchange(pid_, -1));
}

int Daemon::Terminate() {
  kill(pid_, SIGTERM);
  return WaitFor(std::exchange(pid_, -1));
}

std::string Daemon::Said() const {
  return absl::StrCat(Slurp(data_ + ".out"), Slurp(data_ + ".err"));
}

std::string Daemon::Invite(const std::string& role,
                           const std::string& assignment) {
  const Ran ran = RunDatelined({"invite", "--data", data_, "--role", role,
                                "--assignment", assignment, "--name", role});
  DATELINE_CHECK(ran.exit == 0);
  return std::string(absl::StripAsciiWhitespace(ran.out));
}

v1::EnrolmentTicket Daemon::Ticket(const std::string& role,
                                   const std::string& assignment) {
  return ReadTicket(Invite(role, assignment));
}

void Daemon::WaitForView() {
  for (int i = 0; i < 400 && StatusOf("viewBehind") != "0"; ++i) {
    absl::SleepFor(absl::Milliseconds(25));
  }
}

std::string Daemon::StatusOf(const std::string& name) {
  return FieldOf(RunDatelined({"status", "--data", data_, "--json"}).out, name);
}

v1::EnrolmentTicket ReadTicket(const std::string& code) {
  std::string bytes;
  v1::EnrolmentTicket ticket;
  DATELINE_CHECK(absl::WebSafeBase64Unescape(code.substr(4), &bytes));
  DATELINE_CHECK(ticket.ParseFromString(bytes));
  return ticket;
}

std::string CodeOf(const v1::EnrolmentTicket& ticket) {
  return absl::StrCat("dl1.",
                      absl::WebSafeBase64Escape(ticket.SerializeAsString()));
}

}  // namespace dateline::testing

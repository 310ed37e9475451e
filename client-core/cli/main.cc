// dateline: see program.h. This file touches the machine: signals, terminal
// and environment.
#include <google/protobuf/stubs/logging.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <iostream>

#include "client-core/cli/program.h"

namespace {

std::atomic<bool> interrupted{false};

// The second one ends the process at once: every commit is whole anyway.
void OnSignal(int number) {
  interrupted = true;
  signal(number, SIG_DFL);
}

std::optional<std::string> Environment(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return value;
}

dateline::cli::Style StyleOfTerminal() {
  dateline::cli::Style style;
  if (isatty(STDOUT_FILENO) == 0) return style;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) style.columns = size.ws_col;
  style.colour = Environment("NO_COLOR").value_or("").empty() &&
                 Environment("TERM").value_or("dumb") != "dumb";
  style.isolate = true;
  return style;
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGINT, OnSignal);
  signal(SIGTERM, OnSignal);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // `ulimit -f` is a full disk
  std::ios::sync_with_stdio(false);
  // Talk is ours: libraries would write between the lines of --json.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  google::protobuf::SetLogHandler(nullptr);
  dateline::cli::Terminal terminal;
  terminal.in = &std::cin;
  terminal.out = &std::cout;
  terminal.err = &std::cerr;
  terminal.in_is_terminal = isatty(STDIN_FILENO) != 0;
  terminal.err_is_terminal = isatty(STDERR_FILENO) != 0;
  terminal.style = StyleOfTerminal();
  terminal.interrupted = &interrupted;
  terminal.environment = Environment;
  return dateline::cli::RunProgram(
      std::vector<std::string>(argv + 1, argv + argc), std::move(terminal),
      [](dateline::client::Options options) {
        return dateline::client::Client::Open(std::move(options));
      });
}

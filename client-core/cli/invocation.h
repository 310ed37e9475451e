// One run of the program: its terminal, its options, the store that it opens
// at most once, and the names of people and assignments. Thread-compatible.
#ifndef DATELINE_CLIENT_CORE_CLI_INVOCATION_H_
#define DATELINE_CLIENT_CORE_CLI_INVOCATION_H_

#include <atomic>
#include <functional>
#include <iosfwd>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "client-core/cli/parser.h"
#include "client-core/cli/style.h"
#include "dateline/client.h"
#include "sync/base/mutex.h"

namespace dateline::cli {

using Json = nlohmann::ordered_json;

// What the program reads and writes. Streams are borrowed.
struct Terminal {
  std::istream* in;   // not owned
  std::ostream* out;  // not owned
  std::ostream* err;  // not owned
  bool in_is_terminal = false;
  bool err_is_terminal = false;
  Style style;
  // Set by Ctrl-C or SIGTERM: long commands end at the next safe point.
  const std::atomic<bool>* interrupted = nullptr;  // not owned
  std::function<std::optional<std::string>(const char*)> environment;
};

using OpenFunction =
    std::function<absl::StatusOr<std::unique_ptr<client::Client>>(
        client::Options)>;

class Invocation {
 public:
  Invocation(Terminal terminal, CommandTree::Globals globals, OpenFunction open)
      : terminal_(std::move(terminal)),
        globals_(std::move(globals)),
        open_(std::move(open)) {}

  const Terminal& terminal() const { return terminal_; }
  const Style& style() const { return terminal_.style; }
  bool json() const { return globals_.json; }
  bool interrupted() const {
    return terminal_.interrupted != nullptr && *terminal_.interrupted;
  }

  // --home, else $DATELINE_HOME, else ~/.local/share/dateline.
  absl::StatusOr<std::string> Home() const;
  // Opens the store, at the first call.
  absl::StatusOr<client::Client*> Open();
  // The same, of a device that has joined; a configuration error otherwise.
  absl::StatusOr<client::Client*> Joined();
  // Lets others have the store: what came of it is gone. The next Open waits
  // for it as long as somebody who has typed for an hour would.
  void Close();

  // By slugline or id prefix; "": the only one there is.
  absl::StatusOr<v1::Assignment> FindAssignment(const std::string& name);
  // The slugline of an assignment, or its short id.
  std::string AssignmentName(const std::string& id);
  // The name of a person, or his short id; "home" for the desk's server.
  std::string PersonName(const std::string& id);
  std::string DeviceName(const std::string& id);

  // Prints `json` under --json, else `people` (nothing if it is empty).
  void Print(const Json& json, const std::string& people);
  // Talk: a line on stderr, not under --json.
  void Say(const std::string& line);

  // What is safe, should the command fail from here on.
  void set_saved(std::string saved) { saved_ = std::move(saved); }
  // What to do then, in place of the usual advice.
  void set_next(std::string next) { next_ = std::move(next); }
  void ForgetSaved() {
    saved_.clear();
    next_.clear();
  }
  // The three lines of a failure, on stderr.
  int Fail(const absl::Status& status);

 private:
  void Log(const std::string& line);  // from any thread
  std::string Saved();
  const v1::Roster& roster();

  const Terminal terminal_;
  const CommandTree::Globals globals_;
  const OpenFunction open_;
  sync::Mutex log_mu_;
  std::unique_ptr<client::Client> client_;  // its threads may log to the end
  std::optional<v1::Roster> roster_;
  std::optional<absl::Duration> lock_wait_;
  std::string saved_;
  std::string next_;
};

// The first hex digits of an id, as tables show it.
std::string ShortId(const std::string& bytes);

}  // namespace dateline::cli

#endif  // DATELINE_CLIENT_CORE_CLI_INVOCATION_H_

// The server's log, for whoever runs it: one line an event, with a severity, a
// stable code and ids; never words, names or places of a newsroom. What went
// well says nothing.
#ifndef DATELINE_SERVER_LOG_LOG_H_
#define DATELINE_SERVER_LOG_LOG_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "sync/base/clock.h"
#include "sync/base/mutex.h"

namespace dateline::server {

// Of one operation and code, so that no peer and no disk can fill a disk.
constexpr int kLogLinesPerMinuteMax = 10;

// kInfo: what a peer did wrong, and what goes on (--verbose). kWarning:
// somebody who runs the server should look. kError: damage, or a bug of ours.
enum class Severity { kInfo, kWarning, kError };

// Thread-safe.
class Log {
 public:
  // One line without its end; called under the log's lock.
  using Sink = std::function<void(const std::string& line)>;
  struct Options {
    sync::Clock* clock;  // not owned
    Severity least = Severity::kWarning;
    Sink sink;
  };
  explicit Log(Options options) : options_(std::move(options)) {}

  // `operation` is a constant of the program ("view.apply"), `subject` an id,
  // "" if there is none. The severity follows from the status' code; only of
  // our own trouble is more written than code, field and limit. `at_least`:
  // what nobody is told of but the log.
  void Failed(absl::string_view operation, const absl::Status& status,
              absl::string_view subject = "",
              Severity at_least = Severity::kInfo);
  // `text` holds no content; it is counted by its operation.
  void Note(Severity severity, absl::string_view operation,
            absl::string_view text);

 private:
  struct Minute {
    absl::Time began = absl::InfinitePast();
    int written = 0;
    uint64_t left_out = 0;
  };
  void Write(Severity severity, absl::string_view operation,
             absl::string_view code, absl::string_view text);

  const Options options_;
  sync::Mutex mu_;
  // Operations and codes are constants of the program: a few dozen.
  absl::btree_map<std::string, Minute> minutes_ ABSL_GUARDED_BY(mu_);
};

// The same where a log may be missing (nullptr): tests, commands.
inline void LogFailed(Log* log, absl::string_view operation,
                      const absl::Status& status,
                      absl::string_view subject = "",
                      Severity at_least = Severity::kInfo) {
  if (log != nullptr) log->Failed(operation, status, subject, at_least);
}
inline void LogNote(Log* log, Severity severity, absl::string_view operation,
                    absl::string_view text) {
  if (log != nullptr) log->Note(severity, operation, text);
}

}  // namespace dateline::server

#endif  // DATELINE_SERVER_LOG_LOG_H_

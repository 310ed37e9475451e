// A server's rooms without sockets or threads of gRPC: real storage in a
// folder of the test's, people with roles, and the writer's own thread.
#ifndef DATELINE_TESTS_SERVER_DESK_ROOM_H_
#define DATELINE_TESTS_SERVER_DESK_ROOM_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/app/core.h"
#include "server/desk/desk.h"
#include "server/log/log.h"
#include "sync/base/clock.h"
#include "sync/base/mutex.h"
#include "sync/base/random.h"
#include "tests/support/author.h"
#include "tests/support/temp_dir.h"

namespace dateline::testing {

// Authors write into this assignment (tests/support/author.cc).
inline const auto kAssignment = IdNumber<sync::AssignmentId>(200);

sync::RunOfChanges RunOf(const std::vector<ChangePtr>& changes);

class DeskRoom {
 public:
  DeskRoom();
  // What has been stored stays; the rest as a process that begins anew.
  void Reopen();

  // Puts an author into the roster.
  void Join(const Author& author, v1::Role role);
  // Home's next roster: the one in force, changed.
  void ChangeRoster(const std::function<void(v1::Roster*)>& change);
  // As if a session had brought them, one run a change; returns when durable.
  absl::Status Push(const std::vector<ChangePtr>& changes);
  absl::Status PushRun(const std::vector<ChangePtr>& changes);

  v1::Document View(const sync::DocumentId& document);
  std::vector<sync::Change> Truth(const sync::DocumentId& document);
  // What `reader` is served of a lane, from the first position.
  std::vector<sync::Change> Served(const Author& reader, sync::Lane lane);
  std::string Digest();
  server::Caller CallerOf(const Author& author) {
    return {.device = author.device, .person = author.person};
  }

  server::Core& core() { return *core_; }
  server::Desk& desk() { return *desk_; }
  sync::SimulatedClock& clock() { return clock_; }
  // The lines of the server's log.
  std::vector<std::string> Lines();
  const std::string& directory() const { return directory_.path(); }

 private:
  TempDir directory_;
  sync::SimulatedClock clock_{absl::FromUnixSeconds(1641600000)};
  sync::SeededRandom random_{1};
  sync::Mutex lines_mu_;
  std::vector<std::string> lines_ ABSL_GUARDED_BY(lines_mu_);
  server::Log log_{{.clock = &clock_, .sink = [this](const std::string& line) {
                      const sync::MutexLock lock(&lines_mu_);
                      lines_.push_back(line);
                    }}};
  std::unique_ptr<server::Core> core_;
  std::unique_ptr<server::Desk> desk_;
};

// Writes a report with this headline and body; its changes.
std::vector<ChangePtr> WriteReport(Author& author,
                                   const sync::DocumentId& report,
                                   const std::string& headline,
                                   const std::string& body);

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SERVER_DESK_ROOM_H_

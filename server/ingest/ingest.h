// The one thread that writes the truth. Callers hand over tasks; what comes
// together commits together (group commit), and each task is told when it is
// durable, never before.
#ifndef DATELINE_SERVER_INGEST_INGEST_H_
#define DATELINE_SERVER_INGEST_INGEST_H_

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/ingest/intake.h"
#include "server/log/log.h"
#include "server/storage/truth.h"
#include "server/trust/authority.h"
#include "server/trust/roster.h"
#include "sync/base/clock.h"
#include "sync/base/mutex.h"
#include "sync/base/random.h"
#include "sync/wire/pack.h"

namespace dateline::server {

// Tasks that wait for the writer: each session has at most
// sync::kStoresPendingMax of them, so this is never reached by sessions alone.
constexpr size_t kTasksWaitingMax = 100000;

// Thread-safe.
class Ingest {
 public:
  struct Options {
    Truth* truth;              // not owned
    const Identity* identity;  // not owned
    RosterInForce* roster;     // not owned; set here when a task puts one
    sync::Clock* clock;        // not owned
    sync::Random* random;      // not owned
    Log* log = nullptr;        // not owned; nullptr: none
    size_t tasks_max = kTasksWaitingMax;
  };
  // Runs inside the group's transaction; may run again from its start.
  using Body = std::function<absl::Status(Intake&, TruthWriter&)>;
  // On the writer's thread: be quick, never wait.
  using Done = std::function<void(const absl::Status&)>;
  // After each commit, on the writer's thread: documents that changed; none
  // where only places of refused changes, or a roster, were stored.
  using Listener = std::function<void(const absl::btree_set<DocumentKey>&)>;

  explicit Ingest(const Options& options);
  ~Ingest() { Stop(); }

  // Before Start.
  void Listen(Listener listener) { listeners_.push_back(std::move(listener)); }
  // Also evaluates requests that a crash left open.
  void Start();
  // Finishes what was submitted, takes no more and ends the thread: after it
  // no listener is called.
  void Stop();

  // UNAVAILABLE_NOW over kTasksWaitingMax, else `done` is called once.
  // `changes`: how many the body stores, for the size of the group.
  void Submit(size_t changes, Body body, Done done);
  // Verified runs of a session.
  void SubmitRuns(std::vector<sync::RunOfChanges> runs, Done done);
  // Nothing more will come to join what waits: commits it at once.
  void Hurry();
  // Waits. Not from the writer's thread.
  absl::Status Run(const Body& body);

 private:
  struct Task {
    size_t changes = 0;
    Body body;
    Done done;
  };
  struct Committed {
    absl::btree_set<DocumentKey> touched;
    bool placed = false;                   // something got a position
    std::shared_ptr<const Roster> roster;  // null: as before
    bool asked = false;                    // something of `touched` is open
  };

  void Loop();
  void WaitForTask() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool Collect(std::vector<Task>* group);
  void CommitGroup(std::vector<Task>* group);
  absl::Status Commit(const std::vector<Task>& group);
  void Evaluate(const absl::btree_set<DocumentKey>& touched);
  absl::Status Answer(const absl::btree_set<DocumentKey>& touched);
  void Publish(const Committed& committed);

  const Options options_;
  std::vector<Listener> listeners_;
  sync::Mutex mu_;
  sync::CondVar wake_;
  std::vector<Task> waiting_ ABSL_GUARDED_BY(mu_);
  size_t changes_waiting_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Time waiting_since_ ABSL_GUARDED_BY(mu_);
  bool hurried_ ABSL_GUARDED_BY(mu_) = false;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  absl::Time last_commit_ = absl::InfinitePast();  // writer's thread
  std::thread thread_;
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_INGEST_INGEST_H_

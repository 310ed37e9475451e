// Keeps the view in step with the truth, behind ingest's back: merges the
// documents that changed, and from them rows, search and ledgers. Falls behind
// under load and catches up; nobody waits for it but readers who ask to.
#ifndef DATELINE_SERVER_VIEW_WORKER_H_
#define DATELINE_SERVER_VIEW_WORKER_H_

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/log/log.h"
#include "server/storage/truth.h"
#include "server/storage/view.h"
#include "server/trust/roster.h"
#include "server/view/rows.h"
#include "sync/base/clock.h"
#include "sync/base/mutex.h"

namespace dateline::server {

// Positions applied in one transaction of the view: about a second's work.
constexpr size_t kViewBatchRows = 1000;
// Ingest goes first where both want the processor: the view begins once
// nothing has come for so long (a commit on a busy disk takes tens of
// milliseconds), but waits no longer than this in all.
constexpr absl::Duration kViewQuiet = absl::Milliseconds(50);
constexpr absl::Duration kViewPatience = absl::Milliseconds(500);
// After a failure of the view's storage; the truth goes on meanwhile.
constexpr absl::Duration kViewRetry = absl::Seconds(1);

// What is said when a damaged view was set aside, here or at the opening.
constexpr char kViewSetAside[] =
    "view.db was damaged; it is kept as view.db.damaged for a look, and built "
    "again from the truth";
// A view that is behind for so long is noted, once in so long.
constexpr absl::Duration kViewLagNoted = absl::Minutes(1);

// Thread-safe once started.
class ViewWorker {
 public:
  struct Options {
    Truth* truth;           // not owned
    View* view;             // not owned
    RosterInForce* roster;  // not owned
    sync::Clock* clock;     // not owned
    Log* log;               // not owned; nullptr: none
    absl::Duration lag_noted = kViewLagNoted;
  };
  explicit ViewWorker(const Options& options) : options_(options) {}
  ~ViewWorker() { Stop(); }

  // Before Start; on the worker's thread, after each commit of the view.
  void Listen(std::function<void()> listener) {
    listeners_.push_back(std::move(listener));
  }
  void Start();
  // Ends the thread: after it no listener is called. What is left to apply
  // waits for the next start.
  void Stop();
  // There is something new in the truth.
  void Notify();
  // Waits until what the truth holds now is in the view. False: it took longer.
  bool WaitUntilCurrent(absl::Duration timeout);
  // Builds the view again from the truth, in one transaction: until it is done
  // readers see the old one, and after an error they go on with it. Waits.
  // UNAVAILABLE_NOW once Stop was called; the storage's errors.
  absl::Status Rebuild();
  // The view may be damaged: looks at it whole, and sets it aside and builds
  // it again if it is. Does not wait.
  void Check();

  // One batch; false when nothing was left to apply. Not while started.
  absl::StatusOr<bool> ApplyBatch();

 private:
  struct Dirty {
    absl::btree_map<sync::DocumentId, int64_t> documents;  // received, ms
    bool ledger = false;
    bool redacted = false;  // words of one are gone for ever
  };
  struct Batch {
    absl::btree_map<sync::AssignmentId, Dirty> dirty;
    std::vector<sync::Cursor> cursors;
  };

  // What the loop's turn is for.
  struct Work {
    uint64_t notified = 0;
    uint64_t rebuild = 0;  // 0: none is wanted
    bool check = false;
  };

  void Loop();
  // False: it is time to end.
  bool WaitForWork(Work* work);
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void AwaitQuiet() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool stopping();
  absl::StatusOr<bool> Step();
  void NoteLag(bool current);
  void DoRebuild(uint64_t number);
  absl::Status BuildAnew();
  bool SetAsideIfDamaged();
  absl::StatusOr<Batch> ReadBatch(TruthReader& truth, ViewReader& view);
  absl::Status Apply(const Batch& batch, TruthReader& truth, ViewWriter& view);
  absl::Status ApplyDocument(const sync::AssignmentId& assignment,
                             const sync::DocumentId& document,
                             int64_t received_ms, Dirty* dirty,
                             TruthReader& truth, ViewWriter& view);
  absl::Status ApplyLedger(const sync::AssignmentId& assignment,
                           ViewWriter& view);

  const Options options_;
  std::vector<std::function<void()>> listeners_;
  sync::Mutex mu_;
  sync::CondVar changed_;
  uint64_t notified_ ABSL_GUARDED_BY(mu_) = 1;
  uint64_t current_at_ ABSL_GUARDED_BY(mu_) = 0;  // notified_ when caught up
  absl::Time notified_last_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
  int readers_waiting_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t rebuilds_wanted_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t rebuilds_done_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Status rebuilt_ ABSL_GUARDED_BY(mu_);  // how the last one ended
  bool check_ ABSL_GUARDED_BY(mu_) = false;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  absl::Time behind_since_ = absl::InfiniteFuture();  // the worker's thread
  std::thread thread_;
};

// Digest of an assignment's view, equal on replicas that hold the same.
absl::StatusOr<std::string> ViewDigestHex(const sync::AssignmentId& assignment,
                                          ViewReader& view);

}  // namespace dateline::server

#endif  // DATELINE_SERVER_VIEW_WORKER_H_

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
#include "server/storage/truth.h"
#include "server/storage/view.h"
#include "server/trust/roster.h"
#include "server/view/rows.h"
#include "sync/base/mutex.h"

namespace dateline::server {

// Positions applied in one transaction of the view: about a second's work.
constexpr size_t kViewBatchRows = 1000;
// After a failure of the view's storage; the truth goes on meanwhile.
constexpr absl::Duration kViewRetry = absl::Seconds(1);

// Thread-safe once started.
class ViewWorker {
 public:
  struct Options {
    Truth* truth;           // not owned
    View* view;             // not owned
    RosterInForce* roster;  // not owned
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
  // Drops the view and builds it again. Waits.
  absl::Status Rebuild();

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

  void Loop();
  void WaitForWork() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<bool> Step();
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
  bool rebuild_ ABSL_GUARDED_BY(mu_) = false;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

// Digest of an assignment's view, equal on replicas that hold the same.
absl::StatusOr<std::string> ViewDigestHex(const sync::AssignmentId& assignment,
                                          ViewReader& view);

}  // namespace dateline::server

#endif  // DATELINE_SERVER_VIEW_WORKER_H_

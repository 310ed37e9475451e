// One Watch stream: what the view holds that this watcher has not seen, in
// order, then again whenever the view moves.
#ifndef DATELINE_SERVER_SERVICES_WATCH_STREAM_H_
#define DATELINE_SERVER_SERVICES_WATCH_STREAM_H_

#include <grpcpp/grpcpp.h>

#include <deque>
#include <functional>
#include <memory>

#include "server/desk/desk.h"
#include "server/services/worker_pool.h"
#include "sync/base/mutex.h"

namespace dateline::server {

// Deletes itself when gRPC is through with it. Thread-safe.
class WatchStream : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  // `look` reads the events after a number, on one of the pool's threads;
  // `gone` is called once, last. Borrows *context and *pool.
  using Look = std::function<absl::StatusOr<std::vector<v1::WatchEvent>>(
      uint64_t after)>;
  struct Start {
    uint64_t after = 0;  // the watcher has seen what came until then
    absl::Duration heartbeat;
  };
  WatchStream(grpc::CallbackServerContext* context, WorkerPool* pool,
              const Start& start, Look look,
              std::function<void(WatchStream*)> gone);

  // There may be something new.
  void Notify();
  // Nothing was sent for long: says that the stream lives.
  void Heartbeat();
  // Ends the stream; once is enough, more do no harm.
  void End(const absl::Status& status);

 private:
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  void Schedule() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void LookNow();
  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void EndLocked(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  grpc::CallbackServerContext* const context_;  // not owned
  WorkerPool* const pool_;                      // not owned
  const absl::Duration heartbeat_;
  const Look look_;
  const std::function<void(WatchStream*)> gone_;

  sync::Mutex mu_;
  uint64_t after_ ABSL_GUARDED_BY(mu_);
  // One round of kWatchRowsPerRound at most, and heartbeats.
  std::deque<grpc::ByteBuffer> outgoing_ ABSL_GUARDED_BY(mu_);
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool looking_ ABSL_GUARDED_BY(mu_) = false;  // a look is queued or runs
  bool look_again_ ABSL_GUARDED_BY(mu_) = false;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  bool done_ ABSL_GUARDED_BY(mu_) = false;  // gRPC let go during a look
  absl::Time last_write_ ABSL_GUARDED_BY(mu_);
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_SERVICES_WATCH_STREAM_H_

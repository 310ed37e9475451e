// What a server does for its sessions: reads and writes of its truth.
#ifndef DATELINE_SYNC_STREAM_SERVER_HOST_H_
#define DATELINE_SYNC_STREAM_SERVER_HOST_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "sync/protocol/server_session.h"

namespace dateline::sync {

// Thread-safe: called for many sessions at once, from the threads of
// SyncStreamService. `done` may be called from any thread, during the call
// too, exactly once; it only queues and returns.
class ServerHost {
 public:
  virtual ~ServerHost() = default;

  // Asked at the start of every session: the epoch and load of now.
  virtual ServerSessionOptions SessionOptions() = 0;
  virtual const SigningKey& key() = 0;
  // A session's own view of the truth, used by one thread at a time.
  virtual std::unique_ptr<ServingLog> NewLog() = 0;

  virtual void Commit(const HealRoster& heal,
                      std::function<void(absl::Status)> done) = 0;
  // Done in the order in which the counters became durable.
  virtual void Commit(
      const CommitCounter& counter,
      std::function<void(absl::StatusOr<CounterCommitted>)> done) = 0;
  // A session ended early; `device` is zero before its Hello passed. `why` is
  // the truth, of which the peer is told ForPeer alone. Quick.
  virtual void SessionFailed(const DeviceId& device, const absl::Status& why) {}

  // A call got no session, for this limit. Quick.
  virtual void TurnedAway(const std::string& limit) {}

  // Judges and stores; done once durable (group commit), for the stores of one
  // session in their order.
  virtual void Commit(StorePushed store,
                      std::function<void(absl::Status)> done) = 0;
  // Nothing more will join what waits: a group need not wait for others.
  virtual void CommitNow() {}
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_STREAM_SERVER_HOST_H_

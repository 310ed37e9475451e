// A session kept open on a thread of its own, with full-jitter retry.
#ifndef DATELINE_CLIENT_CORE_TRANSPORT_SYNC_LOOP_H_
#define DATELINE_CLIENT_CORE_TRANSPORT_SYNC_LOOP_H_

#include <thread>

#include "client-core/engine/client_impl.h"
#include "client-core/transport/door.h"
#include "sync/base/mutex.h"
#include "sync/base/random.h"
#include "sync/protocol/backoff.h"
#include "sync/stream/stream_client.h"

namespace dateline::client {

// When a session may begin after one that came to `result`: at once if it was
// `lent`, that is ended for another process's sake.
absl::Time NextAttempt(const sync::StreamResult& result, bool lent,
                       absl::Time now, sync::Backoff* backoff);

// Thread-safe. Borrows *client, which outlives it.
class SyncLoop {
 public:
  // `seed` is of its jitter: the client's chance is under the client's lock.
  SyncLoop(ClientImpl* client, const LinkHints& hints, uint64_t seed);
  ~SyncLoop();  // ends the session and its thread

  void SetHints(const LinkHints& hints);
  // The device wrote something.
  void Wake() { door_.Wake(); }

 private:
  void RunSessions();
  // Waits until a session may begin; false: the loop is ending.
  bool AwaitTurn();

  ClientImpl& client_;
  sync::SeededRandom random_;  // the sessions' thread
  Door door_;
  sync::Mutex mu_;
  sync::CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  LinkHints hints_ ABSL_GUARDED_BY(mu_);
  absl::Time next_attempt_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
  std::thread sessions_;
};

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_CORE_TRANSPORT_SYNC_LOOP_H_

// A session kept open on a thread of its own, with full-jitter retry, and a
// doorkeeper that lets another process use the store in between (DESIGN 8).
#ifndef DATELINE_CLIENT_CORE_TRANSPORT_SYNC_LOOP_H_
#define DATELINE_CLIENT_CORE_TRANSPORT_SYNC_LOOP_H_

#include <memory>
#include <thread>

#include "client-core/engine/client_impl.h"
#include "sync/base/mutex.h"
#include "sync/protocol/backoff.h"
#include "sync/stream/stream_client.h"

namespace dateline::client {

// Thread-safe. Borrows *client, which outlives it.
class SyncLoop {
 public:
  explicit SyncLoop(ClientImpl* client);
  ~SyncLoop();  // ends the session and both threads

  void SetHints(const LinkHints& hints);
  // The device wrote something.
  void Wake();

 private:
  void RunSessions();
  void KeepDoor();
  // Waits until a session may begin; false: the loop is ending.
  bool AwaitTurn();
  // *for_another: another command wanted the store.
  sync::StreamResult RunSession(bool* for_another);
  void HandOver();
  bool Stopping();

  ClientImpl& client_;
  sync::Mutex mu_;
  sync::CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  bool handing_over_ ABSL_GUARDED_BY(mu_) = false;
  LinkHints hints_ ABSL_GUARDED_BY(mu_);
  absl::Time next_attempt_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
  sync::StreamClient* session_ ABSL_GUARDED_BY(mu_) = nullptr;  // not owned
  std::thread sessions_;
  std::thread door_;
};

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_CORE_TRANSPORT_SYNC_LOOP_H_

// Lets another process use the store while this one syncs: ends the session at
// hand, lets the store go and takes it back when it is free again (DESIGN 8:
// within 100 ms). For one sync and for the loop alike.
#ifndef DATELINE_CLIENT_CORE_TRANSPORT_DOOR_H_
#define DATELINE_CLIENT_CORE_TRANSPORT_DOOR_H_

#include <thread>

#include "client-core/engine/client_impl.h"
#include "sync/base/mutex.h"
#include "sync/stream/stream_client.h"

namespace dateline::client {

// Thread-safe; Run is for one thread at a time. Borrows *client, which
// outlives it. Has a thread of its own.
class Door {
 public:
  explicit Door(ClientImpl* client);
  ~Door();

  // Runs one session; not while the store is lent. *lent: it was ended for
  // another process's sake. Cancelled: for that or by Close, which is no
  // failure; a server that cancels is one: UNAVAILABLE_NOW.
  sync::StreamResult Run(sync::StreamClient* session, bool* lent);
  // Ends the session at hand, and every later one at once.
  void Close();
  // This device wrote something.
  void Wake();

 private:
  void Keep();
  void Lend();
  bool Closed();

  ClientImpl& client_;
  sync::Mutex mu_;
  sync::CondVar changed_;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  bool lending_ ABSL_GUARDED_BY(mu_) = false;
  sync::StreamClient* session_ ABSL_GUARDED_BY(mu_) = nullptr;  // not owned
  std::thread keeper_;
};

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_CORE_TRANSPORT_DOOR_H_

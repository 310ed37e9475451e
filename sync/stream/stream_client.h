// Runs sync sessions from a phone over gRPC with TLS: one connection, one
// bidirectional stream, driven by sync/protocol's ClientSession.
//
//   StreamClient client({.address = "desk:7601", .ca_pem = pin}, &host);
//   const StreamResult result = client.Run();   // blocks
//
// Retrying is the caller's, with Backoff. Run is called by one thread at a
// time; Cancel and Wake from any.
#ifndef DATELINE_SYNC_STREAM_STREAM_CLIENT_H_
#define DATELINE_SYNC_STREAM_STREAM_CLIENT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "sync/base/mutex.h"
#include "sync/stream/client_host.h"

namespace grpc {
class Channel;
}

namespace dateline::sync {

// The name in every server certificate of Dateline: trust is the pinned CA,
// so a server may move to any address.
constexpr char kTlsName[] = "dateline";

struct StreamResult {
  // OK: in step with the server. WRONG_CA: not the server that was pinned.
  // UNAVAILABLE_NOW: cannot be reached, went away, or the deadline passed;
  // retry. Cancelled: Cancel was called. Others: as the server or the host
  // said.
  absl::Status status;
  absl::Duration not_before;  // the server's hint for a retry
  uint64_t sent_changes = 0, received_changes = 0;
  uint64_t sent_bytes = 0, received_bytes = 0;  // of our messages
  uint64_t rejected_runs = 0;  // of ours; the server will never take them
  // From the session's first byte to its last Ack so far; zero: none came.
  absl::Duration push_time;
  int sessions = 0;
  bool caught_up = false;
  bool new_epoch = false;
  bool new_incarnation = false;
};

struct StreamClientOptions {
  std::string address;  // host:port
  std::string ca_pem;   // the pinned CA; the only root that is trusted
  absl::Duration deadline = absl::Seconds(60);  // of Run, all sessions of it
  bool watch = false;  // stay after End, until Cancel or the deadline
  int zstd_level = 3;
  std::string app = "dateline";
  // Called on Run's thread after every message; counters as so far.
  std::function<void(const StreamResult&)> progress;
};

class ClientCall;

class StreamClient {
 public:
  // Borrows *host, which outlives the client.
  StreamClient(StreamClientOptions options, ClientHost* host);

  // Says Hello, and again while the server's answer asks for it; returns when
  // the last session has ended.
  StreamResult Run();
  // Ends Run soon, and every later Run at once.
  void Cancel();
  // Watching: the device wrote something.
  void Wake();

 private:
  // Waits until TLS stands, so that Begin, after which changes may have left,
  // is not called in vain; else says why it does not.
  absl::Status Connect(const std::shared_ptr<grpc::Channel>& channel,
                       absl::Time deadline);
  // One session; how it closed.
  CloseSession RunOnce(const std::shared_ptr<grpc::Channel>& channel,
                       absl::Time deadline, bool bring_roster,
                       StreamResult* result);
  // The call that Cancel and Wake reach; false if cancelled.
  bool Enter(ClientCall* call);

  const StreamClientOptions options_;
  ClientHost* const host_;  // not owned
  Mutex mu_;
  ClientCall* call_ ABSL_GUARDED_BY(mu_) = nullptr;  // not owned
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_STREAM_STREAM_CLIENT_H_

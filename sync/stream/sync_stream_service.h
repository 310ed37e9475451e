// The serving end of SyncService over gRPC: one ServerSession per stream.
// Takes raw bytes, so that bytes that are no message get our own error code.
// gRPC's threads only queue; sessions run on a few threads of its own, each
// session on one at a time, and none waits for the link or for a commit.
#ifndef DATELINE_SYNC_STREAM_SYNC_STREAM_SERVICE_H_
#define DATELINE_SYNC_STREAM_SYNC_STREAM_SERVICE_H_

#include <memory>

#include "absl/time/time.h"
#include "sync/stream/server_host.h"

namespace grpc {
class Service;
class ServerBuilder;
}  // namespace grpc

namespace dateline::sync {

// Thread-safe.
class SyncStreamService {
 public:
  struct Options {
    int threads = 4;
    int sessions_max = kSessionsPerServerMax;
  };
  // Borrows *host, which outlives the service.
  SyncStreamService(const Options& options, ServerHost* host);
  // Drain must have been called, the grpc::Server shut down, and the host have
  // called every `done`.
  ~SyncStreamService();

  // To register with a ServerBuilder; lives as long as this.
  grpc::Service* service();
  // Limits and keepalive that fit the clients; call before BuildAndStart.
  static void Configure(grpc::ServerBuilder* builder);

  // The truth or the roster changed: every session looks for what is new.
  // Quick, from any thread.
  void NotifyAll();
  // Ends all sessions (UNAVAILABLE_NOW) and refuses new ones; returns when
  // they are gone or `patience` has passed. Then shut the grpc::Server down.
  void Drain(absl::Duration patience);
  int session_count() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_STREAM_SYNC_STREAM_SERVICE_H_

// DeskService over gRPC: authenticates each call, then asks the desk.
#ifndef DATELINE_SERVER_SERVICES_DESK_SERVICE_H_
#define DATELINE_SERVER_SERVICES_DESK_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "server/app/core.h"
#include "server/desk/desk.h"
#include "server/services/worker_pool.h"

namespace dateline::server {

constexpr size_t kWatchersMax = 500;  // editors with a screen open
// So that a proxy in between does not take a quiet stream for a dead one.
constexpr absl::Duration kHeartbeat = absl::Seconds(15);

// Thread-safe.
class DeskService {
 public:
  struct Options {
    Desk* desk = nullptr;  // none is owned
    Core* core = nullptr;  // its roster, log and view
    WorkerPool* pool = nullptr;
    size_t watchers_max = kWatchersMax;
    absl::Duration heartbeat = kHeartbeat;
  };
  explicit DeskService(const Options& options);
  ~DeskService();

  grpc::Service* service();
  // The view has moved: watchers look. Quick, from any thread.
  void NotifyWatchers();
  // Ends the streams with UNAVAILABLE_NOW; no more begin.
  void Drain();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_SERVICES_DESK_SERVICE_H_

// Threads for calls that wait: storage, a group commit. gRPC's own threads
// must not.
#ifndef DATELINE_SERVER_SERVICES_WORKER_POOL_H_
#define DATELINE_SERVER_SERVICES_WORKER_POOL_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "server/log/log.h"
#include "sync/base/mutex.h"

namespace dateline::server {

constexpr int kCallThreads = 8;            // each waits for the disk at times
constexpr size_t kCallsWaitingMax = 1000;  // past it callers are turned away

// Thread-safe. Runs what was accepted before it is destroyed.
class WorkerPool {
 public:
  struct Options {
    int threads = kCallThreads;
    size_t calls_max = kCallsWaitingMax;
    Log* log = nullptr;  // not owned; nullptr: none
  };
  explicit WorkerPool(const Options& options);
  ~WorkerPool();
  // False: too many wait; `call` will not run.
  [[nodiscard]] bool Run(std::function<void()> call);

 private:
  void Loop();

  const Options options_;
  sync::Mutex mu_;
  sync::CondVar wake_;
  std::deque<std::function<void()>> calls_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_SERVICES_WORKER_POOL_H_

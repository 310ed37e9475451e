// A few threads that run short pieces of work, first come first served.
#ifndef DATELINE_SYNC_STREAM_WORK_THREADS_H_
#define DATELINE_SYNC_STREAM_WORK_THREADS_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "sync/base/mutex.h"

namespace dateline::sync {

// Thread-safe.
class WorkThreads {
 public:
  explicit WorkThreads(int threads);
  // Runs what is queued, then joins.
  ~WorkThreads();

  void Add(std::function<void()> work);

 private:
  void Run();

  Mutex mu_;
  CondVar changed_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_STREAM_WORK_THREADS_H_

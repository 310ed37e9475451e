#include "server/services/worker_pool.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace dateline::server {

WorkerPool::WorkerPool(const Options& options) : options_(options) {
  for (int i = 0; i < options.threads; ++i) {
    threads_.emplace_back([this] { Loop(); });
  }
}

WorkerPool::~WorkerPool() {
  {
    const sync::MutexLock lock(&mu_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  for (std::thread& thread : threads_) thread.join();
}

bool WorkerPool::Run(std::function<void()> call) {
  const sync::MutexLock lock(&mu_);
  if (stopping_) return false;
  if (calls_.size() >= options_.calls_max) {
    LogNote(options_.log, Severity::kWarning, "call.turned_away",
            absl::StrCat("kCallsWaitingMax=", options_.calls_max));
    return false;
  }
  calls_.push_back(std::move(call));
  wake_.NotifyOne();
  return true;
}

void WorkerPool::Loop() {
  while (true) {
    std::function<void()> call;
    {
      const sync::MutexLock lock(&mu_);
      while (calls_.empty() && !stopping_) wake_.Wait(&mu_);
      if (calls_.empty()) return;
      call = std::move(calls_.front());
      calls_.pop_front();
    }
    call();
  }
}

}  // namespace dateline::server

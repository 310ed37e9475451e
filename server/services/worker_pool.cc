#include "server/services/worker_pool.h"

#include <utility>

namespace dateline::server {

WorkerPool::WorkerPool(int threads) {
  for (int i = 0; i < threads; ++i) {
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
  if (stopping_ || calls_.size() >= kCallsWaitingMax) return false;
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

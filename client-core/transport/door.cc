#include "client-core/transport/door.h"

#include <utility>

#include "absl/time/clock.h"
#include "sync/base/errors.h"

namespace dateline::client {
namespace {

// Another command is let in within 100 ms: it looks this often, and a session
// ends in a few ms more.
constexpr absl::Duration kDoorInterval = absl::Milliseconds(20);
// A waiter that is gone has left its mark behind.
constexpr absl::Duration kWaiterPatience = absl::Milliseconds(200);
// Longer than most commands; after it calls say STORE_IN_USE until it is free.
constexpr absl::Duration kReturnPatience = absl::Seconds(30);
// How soon one who waits for his store sees that he is to end.
constexpr absl::Duration kReturnInterval = absl::Milliseconds(50);

}  // namespace

Door::Door(ClientImpl* client) : client_(*client) {
  keeper_ = std::thread([this] { Keep(); });
}

Door::~Door() {
  Close();
  keeper_.join();
}

void Door::Close() {
  sync::MutexLock lock(&mu_);
  closed_ = true;
  if (session_ != nullptr) session_->Cancel();
  changed_.NotifyAll();
}

void Door::Wake() {
  sync::MutexLock lock(&mu_);
  if (session_ != nullptr) session_->Wake();
}

bool Door::Closed() {
  sync::MutexLock lock(&mu_);
  return closed_;
}

sync::StreamResult Door::Run(sync::StreamClient* session, bool* lent) {
  {
    sync::MutexLock lock(&mu_);
    while (lending_ && !closed_) changed_.Wait(&mu_);
    session_ = session;
    if (closed_) session->Cancel();
  }
  sync::StreamResult result = session->Run();
  sync::MutexLock lock(&mu_);
  session_ = nullptr;
  changed_.NotifyAll();
  *lent = false;
  if (!absl::IsCancelled(result.status)) return result;
  *lent = lending_;
  if (!lending_ && !closed_) {
    result.status = sync::MakeError(
        v1::UNAVAILABLE_NOW, "the server ended the session", {.retry = true});
  }
  return result;
}

void Door::Keep() {
  const std::string& directory = client_.options_.directory;
  while (true) {
    {
      sync::MutexLock lock(&mu_);
      if (closed_) return;
      changed_.WaitFor(&mu_, kDoorInterval);
      if (closed_) return;
      if (!Store::IsWanted(directory)) continue;
      lending_ = true;
      if (session_ != nullptr) session_->Cancel();
      while (session_ != nullptr && !closed_) changed_.Wait(&mu_);
      if (closed_) return;
    }
    Lend();
    sync::MutexLock lock(&mu_);
    lending_ = false;
    changed_.NotifyAll();
  }
}

void Door::Lend() {
  const std::string& directory = client_.options_.directory;
  // Calls of this process wait meanwhile: they must not take the lock back.
  sync::MutexLock lock(&client_.mu_);
  client_.store_.reset();
  const absl::Time until = absl::Now() + kWaiterPatience;
  while (Store::IsWanted(directory) && absl::Now() < until) {
    absl::SleepFor(absl::Milliseconds(2));
  }
  Store::ForgetWanted(directory);
  const absl::Time patience = absl::Now() + kReturnPatience;
  while (!Closed() && absl::Now() < patience) {
    auto store = Store::Open(directory, kReturnInterval, /*ask=*/false);
    if (store.ok()) {
      client_.store_ = *std::move(store);
      return;
    }
    // Anything else is told by the next call, which opens it again.
    if (sync::ReasonOf(store.status()) != v1::STORE_IN_USE) return;
  }
}

}  // namespace dateline::client

#include "client-core/transport/sync_loop.h"

#include <utility>

#include "absl/time/clock.h"
#include "client-core/transport/sync_host.h"
#include "sync/base/check.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/stream/steady.h"

namespace dateline::client {
namespace {

// Another command is let in within 100 ms: it looks this often, and a session
// ends in a few ms more.
constexpr absl::Duration kDoorInterval = absl::Milliseconds(20);
// A waiter that is gone has left its mark behind.
constexpr absl::Duration kWaiterPatience = absl::Milliseconds(200);
// Longer than most commands; after it calls say STORE_IN_USE until it is free.
constexpr absl::Duration kReturnPatience = absl::Seconds(30);
// How soon a loop that waits for its store sees that it is to end.
constexpr absl::Duration kReturnInterval = absl::Milliseconds(50);

}  // namespace

SyncLoop::SyncLoop(ClientImpl* client) : client_(*client) {
  sessions_ = std::thread([this] { RunSessions(); });
  door_ = std::thread([this] { KeepDoor(); });
}

SyncLoop::~SyncLoop() {
  {
    sync::MutexLock lock(&mu_);
    stopping_ = true;
    if (session_ != nullptr) session_->Cancel();
    changed_.NotifyAll();
  }
  sessions_.join();
  door_.join();
}

void SyncLoop::SetHints(const LinkHints& hints) {
  sync::MutexLock lock(&mu_);
  // A link that opens is worth an attempt at once.
  if (hints.reachable && !hints_.reachable) {
    next_attempt_ = absl::InfinitePast();
  }
  hints_ = hints;
  changed_.NotifyAll();
}

void SyncLoop::Wake() {
  sync::MutexLock lock(&mu_);
  if (session_ != nullptr) session_->Wake();
}

bool SyncLoop::AwaitTurn() {
  sync::MutexLock lock(&mu_);
  while (!stopping_) {
    const absl::Duration wait = next_attempt_ - sync::SteadyNow();
    if (handing_over_ || !hints_.reachable) {
      changed_.Wait(&mu_);
    } else if (wait > absl::ZeroDuration()) {
      changed_.WaitFor(&mu_, wait);
    } else {
      return true;
    }
  }
  return false;
}

sync::StreamResult SyncLoop::RunSession(bool* for_another) {
  sync::StreamResult result;
  auto dialled = client_.Dial({.deadline = absl::InfiniteDuration()},
                              /*watch=*/true);
  if (!dialled.ok()) {
    result.status = dialled.status();
    return result;
  }
  sync::StreamClient& stream = *dialled->stream;
  {
    sync::MutexLock lock(&mu_);
    session_ = &stream;
    if (stopping_ || handing_over_) stream.Cancel();
  }
  result = stream.Run();
  sync::MutexLock lock(&mu_);
  session_ = nullptr;
  *for_another = handing_over_;
  changed_.NotifyAll();
  return result;
}

void SyncLoop::RunSessions() {
  auto backoff = sync::Backoff::Create({}, &client_.random_);
  DATELINE_CHECK(backoff.ok());
  while (AwaitTurn()) {
    bool for_another = false;
    const sync::StreamResult result = RunSession(&for_another);
    client_.FinishSync(result).IgnoreError();  // the next session says it again
    if (result.caught_up) backoff->OnEndedWell();
    sync::MutexLock lock(&mu_);
    const absl::Time now = sync::SteadyNow();
    // Ended for another command's sake: go on when it has finished. A server
    // that cancels is one that failed.
    next_attempt_ = for_another && absl::IsCancelled(result.status)
                        ? now
                        : backoff->OnFailure(now, result.not_before);
  }
}

void SyncLoop::KeepDoor() {
  const std::string& directory = client_.options_.directory;
  while (true) {
    {
      sync::MutexLock lock(&mu_);
      if (stopping_) return;
      changed_.WaitFor(&mu_, kDoorInterval);
      if (stopping_) return;
      if (!Store::IsWanted(directory)) continue;
      handing_over_ = true;
      if (session_ != nullptr) session_->Cancel();
      while (session_ != nullptr && !stopping_) changed_.Wait(&mu_);
      if (stopping_) return;
    }
    HandOver();
    sync::MutexLock lock(&mu_);
    handing_over_ = false;
    changed_.NotifyAll();
  }
}

void SyncLoop::HandOver() {
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
  while (!Stopping() && absl::Now() < patience) {
    auto store = Store::Open(directory, kReturnInterval, /*ask=*/false);
    if (store.ok()) {
      client_.store_ = *std::move(store);
      return;
    }
    // Anything else is told by the next call, which opens it again.
    if (sync::ReasonOf(store.status()) != v1::STORE_IN_USE) return;
  }
}

bool SyncLoop::Stopping() {
  sync::MutexLock lock(&mu_);
  return stopping_;
}

}  // namespace dateline::client

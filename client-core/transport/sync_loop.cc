#include "client-core/transport/sync_loop.h"

#include "sync/base/check.h"
#include "sync/stream/steady.h"

namespace dateline::client {

absl::Time NextAttempt(const sync::StreamResult& result, bool lent,
                       absl::Time now, sync::Backoff* backoff) {
  if (result.caught_up) backoff->OnEndedWell();
  return lent ? now : backoff->OnFailure(now, result.not_before);
}

SyncLoop::SyncLoop(ClientImpl* client, const LinkHints& hints, uint64_t seed)
    : client_(*client), random_(seed), door_(client), hints_(hints) {
  sessions_ = std::thread([this] { RunSessions(); });
}

SyncLoop::~SyncLoop() {
  {
    sync::MutexLock lock(&mu_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  door_.Close();
  sessions_.join();
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

bool SyncLoop::AwaitTurn() {
  sync::MutexLock lock(&mu_);
  while (!stopping_) {
    const absl::Duration wait = next_attempt_ - sync::SteadyNow();
    if (!hints_.reachable) {
      changed_.Wait(&mu_);
    } else if (wait > absl::ZeroDuration()) {
      changed_.WaitFor(&mu_, wait);
    } else {
      return true;
    }
  }
  return false;
}

void SyncLoop::RunSessions() {
  auto backoff = sync::Backoff::Create({}, &random_);
  DATELINE_CHECK(backoff.ok());
  while (AwaitTurn()) {
    bool lent = false;
    const sync::StreamResult result = client_.RunWatch(&door_, &lent);
    sync::MutexLock lock(&mu_);
    next_attempt_ = NextAttempt(result, lent, sync::SteadyNow(), &*backoff);
  }
}

}  // namespace dateline::client

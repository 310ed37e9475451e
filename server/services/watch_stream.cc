#include "server/services/watch_stream.h"

#include <utility>

#include "absl/time/clock.h"
#include "server/services/raw_call.h"
#include "sync/base/errors.h"

namespace dateline::server {

WatchStream::WatchStream(grpc::CallbackServerContext* context, WorkerPool* pool,
                         const Start& start, Look look,
                         std::function<void(WatchStream*)> gone)
    : context_(context),
      pool_(pool),
      heartbeat_(start.heartbeat),
      look_(std::move(look)),
      gone_(std::move(gone)),
      after_(start.after),
      last_write_(absl::Now()) {}

void WatchStream::Notify() {
  const sync::MutexLock lock(&mu_);
  look_again_ = true;
  Schedule();
}

// One look at a time, and none while the last one's rows are on their way.
void WatchStream::Schedule() {
  if (!look_again_ || looking_ || ended_ || writing_) return;
  look_again_ = false;
  looking_ = true;
  if (pool_->Run([this] { LookNow(); })) return;
  looking_ = false;  // the pool is full or ending: the next notice tries again
  look_again_ = true;
}

void WatchStream::LookNow() {
  uint64_t after = 0;
  {
    const sync::MutexLock lock(&mu_);
    after = after_;
  }
  const auto events = look_(after);
  bool last = false;
  {
    const sync::MutexLock lock(&mu_);
    looking_ = false;
    last = done_;
    if (!events.ok()) {
      EndLocked(events.status());
    } else if (!ended_) {
      for (const v1::WatchEvent& event : *events) {
        outgoing_.push_back(BufferOf(event.SerializeAsString()));
        after_ = event.position();
      }
      if (events->size() >= kWatchRowsPerRound) look_again_ = true;
      if (!writing_) WriteNext();
      Schedule();
    }
  }
  if (last) delete this;
}

void WatchStream::WriteNext() {
  if (outgoing_.empty() || ended_) return;
  writing_ = true;
  last_write_ = absl::Now();
  StartWrite(&outgoing_.front());
}

void WatchStream::Heartbeat() {
  const sync::MutexLock lock(&mu_);
  if (writing_ || ended_ || absl::Now() - last_write_ < heartbeat_) return;
  v1::WatchEvent event;
  event.set_position(after_);
  event.set_heartbeat(true);
  outgoing_.push_back(BufferOf(event.SerializeAsString()));
  WriteNext();
}

void WatchStream::OnWriteDone(bool ok) {
  const sync::MutexLock lock(&mu_);
  writing_ = false;
  outgoing_.pop_front();
  if (!ok) {
    EndLocked(absl::CancelledError("the watcher is gone"));
    return;
  }
  WriteNext();
  Schedule();
}

void WatchStream::End(const absl::Status& status) {
  const sync::MutexLock lock(&mu_);
  EndLocked(status);
}

void WatchStream::EndLocked(const absl::Status& status) {
  if (std::exchange(ended_, true)) return;
  Finish(ToGrpc(status, context_));
}

void WatchStream::OnCancel() { End(absl::CancelledError("cancelled")); }

void WatchStream::OnDone() {
  gone_(this);
  bool last = false;
  {
    const sync::MutexLock lock(&mu_);
    done_ = true;
    last = !looking_;
  }
  if (last) delete this;
}

}  // namespace dateline::server

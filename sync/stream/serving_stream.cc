#include "sync/stream/serving_stream.h"

#include <utility>
#include <variant>

#include "sync/base/errors.h"
#include "sync/stream/raw_bytes.h"
#include "sync/stream/steady.h"
#include "sync/wire/messages.h"

namespace dateline::sync {
namespace {

// A write that hangs on a dead link is given up after this.
constexpr absl::Duration kCloseGrace = absl::Seconds(5);

}  // namespace

ServingStream::ServingStream(grpc::CallbackServerContext* context,
                             ServerHost* host, WorkThreads* threads,
                             Registry registry)
    : context_(context),
      host_(host),
      threads_(threads),
      registry_(std::move(registry)),
      log_(host->NewLog()),
      session_(host->SessionOptions(), log_.get(), &host->key()) {}

void ServingStream::Start() {
  Post([this] { Do(session_.OnStart(SteadyNow())); });
}

// --- any thread ------------------------------------------------------------

void ServingStream::Post(Event event) {
  {
    MutexLock lock(&mu_);
    events_.push_back(std::move(event));
    if (scheduled_) return;
    scheduled_ = true;
  }
  threads_->Add([self = shared_from_this()] { self->RunEvents(); });
}

void ServingStream::RunEvents() {
  while (true) {
    Event event;
    {
      MutexLock lock(&mu_);
      if (events_.empty()) {
        scheduled_ = false;
        return;
      }
      event = std::move(events_.front());
      events_.pop_front();
    }
    event();
    MaybeWrite();
    MaybeRead();
    MaybeFinish();
  }
}

void ServingStream::Notify() {
  {
    MutexLock lock(&mu_);
    if (std::exchange(notified_, true)) return;
  }
  Post([this] {
    {
      MutexLock lock(&mu_);
      notified_ = false;
    }
    Do(session_.OnLocalChanges(SteadyNow()));
  });
}

void ServingStream::Tick() {
  {
    MutexLock lock(&mu_);
    if (std::exchange(ticked_, true)) return;
  }
  Post([this] {
    {
      MutexLock lock(&mu_);
      ticked_ = false;
    }
    Do(session_.OnTick(SteadyNow()));
    if (closing_ && !finished_ && SteadyNow() - closing_since_ > kCloseGrace) {
      context_->TryCancel();
    }
  });
}

void ServingStream::Fence() {
  Post([this] { Do(session_.Fence()); });
}

void ServingStream::Drain() {
  Post([this] { Do(session_.Drain()); });
}

void ServingStream::OnReadDone(bool ok) {
  Post([this, ok] {
    reading_ = false;
    if (ok) {
      Message(ToBytes(incoming_));
    } else {
      no_more_to_read_ = true;
      Do(session_.OnClientDone(SteadyNow()));
    }
  });
}

void ServingStream::OnWriteDone(bool ok) {
  Post([this, ok] {
    writing_ = false;
    outgoing_.pop_front();
    if (!ok) {
      link_lost_ = true;
    } else {
      Do(session_.OnSent(SteadyNow()));
    }
  });
}

void ServingStream::OnCancel() {
  Post([this] { link_lost_ = true; });
}

// Work of this stream may still be queued, and holds a reference.
void ServingStream::OnDone() { registry_.gone(this); }

// --- in its turn -----------------------------------------------------------

void ServingStream::Message(const std::string& bytes) {
  const auto message = ParseClientMessage(bytes);
  Do(message.ok() ? session_.OnMessage(*message, SteadyNow())
                  : session_.OnBadMessage(message.status(), SteadyNow()));
}

void ServingStream::Do(ServerActions actions) {
  for (ServerAction& action : actions) {
    std::visit([this](auto& one) { Carry(one); }, action);
  }
}

void ServingStream::Carry(const SendMessage<v1::ServerMessage>& send) {
  outgoing_.push_back(ToBuffer(send.message));
}

void ServingStream::Carry(const HealRoster& heal) {
  const auto done = [self = shared_from_this(),
                     token = heal.token](const absl::Status& status) {
    self->Post([self = self.get(), token, status] {
      self->Do(self->session_.OnRosterHealed(token, status, SteadyNow()));
    });
  };
  host_->Commit(heal, done);
}

void ServingStream::Carry(const CommitCounter& commit) {
  const auto done = [self = shared_from_this(),
                     commit](absl::StatusOr<CounterCommitted> result) {
    // Here and not in this stream's turn: commits come in the order of their
    // counters, turns do not, and an older session must not end a newer.
    if (result.ok() && result->committed) {
      self->registry_.admitted(self.get(), commit.device);
    }
    self->Post([self = self.get(), token = commit.token,
                result = std::move(result)] {
      self->Do(self->session_.OnCounterCommitted(token, result, SteadyNow()));
    });
  };
  host_->Commit(commit, done);
}

void ServingStream::Carry(StorePushed& store) {
  const Token token = store.token;
  const auto done = [self = shared_from_this(), token](absl::Status status) {
    self->Post([self = self.get(), token, status = std::move(status)] {
      self->Do(self->session_.OnStored(token, status, SteadyNow()));
    });
  };
  host_->Commit(std::move(store), done);
}

void ServingStream::Carry(const CloseSession& close) {
  closing_ = ForPeer(close.status);
  if (!close.status.ok()) host_->SessionFailed(session_.device(), close.status);
  closing_since_ = SteadyNow();
  // What is queued behind an error helps nobody; one write may be under way.
  if (!close.status.ok() && outgoing_.size() > (writing_ ? 1 : 0)) {
    outgoing_.resize(writing_ ? 1 : 0);
  }
}

void ServingStream::MaybeWrite() {
  if (writing_ || outgoing_.empty() || link_lost_ || finished_) return;
  writing_ = true;
  StartWrite(&outgoing_.front());
}

void ServingStream::MaybeRead() {
  if (reading_ || no_more_to_read_ || link_lost_ || closing_ || finished_ ||
      !session_.may_read()) {
    return;
  }
  reading_ = true;
  StartRead(&incoming_);
}

void ServingStream::MaybeFinish() {
  if (finished_ || writing_) return;
  if (link_lost_) {
    finished_ = true;
    Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the link is gone"));
    return;
  }
  if (!closing_ || !outgoing_.empty()) return;
  finished_ = true;
  if (!closing_->ok()) {
    context_->AddTrailingMetadata(kErrorMetadata,
                                  ErrorOf(*closing_).SerializeAsString());
  }
  Finish(ToGrpc(*closing_));
}

}  // namespace dateline::sync

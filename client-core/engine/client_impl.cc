#include "client-core/engine/client_impl.h"

#include <utility>

#include "client-core/transport/sync_loop.h"
#include "sync/base/status_macros.h"

namespace dateline::client {
absl::StatusOr<std::unique_ptr<Client>> Client::Open(Options options) {
  DATELINE_ASSIGN_OR_RETURN(auto store,
                            Store::Open(options.directory, options.lock_wait));
  auto client =
      std::make_unique<ClientImpl>(std::move(options), std::move(store));
  DATELINE_RETURN_IF_ERROR(client->Start());
  return client;
}

ClientImpl::ClientImpl(Options options, std::unique_ptr<Store> store)
    : options_(std::move(options)),
      clock_(options_.clock == nullptr ? os_clock_ : *options_.clock),
      random_(options_.random == nullptr ? os_random_ : *options_.random),
      store_(std::move(store)) {}

ClientImpl::~ClientImpl() { StopLoop(); }

absl::Status ClientImpl::Start() {
  sync::MutexLock lock(&mu_);
  if (!store_->self()) return absl::OkStatus();
  std::vector<Event> ignored;  // nobody polls yet
  return store_->Transact([&]() -> absl::Status {
    mu_.AssertHeld();
    return Materializer(store_.get()).CatchUp(&ignored);
  });
}

absl::Status ClientImpl::EnsureStore() {
  if (store_ != nullptr) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(
      store_, Store::Open(options_.directory, options_.lock_wait));
  return absl::OkStatus();
}

void ClientImpl::Announce(std::vector<Event> events) {
  if (events.empty()) return;
  std::function<void()> wake;
  {
    sync::MutexLock lock(&events_mu_);
    for (Event& event : events) events_.push_back(std::move(event));
    if (events_.size() > options_.events_max) {
      events_ = {{Event::Kind::kDocument, DocumentId(), AssignmentId()}};
    }
    wake = wake_;
  }
  if (wake) wake();
}

void ClientImpl::AnnounceOwn(std::vector<Event> events) {
  if (events.empty()) return;
  Announce(std::move(events));
  WakeLoop();
}

void ClientImpl::SetWake(std::function<void()> wake) {
  sync::MutexLock lock(&events_mu_);
  wake_ = std::move(wake);
}

std::vector<Event> ClientImpl::Poll() {
  sync::MutexLock lock(&events_mu_);
  return std::exchange(events_, {});
}

}  // namespace dateline::client

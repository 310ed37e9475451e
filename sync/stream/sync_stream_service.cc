#include "sync/stream/sync_stream_service.h"

#include <grpcpp/grpcpp.h>

#include <thread>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "dateline/v1/session.grpc.pb.h"
#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/mutex.h"
#include "sync/stream/raw_bytes.h"
#include "sync/stream/serving_stream.h"
#include "sync/stream/work_threads.h"

namespace dateline::sync {
namespace {

constexpr absl::Duration kTick = absl::Seconds(1);
// Twice the limit, so that one message over it gets our own answer; what is
// larger still gets gRPC's.
constexpr int kReceiveBytesMax = 2 * kMessageBytesMax;
constexpr int kKeepaliveMs = 30000;
constexpr int kKeepaliveTimeoutMs = 15000;
constexpr int kPingIntervalMinMs = 10000;

using RawService =
    v1::SyncService::WithRawCallbackMethod_Session<v1::SyncService::Service>;
using Reactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

// Answers a call that gets no session.
class Refusal : public Reactor {
 public:
  Refusal(grpc::CallbackServerContext* context, const absl::Status& why) {
    context->AddTrailingMetadata(kErrorMetadata,
                                 ErrorOf(why).SerializeAsString());
    Finish(ToGrpc(why));
  }
  void OnDone() override { delete this; }
};

}  // namespace

class SyncStreamService::Impl : public RawService {
 public:
  Impl(const Options& options, ServerHost* host)
      : options_(options),
        host_(host),
        threads_(options.threads),
        ticker_([this] { TickUntilStopped(); }) {}

  ~Impl() override {
    {
      MutexLock lock(&mu_);
      stopping_ = true;
      changed_.NotifyAll();
    }
    ticker_.join();
  }

  Reactor* Session(grpc::CallbackServerContext* context) override {
    std::shared_ptr<ServingStream> stream;
    {
      MutexLock lock(&mu_);
      if (draining_ || streams_.size() >= options_.sessions_max) {
        return Refuse(context);
      }
      ++opening_;
    }
    stream = std::make_shared<ServingStream>(
        context, host_, &threads_,
        ServingStream::Registry{
            .admitted = [this](
                            ServingStream* self,
                            const DeviceId& device) { Admitted(self, device); },
            .gone = [this](ServingStream* self) { Gone(self); }});
    bool draining = false;
    {
      MutexLock lock(&mu_);
      --opening_;
      streams_[stream.get()] = stream;
      draining = draining_;
    }
    stream->Start();
    if (draining) stream->Drain();
    return stream.get();
  }

  void NotifyAll() {
    for (const auto& stream : Streams()) stream->Notify();
  }

  void Drain(absl::Duration patience) {
    {
      MutexLock lock(&mu_);
      draining_ = true;
    }
    for (const auto& stream : Streams()) stream->Drain();
    const absl::Time until = absl::Now() + patience;
    MutexLock lock(&mu_);
    while (!streams_.empty() || opening_ > 0) {
      const absl::Duration left = until - absl::Now();
      if (left <= absl::ZeroDuration()) return;
      changed_.WaitFor(&mu_, left);
    }
  }

  int session_count() const {
    MutexLock lock(&mu_);
    return streams_.size();
  }

 private:
  Reactor* Refuse(grpc::CallbackServerContext* context)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    const std::string limit =
        absl::StrCat("kSessionsPerServerMax=", options_.sessions_max);
    if (!draining_) host_->TurnedAway(limit);
    const absl::Status why =
        MakeError(v1::UNAVAILABLE_NOW,
                  draining_ ? "the server is going down; call again"
                            : "the server has too many sessions",
                  {.limit = draining_ ? "" : limit, .retry = true});
    return new Refusal(context, why);
  }

  std::vector<std::shared_ptr<ServingStream>> Streams() {
    std::vector<std::shared_ptr<ServingStream>> out;
    MutexLock lock(&mu_);
    for (const auto& [key, stream] : streams_) out.push_back(stream);
    return out;
  }

  void Admitted(ServingStream* self, const DeviceId& device) {
    std::shared_ptr<ServingStream> older;
    {
      MutexLock lock(&mu_);
      const auto current = by_device_.find(device);
      if (current != by_device_.end()) older = streams_.at(current->second);
      // A link that was lost meanwhile leaves nothing behind to end.
      if (streams_.contains(self)) {
        by_device_[device] = self;
      } else if (current != by_device_.end()) {
        by_device_.erase(current);
      }
    }
    if (older) older->Fence();
  }

  void Gone(ServingStream* self) {
    // Dies outside of the lock, here or with its last event.
    std::shared_ptr<ServingStream> last;
    MutexLock lock(&mu_);
    const auto at = streams_.find(self);
    last = std::move(at->second);
    streams_.erase(at);
    for (auto it = by_device_.begin(); it != by_device_.end();) {
      it = it->second == self ? by_device_.erase(it) : std::next(it);
    }
    changed_.NotifyAll();
  }

  void TickUntilStopped() {
    MutexLock lock(&mu_);
    while (!stopping_) {
      changed_.WaitFor(&mu_, kTick);
      mu_.Unlock();
      for (const auto& stream : Streams()) stream->Tick();
      mu_.Lock();
    }
  }

  const Options options_;
  ServerHost* const host_;  // not owned
  mutable Mutex mu_;
  CondVar changed_;
  absl::btree_map<ServingStream*, std::shared_ptr<ServingStream>> streams_
      ABSL_GUARDED_BY(mu_);
  absl::btree_map<DeviceId, ServingStream*> by_device_ ABSL_GUARDED_BY(mu_);
  int opening_ ABSL_GUARDED_BY(mu_) = 0;
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  WorkThreads threads_;
  std::thread ticker_;
};

SyncStreamService::SyncStreamService(const Options& options, ServerHost* host)
    : impl_(std::make_unique<Impl>(options, host)) {}
SyncStreamService::~SyncStreamService() = default;

grpc::Service* SyncStreamService::service() { return impl_.get(); }

void SyncStreamService::Configure(grpc::ServerBuilder* builder) {
  builder->SetMaxReceiveMessageSize(kReceiveBytesMax);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                              kKeepaliveTimeoutMs);
  builder->AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
      kPingIntervalMinMs);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
}

void SyncStreamService::NotifyAll() { impl_->NotifyAll(); }
void SyncStreamService::Drain(absl::Duration patience) {
  impl_->Drain(patience);
}
int SyncStreamService::session_count() const { return impl_->session_count(); }

}  // namespace dateline::sync

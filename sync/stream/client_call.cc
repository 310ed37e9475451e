#include "sync/stream/client_call.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/security/credentials.h>

#include <utility>

#include "sync/base/limits.h"
#include "sync/stream/raw_bytes.h"
#include "sync/stream/steady.h"
#include "sync/stream/stream_client.h"

namespace dateline::sync {
namespace {

constexpr char kMethod[] = "/dateline.v1.SyncService/Session";
// How long the server may take to close its side once all is said.
constexpr absl::Duration kGoodbye = absl::Seconds(2);
// Only while a call is open: tells a watching phone that its radio link died.
constexpr int kKeepaliveMs = 30000;
constexpr int kKeepaliveTimeoutMs = 15000;

}  // namespace

std::shared_ptr<grpc::Channel> Dial(const std::string& address,
                                    const std::string& ca_pem) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = ca_pem;
  grpc::ChannelArguments args;
  args.SetSslTargetNameOverride(kTlsName);
  args.SetMaxReceiveMessageSize(kMessageBytesMax);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  args.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);   // ours is Backoff
  args.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);  // no pings that nobody asked for
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // no shared backoff
  return grpc::CreateCustomChannel(address, grpc::SslCredentials(tls), args);
}

ClientCall::ClientCall(const std::shared_ptr<grpc::Channel>& channel,
                       absl::Time deadline) {
  if (deadline != absl::InfiniteFuture()) {
    context_.set_deadline(
        absl::ToChronoTime(absl::Now() + (deadline - SteadyNow())));
  }
  grpc::GenericStub stub(channel);
  stub.PrepareBidiStreamingCall(&context_, kMethod, {}, this);
  // Operations begin outside of callbacks; OnDone waits for RemoveHold.
  AddHold();
  StartCall();
  Read();
}

absl::Status ClientCall::Close(bool gently) {
  if (!gently) context_.TryCancel();
  const absl::Time until = SteadyNow() + kGoodbye;
  if (!reading_ && !read_all_) Read();  // only a reader learns of the end
  while (!read_all_) {
    const absl::Duration left = until - SteadyNow();
    if (left <= absl::ZeroDuration()) context_.TryCancel();
    const std::optional<Event> event =
        Next(left > absl::ZeroDuration() ? left : kGoodbye);
    if (event && std::holds_alternative<Message>(*event)) Read();
  }
  RemoveHold();
  MutexLock lock(&mu_);
  while (!done_) arrived_.Wait(&mu_);
  return *done_;
}

std::optional<ClientCall::Event> ClientCall::Next(absl::Duration patience) {
  MutexLock lock(&mu_);
  const absl::Time until = SteadyNow() + patience;
  while (events_.empty()) {
    const absl::Duration left = until - SteadyNow();
    if (left <= absl::ZeroDuration()) return std::nullopt;
    arrived_.WaitFor(&mu_, left);
  }
  Event event = std::move(events_.front());
  events_.pop_front();
  if (std::holds_alternative<Message>(event)) reading_ = false;
  if (std::holds_alternative<Ended>(event)) read_all_ = true;
  if (std::holds_alternative<Written>(event)) {
    outgoing_.pop_front();
    if (!outgoing_.empty()) StartWrite(&outgoing_.front());
  }
  return event;
}

void ClientCall::Read() {
  reading_ = true;
  StartRead(&incoming_);
}

size_t ClientCall::Write(const v1::ClientMessage& message) {
  outgoing_.push_back(ToBuffer(message));
  const size_t bytes = outgoing_.back().Length();
  if (outgoing_.size() == 1) StartWrite(&outgoing_.front());
  return bytes;
}

void ClientCall::Queue(Event event) {
  MutexLock lock(&mu_);
  if (std::holds_alternative<News>(event) && !events_.empty() &&
      std::holds_alternative<News>(events_.back())) {
    return;
  }
  events_.push_back(std::move(event));
  arrived_.NotifyOne();
}

void ClientCall::OnReadDone(bool ok) {
  Queue(ok ? Event(Message{ToBytes(incoming_)}) : Event(Ended{}));
}

void ClientCall::OnWriteDone(bool ok) {
  if (ok) Queue(Written{});
}

void ClientCall::OnDone(const grpc::Status& status) {
  const auto& trailing = context_.GetServerTrailingMetadata();
  const auto at = trailing.find(kErrorMetadata);
  const std::string error =
      at == trailing.end() ? ""
                           : std::string(at->second.data(), at->second.size());
  MutexLock lock(&mu_);
  done_ = FromGrpc(status, error);
  arrived_.NotifyAll();
}

}  // namespace dateline::sync

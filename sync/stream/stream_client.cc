#include "sync/stream/stream_client.h"

#include <grpcpp/channel.h>

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/stream/client_call.h"
#include "sync/stream/steady.h"
#include "sync/wire/messages.h"

namespace dateline::sync {
namespace {

constexpr absl::Duration kTick = absl::Seconds(1);
// How soon a Cancel is seen while the link is coming up.
constexpr absl::Duration kConnectPatience = absl::Milliseconds(20);

absl::Status Cancelled() {
  return absl::CancelledError("the session was cancelled");
}

// Feeds one session with a call's events and carries out what it asks for.
class Driver {
 public:
  Driver(ClientSession* session, ClientCall* call, ClientHost* host,
         StreamResult* result)
      : session_(session), call_(call), host_(host), result_(result) {}

  // Until the session or the host ends it; nullopt: the link ended before.
  std::optional<CloseSession> Loop(
      const std::function<void(const StreamResult&)>& progress) {
    const StreamResult before = *result_;
    began_ = SteadyNow();
    Do(session_->OnStart(SteadyNow()));
    while (!closed_ && !link_ended_) {
      std::optional<ClientCall::Event> event = call_->Next(kTick);
      if (event) {
        std::visit([this](auto& one) { On(one); }, *event);
      } else {
        Do(session_->OnTick(SteadyNow()));
      }
      result_->sent_changes = before.sent_changes + session_->sent_changes();
      result_->received_changes =
          before.received_changes + session_->received_changes();
      if (progress) progress(*result_);
    }
    return closed_;
  }

 private:
  void On(const ClientCall::Message& message) {
    result_->received_bytes += message.bytes.size();
    const auto parsed = ParseServerMessage(message.bytes);
    if (!parsed.ok()) return Fail(parsed.status());
    if (parsed->has_ack()) result_->push_time = SteadyNow() - began_;
    Do(session_->OnMessage(*parsed, SteadyNow()));
    if (!closed_) call_->Read();
  }
  void On(const ClientCall::Written&) { Do(session_->OnSent(SteadyNow())); }
  // Why is for the call to say, once it is closed.
  void On(const ClientCall::Ended&) { link_ended_ = true; }
  void On(const ClientCall::News&) {
    const auto feeds = host_->Feeds();
    if (!feeds.ok()) return Fail(feeds.status());
    Do(session_->OnLocalChanges(*feeds, SteadyNow()));
  }

  void Do(ClientActions actions) {
    for (ClientAction& action : actions) {
      if (failed_) return;
      std::visit([this](auto& one) { Carry(one); }, action);
    }
  }
  void Carry(const SendMessage<v1::ClientMessage>& send) {
    result_->sent_bytes += call_->Write(send.message);
  }
  void Carry(const StorePulled& store) {
    const absl::Status status = host_->Carry(store);
    if (!session_->closed()) {
      Do(session_->OnStored(store.token, status, SteadyNow()));
    } else if (!status.ok()) {
      Fail(status);
    }
  }
  void Carry(const CloseSession& close) { closed_ = close; }
  template <typename Action>
  void Carry(const Action& action) {
    if constexpr (std::is_same_v<Action, AdoptEpoch>) {
      result_->new_epoch = true;
    } else if constexpr (std::is_same_v<Action, BeginIncarnation>) {
      result_->new_incarnation = true;
    } else if constexpr (std::is_same_v<Action, NoteRejected>) {
      ++result_->rejected_runs;
    } else if constexpr (std::is_same_v<Action, CaughtUp>) {
      result_->caught_up = true;
    }
    if (const absl::Status status = host_->Carry(action); !status.ok()) {
      Fail(status);
    }
  }
  void Fail(const absl::Status& status) {
    failed_ = true;
    closed_ = CloseSession{status};
  }

  ClientSession* const session_;  // not owned
  ClientCall* const call_;        // not owned
  ClientHost* const host_;        // not owned
  StreamResult* const result_;    // not owned
  absl::Time began_;              // before the first byte is written
  std::optional<CloseSession> closed_;
  bool failed_ = false;
  bool link_ended_ = false;
};

}  // namespace

StreamClient::StreamClient(StreamClientOptions options, ClientHost* host)
    : options_(std::move(options)), host_(host) {}

StreamResult StreamClient::Run() {
  StreamResult result;
  const absl::Time deadline = SteadyNow() + options_.deadline;
  const auto channel = Dial(options_.address, options_.ca_pem);
  result.status = Connect(channel, deadline);
  if (!result.status.ok()) return result;
  CloseSession close;
  bool bring_roster = false;
  do {
    close = RunOnce(channel, deadline, bring_roster, &result);
    bring_roster = bring_roster || close.bring_roster;
  } while (close.hello_again && result.sessions <= kHelloAgainMax);
  result.status = close.status;
  result.not_before = close.not_before;
  return result;
}

absl::Status StreamClient::Connect(
    const std::shared_ptr<grpc::Channel>& channel, absl::Time deadline) {
  while (SteadyNow() < deadline) {
    if (!Enter(nullptr)) return Cancelled();
    const grpc_connectivity_state state = channel->GetState(true);
    if (state == GRPC_CHANNEL_READY) return absl::OkStatus();
    if (state == GRPC_CHANNEL_TRANSIENT_FAILURE) break;
    channel->WaitForStateChange(
        state, absl::ToChronoTime(absl::Now() + kConnectPatience));
  }
  // A call on a link that failed says at once why.
  ClientCall call(channel, deadline);
  const absl::Status why = call.Close(/*gently=*/true);
  return why.ok() ? MakeError(v1::UNAVAILABLE_NOW, "the link did not come up",
                              {.retry = true})
                  : why;
}

CloseSession StreamClient::RunOnce(
    const std::shared_ptr<grpc::Channel>& channel, absl::Time deadline,
    bool bring_roster, StreamResult* result) {
  absl::StatusOr<ClientState> state = host_->Begin();
  if (!state.ok()) return {state.status()};
  ++result->sessions;
  ClientSession session(*std::move(state),
                        {.watch = options_.watch,
                         .bring_roster = bring_roster,
                         .zstd_level = options_.zstd_level,
                         .app = options_.app},
                        &host_->log(), &host_->key());
  ClientCall call(channel, deadline);
  std::optional<CloseSession> close = CloseSession{Cancelled()};
  if (Enter(&call)) {
    close = Driver(&session, &call, host_, result).Loop(options_.progress);
  }
  Enter(nullptr);
  const absl::Status end = call.Close(/*gently=*/!close || close->status.ok());
  if (close) return *close;
  return {end.ok() ? MakeError(v1::UNAVAILABLE_NOW,
                               "the server left before the session's end",
                               {.retry = true})
                   : end};
}

bool StreamClient::Enter(ClientCall* call) {
  MutexLock lock(&mu_);
  call_ = call;
  return !cancelled_;
}

void StreamClient::Cancel() {
  MutexLock lock(&mu_);
  cancelled_ = true;
  if (call_ != nullptr) call_->Cancel();
}

void StreamClient::Wake() {
  MutexLock lock(&mu_);
  if (call_ != nullptr) call_->Wake();
}

}  // namespace dateline::sync

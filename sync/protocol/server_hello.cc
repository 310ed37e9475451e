// How a session begins: Hello is checked, the counter committed, and Welcome
// says what is held, or why not.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sync/base/check.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/protocol/handshake.h"
#include "sync/protocol/server_session.h"
#include "sync/wire/messages.h"

namespace dateline::sync {
namespace {

absl::Status Unknown() {
  return MakeError(v1::UNAUTHENTICATED,
                   "this server does not know the device; enrol again",
                   {.field = "hello.device"});
}

absl::Status WentBack() {
  return MakeError(v1::WRONG_EPOCH,
                   "the server was restored; take its new epoch",
                   {.field = "hello.epoch", .retry = true});
}

absl::Status CheckVersions(const v1::HelloBody& hello) {
  if (hello.version_min() <= kProtocolVersionMax &&
      hello.version_max() >= kProtocolVersionMin) {
    return absl::OkStatus();
  }
  return MakeError(
      v1::UNSUPPORTED_VERSION, "no protocol version is common to both sides",
      {.field = "hello.version_min",
       .limit = absl::StrCat(kProtocolVersionMin, "-", kProtocolVersionMax),
       .got = absl::StrCat(hello.version_min(), "-", hello.version_max())});
}

}  // namespace

absl::Status ServerSession::Handle(const v1::Hello& hello, ServerActions* out) {
  hello_signature_ = hello.signature();
  const absl::Status status = CheckHello(hello);
  if (!status.ok()) {
    Refuse(status, 0, out);
    return absl::OkStatus();
  }
  phase_ = Phase::kAdmitting;
  if (lacked_) {
    out->push_back(HealRoster{++last_token_, hello.roster(), *lacked_});
  } else {
    AskForCounter(out);
  }
  return absl::OkStatus();
}

void ServerSession::AskForCounter(ServerActions* out) {
  out->push_back(CommitCounter{++last_token_, device_, hello_.incarnation(),
                               hello_.counter()});
}

// What the device brought, if it is home's own and this server lacks it.
absl::StatusOr<std::optional<v1::Roster>> ServerSession::OpenBrought(
    const v1::Hello& hello) {
  if (!hello.has_roster()) return std::optional<v1::Roster>();
  if (hello.roster().signer() != options_.server.view()) {
    return MakeError(v1::BAD_SIGNATURE,
                     "the roster is not signed by this server",
                     {.field = "hello.roster.signer"});
  }
  DATELINE_ASSIGN_OR_RETURN(v1::Roster roster,
                            OpenRoster(hello.roster(), key_->public_key()));
  if (log_->FollowsRoster(MarkOf(roster))) return std::optional<v1::Roster>();
  return std::optional<v1::Roster>(std::move(roster));
}

absl::Status ServerSession::CheckRoster() {
  v1::RosterMark mark;
  mark.set_epoch(hello_.roster_epoch());
  mark.set_version(hello_.roster_version());
  return log_->FollowsRoster(mark) ? absl::OkStatus() : WentBack();
}

ServerActions ServerSession::OnRosterHealed(Token token,
                                            const absl::Status& result,
                                            absl::Time now) {
  ServerActions out;
  if (closed_) return out;
  DATELINE_CHECK(phase_ == Phase::kAdmitting && token == last_token_);
  progress_.Moved(now);
  if (!result.ok()) {
    Close(result, &out);
  } else if (log_->KeyOf(device_) != device_key_) {
    Refuse(Unknown(), 0, &out);  // what came out does not have it
  } else if (const absl::Status status = CheckRoster(); !status.ok()) {
    Refuse(status, 0, &out);
  } else {
    AskForCounter(&out);
  }
  return out;
}

absl::Status ServerSession::CheckHello(const v1::Hello& hello) {
  DATELINE_ASSIGN_OR_RETURN(hello_, ParseHelloBody(hello.body()));
  DATELINE_RETURN_IF_ERROR(CheckVersions(hello_));
  DATELINE_ASSIGN_OR_RETURN(const DeviceId device,
                            DeviceId::FromBytes(hello_.device()));
  DATELINE_ASSIGN_OR_RETURN(lacked_, OpenBrought(hello));
  device_key_ = log_->KeyOf(device);
  if (!device_key_ && lacked_) device_key_ = KeyIn(*lacked_, device);
  if (!device_key_) return Unknown();
  DATELINE_RETURN_IF_ERROR(VerifyHello(hello, *device_key_));
  device_ = device;
  if (hello_.server() != options_.server.view()) {
    return MakeError(v1::WRONG_CA,
                     "the device enrolled with another server than this",
                     {.field = "hello.server"});
  }
  if (hello_.epoch() != options_.epoch.view()) return WentBack();
  if (!lacked_) DATELINE_RETURN_IF_ERROR(CheckRoster());
  if (options_.turn_away > absl::ZeroDuration()) {
    return MakeError(v1::UNAVAILABLE_NOW, "the server is busy; call later",
                     {.retry = true});
  }
  return absl::OkStatus();
}

ServerActions ServerSession::OnCounterCommitted(
    Token token, const absl::StatusOr<CounterCommitted>& result,
    absl::Time now) {
  ServerActions out;
  if (closed_) return out;
  DATELINE_CHECK(phase_ == Phase::kAdmitting && token == last_token_);
  now_ = now;
  progress_.Moved(now);
  if (!result.ok()) {
    Close(result.status(), &out);
  } else if (!result->committed) {
    Refuse(MakeError(v1::STALE_COUNTER,
                     "the device's store was restored or copied",
                     {.field = "hello.counter",
                      .limit = absl::StrCat("over ", result->last),
                      .got = absl::StrCat(hello_.counter()),
                      .retry = true}),
           result->last, &out);
  } else if (const absl::Status status = OpenSession(&out); !status.ok()) {
    Close(status, &out);
  }
  Pump(&out);
  return out;
}

absl::Status ServerSession::OpenSession(ServerActions* out) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<FeedHead> held,
                            log_->OwnHeads(device_, hello_.incarnation()));
  if (const absl::Status status = CheckOwnHeads(held); !status.ok()) {
    Refuse(status, 0, out);
    return absl::OkStatus();
  }
  phase_ = Phase::kOpen;
  roster_version_ = hello_.roster_version();
  v1::WelcomeBody body;
  body.set_version(std::min(hello_.version_max(), kProtocolVersionMax));
  for (const FeedHead& head : held) *body.add_held() = ToProto(head);
  if (const uint64_t version = log_->RosterVersion();
      version > roster_version_) {
    DATELINE_ASSIGN_OR_RETURN(*body.mutable_roster(), log_->Roster());
    roster_version_ = version;
  }
  DATELINE_RETURN_IF_ERROR(StartServing(&body));
  DATELINE_RETURN_IF_ERROR(log_->Trouble());
  SendWelcome(std::move(body), out);
  return absl::OkStatus();
}

// The device's own feeds must continue what is held of them: whoever holds
// less, or something else, is a restored store or a clone. A branch that
// leaves below its head is told by the client, from Welcome.held.
absl::Status ServerSession::CheckOwnHeads(const std::vector<FeedHead>& held) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<FeedHead> own,
                            FeedHeadsOf(hello_.heads()));
  absl::btree_map<FeedId, FeedHead> theirs;
  for (const FeedHead& head : own) {
    if (head.feed.device != device_ ||
        head.feed.incarnation != hello_.incarnation()) {
      return MakeError(v1::BAD_REQUEST, "Hello names a feed of another writer",
                       {.field = "hello.heads"});
    }
    theirs[head.feed] = head;
    encode_index_.PeerHolds(head.feed, head.seq);
  }
  for (const FeedHead& ours : held) {
    const auto at = theirs.find(ours.feed);
    if (at != theirs.end() &&
        (at->second == ours || at->second.seq > ours.seq)) {
      continue;
    }
    return MakeError(v1::DIVERGED_HEADS,
                     "the server holds more of a feed than its own device",
                     {.field = "hello.heads", .retry = true});
  }
  return absl::OkStatus();
}

void ServerSession::Refuse(const absl::Status& why, uint64_t counter,
                           ServerActions* out) {
  v1::WelcomeBody body;
  *body.mutable_error() = ErrorOf(why);
  body.set_counter(counter);
  body.set_retry_ms(absl::ToInt64Milliseconds(options_.turn_away));
  SendWelcome(std::move(body), out);
  Close(absl::OkStatus(), out);
}

void ServerSession::SendWelcome(v1::WelcomeBody body, ServerActions* out) {
  body.set_server(options_.server.str());
  body.set_epoch(options_.epoch.str());
  body.set_home(options_.home);
  v1::ServerMessage message;
  *message.mutable_welcome() = SignWelcome(body, hello_signature_, *key_);
  Send(std::move(message), out);
}

}  // namespace dateline::sync

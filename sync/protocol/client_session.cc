#include "sync/protocol/client_session.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sync/base/check.h"
#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"
#include "sync/protocol/handshake.h"
#include "sync/wire/messages.h"

namespace dateline::sync {
namespace {

absl::Status OutOfGrammar(absl::string_view sentence, absl::string_view field) {
  return MakeError(v1::BAD_REQUEST, sentence, {.field = std::string(field)});
}

bool AgreesWithNothing(const Cursor& cursor) {
  return cursor.position > 0 && cursor.digest.IsZero();
}

// What may be the trace of a reference that we resolve otherwise than the
// server meant: worth one comparison, in which every hash is sent in full.
bool MayBeUnclear(const DecodedPack::Rejected& rejected) {
  const v1::ErrorReason reason = ReasonOf(rejected.why);
  return reason == v1::BAD_CHAIN || reason == v1::BAD_SIGNATURE;
}

}  // namespace

Cursor Doubtful(Cursor cursor) {
  cursor.position = std::max<uint64_t>(cursor.position, 1);
  cursor.digest = Hash();
  return cursor;
}

ClientSession::ClientSession(ClientState state, ClientSessionOptions options,
                             ChangeLog* log, const SigningKey* key)
    : state_(std::move(state)),
      options_(std::move(options)),
      log_(log),
      key_(key),
      encode_index_(log),
      decode_index_(log),
      roster_version_(state_.roster_mark.version()) {
  for (const Cursor& cursor : state_.cursors) {
    cursors_[{cursor.assignment, cursor.lane}] = cursor;
    if (AgreesWithNothing(cursor)) doubtful_.insert(cursor.assignment);
  }
}

ClientActions ClientSession::OnStart(absl::Time now) {
  ClientActions out;
  now_ = now;
  progress_.Moved(now);
  const absl::Status loaded = LoadPushes(state_.feeds);
  if (!loaded.ok()) {
    Close(loaded, &out);
    return out;
  }
  Send(MakeHello(), &out);
  Pump(&out);
  return out;
}

v1::ClientMessage ClientSession::MakeHello() {
  v1::HelloBody body;
  body.set_version_min(kProtocolVersionMin);
  body.set_version_max(kProtocolVersionMax);
  body.set_server(state_.server.str());
  body.set_epoch(state_.epoch.str());
  body.set_device(state_.device.str());
  body.set_incarnation(state_.incarnation);
  body.set_counter(state_.counter);
  for (const OwnFeed& own : state_.feeds) {
    if (own.head.feed.incarnation != state_.incarnation) continue;
    if (own.head.seq > 0) *body.add_heads() = ToProto(own.head);
  }
  for (const auto& [key, cursor] : cursors_) {
    if (cursor.position > 0) *body.add_cursors() = ToProto(cursor);
  }
  body.set_roster_version(state_.roster_mark.version());
  body.set_roster_epoch(state_.roster_mark.epoch());
  body.set_watch(options_.watch);
  body.set_app(options_.app);
  v1::ClientMessage message;
  *message.mutable_hello() = SignHello(body, *key_);
  if (options_.bring_roster && state_.roster_mark.version() > 0) {
    *message.mutable_hello()->mutable_roster() = state_.roster;
  }
  hello_signature_ = message.hello().signature();
  return message;
}

ClientActions ClientSession::OnMessage(const v1::ServerMessage& message,
                                       absl::Time now) {
  ClientActions out;
  if (closed_) return out;
  now_ = now;
  progress_.Moved(now);
  if (welcomed_ == (message.kind_case() == v1::ServerMessage::kWelcome)) {
    Close(OutOfGrammar(welcomed_ ? "the server said Welcome twice"
                                 : "the server must begin with Welcome",
                       "server_message"),
          &out);
    return out;
  }
  const absl::Status status = Dispatch(message, &out);
  if (!status.ok()) Close(status, &out);
  Pump(&out);
  return out;
}

absl::Status ClientSession::Dispatch(const v1::ServerMessage& message,
                                     ClientActions* out) {
  switch (message.kind_case()) {
    case v1::ServerMessage::kWelcome:
      return Handle(message.welcome(), out);
    case v1::ServerMessage::kAck:
      return Handle(message.ack(), out);
    case v1::ServerMessage::kPack:
      return Handle(message.pack(), out);
    case v1::ServerMessage::kHeads:
      return Handle(message.heads(), out);
    case v1::ServerMessage::kCompare:
      return Handle(message.compare(), out);
    case v1::ServerMessage::kRoster:
      return Handle(message.roster(), out);
    case v1::ServerMessage::kEnd:
      return HandleEnd(out);
    case v1::ServerMessage::KIND_NOT_SET:
      return absl::OkStatus();  // of a later version, and not needed
  }
  return absl::OkStatus();
}

absl::Status ClientSession::Handle(const v1::Welcome& welcome,
                                   ClientActions* out) {
  DATELINE_ASSIGN_OR_RETURN(
      const v1::WelcomeBody body,
      OpenWelcome(welcome, hello_signature_, state_.server_key));
  if (body.server() != state_.server.view()) {
    return OutOfGrammar("the answer is another server's", "welcome.server");
  }
  if (body.has_error()) return OnRefusal(body, out);
  if (body.epoch() != state_.epoch.view()) {
    return OutOfGrammar("the server took a Hello of another epoch",
                        "welcome.epoch");
  }
  if (body.version() < kProtocolVersionMin ||
      body.version() > kProtocolVersionMax) {
    return MakeError(
        v1::UNSUPPORTED_VERSION,
        "the server answers in a version that was not offered",
        {.field = "welcome.version", .got = absl::StrCat(body.version())});
  }
  welcomed_ = true;
  home_ = body.home();
  if (body.has_roster()) {
    DATELINE_RETURN_IF_ERROR(Handle(body.roster(), out));
  }
  DATELINE_RETURN_IF_ERROR(TakeHeld(body, out));
  // What the server does not compare it has nothing of, or not for us.
  doubtful_.clear();
  for (const std::string& assignment : body.compare()) {
    DATELINE_RETURN_IF_ERROR(StartComparison(assignment, out));
  }
  for (const auto& [assignment, held] : comparisons_) {
    compared_.insert(assignment);
  }
  return absl::OkStatus();
}

absl::Status ClientSession::OnRefusal(const v1::WelcomeBody& body,
                                      ClientActions* out) {
  const absl::Status why = StatusOf(body.error());
  switch (body.error().reason()) {
    case v1::STALE_COUNTER:
    case v1::DIVERGED_HEADS:
      out->push_back(BeginIncarnation{body.error().reason()});
      Close({.status = why, .hello_again = true}, out);
      break;
    case v1::WRONG_EPOCH: {
      DATELINE_ASSIGN_OR_RETURN(const EpochId epoch,
                                EpochId::FromBytes(body.epoch()));
      out->push_back(AdoptEpoch{epoch, DoubtfulCursors()});
      Close({.status = why,
             .hello_again = epoch != state_.epoch || !options_.bring_roster,
             .bring_roster = true},
            out);
      break;
    }
    case v1::UNAUTHENTICATED:
      // It may have been restored from before this device joined.
      Close({.status = why,
             .hello_again = !options_.bring_roster,
             .bring_roster = true},
            out);
      break;
    default:
      Close({.status = why,
             .not_before =
                 absl::Milliseconds(std::max<int64_t>(body.retry_ms(), 0))},
            out);
  }
  return absl::OkStatus();
}

std::vector<Cursor> ClientSession::DoubtfulCursors() const {
  absl::btree_map<AssignmentId, std::vector<Cursor>> by_assignment;
  for (const auto& [key, cursor] : cursors_) {
    by_assignment[key.first].push_back(Doubtful(cursor));
  }
  for (const auto& [key, push] : pushes_) {
    std::vector<Cursor>& cursors = by_assignment[key.second.assignment];
    if (!cursors.empty()) continue;
    cursors.push_back(Doubtful({key.second.assignment, key.first, 0, {}}));
  }
  std::vector<Cursor> out;
  for (const auto& [assignment, cursors] : by_assignment) {
    out.insert(out.end(), cursors.begin(), cursors.end());
  }
  return out;
}

absl::Status ClientSession::Handle(const v1::SignedRoster& roster,
                                   ClientActions* out) {
  if (roster.signer() != state_.server.view()) {
    return OutOfGrammar("the roster is not signed by the server",
                        "roster.signer");
  }
  DATELINE_ASSIGN_OR_RETURN(v1::Roster body,
                            OpenRoster(roster, state_.server_key));
  if (body.version() <= roster_version_) return absl::OkStatus();
  roster_version_ = body.version();
  out->push_back(AdoptRoster{roster, std::move(body)});
  return absl::OkStatus();
}

absl::Status ClientSession::Handle(const v1::PackFrame& frame,
                                   ClientActions* out) {
  if (!frame.has_after()) {
    return OutOfGrammar("a frame came without its cursor", "pack.after");
  }
  DATELINE_ASSIGN_OR_RETURN(Cursor after, FromProto(frame.after()));
  Cursor& cursor = cursors_[{after.assignment, after.lane}];
  if (after.position < cursor.position) {
    return MakeError(v1::BAD_REQUEST, "a cursor went back",
                     {.field = "pack.after.position",
                      .limit = absl::StrCat(cursor.position),
                      .got = absl::StrCat(after.position)});
  }
  DecodedPack pack;
  if (!frame.pack().empty()) {
    DATELINE_ASSIGN_OR_RETURN(pack, DecodePack(frame, decode_index_));
    if (pack.runs.empty() && pack.rejected.empty()) {
      return OutOfGrammar("a frame holds no changes", "pack.pack");
    }
  }
  for (const RunOfChanges& run : pack.runs) {
    if (run.feed.assignment == after.assignment &&
        run.feed.lane == after.lane) {
      continue;
    }
    return OutOfGrammar("a run is not of the frame's assignment and lane",
                        "pack.runs");
  }
  KeepVerified(*log_, &decode_index_, &pack);
  const bool unclear =
      std::any_of(pack.rejected.begin(), pack.rejected.end(), MayBeUnclear);
  if (unclear && !compared_.contains(after.assignment)) {
    out->push_back(StorePulled{
        ++last_token_,
        {},
        Doubtful({after.assignment, after.lane, cursor.position, {}}),
        {}});
    Close({.status = pack.rejected.front().why, .hello_again = true}, out);
    return absl::OkStatus();
  }
  cursor = after;
  for (const RunOfChanges& run : pack.runs) {
    received_changes_ += run.changes.size();
  }
  if (unclear) incomplete_.insert({after.assignment, after.lane});
  if (incomplete_.contains({after.assignment, after.lane})) {
    after = Doubtful(after);
  }
  ++stores_pending_;
  out->push_back(StorePulled{++last_token_, std::move(pack.runs), after,
                             std::move(pack.rejected)});
  return absl::OkStatus();
}

absl::Status ClientSession::HandleEnd(ClientActions* out) {
  if (!comparisons_.empty()) {
    return OutOfGrammar("End came before a comparison was answered", "end");
  }
  ended_ = true;
  MaybeCatchUp(out);
  return absl::OkStatus();
}

ClientActions ClientSession::OnStored(Token token, const absl::Status& result,
                                      absl::Time now) {
  ClientActions out;
  if (closed_) return out;
  DATELINE_CHECK(stores_pending_ > 0 && token <= last_token_);
  progress_.Moved(now);
  if (!result.ok()) {
    Close(result, &out);
    return out;
  }
  if (--stores_pending_ == 0) decode_index_.AllStored();
  MaybeCatchUp(&out);
  return out;
}

ClientActions ClientSession::OnSent(absl::Time now) {
  ClientActions out;
  if (closed_) return out;
  DATELINE_CHECK(sends_pending_ > 0);
  --sends_pending_;
  now_ = now;
  progress_.Moved(now);
  Pump(&out);
  return out;
}

ClientActions ClientSession::OnLocalChanges(const std::vector<OwnFeed>& feeds,
                                            absl::Time now) {
  ClientActions out;
  // Behind ClientEnd only a watching session has more to say.
  if (closed_ || (!options_.watch && !end_owed_)) return out;
  now_ = now;
  const absl::Status loaded = LoadPushes(feeds);
  if (!loaded.ok()) Close(loaded, &out);
  Pump(&out);
  return out;
}

ClientActions ClientSession::OnTick(absl::Time now) {
  ClientActions out;
  if (closed_ || !progress_.Stuck(WaitingForPeer(), now)) return out;
  Close(MakeError(v1::UNAVAILABLE_NOW,
                  absl::StrCat("the server has not answered for ",
                               kNoProgressSecondsMax, " s"),
                  {.limit = absl::StrCat("kNoProgressSecondsMax=",
                                         kNoProgressSecondsMax),
                   .retry = true}),
        &out);
  return out;
}

bool ClientSession::WaitingForPeer() const {
  return !welcomed_ || !ended_ || !comparisons_.empty() ||
         frames_.under_way() > 0 || sends_pending_ > 0;
}

void ClientSession::MaybeCatchUp(ClientActions* out) {
  if (closed_ || !ended_ || stores_pending_ > 0) return;
  caught_up_ = true;
  out->push_back(CaughtUp{});
  if (!options_.watch) Close(absl::OkStatus(), out);
}

void ClientSession::Send(v1::ClientMessage message, ClientActions* out) {
  ++sends_pending_;
  out->push_back(SendMessage<v1::ClientMessage>{std::move(message)});
}

void ClientSession::Close(absl::Status status, ClientActions* out) {
  Close(CloseSession{.status = std::move(status)}, out);
}

void ClientSession::Close(CloseSession close, ClientActions* out) {
  if (closed_) return;
  closed_ = true;
  out->push_back(std::move(close));
}

}  // namespace dateline::sync

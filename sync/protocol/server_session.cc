#include "sync/protocol/server_session.h"

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

}  // namespace

ServerSession::ServerSession(const ServerSessionOptions& options,
                             ServingLog* log, const SigningKey* key)
    : options_(options),
      log_(log),
      key_(key),
      encode_index_(log),
      decode_index_(log) {}

ServerActions ServerSession::OnStart(absl::Time now) {
  now_ = now;
  progress_.Moved(now);
  return {};
}

ServerActions ServerSession::OnMessage(const v1::ClientMessage& message,
                                       absl::Time now) {
  ServerActions out;
  if (closed_) return out;
  now_ = now;
  progress_.Moved(now);
  const bool is_hello = message.kind_case() == v1::ClientMessage::kHello;
  if (is_hello != (phase_ == Phase::kHello)) {
    Close(OutOfGrammar(
              is_hello ? "Hello came twice" : "a session must begin with Hello",
              "client_message"),
          &out);
    return out;
  }
  // A driver that reads while !may_read() is our own bug.
  DATELINE_CHECK(phase_ != Phase::kAdmitting);
  const absl::Status status = Dispatch(message, &out);
  if (!status.ok()) Close(status, &out);
  Pump(&out);
  if (!acks_.empty() && (client_ended_ || !may_read())) {
    out.push_back(CommitNow{});
  }
  return out;
}

absl::Status ServerSession::Dispatch(const v1::ClientMessage& message,
                                     ServerActions* out) {
  switch (message.kind_case()) {
    case v1::ClientMessage::kHello:
      return Handle(message.hello(), out);
    case v1::ClientMessage::kPack:
      return Handle(message.pack(), out);
    case v1::ClientMessage::kHeads:
      return Handle(message.heads(), out);
    case v1::ClientMessage::kEnd:
      HandleEnd();
      return absl::OkStatus();
    case v1::ClientMessage::KIND_NOT_SET:
      return absl::OkStatus();  // of a later version, and not needed
  }
  return absl::OkStatus();
}

// --- what the client pushes ------------------------------------------------

absl::Status ServerSession::Handle(const v1::PackFrame& frame,
                                   ServerActions* out) {
  if (frame.has_after() || frame.pack().empty()) {
    return OutOfGrammar("a pushed frame has changes and no cursor", "pack");
  }
  DATELINE_ASSIGN_OR_RETURN(DecodedPack pack, DecodePack(frame, decode_index_));
  for (const RunOfChanges& run : pack.runs) {
    if (run.feed.lane == pack.runs.front().feed.lane) continue;
    return OutOfGrammar("a pushed frame must be of one lane", "pack.runs");
  }
  KeepVerified(*log_, &decode_index_, &pack);
  DATELINE_RETURN_IF_ERROR(log_->Trouble());
  Owed owed;
  v1::Ack& ack = owed.ack;
  ack.set_by(options_.server.str());
  ack.set_home(options_.home);
  TakeRejected(&pack, &ack, out);
  for (const RunOfChanges& run : pack.runs) {
    const FeedHead last = run.changes.back().head();
    *ack.add_heads() = ToProto(last);
    owed.bytes += BytesOf(run);
    if (brought_.size() < kSessionIndexMax) brought_.insert(last);
  }
  bytes_storing_ += owed.bytes;
  acks_[++last_token_] = std::move(owed);
  out->push_back(StorePushed{last_token_, device_, std::move(pack.runs),
                             std::move(pack.rejected)});
  return absl::OkStatus();
}

// A gap, or a signature that fails over a reference which the two sides
// resolve apart, is healed by comparing heads; what then still fails, or can
// never be accepted, is told to the client.
void ServerSession::TakeRejected(DecodedPack* pack, v1::Ack* ack,
                                 ServerActions* out) {
  v1::Compare compare;
  std::vector<DecodedPack::Rejected> kept;
  for (DecodedPack::Rejected& rejected : pack->rejected) {
    const v1::ErrorReason reason = ReasonOf(rejected.why);
    const bool unclear = reason == v1::BAD_CHAIN || reason == v1::BAD_SIGNATURE;
    if (unclear && AskToCompare(rejected.feed.assignment, &compare)) continue;
    v1::Rejected* said = ack->add_rejected();
    *said->mutable_feed() = ToProto(rejected.feed);
    said->set_seq(rejected.seq);
    *said->mutable_why() = ErrorOf(rejected.why);
    kept.push_back(std::move(rejected));
  }
  pack->rejected = std::move(kept);
  if (compare.assignments().empty()) return;
  client_ended_ = false;
  end_sent_ = false;
  v1::ServerMessage message;
  *message.mutable_compare() = std::move(compare);
  Send(std::move(message), out);
}

bool ServerSession::AskToCompare(const AssignmentId& assignment,
                                 v1::Compare* compare) {
  const auto open = comparisons_.find(assignment);
  // Frames under way when we asked: the answer brings them again.
  if (open != comparisons_.end() && !open->second.answered) return true;
  int& count = comparison_counts_[assignment];
  if (count == kComparisonsPerAssignmentMax ||
      (open != comparisons_.end() && !open->second.closed)) {
    return false;
  }
  ++count;
  comparisons_[assignment] = {};
  compare->add_assignments(assignment.str());
  return true;
}

absl::Status ServerSession::Handle(const v1::Heads& heads, ServerActions*) {
  DATELINE_ASSIGN_OR_RETURN(const AssignmentId assignment,
                            AssignmentId::FromBytes(heads.assignment()));
  const auto at = comparisons_.find(assignment);
  if (at == comparisons_.end() || at->second.complete) {
    return OutOfGrammar("Heads came that nobody asked for", "heads");
  }
  Comparison& comparison = at->second;
  DATELINE_ASSIGN_OR_RETURN(const std::vector<FeedHead> named,
                            FeedHeadsOf(heads.heads()));
  comparison.count += named.size();
  if (comparison.count > kComparedHeadsMax) {
    return TooLarge("heads", "kComparedHeadsMax", kComparedHeadsMax,
                    comparison.count);
  }
  for (const FeedHead& head : named) {
    if (head.feed.assignment != assignment) {
      return OutOfGrammar("a head is of another assignment", "heads.heads");
    }
    comparison.theirs[head.feed].push_back(head);
  }
  comparison.complete = heads.last();
  return absl::OkStatus();
}

void ServerSession::HandleEnd() {
  for (const auto& [assignment, comparison] : comparisons_) {
    // Said before our question came; another follows the answer.
    if (!comparison.complete) return;
  }
  for (auto& [assignment, comparison] : comparisons_) comparison.closed = true;
  client_ended_ = true;
  // Cursors alone go only now.
  for (auto& [key, serving] : serving_) serving.exhausted = false;
}

ServerActions ServerSession::OnStored(Token token, const absl::Status& result,
                                      absl::Time now) {
  ServerActions out;
  if (closed_) return out;
  now_ = now;
  progress_.Moved(now);
  if (!result.ok()) {
    Close(result, &out);
    return out;
  }
  // Acks of a feed count up, so stores must end in their order.
  DATELINE_CHECK(!acks_.empty() && acks_.begin()->first == token);
  v1::ServerMessage message;
  *message.mutable_ack() = std::move(acks_.begin()->second.ack);
  bytes_storing_ -= acks_.begin()->second.bytes;
  acks_.erase(acks_.begin());
  if (acks_.empty()) decode_index_.AllStored();
  Send(std::move(message), &out);
  for (auto& [key, serving] : serving_) serving.exhausted = false;
  Pump(&out);
  return out;
}

// --- the rest --------------------------------------------------------------

bool ServerSession::may_read() const {
  return phase_ != Phase::kAdmitting && acks_.size() < kStoresPendingMax &&
         bytes_storing_ < kStoresPendingBytesMax;
}

ServerActions ServerSession::OnClientDone(absl::Time now) {
  ServerActions out;
  if (closed_ || (client_ended_ && !hello_.watch())) return out;
  Close(client_ended_ ? absl::OkStatus()
                      : OutOfGrammar("the client left before ClientEnd",
                                     "client_message"),
        &out);
  return out;
}

ServerActions ServerSession::OnBadMessage(const absl::Status& why,
                                          absl::Time now) {
  ServerActions out;
  Close(why, &out);
  return out;
}

ServerActions ServerSession::OnSent(absl::Time now) {
  ServerActions out;
  if (closed_) return out;
  now_ = now;
  sends_.OnCarried(now);
  progress_.Moved(now);
  Pump(&out);
  return out;
}

ServerActions ServerSession::OnLocalChanges(absl::Time now) {
  ServerActions out;
  if (closed_ || phase_ != Phase::kOpen) return out;
  now_ = now;
  for (auto& [key, serving] : serving_) serving.exhausted = false;
  Pump(&out);
  return out;
}

ServerActions ServerSession::OnTick(absl::Time now) {
  ServerActions out;
  if (closed_ || !progress_.Stuck(WaitingForPeer(), now)) return out;
  Close(MakeError(v1::UNAVAILABLE_NOW,
                  absl::StrCat("the device has said nothing for ",
                               kNoProgressSecondsMax, " s"),
                  {.limit = absl::StrCat("kNoProgressSecondsMax=",
                                         kNoProgressSecondsMax),
                   .retry = true}),
        &out);
  return out;
}

ServerActions ServerSession::Fence() {
  ServerActions out;
  Close(MakeError(v1::FENCED, "a newer session of this device took over"),
        &out);
  return out;
}

ServerActions ServerSession::Drain() {
  ServerActions out;
  Close(MakeError(v1::UNAVAILABLE_NOW, "the server is going down; call again",
                  {.retry = true}),
        &out);
  return out;
}

bool ServerSession::WaitingForPeer() const {
  return phase_ == Phase::kHello || sends_.under_way() > 0 ||
         (phase_ == Phase::kOpen && !client_ended_ && acks_.empty());
}

void ServerSession::Send(v1::ServerMessage message, ServerActions* out,
                         size_t bytes) {
  sends_.OnSend(bytes, now_);
  out->push_back(SendMessage<v1::ServerMessage>{std::move(message)});
}

void ServerSession::Close(absl::Status status, ServerActions* out) {
  if (closed_) return;
  closed_ = true;
  out->push_back(CloseSession{std::move(status)});
}

}  // namespace dateline::sync

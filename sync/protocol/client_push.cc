// What the phone sends: its own feeds in lane order and, after a comparison of
// heads, whatever the server lacks, whoever wrote it.
#include <algorithm>
#include <utility>

#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"
#include "sync/protocol/client_session.h"
#include "sync/protocol/handshake.h"
#include "sync/wire/messages.h"

namespace dateline::sync {
namespace {

using HeadsByFeed = absl::btree_map<FeedId, std::vector<FeedHead>>;

HeadsByFeed ByFeed(const std::vector<FeedHead>& heads) {
  HeadsByFeed out;
  for (const FeedHead& head : heads) out[head.feed].push_back(head);
  return out;
}

bool Contains(const std::vector<FeedHead>& heads, const FeedHead& head) {
  return std::find(heads.begin(), heads.end(), head) != heads.end();
}

// A run that is yet to be signed may be cut anywhere; another not at all.
std::vector<RunOfChanges> PiecesOf(RunOfChanges run, size_t full) {
  std::vector<RunOfChanges> pieces;
  if (!run.signature.IsZero()) {
    pieces.push_back(std::move(run));
    return pieces;
  }
  for (Change& change : run.changes) {
    if (pieces.empty() || BytesOf(pieces.back()) >= full) {
      pieces.push_back({run.feed, {}, Signature()});
    }
    pieces.back().changes.push_back(std::move(change));
  }
  return pieces;
}

}  // namespace

absl::Status ClientSession::LoadPushes(const std::vector<OwnFeed>& feeds) {
  for (const OwnFeed& own : feeds) {
    const FeedId& feed = own.head.feed;
    const auto [at, is_new] = pushes_.try_emplace({feed.lane, feed});
    Push& push = at->second;
    push.head = own.head;
    if (!is_new) continue;
    push.acked = own.acked;
    push.next = own.acked.seq + 1;
    if (own.acked.seq > 0) encode_index_.PeerHolds(feed, own.acked.seq);
    if (feed.incarnation == state_.incarnation) continue;
    if (push.next > push.head.seq) continue;
    // A feed of an earlier incarnation: the server may have given us the
    // branch of a clone beside our own.
    DATELINE_ASSIGN_OR_RETURN(const std::vector<FeedHead> heads,
                              log_->Heads(feed.assignment));
    push.whole = ByFeed(heads)[feed].size() > 1;
  }
  return absl::OkStatus();
}

// Moves every push to what the server says it holds.
absl::Status ClientSession::TakeHeld(const v1::WelcomeBody& body,
                                     ClientActions* out) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<FeedHead> heads,
                            FeedHeadsOf(body.held()));
  HeadsByFeed held = ByFeed(heads);
  NoteAcked acked{{}, state_.server, home_};
  for (auto& [key, push] : pushes_) {
    const FeedId& feed = key.second;
    if (feed.device != state_.device ||
        feed.incarnation != state_.incarnation) {
      continue;
    }
    const std::vector<FeedHead>& theirs = held[feed];
    if (theirs.size() > 1 || (!theirs.empty() && !log_->Holds(theirs[0]))) {
      const v1::ErrorReason why = v1::DIVERGED_HEADS;
      out->push_back(BeginIncarnation{why});
      Close({.status = MakeError(why,
                                 "the server holds a feed of this device that "
                                 "went another way"),
             .hello_again = true},
            out);
      return absl::OkStatus();
    }
    const FeedHead head = theirs.empty() ? FeedHead{feed, 0, {}} : theirs[0];
    if (head.seq >= push.next || head.seq < push.acked.seq) {
      push.next = head.seq + 1;
    }
    if (head == push.acked) continue;
    push.acked = head;
    acked.heads.push_back(head);
  }
  if (!acked.heads.empty()) out->push_back(std::move(acked));
  return absl::OkStatus();
}

absl::Status ClientSession::Handle(const v1::Ack& ack, ClientActions* out) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<FeedHead> heads,
                            FeedHeadsOf(ack.heads()));
  NoteAcked noted{{}, state_.server, ack.home()};
  for (const FeedHead& head : heads) {
    const auto at = pushes_.find({head.feed.lane, head.feed});
    if (at == pushes_.end() || head.seq > at->second.sent ||
        !log_->Holds(head)) {
      return MakeError(v1::BAD_REQUEST,
                       "the server acknowledged what was not sent",
                       {.field = "ack.heads"});
    }
    Push& push = at->second;
    if (!push.whole) push.next = std::max(push.next, head.seq + 1);
    if (head.seq <= push.acked.seq || head.feed.device != state_.device) {
      continue;
    }
    // Of a fork, only our own branch's end says that nothing is unsent.
    if (push.whole && head != push.head) continue;
    push.acked = head;
    noted.heads.push_back(head);
  }
  if (frames_.under_way() == 0) {
    return MakeError(v1::BAD_REQUEST, "one Ack more than frames were sent",
                     {.field = "ack"});
  }
  frames_.OnCarried(now_);
  if (!noted.heads.empty()) out->push_back(std::move(noted));
  for (const v1::Rejected& rejected : ack.rejected()) {
    DATELINE_ASSIGN_OR_RETURN(const FeedId feed, FromProto(rejected.feed()));
    out->push_back(
        NoteRejected{feed, rejected.seq(), StatusOf(rejected.why())});
  }
  return absl::OkStatus();
}

absl::Status ClientSession::Handle(const v1::Compare& compare,
                                   ClientActions* out) {
  for (const std::string& assignment : compare.assignments()) {
    DATELINE_RETURN_IF_ERROR(StartComparison(assignment, out));
  }
  return absl::OkStatus();
}

// Says what we hold of the assignment; pushes of it wait for the answer.
absl::Status ClientSession::StartComparison(const std::string& assignment_bytes,
                                            ClientActions* out) {
  DATELINE_ASSIGN_OR_RETURN(const AssignmentId assignment,
                            AssignmentId::FromBytes(assignment_bytes));
  if (++comparison_counts_[assignment] > kComparisonsPerAssignmentMax ||
      comparisons_.contains(assignment)) {
    return MakeError(v1::BAD_REQUEST,
                     "the server compares an assignment again and again",
                     {.field = "compare",
                      .limit = absl::StrCat("kComparisonsPerAssignmentMax=",
                                            kComparisonsPerAssignmentMax)});
  }
  DATELINE_ASSIGN_OR_RETURN(std::vector<FeedHead> heads,
                            log_->Heads(assignment));
  DATELINE_ASSIGN_OR_RETURN(const std::vector<FeedHead> first_places,
                            log_->FirstPlaces(assignment));
  heads.insert(heads.end(), first_places.begin(), first_places.end());
  encode_index_.BeCautious();
  comparisons_[assignment] = {};
  for (const Lane lane : kLanes) {
    cursors_[{assignment, lane}] = {assignment, lane, 0, {}};
  }
  end_owed_ = true;
  ended_ = false;
  for (v1::Heads& heads_message : ToMessages(assignment, heads)) {
    v1::ClientMessage message;
    *message.mutable_heads() = std::move(heads_message);
    Send(std::move(message), out);
  }
  return absl::OkStatus();
}

absl::Status ClientSession::Handle(const v1::Heads& heads, ClientActions* out) {
  DATELINE_ASSIGN_OR_RETURN(const AssignmentId assignment,
                            AssignmentId::FromBytes(heads.assignment()));
  const auto at = comparisons_.find(assignment);
  if (at == comparisons_.end()) {
    return MakeError(v1::BAD_REQUEST,
                     "the server sent heads of an assignment that is not "
                     "being compared",
                     {.field = "heads.assignment"});
  }
  std::vector<FeedHead>& held = at->second;
  DATELINE_ASSIGN_OR_RETURN(const std::vector<FeedHead> more,
                            FeedHeadsOf(heads.heads()));
  if (held.size() + more.size() > kComparedHeadsMax) {
    return TooLarge("heads", "kComparedHeadsMax", kComparedHeadsMax,
                    held.size() + more.size());
  }
  held.insert(held.end(), more.begin(), more.end());
  if (!heads.last()) return absl::OkStatus();
  const std::vector<FeedHead> theirs = std::move(held);
  comparisons_.erase(at);
  return FinishComparison(assignment, theirs, out);
}

absl::Status ClientSession::FinishComparison(const AssignmentId& assignment,
                                             const std::vector<FeedHead>& held,
                                             ClientActions* out) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<FeedHead> heads,
                            log_->Heads(assignment));
  HeadsByFeed theirs = ByFeed(held);
  NoteAcked acked{{}, state_.server, home_};
  for (const auto& [feed, ours] : ByFeed(heads)) {
    const auto [at, is_new] = pushes_.try_emplace({feed.lane, feed});
    Push& push = at->second;
    // Of a fork, LoadPushes knows which end is ours.
    if (is_new) push.head = ours.back();
    const FeedHead common = PlanPush(ours, theirs[feed], &push);
    if (feed.device != state_.device || common == push.acked) continue;
    push.acked = common;
    acked.heads.push_back(common);
  }
  doubtful_.erase(assignment);
  if (!acked.heads.empty()) out->push_back(std::move(acked));
  return absl::OkStatus();
}

// From where a feed is to be pushed, given the heads on both sides. Returns up
// to where the server holds our branch, as far as that is known.
FeedHead ClientSession::PlanPush(const std::vector<FeedHead>& ours,
                                 const std::vector<FeedHead>& theirs,
                                 Push* push) {
  const FeedHead nothing{push->head.feed, 0, Hash()};
  const bool all_held =
      std::all_of(ours.begin(), ours.end(),
                  [&](const FeedHead& head) { return Contains(theirs, head); });
  push->next = push->head.seq + 1;
  push->whole = false;
  if (all_held) return push->head;
  // Seq 0 beside other heads: the server lacks the head that we named.
  const bool lacks = theirs.empty() || Contains(theirs, nothing);
  FeedHead common = nothing;
  uint64_t furthest = 0;
  for (const FeedHead& head : theirs) {
    furthest = std::max(furthest, head.seq);
    if (head.seq > common.seq && log_->Holds(head)) common = head;
  }
  if (ours.size() == 1 && !lacks && furthest >= push->head.seq) {
    return push->head;  // the server is ahead of us on this branch
  }
  push->whole = ours.size() > 1;
  if (push->whole || (lacks && theirs.size() > 1)) common = nothing;
  push->next = common.seq + 1;
  return common;
}

// The one place that decides whether the link may take another frame now.
// In-flight caps by lane and measured speed belong here.
bool ClientSession::MaySendFrame() const {
  return sends_pending_ < kSendAheadMax;
}

bool ClientSession::Deferred(const FeedId& feed) const {
  return doubtful_.contains(feed.assignment) ||
         comparisons_.contains(feed.assignment);
}

void ClientSession::Pump(ClientActions* out) {
  while (!closed_ && MaySendFrame()) {
    const absl::StatusOr<bool> sent = SendNextFrame(out);
    if (!sent.ok()) {
      Close(sent.status(), out);
    } else if (!*sent) {
      compressor_.Release();
      if (!end_owed_ || !comparisons_.empty()) return;
      end_owed_ = false;
      v1::ClientMessage message;
      message.mutable_end();
      Send(std::move(message), out);
      return;
    }
  }
}

// One frame of the most urgent lane that has anything to push.
absl::StatusOr<bool> ClientSession::SendNextFrame(ClientActions* out) {
  std::vector<RunOfChanges> runs;
  size_t bytes = 0;
  std::optional<Lane> lane;
  for (auto& [key, push] : pushes_) {
    const FeedId& feed = key.second;
    if (push.next > push.head.seq || Deferred(feed)) continue;
    if (lane && (*lane != key.first || push.whole)) break;
    lane = key.first;
    DATELINE_ASSIGN_OR_RETURN(
        std::vector<RunOfChanges> read,
        log_->ReadFeed(feed, push.next - 1,
                       push.whole ? kForkBytesMax : frames_.target() - bytes));
    if (read.empty()) {
      return MakeError(v1::STORAGE_DAMAGED,
                       "a feed in the store ends before its head");
    }
    if (push.whole) {
      push.next = push.head.seq + 1;
      for (const RunOfChanges& run : read) {
        push.sent = std::max(push.sent, run.changes.back().seq);
      }
      SendRuns(std::move(read), out);
      return true;
    }
    for (RunOfChanges& run : read) {
      push.next = run.changes.back().seq + 1;
      push.sent = std::max(push.sent, push.next - 1);
      bytes += BytesOf(run);
      runs.push_back(std::move(run));
    }
    if (bytes >= FrameFull()) break;
  }
  if (runs.empty()) return false;
  SendFrame(std::move(runs), out);
  return true;
}

// A fork goes in one go, for its two branches share their places.
void ClientSession::SendRuns(std::vector<RunOfChanges> runs,
                             ClientActions* out) {
  std::vector<RunOfChanges> frame;
  size_t bytes = 0;
  for (RunOfChanges& run : runs) {
    for (RunOfChanges& piece : PiecesOf(std::move(run), FrameFull())) {
      bytes += BytesOf(piece);
      frame.push_back(std::move(piece));
      if (bytes < FrameFull()) continue;
      SendFrame(std::move(frame), out);
      frame.clear();
      bytes = 0;
    }
  }
  if (!frame.empty()) SendFrame(std::move(frame), out);
}

void ClientSession::SendFrame(std::vector<RunOfChanges> runs,
                              ClientActions* out) {
  size_t bytes = 0;
  for (RunOfChanges& run : runs) {
    if (run.feed.device == state_.device && run.signature.IsZero()) {
      run.signature = SignHead(*key_, run.changes.back().head());
    }
    sent_changes_ += run.changes.size();
    bytes += BytesOf(run);
  }
  v1::ClientMessage message;
  *message.mutable_pack() = EncodePack(
      runs, encode_index_, frames_.LevelOf(options_.zstd_level), &compressor_);
  for (const RunOfChanges& run : runs) encode_index_.Sent(run);
  frames_.OnSend(bytes, now_);
  Send(std::move(message), out);
}

}  // namespace dateline::sync

// What the server sends: new positions by cursor in lane order and, after a
// comparison of heads, only what the client's heads do not show.
#include <algorithm>
#include <utility>

#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"
#include "sync/protocol/handshake.h"
#include "sync/protocol/server_session.h"
#include "sync/wire/messages.h"

namespace dateline::sync {

// Takes the client's cursors; where one does not agree, its assignment is
// compared and then served from position 0.
absl::Status ServerSession::StartServing(v1::WelcomeBody* welcome) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<AssignmentId> scope,
                            log_->Scope(device_));
  for (const AssignmentId& assignment : scope) {
    for (const Lane lane : kLanes) {
      serving_[{lane, assignment}].cursor = {assignment, lane, 0, {}};
    }
  }
  absl::btree_set<AssignmentId> doubtful;
  for (const v1::Cursor& said : hello_.cursors()) {
    DATELINE_ASSIGN_OR_RETURN(const Cursor cursor, FromProto(said));
    const auto at = serving_.find({cursor.lane, cursor.assignment});
    if (at == serving_.end() || cursor.position == 0) continue;
    at->second.cursor = cursor;
    if (log_->DigestAt(cursor.assignment, cursor.lane, cursor.position) !=
        cursor.digest) {
      doubtful.insert(cursor.assignment);
    }
  }
  for (const AssignmentId& assignment : doubtful) {
    welcome->add_compare(assignment.str());
    comparisons_[assignment] = {};
    comparison_counts_[assignment] = 1;
    for (const Lane lane : kLanes) {
      Serving& serving = serving_[{lane, assignment}];
      serving = {.cursor = {assignment, lane, 0, {}},
                 .comparing = true,
                 .cursor_owed = true};
    }
  }
  if (!doubtful.empty()) encode_index_.BeCautious();
  absl::btree_map<std::pair<Lane, AssignmentId>, uint64_t> known;
  for (const auto& [key, serving] : serving_) {
    known[key] = serving.cursor.position;
  }
  encode_index_.Presume([log = log_, known](const FeedHead& place) {
    const auto at = known.find({place.feed.lane, place.feed.assignment});
    if (at == known.end() || at->second == 0) return false;
    const auto position = log->PositionOf(place.feed, place.seq);
    return position && *position <= at->second;
  });
  return absl::OkStatus();
}

// The one place that decides whether the link may take another frame now.
// In-flight caps by lane and measured speed belong here.
bool ServerSession::MaySendFrame() const {
  return sends_.under_way() < kSendAheadMax;
}

void ServerSession::Pump(ServerActions* out) {
  if (closed_ || phase_ != Phase::kOpen) return;
  if (const absl::Status status = AnswerComparisons(out); !status.ok()) {
    Close(status, out);
  }
  while (!closed_ && MaySendFrame()) {
    const absl::StatusOr<bool> sent = SendNextFrame(out);
    if (!sent.ok()) {
      Close(sent.status(), out);
    } else if (!*sent) {
      compressor_.Release();
      break;
    }
  }
  if (closed_ || end_sent_ || !client_ended_ || !acks_.empty()) return;
  if (!AllServed()) return;
  end_sent_ = true;
  v1::ServerMessage message;
  message.mutable_end();
  Send(std::move(message), out);
  if (!hello_.watch()) Close(absl::OkStatus(), out);
}

// Says what is held of the feeds that the client named, once all it pushed
// before is stored. A head of seq 0 beside others: what the client named is
// not on any branch held here.
absl::Status ServerSession::AnswerComparisons(ServerActions* out) {
  if (!acks_.empty()) return absl::OkStatus();
  for (auto& [assignment, comparison] : comparisons_) {
    if (!comparison.complete || comparison.answered) continue;
    comparison.answered = true;
    DATELINE_ASSIGN_OR_RETURN(const std::vector<FeedHead> heads,
                              log_->Heads(assignment));
    absl::btree_map<FeedId, uint64_t> furthest;
    std::vector<FeedHead> answer;
    for (const FeedHead& head : heads) {
      if (!comparison.theirs.contains(head.feed)) continue;
      answer.push_back(head);
      uint64_t& seq = furthest[head.feed];
      seq = std::max(seq, head.seq);
    }
    for (const auto& [feed, theirs] : comparison.theirs) {
      const uint64_t seq = furthest[feed];
      const bool lacks = std::any_of(
          theirs.begin(), theirs.end(), [this, seq](const FeedHead& head) {
            return head.seq <= seq && !log_->Holds(head);
          });
      if (lacks) answer.push_back({feed, 0, Hash()});
    }
    for (v1::Heads& heads_message : ToMessages(assignment, answer)) {
      v1::ServerMessage message;
      *message.mutable_heads() = std::move(heads_message);
      Send(std::move(message), out);
    }
  }
  return absl::OkStatus();
}

// A lane that is being compared waits until the client's pushes are stored:
// only then is it known which of its heads we hold.
bool ServerSession::Blocked(const Serving& serving) const {
  if (!serving.comparing) return false;
  const auto at = comparisons_.find(serving.cursor.assignment);
  return !at->second.closed || !acks_.empty();
}

bool ServerSession::AllServed() const {
  return std::all_of(serving_.begin(), serving_.end(), [](const auto& entry) {
    return entry.second.exhausted && !entry.second.cursor_owed;
  });
}

absl::StatusOr<bool> ServerSession::SendNextFrame(ServerActions* out) {
  DATELINE_ASSIGN_OR_RETURN(const bool roster_sent, SendNewRoster(out));
  if (roster_sent) return true;
  for (auto& [key, serving] : serving_) {
    if (serving.exhausted || Blocked(serving)) continue;
    DATELINE_ASSIGN_OR_RETURN(const bool sent, ServeOne(&serving, out));
    if (sent) return true;
  }
  return false;
}

// Rosters precede all lanes.
absl::StatusOr<bool> ServerSession::SendNewRoster(ServerActions* out) {
  const uint64_t version = log_->RosterVersion();
  if (version <= roster_version_) return false;
  v1::ServerMessage message;
  DATELINE_ASSIGN_OR_RETURN(*message.mutable_roster(), log_->Roster());
  roster_version_ = version;
  Send(std::move(message), out);
  if (log_->ScopesChanged()) {
    Close(MakeError(v1::UNAVAILABLE_NOW,
                    "what this device may read has changed; call again",
                    {.retry = true}),
          out);
  }
  return true;
}

// The next rows of one lane as one frame; a cursor alone, where no row is for
// this client, but while it pushes not for the end of each group that it makes
// itself. False: nothing.
absl::StatusOr<bool> ServerSession::ServeOne(Serving* serving,
                                             ServerActions* out) {
  std::vector<RunOfChanges> runs;
  for (int pages = 0; pages < kPagesPerFrameMax && runs.empty(); ++pages) {
    DATELINE_ASSIGN_OR_RETURN(
        ServingLog::Page page,
        log_->ReadPositions(serving->cursor, {device_, hello_.incarnation()},
                            sends_.target()));
    if (page.after.position > serving->cursor.position) {
      serving->cursor_owed = true;
    }
    serving->cursor = page.after;
    for (RunOfChanges& run : page.runs) {
      if (Wanted(run, serving)) runs.push_back(std::move(run));
    }
    serving->exhausted = !page.more;
    if (!page.more) break;
  }
  if (serving->exhausted && serving->comparing) {
    serving->comparing = false;
    serving->seen.clear();
  }
  if (runs.empty() && !serving->cursor_owed) return false;
  if (runs.empty() && serving->exhausted && !client_ended_) return false;
  SendFrame(runs, serving, out);
  return true;
}

void ServerSession::SendFrame(const std::vector<RunOfChanges>& runs,
                              Serving* serving, ServerActions* out) {
  v1::ServerMessage message;
  v1::PackFrame& frame = *message.mutable_pack();
  size_t bytes = 0;
  for (const RunOfChanges& run : runs) bytes += BytesOf(run);
  if (!runs.empty()) {
    frame = EncodePack(runs, encode_index_, sends_.LevelOf(options_.zstd_level),
                       &compressor_);
  }
  Cursor after = serving->cursor;
  // A cut in the middle of a comparison's answer must lead to a comparison
  // again, which knows by heads what came; a true cursor would not.
  if (serving->comparing) after.digest = Hash();
  *frame.mutable_after() = ToProto(after);
  serving->cursor_owed = false;
  for (const RunOfChanges& run : runs) encode_index_.Sent(run);
  Send(std::move(message), out, bytes);
}

bool ServerSession::Wanted(const RunOfChanges& run, Serving* serving) {
  const FeedHead last = run.changes.back().head();
  if (run.feed.device == device_ &&
      run.feed.incarnation == hello_.incarnation() &&
      log_->HashAt(last.feed, last.seq) == last.hash) {
    return false;  // it wrote them, and its heads continue ours
  }
  if (!serving->comparing) return !brought_.contains(last);
  uint64_t& seen = serving->seen[run.feed];
  const bool released_since = last.seq <= seen;
  seen = std::max(seen, last.seq);
  const Comparison& comparison = comparisons_[serving->cursor.assignment];
  return released_since || !ClientHolds(last, comparison) ||
         HasWordsForPlaces(run, comparison);
}

// A device that may read more than before holds places of what it now gets: it
// names the first of a feed beside the head behind it.
bool ServerSession::HasWordsForPlaces(const RunOfChanges& run,
                                      const Comparison& comparison) {
  const auto at = comparison.theirs.find(run.feed);
  if (at == comparison.theirs.end() || at->second.size() < 2) return false;
  const auto [first, last] = std::minmax_element(
      at->second.begin(), at->second.end(),
      [](const FeedHead& a, const FeedHead& b) { return a.seq < b.seq; });
  // Of a fork, both ends are named, and neither is in the other's past.
  if (log_->HashAt(first->feed, first->seq) != first->hash) return false;
  return std::any_of(run.changes.begin(), run.changes.end(),
                     [first = first](const Change& change) {
                       return change.seq >= first->seq &&
                              change.holding != Holding::kPlaceOnly;
                     });
}

bool ServerSession::ClientHolds(const FeedHead& last,
                                const Comparison& comparison) {
  const auto at = comparison.theirs.find(last.feed);
  if (at == comparison.theirs.end()) return false;
  for (const FeedHead& head : at->second) {
    if (head == last) return true;
    // One chain, as far as a feed without a fork can be.
    if (head.seq > last.seq && log_->HashAt(last.feed, last.seq) == last.hash &&
        log_->HashAt(head.feed, head.seq) == head.hash) {
      return true;
    }
  }
  return false;
}

}  // namespace dateline::sync

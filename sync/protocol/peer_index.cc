#include "sync/protocol/peer_index.h"

#include <algorithm>
#include <utility>

#include "sync/base/errors.h"
#include "sync/base/limits.h"

namespace dateline::sync {
namespace {

// Document, deltas, columns and lengths of a packed change.
constexpr size_t kChangeOverhead = 48;

absl::Status VerifyRun(const RunOfChanges& run, ChangeLog& log,
                       DecodeIndex& index) {
  const Change& first = run.changes.front();
  // The pack's own door took runs before this one for held.
  if (first.seq > 1 &&
      !index.Holds({run.feed, first.seq - 1, first.previous})) {
    return MakeError(v1::BAD_CHAIN, "a run continues one that was not accepted",
                     {.field = "run"});
  }
  const FeedHead last = run.changes.back().head();
  const std::optional<PublicKey> key = log.KeyOf(run.feed.device);
  if (key && VerifyHead(*key, last, run.signature)) return absl::OkStatus();
  if (log.Holds(last)) return absl::OkStatus();
  return MakeError(v1::BAD_SIGNATURE,
                   key ? "the signature of a run does not verify"
                       : "the signer of a run is not in the roster",
                   {.field = "run.signature"});
}

}  // namespace

void EncodeIndex::PeerHolds(const FeedId& feed, uint64_t seq) {
  uint64_t& held = held_[feed];
  held = std::max(held, seq);
}

void EncodeIndex::Sent(const RunOfChanges& run) {
  for (const Change& change : run.changes) {
    if (sent_.size() >= kSessionIndexMax) return;
    sent_[{run.feed, change.seq}] = change.hash;
  }
}

std::optional<Hash> EncodeIndex::HashAt(const FeedId& feed, uint64_t seq) {
  if (cautious_) return std::nullopt;
  // Where we know of a fork the peer may too, and place neither branch.
  const std::optional<Hash> hash = log_->HashAt(feed, seq);
  if (!hash || !PeerHas({feed, seq, *hash})) return std::nullopt;
  return hash;
}

std::optional<FeedHead> EncodeIndex::PlaceOf(const Hash& hash) {
  if (cautious_) return std::nullopt;
  const std::optional<FeedHead> place = log_->PlaceOf(hash);
  if (!place || !PeerHas(*place)) return std::nullopt;
  return place;
}

bool EncodeIndex::PeerHas(const FeedHead& place) const {
  const auto held = held_.find(place.feed);
  if (held != held_.end() && place.seq <= held->second) return true;
  const auto sent = sent_.find({place.feed, place.seq});
  if (sent != sent_.end()) return sent->second == place.hash;
  return presumed_ && presumed_(place);
}

void DecodeIndex::Received(const RunOfChanges& run) {
  for (const Change& change : run.changes) {
    received_[{run.feed, change.seq}] = change.hash;
  }
}

std::optional<Hash> DecodeIndex::HashAt(const FeedId& feed, uint64_t seq) {
  const auto received = received_.find({feed, seq});
  if (received != received_.end()) return received->second;
  return log_->HashAt(feed, seq);
}

bool DecodeIndex::Holds(const FeedHead& place) {
  const auto received = received_.find({place.feed, place.seq});
  if (received != received_.end() && received->second == place.hash) {
    return true;
  }
  return log_->Holds(place);
}

void KeepVerified(ChangeLog& log, DecodeIndex* index, DecodedPack* pack) {
  std::vector<RunOfChanges> kept;
  for (RunOfChanges& run : pack->runs) {
    absl::Status status = VerifyRun(run, log, *index);
    if (status.ok()) {
      index->Received(run);
      kept.push_back(std::move(run));
    } else {
      pack->rejected.push_back(
          {run.feed, run.changes.back().seq, std::move(status)});
    }
  }
  pack->runs = std::move(kept);
}

size_t BytesOf(const RunOfChanges& run) {
  size_t bytes = 0;
  for (const Change& change : run.changes) {
    bytes += change.structure.size() + change.content.size() +
             change.header_bytes.size() + kChangeOverhead;
  }
  return bytes;
}

}  // namespace dateline::sync

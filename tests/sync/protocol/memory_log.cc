#include "tests/sync/protocol/memory_log.h"

#include <algorithm>

#include "sync/protocol/handshake.h"
#include "sync/protocol/peer_index.h"

namespace dateline::testing {

using namespace sync;  // NOLINT: a test

void MemoryLog::Add(const RunOfChanges& run) {
  for (size_t i = 0; i < run.changes.size(); ++i) {
    const Change& change = run.changes[i];
    const bool last = i + 1 == run.changes.size();
    const bool sign = last && !run.signature.IsZero();
    const auto held = changes_.find(change.hash);
    if (held != changes_.end()) {
      if (sign && !held->second.signature)
        held->second.signature = run.signature;
      continue;
    }
    Change stored = change;
    stored.signature.reset();
    if (sign) stored.signature = run.signature;
    changes_[change.hash] = stored;
    if (run.signature.IsZero()) written_.insert(change.hash);
    feeds_[run.feed][change.seq].push_back(change.hash);
    const Lane lane{run.feed.assignment, run.feed.lane};
    std::vector<Served>& served = served_[lane];
    const Hash before =
        served.empty() ? digest_start_[lane] : served.back().digest;
    served.push_back({change.hash, Digest("dateline/position/1")
                                       .Add(before.view())
                                       .Add(change.hash.view())
                                       .Finish()});
  }
}

void MemoryLog::Repair(const RunOfChanges& run) {
  changes_.at(run.changes.back().hash).signature = run.signature;
}

void MemoryLog::SetRoster(const v1::SignedRoster& signed_roster,
                          const v1::Roster& roster) {
  signed_roster_ = signed_roster;
  roster_ = roster;
}

v1::RosterMark MemoryLog::roster_mark() const { return MarkOf(roster_); }

bool MemoryLog::FollowsRoster(const v1::RosterMark& mark) {
  return Follows(roster_, mark);
}

absl::btree_set<Hash> MemoryLog::Hashes() const {
  absl::btree_set<Hash> out;
  for (const auto& [hash, change] : changes_) out.insert(hash);
  return out;
}

size_t MemoryLog::forks() const {
  size_t forks = 0;
  for (const auto& [feed, places] : feeds_) {
    for (const auto& [seq, hashes] : places) forks += hashes.size() > 1;
  }
  return forks;
}

void MemoryLog::SetDigest(const AssignmentId& assignment, sync::Lane lane,
                          const Hash& start) {
  digest_start_[{assignment, lane}] = start;
  Hash digest = start;
  for (Served& served : served_[{assignment, lane}]) {
    digest = Digest("dateline/position/1")
                 .Add(digest.view())
                 .Add(served.hash.view())
                 .Finish();
    served.digest = digest;
  }
}

std::vector<FeedHead> MemoryLog::FeedsOfDevice(const DeviceId& device) {
  std::vector<FeedHead> out;
  for (const auto& [feed, places] : feeds_) {
    if (feed.device != device) continue;
    FeedHead head{feed, 0, Hash()};
    for (const auto& [seq, hashes] : places) {
      for (const Hash& hash : hashes) {
        if (written_.contains(hash)) head = {feed, seq, hash};
      }
    }
    if (head.seq > 0) out.push_back(head);
  }
  return out;
}

std::optional<Hash> MemoryLog::HashAt(const FeedId& feed, uint64_t seq) {
  const auto at = feeds_.find(feed);
  if (at == feeds_.end()) return std::nullopt;
  const auto place = at->second.find(seq);
  if (place == at->second.end() || place->second.size() != 1) {
    return std::nullopt;
  }
  return place->second.front();
}

std::optional<FeedHead> MemoryLog::PlaceOf(const Hash& hash) {
  const auto at = changes_.find(hash);
  if (at == changes_.end()) return std::nullopt;
  for (const auto& [seq, hashes] : feeds_[at->second.feed]) {
    if (hashes.size() > 1) return std::nullopt;
  }
  return at->second.head();
}

bool MemoryLog::Holds(const FeedHead& head) {
  const auto at = changes_.find(head.hash);
  return at != changes_.end() && at->second.head() == head;
}

absl::StatusOr<std::vector<FeedHead>> MemoryLog::Heads(
    const AssignmentId& assignment) {
  std::vector<FeedHead> out;
  for (const auto& [feed, places] : feeds_) {
    if (feed.assignment != assignment) continue;
    absl::btree_set<Hash> inner;
    for (const auto& [seq, hashes] : places) {
      for (const Hash& hash : hashes) inner.insert(changes_[hash].previous);
    }
    for (const auto& [seq, hashes] : places) {
      for (const Hash& hash : hashes) {
        if (!inner.contains(hash)) out.push_back({feed, seq, hash});
      }
    }
  }
  return out;
}

// From the first change of a feed to this one.
std::vector<Change> MemoryLog::Branch(const Hash& head) const {
  std::vector<Change> out;
  for (auto at = changes_.find(head); at != changes_.end();
       at = changes_.find(at->second.previous)) {
    out.push_back(at->second);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

absl::StatusOr<std::vector<RunOfChanges>> MemoryLog::ReadFeed(
    const FeedId& feed, uint64_t after_seq, size_t bytes_max) {
  std::vector<RunOfChanges> runs;
  absl::btree_set<Hash> read;
  const auto heads = Heads(feed.assignment);
  for (const FeedHead& head : *heads) {
    if (head.feed != feed) continue;
    RunOfChanges run{feed, {}, {}};
    size_t bytes = 0;
    for (const Change& change : Branch(head.hash)) {
      if (change.seq <= after_seq || !read.insert(change.hash).second) continue;
      run.changes.push_back(change);
      run.changes.back().signature.reset();
      const bool full = bytes + BytesOf(run) >= bytes_max;
      if (!change.signature && !(full && feed.device == self_)) continue;
      if (change.signature) run.signature = *change.signature;
      bytes += BytesOf(run);
      runs.push_back(std::move(run));
      run = {feed, {}, {}};
      if (full) break;
    }
    if (!run.changes.empty()) runs.push_back(std::move(run));
  }
  return runs;
}

std::optional<PublicKey> MemoryLog::KeyOf(const DeviceId& device) {
  for (const v1::Device& listed : roster_.devices()) {
    if (listed.id() == device.view()) {
      return *PublicKey::FromBytes(listed.public_key());
    }
  }
  return std::nullopt;
}

std::optional<Hash> MemoryLog::DigestAt(const AssignmentId& assignment,
                                        sync::Lane lane, uint64_t position) {
  const std::vector<Served>& served = served_[{assignment, lane}];
  if (position == 0) return digest_start_[{assignment, lane}];
  if (position > served.size()) return std::nullopt;
  return served[position - 1].digest;
}

absl::StatusOr<ServingLog::Page> MemoryLog::ReadPositions(const Cursor& after,
                                                          const Reader& reader,
                                                          size_t bytes_max) {
  const std::vector<Served>& served = served_[{after.assignment, after.lane}];
  Page page;
  page.after = after;
  RunOfChanges run;
  size_t bytes = 0;
  for (size_t i = after.position; i < served.size(); ++i) {
    const Change& change = changes_[served[i].hash];
    run.feed = change.feed;
    run.changes.push_back(change);
    if (!change.signature) continue;
    run.signature = *change.signature;
    bytes += BytesOf(run);
    if (!hidden_.contains({reader.device, after.lane})) {
      page.runs.push_back(std::move(run));
    }
    run = {};
    page.after.position = i + 1;
    page.after.digest = served[i].digest;
    page.more = i + 1 < served.size();
    if (bytes >= bytes_max) break;
  }
  return page;
}

absl::StatusOr<std::vector<FeedHead>> MemoryLog::OwnHeads(
    const DeviceId& device, uint64_t incarnation) {
  absl::btree_set<AssignmentId> assignments;
  for (const auto& [feed, places] : feeds_) assignments.insert(feed.assignment);
  std::vector<FeedHead> out;
  for (const AssignmentId& assignment : assignments) {
    const std::vector<FeedHead> heads = *Heads(assignment);
    for (const FeedHead& head : heads) {
      if (head.feed.device == device && head.feed.incarnation == incarnation) {
        out.push_back(head);
      }
    }
  }
  return out;
}

absl::StatusOr<std::vector<AssignmentId>> MemoryLog::Scope(
    const DeviceId& device) {
  std::vector<AssignmentId> out;
  for (const v1::Assignment& assignment : roster_.assignments()) {
    out.push_back(*AssignmentId::FromBytes(assignment.id()));
  }
  return out;
}

}  // namespace dateline::testing

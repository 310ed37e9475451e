#include "server/session/serving_log.h"

#include <algorithm>
#include <utility>

#include "sync/base/digest.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"
#include "sync/protocol/handshake.h"

namespace dateline::server {

using sync::Change;
using sync::FeedHead;
using sync::FeedId;
using sync::Hash;
using sync::Lane;
using sync::RunOfChanges;

namespace {

// What of an assignment is served to a role.
enum class ReadingScope { kOwn, kAll, kDesk };

ReadingScope ScopeOf(v1::Role role) {
  if (IsDesk(role)) return ReadingScope::kDesk;
  return ReadsAll(role) ? ReadingScope::kAll : ReadingScope::kOwn;
}

v1::Role RoleOf(const sync::DeviceId& device,
                const sync::AssignmentId& assignment, const Roster& roster) {
  const Roster::Device* const found = roster.FindDevice(device);
  if (found == nullptr) return v1::ROLE_UNSPECIFIED;
  return roster.RoleOf(found->person, assignment);
}

absl::btree_map<sync::AssignmentId, ReadingScope> ScopesOf(
    const sync::DeviceId& device, const Roster& roster) {
  absl::btree_map<sync::AssignmentId, ReadingScope> scopes;
  const Roster::Device* const found = roster.FindDevice(device);
  if (found == nullptr) return scopes;
  for (const sync::AssignmentId& one : roster.AssignmentsOf(found->person)) {
    scopes[one] = ScopeOf(roster.RoleOf(found->person, one));
  }
  return scopes;
}

}  // namespace

std::vector<RunOfChanges> ToRuns(std::vector<Change> changes) {
  std::vector<RunOfChanges> runs;
  absl::btree_map<Hash, size_t> open;  // a run by its last hash
  for (Change& change : changes) {
    size_t at = runs.size();
    if (const auto found = open.find(change.previous);
        found != open.end() && runs[found->second].feed == change.feed) {
      at = found->second;
      open.erase(found);
    } else {
      runs.push_back({.feed = change.feed});
    }
    if (change.signature) {
      runs[at].signature = *change.signature;
    } else {
      open[change.hash] = at;
    }
    runs[at].changes.push_back(std::move(change));
  }
  absl::btree_set<size_t> unsigned_yet;
  for (const auto& [hash, at] : open) unsigned_yet.insert(at);
  std::vector<RunOfChanges> whole;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (!unsigned_yet.contains(i)) whole.push_back(std::move(runs[i]));
  }
  return whole;
}

template <typename Result, typename Read>
Result TruthServingLog::ReadOr(Result unknown, const Read& read) {
  const auto answer = [&]() -> absl::StatusOr<Result> {
    DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<TruthReader> truth,
                              truth_->Snapshot());
    return read(*truth);
  }();
  if (answer.ok()) return *answer;
  trouble_.Update(answer.status());
  return unknown;
}

std::optional<Hash> TruthServingLog::HashAt(const FeedId& feed, uint64_t seq) {
  using Found = std::optional<Hash>;
  return ReadOr<Found>(
      std::nullopt, [&](TruthReader& truth) -> absl::StatusOr<Found> {
        DATELINE_ASSIGN_OR_RETURN(const std::vector<Hash> hashes,
                                  truth.HashesAt(feed, seq));
        if (hashes.size() != 1) return std::nullopt;
        return hashes.front();
      });
}

std::optional<FeedHead> TruthServingLog::PlaceOf(const Hash& hash) {
  using Found = std::optional<FeedHead>;
  return ReadOr<Found>(
      std::nullopt, [&](TruthReader& truth) -> absl::StatusOr<Found> {
        DATELINE_ASSIGN_OR_RETURN(const Found place, truth.PlaceOf(hash));
        if (!place) return std::nullopt;
        DATELINE_ASSIGN_OR_RETURN(const std::vector<Hash> hashes,
                                  truth.HashesAt(place->feed, place->seq));
        if (hashes.size() != 1) return std::nullopt;
        return place;
      });
}

bool TruthServingLog::Holds(const FeedHead& head) {
  return ReadOr<bool>(false, [&](TruthReader& truth) -> absl::StatusOr<bool> {
    DATELINE_ASSIGN_OR_RETURN(const std::vector<Hash> hashes,
                              truth.HashesAt(head.feed, head.seq));
    return std::find(hashes.begin(), hashes.end(), head.hash) != hashes.end();
  });
}

v1::Role TruthServingLog::RoleIn(const sync::AssignmentId& assignment) const {
  return RoleOf(reader_, assignment, *serving_);
}

void TruthServingLog::ReadFor(const sync::DeviceId& reader) {
  reader_ = reader;
  if (serving_ == nullptr) serving_ = roster_->Get();
}

bool TruthServingLog::ScopesChanged() {
  const std::shared_ptr<const server::Roster> now = roster_->Get();
  return serving_ != nullptr && serving_ != now &&
         ScopesOf(reader_, *serving_) != ScopesOf(reader_, *now);
}

// Cursors of different scopes agree with each other nowhere.
Hash TruthServingLog::Scoped(const sync::Cursor& cursor) const {
  const ReadingScope scope = ScopeOf(RoleIn(cursor.assignment));
  const bool all = cursor.lane == Lane::kReceipt ? scope == ReadingScope::kDesk
                                                 : scope != ReadingScope::kOwn;
  if (all) return cursor.digest;
  return sync::Digest("dateline/scope/1").Add(cursor.digest.view()).Finish();
}

bool TruthServingLog::Reads(const sync::AssignmentId& assignment,
                            Lane lane) const {
  const v1::Role role = RoleIn(assignment);
  return lane == Lane::kReceipt ? IsDesk(role) : role != v1::ROLE_UNSPECIFIED;
}

absl::StatusOr<std::vector<FeedHead>> TruthServingLog::Heads(
    const sync::AssignmentId& assignment) {
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<TruthReader> truth,
                            truth_->Snapshot());
  DATELINE_ASSIGN_OR_RETURN(std::vector<FeedHead> heads,
                            truth->Heads(assignment));
  // A device knows its own receipts, whatever else it may read.
  heads.erase(std::remove_if(heads.begin(), heads.end(),
                             [&](const FeedHead& head) {
                               return head.feed.device != reader_ &&
                                      !Reads(assignment, head.feed.lane);
                             }),
              heads.end());
  return heads;
}

absl::StatusOr<bool> TruthServingLog::IsOwn(const Change& change,
                                            TruthReader& truth) {
  if (change.holding == sync::Holding::kPlaceOnly) return false;
  const server::Roster::Device* const device = serving_->FindDevice(reader_);
  DATELINE_ASSIGN_OR_RETURN(
      const std::optional<DocumentOrigin> origin,
      truth.OriginOf(change.feed.assignment, change.header.document));
  return device != nullptr && origin && origin->creator == device->person;
}

absl::StatusOr<Change> TruthServingLog::AsServed(PositionedChange row,
                                                 TruthReader& truth) {
  Change& change = row.change;
  if (change.feed.device == reader_) return std::move(change);
  if (!ReadsAll(RoleIn(change.feed.assignment))) {
    DATELINE_ASSIGN_OR_RETURN(const bool own, IsOwn(change, truth));
    if (!own) {
      Change place;
      place.feed = change.feed;
      place.seq = change.seq;
      place.previous = change.previous;
      place.hash = change.hash;
      place.holding = sync::Holding::kPlaceOnly;
      place.signature = change.signature;
      return place;
    }
  }
  if (row.held && change.holding == sync::Holding::kWhole) {
    return sync::ToStub(change);
  }
  return std::move(change);
}

absl::StatusOr<std::vector<RunOfChanges>> TruthServingLog::Serve(
    std::vector<PositionedChange> rows, TruthReader& truth) {
  std::vector<Change> changes;
  changes.reserve(rows.size());
  for (PositionedChange& row : rows) {
    DATELINE_ASSIGN_OR_RETURN(changes.emplace_back(),
                              AsServed(std::move(row), truth));
  }
  return ToRuns(std::move(changes));
}

absl::StatusOr<std::vector<RunOfChanges>> TruthServingLog::ReadFeed(
    const FeedId& feed, uint64_t after_seq, size_t bytes_max) {
  if (feed.device != reader_ && !Reads(feed.assignment, feed.lane)) {
    return std::vector<RunOfChanges>();
  }
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<TruthReader> truth,
                            truth_->Snapshot());
  DATELINE_ASSIGN_OR_RETURN(const std::vector<FeedHead> heads,
                            truth->HeadsOfFeed(feed));
  // Branches stand mixed; a part of them might end inside a run.
  const size_t bytes = heads.size() > 1 ? sync::kForkBytesMax : bytes_max;
  DATELINE_ASSIGN_OR_RETURN(std::vector<PositionedChange> rows,
                            truth->FeedAfter(feed, after_seq, bytes));
  return Serve(std::move(rows), *truth);
}

std::optional<sync::PublicKey> TruthServingLog::KeyOf(
    const sync::DeviceId& device) {
  const std::shared_ptr<const server::Roster> roster = roster_->Get();
  const server::Roster::Device* const found = roster->FindDevice(device);
  if (found == nullptr) return std::nullopt;
  return found->key;
}

std::optional<Hash> TruthServingLog::DigestAt(
    const sync::AssignmentId& assignment, Lane lane, uint64_t position) {
  const auto digest =
      ReadOr<std::optional<Hash>>(std::nullopt, [&](TruthReader& truth) {
        return truth.DigestAt(assignment, lane, position);
      });
  if (!digest) return std::nullopt;
  return Scoped({assignment, lane, position, *digest});
}

// What the reader need not be sent: it wrote it, and its heads continue ours.
absl::StatusOr<std::optional<FeedId>> TruthServingLog::OwnFeed(
    const sync::Cursor& cursor, const Reader& reader, TruthReader& truth) {
  const FeedId own{reader.device, reader.incarnation, cursor.assignment,
                   cursor.lane};
  DATELINE_ASSIGN_OR_RETURN(const std::vector<FeedHead> heads,
                            truth.HeadsOfFeed(own));
  if (heads.size() != 1) return std::nullopt;
  return own;
}

absl::StatusOr<sync::ServingLog::Page> TruthServingLog::ReadPositions(
    const sync::Cursor& after, const Reader& reader, size_t bytes_max) {
  ReadFor(reader.device);
  Page page;
  page.after = after;
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<TruthReader> truth,
                            truth_->Snapshot());
  DATELINE_ASSIGN_OR_RETURN(const sync::Cursor last,
                            truth->LastPosition(after.assignment, after.lane));
  if (!Reads(after.assignment, after.lane)) {
    page.after = last;
    page.after.digest = Scoped(last);
    return page;
  }
  if (last.position == after.position) return page;
  DATELINE_ASSIGN_OR_RETURN(const std::optional<FeedId> own,
                            OwnFeed(after, reader, *truth));
  DATELINE_ASSIGN_OR_RETURN(
      std::vector<PositionedChange> rows,
      truth->PositionsAfter(after.assignment, after.lane, after.position,
                            bytes_max, own));
  if (rows.empty()) {
    page.after = last;
    page.after.digest = Scoped(last);
    return page;
  }
  page.after.position = rows.back().position;
  page.after.digest = rows.back().digest;
  page.after.digest = Scoped(page.after);
  page.more = page.after.position < last.position;
  DATELINE_ASSIGN_OR_RETURN(page.runs, Serve(std::move(rows), *truth));
  return page;
}

absl::StatusOr<std::vector<FeedHead>> TruthServingLog::OwnHeads(
    const sync::DeviceId& device, uint64_t incarnation) {
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<TruthReader> truth,
                            truth_->Snapshot());
  DATELINE_ASSIGN_OR_RETURN(std::vector<FeedHead> heads,
                            truth->HeadsOfDevice(device));
  heads.erase(std::remove_if(heads.begin(), heads.end(),
                             [&](const FeedHead& head) {
                               return head.feed.incarnation != incarnation;
                             }),
              heads.end());
  return heads;
}

absl::StatusOr<std::vector<sync::AssignmentId>> TruthServingLog::Scope(
    const sync::DeviceId& device) {
  serving_ = nullptr;
  ReadFor(device);
  const server::Roster::Device* const found = serving_->FindDevice(device);
  if (found == nullptr) return std::vector<sync::AssignmentId>();
  return serving_->AssignmentsOf(found->person);
}

absl::StatusOr<v1::SignedRoster> TruthServingLog::Roster() {
  return roster_->Get()->as_signed();
}

uint64_t TruthServingLog::RosterVersion() { return roster_->Get()->version(); }

bool TruthServingLog::FollowsRoster(const v1::RosterMark& mark) {
  return sync::Follows(roster_->Get()->message(), mark);
}

}  // namespace dateline::server

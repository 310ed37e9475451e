// What one device may see of the truth: the log that its session serves from.
// Held changes come as stubs; receipts only to desks; what a stringer did not
// begin comes as places (hashes alone), so that chains and heads stay whole.
#ifndef DATELINE_SERVER_SESSION_SERVING_LOG_H_
#define DATELINE_SERVER_SESSION_SERVING_LOG_H_

#include <memory>
#include <optional>
#include <vector>

#include "absl/container/btree_map.h"
#include "server/storage/truth.h"
#include "server/trust/roster.h"
#include "sync/protocol/log.h"

namespace dateline::server {

// Cuts rows into runs: each continues the hash before it and ends with a
// signature. What has no signature yet is left out.
std::vector<sync::RunOfChanges> ToRuns(std::vector<sync::Change> changes);

// Thread-compatible; one session's.
class TruthServingLog : public sync::ServingLog {
 public:
  // Borrows both; they outlive it.
  TruthServingLog(Truth* truth, const RosterInForce* roster)
      : truth_(truth), roster_(roster) {}

  std::optional<sync::Hash> HashAt(const sync::FeedId& feed,
                                   uint64_t seq) override;
  std::optional<sync::FeedHead> PlaceOf(const sync::Hash& hash) override;
  bool Holds(const sync::FeedHead& head) override;
  absl::StatusOr<std::vector<sync::FeedHead>> Heads(
      const sync::AssignmentId& assignment) override;
  absl::StatusOr<std::vector<sync::RunOfChanges>> ReadFeed(
      const sync::FeedId& feed, uint64_t after_seq, size_t bytes_max) override;
  std::optional<sync::PublicKey> KeyOf(const sync::DeviceId& device) override;
  std::optional<sync::Hash> DigestAt(const sync::AssignmentId& assignment,
                                     sync::Lane lane,
                                     uint64_t position) override;
  absl::StatusOr<Page> ReadPositions(const sync::Cursor& after,
                                     const Reader& reader,
                                     size_t bytes_max) override;
  absl::StatusOr<std::vector<sync::FeedHead>> OwnHeads(
      const sync::DeviceId& device, uint64_t incarnation) override;
  // Also says whose session this is: the reader of Heads and ReadFeed.
  absl::StatusOr<std::vector<sync::AssignmentId>> Scope(
      const sync::DeviceId& device) override;
  bool ScopesChanged() override;
  absl::StatusOr<v1::SignedRoster> Roster() override;
  uint64_t RosterVersion() override;
  bool FollowsRoster(const v1::RosterMark& mark) override;
  absl::Status Trouble() override { return trouble_; }

 private:
  // What `read` gives of a snapshot; `unknown`, and trouble, where it fails.
  template <typename Result, typename Read>
  Result ReadOr(Result unknown, const Read& read);
  // The digest of a cursor that was given under this reader's scope.
  sync::Hash Scoped(const sync::Cursor& cursor) const;
  void ReadFor(const sync::DeviceId& reader);
  v1::Role RoleIn(const sync::AssignmentId& assignment) const;
  // False: this reader gets nothing of the lane.
  bool Reads(const sync::AssignmentId& assignment, sync::Lane lane) const;
  // The change as the reader may see it.
  absl::StatusOr<sync::Change> AsServed(PositionedChange row,
                                        TruthReader& truth);
  absl::StatusOr<std::optional<sync::FeedId>> OwnFeed(
      const sync::Cursor& cursor, const Reader& reader, TruthReader& truth);
  absl::StatusOr<bool> IsOwn(const sync::Change& change, TruthReader& truth);
  absl::StatusOr<std::vector<sync::RunOfChanges>> Serve(
      std::vector<PositionedChange> rows, TruthReader& truth);

  Truth* const truth_;                 // not owned
  const RosterInForce* const roster_;  // not owned
  sync::DeviceId reader_;              // zero before Scope
  absl::Status trouble_;               // the first, if any
  // By what roster the reader is served, from Scope on.
  std::shared_ptr<const server::Roster> serving_;
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_SESSION_SERVING_LOG_H_

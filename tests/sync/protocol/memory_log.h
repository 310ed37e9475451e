// A store of changes in memory, for a phone or a server: what the product's
// stores must do, in few lines. A value: a copy of it is a backup.
#ifndef DATELINE_TESTS_SYNC_PROTOCOL_MEMORY_LOG_H_
#define DATELINE_TESTS_SYNC_PROTOCOL_MEMORY_LOG_H_

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "sync/protocol/log.h"

namespace dateline::testing {

class MemoryLog : public sync::ServingLog {
 public:
  // --- what a test does with it ---
  void Add(const sync::RunOfChanges& run);
  // Replaces the signature of the run's last change.
  void Repair(const sync::RunOfChanges& run);
  void SetRoster(const v1::SignedRoster& signed_roster,
                 const v1::Roster& roster);
  v1::RosterMark roster_mark() const;
  void SetSelf(const sync::DeviceId& device) { self_ = device; }
  absl::btree_set<sync::Hash> Hashes() const;
  size_t forks() const;
  // Another history of positions: cursors said before agree no more.
  void SetDigest(const sync::AssignmentId& assignment, sync::Lane lane,
                 const sync::Hash& start);
  // Rows of the lane are not for the reader.
  void HideFrom(const sync::DeviceId& reader, sync::Lane lane) {
    hidden_.insert({reader, lane});
  }
  // The end of what was written here of each feed of the device.
  std::vector<sync::FeedHead> FeedsOfDevice(const sync::DeviceId& device);

  // --- ChangeIndex, ChangeLog, ServingLog ---
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
  absl::StatusOr<std::vector<sync::AssignmentId>> Scope(
      const sync::DeviceId& device) override;
  absl::StatusOr<v1::SignedRoster> Roster() override { return signed_roster_; }
  uint64_t RosterVersion() override { return roster_.version(); }
  bool FollowsRoster(const v1::RosterMark& mark) override;

 private:
  using Lane = std::pair<sync::AssignmentId, sync::Lane>;
  struct Served {
    sync::Hash hash;
    sync::Hash digest;
  };
  std::vector<sync::Change> Branch(const sync::Hash& head) const;

  sync::DeviceId self_;                  // whose feeds are read unsigned
  absl::btree_set<sync::Hash> written_;  // here, not received
  absl::btree_map<sync::Hash, sync::Change> changes_;
  absl::btree_map<sync::FeedId,
                  absl::btree_map<uint64_t, std::vector<sync::Hash>>>
      feeds_;
  absl::btree_map<Lane, std::vector<Served>> served_;
  absl::btree_map<Lane, sync::Hash> digest_start_;
  absl::btree_set<std::pair<sync::DeviceId, sync::Lane>> hidden_;
  v1::Roster roster_;
  v1::SignedRoster signed_roster_;
};

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SYNC_PROTOCOL_MEMORY_LOG_H_

// Reads of the truth over one connection, inside a transaction of its owner.
#ifndef DATELINE_SERVER_STORAGE_SQLITE_TRUTH_READER_H_
#define DATELINE_SERVER_STORAGE_SQLITE_TRUTH_READER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "server/storage/sqlite/feed_numbers.h"
#include "server/storage/sqlite/pool.h"
#include "server/storage/truth.h"
#include "sync/host/sqlite.h"

namespace dateline::server {

// Thread-compatible.
class SqliteTruthReader : public TruthReader {
 public:
  // Borrows *database.
  SqliteTruthReader(host::Database* database, int64_t tenant)
      : database_(database), tenant_(tenant), feeds_(database, tenant) {}

  absl::StatusOr<ServerState> State() override;
  absl::StatusOr<TruthCounts> Counts() override;

  absl::StatusOr<std::optional<sync::Change>> Find(
      const sync::Hash& hash) override;
  absl::StatusOr<std::optional<sync::Holding>> HoldingOf(
      const sync::Change& change) override;
  absl::StatusOr<std::optional<sync::FeedHead>> PlaceOf(
      const sync::Hash& hash) override;
  absl::StatusOr<std::vector<sync::Hash>> HashesAt(const sync::FeedId& feed,
                                                   uint64_t seq) override;
  absl::StatusOr<std::vector<sync::FeedHead>> Heads(
      const sync::AssignmentId& assignment) override;
  absl::StatusOr<std::vector<sync::FeedHead>> HeadsOfDevice(
      const sync::DeviceId& device) override;
  absl::StatusOr<std::vector<sync::FeedHead>> HeadsOfFeed(
      const sync::FeedId& feed) override;
  absl::StatusOr<std::vector<PositionedChange>> FeedAfter(
      const sync::FeedId& feed, uint64_t seq, size_t bytes_max) override;
  absl::StatusOr<std::vector<sync::Change>> ChangesOf(
      const sync::AssignmentId& assignment,
      const sync::DocumentId& document) override;
  absl::StatusOr<std::optional<DocumentOrigin>> OriginOf(
      const sync::AssignmentId& assignment,
      const sync::DocumentId& document) override;
  absl::StatusOr<std::vector<sync::DocumentId>> StatementsOf(
      const sync::AssignmentId& assignment) override;
  absl::StatusOr<std::optional<sync::AssignmentId>> FirstAssignmentOf(
      const sync::DocumentId& document) override;
  absl::StatusOr<std::vector<sync::AssignmentId>> AssignmentsOf(
      const sync::DocumentId& document) override;
  absl::StatusOr<std::vector<ForkRecord>> Forks() override;

  absl::StatusOr<sync::Cursor> LastPosition(
      const sync::AssignmentId& assignment, sync::Lane lane) override;
  absl::StatusOr<std::vector<sync::Cursor>> LastPositions() override;
  absl::StatusOr<std::optional<sync::Hash>> DigestAt(
      const sync::AssignmentId& assignment, sync::Lane lane,
      uint64_t position) override;
  absl::StatusOr<std::vector<PositionedChange>> PositionsAfter(
      const sync::AssignmentId& assignment, sync::Lane lane, uint64_t position,
      size_t bytes_max, const std::optional<sync::FeedId>& without) override;
  absl::StatusOr<std::vector<TouchedDocument>> TouchedAfter(
      const sync::AssignmentId& assignment, sync::Lane lane, uint64_t position,
      size_t rows_max) override;

  absl::StatusOr<std::optional<VerdictState>> VerdictOn(
      const sync::Hash& change) override;
  absl::StatusOr<std::vector<sync::Hash>> HeldChanges() override;
  absl::StatusOr<uint64_t> HeldBytesOf(const sync::DeviceId& device) override;
  absl::StatusOr<std::vector<OpenRequest>> OpenRequests() override;
  absl::StatusOr<std::optional<ApprovedBytes>> Approved(
      const sync::Hash& approval, uint32_t op) override;
  absl::StatusOr<bool> IsRedacted(const sync::Change& change) override;
  absl::StatusOr<bool> HasOpenRedaction(
      const sync::AssignmentId& assignment,
      const sync::DocumentId& document) override;

  absl::StatusOr<uint64_t> SessionCounter(const sync::DeviceId& device,
                                          uint64_t incarnation) override;
  absl::StatusOr<v1::SignedRoster> LatestRoster() override;
  absl::StatusOr<std::optional<Invitation>> FindInvitation(
      const sync::Hash& secret_hash) override;

 protected:
  // Where a document began, in each assignment that holds one of its id.
  using Origins = absl::btree_map<sync::AssignmentId, DocumentOrigin>;
  virtual absl::StatusOr<Origins> OriginsOf(const sync::DocumentId& document);
  // A cached statement with the tenant bound as parameter 1.
  absl::StatusOr<host::Statement*> Ask(absl::string_view sql);
  FeedNumbers& feeds() { return feeds_; }
  host::Database& database() { return *database_; }
  int64_t tenant() const { return tenant_; }

 private:
  absl::StatusOr<std::vector<sync::FeedHead>> ReadHeads(const Rows& rows);
  absl::StatusOr<std::vector<PositionedChange>> ReadPositioned(
      const Rows& rows, size_t bytes_max);

  host::Database* const database_;  // not owned
  const int64_t tenant_;
  FeedNumbers feeds_;
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_STORAGE_SQLITE_TRUTH_READER_H_

// Writes of the truth over the one writing connection.
#ifndef DATELINE_SERVER_STORAGE_SQLITE_TRUTH_WRITER_H_
#define DATELINE_SERVER_STORAGE_SQLITE_TRUTH_WRITER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "server/storage/sqlite/truth_reader.h"

namespace dateline::server {

// What the writer remembers of feeds and documents from one group to the next,
// each; then it forgets all and reads again: 4 MiB.
constexpr size_t kRememberedMax = 16384;

// One for the life of the connection, and alone in writing: what it has
// written or read once it need not ask again. Thread-compatible.
class SqliteTruthWriter : public TruthWriter, private SqliteTruthReader {
 public:
  // Borrows *database.
  SqliteTruthWriter(host::Database* database, int64_t tenant)
      : SqliteTruthReader(database, tenant) {}

  TruthReader& read() override { return *this; }
  absl::Status PutState(const ServerState& state) override;
  absl::Status AddChange(const sync::Change& change,
                         int64_t received_ms) override;
  absl::Status CompleteChange(const sync::Change& change) override;
  absl::Status EraseContent(const sync::Hash& change) override;
  absl::Status AddPosition(const sync::Change& change) override;
  absl::Status PutVerdict(const sync::Hash& change,
                          const VerdictState& verdict) override;
  absl::Status AddRequest(const OpenRequest& request) override;
  absl::Status CloseRequest(const sync::Hash& change, uint32_t op,
                            const sync::Hash& decision) override;
  absl::Status PutApproved(const ApprovedBytes& approved) override;
  absl::Status DropApproved(const sync::Hash& approval, uint32_t op) override;
  absl::Status PutRedaction(const sync::AssignmentId& assignment,
                            const sync::DocumentId& document,
                            const sync::Hash& change, bool in_force) override;
  absl::Status PutSessionCounter(const sync::DeviceId& device,
                                 uint64_t incarnation,
                                 uint64_t counter) override;
  absl::Status PutRoster(const v1::SignedRoster& roster,
                         const v1::RosterMark& mark) override;
  absl::Status PutInvitation(const Invitation& invitation) override;
  absl::Status ExpireInvitations() override;

  // Writes the counters and heads that this transaction moved. Call before
  // commit.
  absl::Status Flush();
  // After commit or rollback.
  void End(bool committed);
  // This transaction erased something.
  bool erased() const { return erased_; }

  // Asked for every change and document: most servers never redact.
  absl::StatusOr<bool> IsRedacted(const sync::Change& change) override;
  absl::StatusOr<bool> HasOpenRedaction(
      const sync::AssignmentId& assignment,
      const sync::DocumentId& document) override;

  // What this transaction moved is not yet in the tables.
  absl::StatusOr<sync::Cursor> LastPosition(
      const sync::AssignmentId& assignment, sync::Lane lane) override;
  absl::StatusOr<std::vector<sync::FeedHead>> Heads(
      const sync::AssignmentId& assignment) override;
  absl::StatusOr<std::vector<sync::FeedHead>> HeadsOfDevice(
      const sync::DeviceId& device) override;
  absl::StatusOr<std::vector<sync::FeedHead>> HeadsOfFeed(
      const sync::FeedId& feed) override;
  // Asks no index where the change follows a head: then it cannot be here.
  absl::StatusOr<std::optional<sync::Holding>> HoldingOf(
      const sync::Change& change) override;

 private:
  // An end of a feed; a fork has one more.
  struct Branch {
    int64_t number = 0;
    uint64_t seq = 0;
    sync::Hash hash;
    bool moved = false;  // and not written yet
  };

  absl::StatusOr<Origins> OriginsOf(const sync::DocumentId& document) override;
  absl::StatusOr<Origins*> OriginsKnown(const sync::DocumentId& document);
  absl::StatusOr<std::vector<Branch>*> BranchesOf(int64_t feed);
  absl::Status FlushHeads();
  absl::Status AdvanceHead(const sync::Change& change, int64_t feed,
                           int64_t received_ms);
  absl::Status NoteFork(const sync::Change& change, int64_t feed,
                        int64_t received_ms);
  absl::StatusOr<int64_t> NumberOf(const sync::Hash& change);
  absl::Status AddOrigin(const sync::Change& change);
  absl::StatusOr<bool> AnyRedactions();

  using Counter = std::pair<sync::AssignmentId, sync::Lane>;
  absl::btree_map<Counter, sync::Cursor> counters_;
  bool erased_ = false;
  std::optional<bool> any_redactions_;  // once known; may err to true
  absl::flat_hash_map<int64_t, std::vector<Branch>> branches_;  // by feed
  absl::flat_hash_map<sync::DocumentId, Origins> origins_;
  // The change added last, whose position comes next as a rule.
  sync::Hash added_;
  int64_t added_number_ = 0;
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_STORAGE_SQLITE_TRUTH_WRITER_H_

// Writes of the truth over the one writing connection.
#ifndef DATELINE_SERVER_STORAGE_SQLITE_TRUTH_WRITER_H_
#define DATELINE_SERVER_STORAGE_SQLITE_TRUTH_WRITER_H_

#include <optional>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "server/storage/sqlite/truth_reader.h"

namespace dateline::server {

// One for the life of the connection; Flush or Forget ends each transaction.
// Thread-compatible.
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
                         uint64_t version) override;
  absl::Status PutInvitation(const Invitation& invitation) override;

  // Writes the counters that this transaction moved. Call before commit.
  absl::Status Flush();
  // After commit or rollback.
  void Forget();
  // This transaction erased something.
  bool erased() const { return erased_; }

  // Asked for every change and document: most servers never redact.
  absl::StatusOr<bool> IsRedacted(const sync::Change& change) override;
  absl::StatusOr<bool> HasOpenRedaction(
      const sync::AssignmentId& assignment,
      const sync::DocumentId& document) override;

  // The counters of this transaction are not yet in their table.
  absl::StatusOr<sync::Cursor> LastPosition(
      const sync::AssignmentId& assignment, sync::Lane lane) override;

 private:
  absl::Status AdvanceHead(const sync::Change& change, int64_t feed,
                           int64_t received_ms);
  absl::Status AddBranch(const sync::Change& change, int64_t feed,
                         int64_t received_ms);
  absl::Status AddOrigin(const sync::Change& change);
  absl::StatusOr<bool> AnyRedactions();

  using Counter = std::pair<sync::AssignmentId, sync::Lane>;
  absl::btree_map<Counter, sync::Cursor> counters_;
  bool erased_ = false;
  std::optional<bool> any_redactions_;  // once known; may err to true
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_STORAGE_SQLITE_TRUTH_WRITER_H_

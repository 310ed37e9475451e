// What people read: merged documents, rows of lists, full-text search, ledgers.
// All of it can be built again from the truth (truth.h).
#ifndef DATELINE_CLIENT_CORE_STORE_VIEWS_H_
#define DATELINE_CLIENT_CORE_STORE_VIEWS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dateline/client.h"
#include "dateline/v1/document.pb.h"
#include "dateline/v1/ledger.pb.h"
#include "sync/base/ids.h"
#include "sync/host/sqlite.h"

namespace dateline::client {

// A list's row as stored; what the phone alone knows (Whereabouts) is added
// when it is read.
struct StoredRow {
  Row row;
  bool asked = false;  // a question is open
  bool held = false;   // part of it is held by a verdict
};

struct StoredDocument {
  int64_t number = 0;
  AssignmentId assignment;
  bool in_ledger = false;
  v1::Document document;
};

// Borrows *db. Thread-compatible. Errors are the store's.
class Views {
 public:
  explicit Views(host::Database* db) : db_(*db) {}

  // Writes document, row and search words. `before` is what Find gave.
  absl::Status Put(const AssignmentId& assignment, const v1::Document& document,
                   const sync::PersonId& me,
                   const std::optional<StoredDocument>& before);
  absl::StatusOr<std::optional<StoredDocument>> Find(const DocumentId& id);
  absl::Status Remove(const StoredDocument& document);

  // Newest first. limit 0: no limit. A text is looked for in what IndexWords
  // has indexed.
  absl::StatusOr<std::vector<StoredRow>> List(const Query& query);
  absl::StatusOr<std::optional<StoredRow>> RowOf(const DocumentId& id);
  // How many changes of a device are held by a verdict.
  absl::StatusOr<uint64_t> HeldChanges(const DeviceId& signer);
  // Documents of an assignment (all if absent) with open conflicts.
  absl::StatusOr<std::vector<DocumentId>> InConflict(
      const std::optional<AssignmentId>& assignment);
  // Ids in [low, high], at most `limit`.
  absl::StatusOr<std::vector<DocumentId>> Between(const std::string& low,
                                                  const std::string& high,
                                                  int limit);
  // In ascending order.
  absl::StatusOr<std::vector<DocumentId>> Documents(
      const AssignmentId& assignment);
  absl::StatusOr<std::vector<AssignmentId>> Assignments();

  // What MergeLedger must see.
  absl::StatusOr<std::vector<v1::Document>> LedgerDocuments(
      const AssignmentId& assignment);
  absl::StatusOr<v1::Ledger> Ledger(const AssignmentId& assignment);
  absl::StatusOr<std::vector<AssignmentId>> LedgerAssignments();
  // Stores it and marks the rows of reports that use withdrawn figures.
  absl::Status PutLedger(const AssignmentId& assignment,
                         const v1::Ledger& ledger);

  // kViewVersion of the program that built the view. Truth and view commit
  // together, so there is nothing else to remember.
  absl::StatusOr<int64_t> Version();
  absl::Status PutVersion(int64_t version);

  // Brings the search index up to date with the documents. A save leaves this
  // to whoever searches next, or to a batch.
  absl::Status IndexWords();
  absl::StatusOr<int64_t> UnindexedDocuments();
  // Forgets everything; the caller builds it again.
  absl::Status Clear();

 private:
  absl::Status PutRow(int64_t number, const AssignmentId& assignment,
                      const v1::Document& document, const sync::PersonId& me);
  absl::StatusOr<std::vector<DocumentId>> Ids(host::Statement* get);
  absl::StatusOr<std::vector<AssignmentId>> AssignmentIds(host::Statement* get);
  absl::Status NoteUnindexed(int64_t number,
                             const std::optional<StoredDocument>& before);
  absl::Status IndexOne(int64_t number, const std::string& before);

  host::Database& db_;
};

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_CORE_STORE_VIEWS_H_

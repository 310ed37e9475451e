// What people read: merged documents, rows of lists, full-text search, ledgers.
// All of it can be built again from the truth (truth.h).
#ifndef DATELINE_CLIENT_CORE_STORE_VIEWS_H_
#define DATELINE_CLIENT_CORE_STORE_VIEWS_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
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

// Where a document is stored.
struct DocumentRow {
  int64_t number = 0;
  AssignmentId assignment;
  bool in_ledger = false;
};

struct StoredDocument {
  AssignmentId assignment;
  v1::Document document;
};

// Borrows *db. Thread-compatible. Errors are the store's.
class Views {
 public:
  // Merges a document from the truth.
  using Merge = std::function<absl::StatusOr<v1::Document>(const DocumentId&)>;
  Views(host::Database* db, Merge merge) : db_(*db), merge_(std::move(merge)) {}

  // When the merged document is written beside its row: with kLater it is
  // merged whenever it is read, until the search index takes it in.
  enum class Keep { kNow, kLater };
  // Writes row and document. `before` is what FindRow gave.
  absl::Status Put(const AssignmentId& assignment, const v1::Document& document,
                   const sync::PersonId& me,
                   const std::optional<DocumentRow>& before, Keep keep);
  absl::StatusOr<std::optional<DocumentRow>> FindRow(const DocumentId& id);
  absl::StatusOr<std::optional<StoredDocument>> Find(const DocumentId& id);
  absl::Status Remove(const DocumentRow& document);

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
  // A few ms of it; true: there is more.
  absl::StatusOr<bool> IndexSomeWords();
  absl::StatusOr<int64_t> UnindexedDocuments();
  // Leaves in the index no word that documents have no longer.
  absl::Status ForgetWords();
  // After a transaction that failed: what is remembered of it is not so.
  void Forget() { numbers_.reset(); }
  // Forgets everything; the caller builds it again.
  absl::Status Clear();

 private:
  absl::Status PutRow(int64_t number, const AssignmentId& assignment,
                      const v1::Document& document, const sync::PersonId& me);
  absl::StatusOr<std::vector<DocumentId>> Ids(host::Statement* get);
  absl::StatusOr<std::vector<AssignmentId>> AssignmentIds(host::Statement* get);
  absl::Status PutView(int64_t number, const v1::Document& document);
  absl::Status RemoveView(int64_t number);

  // --- views_words.cc ---
  struct Numbers {
    int64_t newest = 0;   // the highest number there is
    int64_t indexed = 0;  // documents up to it are in `search`
  };
  absl::StatusOr<Numbers*> LoadNumbers();
  absl::StatusOr<bool> IsIndexed(int64_t number);
  absl::Status NoteUnindexed(int64_t number);
  absl::Status RemoveWords(int64_t number, const std::string& words);
  absl::Status TakeOutWords(int64_t number);
  absl::StatusOr<v1::Document> ViewOf(int64_t number, bool* kept);
  absl::Status IndexOne(int64_t number, const std::string& before);
  absl::StatusOr<int64_t> IndexChanged();
  absl::StatusOr<int64_t> IndexNew();
  absl::Status LowerIndexed();

  host::Database& db_;
  const Merge merge_;
  std::optional<Numbers> numbers_;  // remembered
};

// STORAGE_DAMAGED if they are not such a message's.
absl::Status ParseView(absl::string_view bytes, google::protobuf::Message* out);

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_CORE_STORE_VIEWS_H_

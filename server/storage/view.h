// What people see, derived from the truth: documents, queue, ledgers, search.
// It can be rebuilt at any time and remembers how far it applied; ingest never
// waits for it (DESIGN 8).
#ifndef DATELINE_SERVER_STORAGE_VIEW_H_
#define DATELINE_SERVER_STORAGE_VIEW_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dateline/v1/desk.pb.h"
#include "dateline/v1/document.pb.h"
#include "dateline/v1/ledger.pb.h"
#include "sync/base/ids.h"
#include "sync/model/feed.h"

namespace dateline::server {

struct ViewDocument {
  sync::AssignmentId assignment;
  v1::Document document;
  int64_t received_ms = 0;  // the server's clock, at its last change
  bool in_ledger = false;
};

// A queue row with the number of the view's change that last touched it.
struct TouchedRow {
  uint64_t touched = 0;
  v1::QueueRow row;
};

struct QueueFilter {
  absl::btree_set<sync::AssignmentId> assignments;  // readable ones
  std::vector<v1::Status> statuses;                 // empty: all
  bool conflicts_only = false;
  bool withdrawn_only = false;
  // Only documents that this person began (stringers), where set.
  std::optional<sync::PersonId> creator;
};

// The place of a row in the queue: newest first.
struct QueuePlace {
  int64_t received_ms = 0;
  sync::DocumentId document;
};

struct QueuePage {
  std::vector<v1::QueueRow> rows;
  std::optional<QueuePlace> next;  // after the last row, if there is more
  uint64_t total = 0;
};

// A consistent view. Thread-compatible. Fails with STORAGE_DAMAGED.
class ViewReader {
 public:
  virtual ~ViewReader() = default;
  virtual absl::StatusOr<sync::Cursor> Applied(
      const sync::AssignmentId& assignment, sync::Lane lane) = 0;
  virtual absl::StatusOr<std::optional<ViewDocument>> Find(
      const sync::AssignmentId& assignment,
      const sync::DocumentId& document) = 0;
  virtual absl::StatusOr<std::vector<ViewDocument>> Documents(
      const sync::AssignmentId& assignment, bool in_ledger_only) = 0;
  // Documents with an open conflict.
  virtual absl::StatusOr<std::vector<ViewDocument>> Conflicted(
      const sync::AssignmentId& assignment) = 0;
  virtual absl::StatusOr<std::vector<sync::AssignmentId>> Assignments() = 0;
  virtual absl::StatusOr<uint64_t> DocumentCount() = 0;
  // An empty one where there is none yet.
  virtual absl::StatusOr<v1::Ledger> LedgerOf(
      const sync::AssignmentId& assignment) = 0;
  virtual absl::StatusOr<QueuePage> Queue(
      const QueueFilter& filter, const std::optional<QueuePlace>& after,
      size_t rows_max) = 0;
  virtual absl::StatusOr<std::optional<v1::QueueRow>> RowOf(
      const sync::AssignmentId& assignment,
      const sync::DocumentId& document) = 0;
  // Rows of words that begin with each word of `query`, best first.
  virtual absl::StatusOr<std::vector<v1::QueueRow>> Search(
      const QueueFilter& filter, const std::string& query, size_t rows_max) = 0;
  // Rows and ledgers touched after the view's change number `after`.
  virtual absl::StatusOr<std::vector<TouchedRow>> TouchedAfter(
      const QueueFilter& filter, uint64_t after, size_t rows_max) = 0;
  virtual absl::StatusOr<uint64_t> LedgerTouched(
      const sync::AssignmentId& assignment) = 0;
  virtual absl::StatusOr<uint64_t> LastTouched() = 0;
};

class ViewWriter {
 public:
  virtual ~ViewWriter() = default;
  virtual ViewReader& read() = 0;
  virtual absl::Status PutApplied(const sync::Cursor& cursor) = 0;
  virtual absl::Status PutDocument(const ViewDocument& document) = 0;
  // `words` are what search finds, in order of weight.
  virtual absl::Status PutRow(const v1::QueueRow& row) = 0;
  virtual absl::Status PutSearch(const sync::AssignmentId& assignment,
                                 const sync::DocumentId& document,
                                 const std::string& title,
                                 const std::string& words) = 0;
  virtual absl::Status PutLedger(const sync::AssignmentId& assignment,
                                 const v1::Ledger& ledger) = 0;
  // Leaves in no index or file a word that rows have no longer.
  virtual absl::Status ForgetWords() = 0;
  virtual absl::Status Clear() = 0;
};

// Thread-safe, but for Write: one thread writes.
class View {
 public:
  virtual ~View() = default;
  virtual absl::Status Write(
      const std::function<absl::Status(ViewWriter&)>& body) = 0;
  virtual absl::StatusOr<std::unique_ptr<ViewReader>> Snapshot() = 0;
  // STORAGE_DAMAGED. Reads the whole file. By the writing thread.
  virtual absl::Status CheckIntegrity() = 0;
  // Puts a damaged file aside, for a look, and begins an empty one, whose
  // touched rows count on after `first_mark`. Waits for snapshots to end; by
  // the writing thread. After an error it may be tried again.
  virtual absl::Status SetAside(uint64_t first_mark) = 0;
  // As Truth::scrub_owed and Truth::Scrub, of ForgetWords and what it follows.
  virtual bool scrub_owed() const = 0;
  virtual absl::Status Scrub() = 0;
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_STORAGE_VIEW_H_

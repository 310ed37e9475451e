// Reads of the view over one connection, inside a transaction of its owner.
#ifndef DATELINE_SERVER_STORAGE_SQLITE_VIEW_READER_H_
#define DATELINE_SERVER_STORAGE_SQLITE_VIEW_READER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/storage/sqlite/pool.h"
#include "server/storage/view.h"
#include "sync/host/sqlite.h"

namespace dateline::server {

constexpr int64_t kViewTenant = 1;  // one organization a view, so far

// Thread-compatible.
class SqliteViewReader : public ViewReader {
 public:
  // Borrows *database.
  explicit SqliteViewReader(host::Database* database) : database_(database) {}

  absl::StatusOr<sync::Cursor> Applied(const sync::AssignmentId& assignment,
                                       sync::Lane lane) override;
  absl::StatusOr<std::optional<ViewDocument>> Find(
      const sync::AssignmentId& assignment,
      const sync::DocumentId& document) override;
  absl::StatusOr<std::vector<ViewDocument>> Documents(
      const sync::AssignmentId& assignment, bool in_ledger_only) override;
  absl::StatusOr<std::vector<ViewDocument>> Conflicted(
      const sync::AssignmentId& assignment) override;
  absl::StatusOr<std::vector<sync::AssignmentId>> Assignments() override;
  absl::StatusOr<uint64_t> DocumentCount() override;
  absl::StatusOr<v1::Ledger> LedgerOf(
      const sync::AssignmentId& assignment) override;
  absl::StatusOr<QueuePage> Queue(const QueueFilter& filter,
                                  const std::optional<QueuePlace>& after,
                                  size_t rows_max) override;
  absl::StatusOr<std::optional<v1::QueueRow>> RowOf(
      const sync::AssignmentId& assignment,
      const sync::DocumentId& document) override;
  absl::StatusOr<std::vector<v1::QueueRow>> Search(const QueueFilter& filter,
                                                   const std::string& query,
                                                   size_t rows_max) override;
  absl::StatusOr<std::vector<TouchedRow>> TouchedAfter(
      const QueueFilter& filter, uint64_t after, size_t rows_max) override;
  absl::StatusOr<uint64_t> LedgerTouched(
      const sync::AssignmentId& assignment) override;
  absl::StatusOr<uint64_t> LastTouched() override;

 protected:
  absl::StatusOr<host::Statement*> Ask(absl::string_view sql);
  host::Database& database() { return *database_; }

 private:
  absl::StatusOr<std::vector<ViewDocument>> ReadDocuments(
      absl::string_view sql, const sync::AssignmentId& assignment);

  host::Database* const database_;  // not owned
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_STORAGE_SQLITE_VIEW_READER_H_

// SQLite as both sides use it: checked opening, prepared statements,
// transactions, backups. Every pragma of DESIGN 8 is set here and asserted.
#ifndef DATELINE_SYNC_HOST_SQLITE_H_
#define DATELINE_SYNC_HOST_SQLITE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace dateline::host {

// A prepared statement, reset on reuse. Binds from 1, columns from 0, as in
// SQLite. Thread-compatible; belongs to its Database.
class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();

  Statement& Bind(int index, int64_t value);
  Statement& BindText(int index, absl::string_view value);
  Statement& BindBlob(int index, absl::string_view value);
  // Not copied: `value` must stand until the statement is reset (by Run).
  Statement& BindBorrowed(int index, absl::string_view value);
  Statement& BindNull(int index);

  // True: a row is there. STORAGE_FULL, STORAGE_DAMAGED, STORE_IN_USE or
  // INTERNAL_ERROR otherwise.
  absl::StatusOr<bool> Step();
  // Step until done, then reset: for statements without rows.
  absl::Status Run();
  void Reset();

  int64_t Int(int column) const;
  // Valid until the next Step or Reset.
  absl::string_view Text(int column) const;
  absl::string_view Blob(int column) const;
  bool IsNull(int column) const;

 private:
  friend class Database;
  explicit Statement(sqlite3_stmt* stmt) : stmt_(stmt) {}
  sqlite3_stmt* stmt_;  // owned
  bool clean_ = true;   // nothing to reset
  absl::Status bind_status_;
};

// One connection. Thread-compatible. Exactly one writing connection per file.
class Database {
 public:
  struct Options {
    bool read_only = false;
    bool create = true;
    int busy_timeout_ms = 5000;
    int64_t cache_bytes = 8 << 20;
    // No other connection at all, and no shared-memory file: a phone's store.
    bool exclusive = false;
  };
  // WAL, synchronous=FULL, secure_delete, trusted_schema=OFF,
  // cell_size_check=ON, temp_store=MEMORY, foreign_keys=ON. Made 0600.
  // NOT_FOUND if it is absent and `create` is false; STORAGE_DAMAGED if it is
  // no database; STORE_IN_USE, STORAGE_FULL.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path,
                                                        const Options& options);
  ~Database();

  // One or more statements without results.
  absl::Status Execute(const std::string& sql);
  // Cached by its text for the life of the connection; reset before it is
  // returned. The pointer stays valid; not owned.
  absl::StatusOr<Statement*> Prepared(absl::string_view sql);
  // A fresh statement, for loops that nest.
  absl::StatusOr<Statement> Prepare(absl::string_view sql);
  int64_t changed_rows() const;
  // The key that the last INSERT gave.
  int64_t last_row() const;

  // Runs `body` in BEGIN IMMEDIATE; commits if it returns ok, else rolls back.
  absl::Status Transact(const std::function<absl::Status()>& body);
  // The same, but durable only with the next Transact: for what a power cut
  // may take because somebody will say it again (an acknowledgement).
  absl::Status TransactLazily(const std::function<absl::Status()>& body);

  // user_version; migrations count it up.
  absl::StatusOr<int64_t> SchemaVersion();
  // Applies migrations[SchemaVersion()..], each in its own transaction.
  // UNSUPPORTED_VERSION if the file is newer than this program.
  absl::Status Migrate(const std::vector<std::string>& migrations);

  // Brings the write-ahead log into the file and empties it, so that what was
  // erased is in neither. Not inside a transaction. False: somebody was reading
  // for longer than `wait`; nothing is lost, try again.
  absl::StatusOr<bool> EmptyLog(absl::Duration wait);

  // Copies the whole database to a new file, online, page by page.
  // UNAVAILABLE_NOW once `go_on`, asked every so many pages, says no.
  absl::Status BackupTo(const std::string& path,
                        const std::function<bool()>& go_on = nullptr);
  // quick_check; STORAGE_DAMAGED with where.
  absl::Status CheckIntegrity();

 private:
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace dateline::host

#endif  // DATELINE_SYNC_HOST_SQLITE_H_

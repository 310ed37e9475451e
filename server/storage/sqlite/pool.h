// Reading connections to one file, made as needed and kept for the next
// reader: each snapshot has one for itself.
#ifndef DATELINE_SERVER_STORAGE_SQLITE_POOL_H_
#define DATELINE_SERVER_STORAGE_SQLITE_POOL_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sync/base/mutex.h"
#include "sync/host/sqlite.h"

namespace dateline::server {

constexpr size_t kIdleReadersMax = 16;  // more than the threads that read
constexpr int64_t kReaderCacheBytes = 2 << 20;

// Thread-safe.
class ReaderPool {
 public:
  explicit ReaderPool(std::string path) : path_(std::move(path)) {}

  // A connection inside a read transaction; goes back when destroyed.
  class Lease {
   public:
    Lease(ReaderPool* pool, std::unique_ptr<host::Database> database)
        : pool_(pool), database_(std::move(database)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    host::Database& database() { return *database_; }

   private:
    ReaderPool* const pool_;  // not owned
    std::unique_ptr<host::Database> database_;
  };
  absl::StatusOr<Lease> Begin();

 private:
  void GiveBack(std::unique_ptr<host::Database> database);

  const std::string path_;
  sync::Mutex mu_;
  std::vector<std::unique_ptr<host::Database>> idle_ ABSL_GUARDED_BY(mu_);
};

// Resets a cached statement when the rows have been read.
class Rows {
 public:
  explicit Rows(host::Statement* statement) : statement_(statement) {}
  ~Rows() { statement_->Reset(); }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  host::Statement* operator->() const { return statement_; }
  host::Statement& operator*() const { return *statement_; }

 private:
  host::Statement* const statement_;  // not owned
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_STORAGE_SQLITE_POOL_H_

#include "server/storage/sqlite/pool.h"

#include <utility>

#include "sync/base/status_macros.h"

namespace dateline::server {

ReaderPool::Lease::~Lease() {
  if (database_ != nullptr) pool_->GiveBack(std::move(database_));
}

absl::StatusOr<ReaderPool::Lease> ReaderPool::Begin() {
  std::unique_ptr<host::Database> database;
  {
    const sync::MutexLock lock(&mu_);
    if (!idle_.empty()) {
      database = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (database == nullptr) {
    DATELINE_ASSIGN_OR_RETURN(
        database,
        host::Database::Open(path_, {.read_only = true,
                                     .create = false,
                                     .cache_bytes = kReaderCacheBytes}));
  }
  DATELINE_ASSIGN_OR_RETURN(host::Statement * begin,
                            database->Prepared("BEGIN"));
  DATELINE_RETURN_IF_ERROR(begin->Run());
  return Lease(this, std::move(database));
}

void ReaderPool::GiveBack(std::unique_ptr<host::Database> database) {
  auto commit = database->Prepared("COMMIT");
  if (!commit.ok() || !(*commit)->Run().ok()) return;  // closed, not reused
  const sync::MutexLock lock(&mu_);
  if (idle_.size() < kIdleReadersMax) idle_.push_back(std::move(database));
}

}  // namespace dateline::server

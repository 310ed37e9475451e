// The truth in one SQLite file. See server/storage/truth.h for what it
// promises and SCHEMA.md for its tables.
#ifndef DATELINE_SERVER_STORAGE_SQLITE_TRUTH_H_
#define DATELINE_SERVER_STORAGE_SQLITE_TRUTH_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/storage/truth.h"
#include "sync/base/ids.h"

namespace dateline::server {

struct SqliteTruthOptions {
  std::string path;
  sync::OrganizationId organization;
  // Taken when the file is new.
  ServerState first_state;
};

// Opens or makes the file. The caller owns the data directory's lock.
// STORAGE_DAMAGED, STORAGE_FULL, UNSUPPORTED_VERSION.
absl::StatusOr<std::unique_ptr<Truth>> OpenSqliteTruth(
    const SqliteTruthOptions& options);

}  // namespace dateline::server

#endif  // DATELINE_SERVER_STORAGE_SQLITE_TRUTH_H_

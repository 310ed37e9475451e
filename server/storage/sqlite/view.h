// The view in one SQLite file of its own. See server/storage/view.h.
#ifndef DATELINE_SERVER_STORAGE_SQLITE_VIEW_H_
#define DATELINE_SERVER_STORAGE_SQLITE_VIEW_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/storage/view.h"

namespace dateline::server {

struct SqliteViewOptions {
  std::string path;
  // Where the numbers of touched rows begin in a new file: above all that a
  // file before it gave to watchers.
  uint64_t first_mark = 0;
};
// Opens or makes the file. STORAGE_DAMAGED: set it aside and open again.
absl::StatusOr<std::unique_ptr<View>> OpenSqliteView(
    const SqliteViewOptions& options);

// Renames the file, and what SQLite has beside it, to PATH.damaged...; what an
// earlier call left there goes.
absl::Status SetViewAside(const std::string& path);

}  // namespace dateline::server

#endif  // DATELINE_SERVER_STORAGE_SQLITE_VIEW_H_

// The view in one SQLite file of its own. See server/storage/view.h.
#ifndef DATELINE_SERVER_STORAGE_SQLITE_VIEW_H_
#define DATELINE_SERVER_STORAGE_SQLITE_VIEW_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/storage/view.h"

namespace dateline::server {

// Opens or makes the file. A damaged one may be removed: it is rebuilt.
absl::StatusOr<std::unique_ptr<View>> OpenSqliteView(const std::string& path);

}  // namespace dateline::server

#endif  // DATELINE_SERVER_STORAGE_SQLITE_VIEW_H_

// The tables of both files. SCHEMA.md, one folder up, says what each column
// means; tests/server/storage compares the two.
#ifndef DATELINE_SERVER_STORAGE_SQLITE_SCHEMA_H_
#define DATELINE_SERVER_STORAGE_SQLITE_SCHEMA_H_

#include <string>
#include <vector>

namespace dateline::server {

// Numbered from 1, forward only (STYLE 16).
const std::vector<std::string>& TruthMigrations();
const std::vector<std::string>& ViewMigrations();

}  // namespace dateline::server

#endif  // DATELINE_SERVER_STORAGE_SQLITE_SCHEMA_H_

// SCHEMA.md says what is in the files, column by column.
#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/host/files.h"
#include "sync/host/sqlite.h"
#include "tests/server/storage/engines.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace dateline {
namespace {

// "truth.db changes" -> its columns.
using Tables = std::map<std::string, std::set<std::string>>;

Tables Documented(const std::string& page) {
  Tables tables;
  std::string file, table;
  for (const absl::string_view line : absl::StrSplit(page, '\n')) {
    if (line.substr(0, 3) == "## ") file = std::string(line.substr(3));
    if (line.substr(0, 4) == "### ") table = std::string(line.substr(4));
    if (line.substr(0, 3) != "- `") continue;
    const std::vector<std::string> parts = absl::StrSplit(line, '`');
    tables[absl::StrCat(file, " ", table)].insert(parts[1]);
  }
  return tables;
}

void AddReal(const std::string& folder, const std::string& file,
             Tables* tables) {
  ASSERT_OK_AND_ASSIGN(const auto database,
                       host::Database::Open(absl::StrCat(folder, "/", file),
                                            {.read_only = true}));
  // FTS5 keeps its index in tables of its own, search_*.
  ASSERT_OK_AND_ASSIGN(
      host::Statement columns,
      database->Prepare("SELECT m.name, c.name FROM sqlite_schema m"
                        " JOIN pragma_table_info(m.name) c"
                        " WHERE m.type = 'table' AND m.name NOT LIKE"
                        " 'search\\_%' ESCAPE '\\'"));
  while (true) {
    ASSERT_OK_AND_ASSIGN(const bool more, columns.Step());
    if (!more) return;
    (*tables)[absl::StrCat(file, " ", columns.Text(0))].insert(
        std::string(columns.Text(1)));
  }
}

TEST(SchemaTest, ThePageNamesEveryTableAndColumnOfBothFiles) {
  const testing::TempDir folder;
  ASSERT_OK(testing::OpenSqlite(folder.path()));
  Tables real;
  AddReal(folder.path(), "truth.db", &real);
  AddReal(folder.path(), "view.db", &real);
  ASSERT_OK_AND_ASSIGN(
      const std::string page,
      host::ReadFile(DATELINE_SOURCE_DIR "/server/storage/SCHEMA.md"));
  EXPECT_EQ(Documented(page), real);
}

TEST(SchemaTest, TheTenantIsFirstInEveryKey) {
  const testing::TempDir folder;
  ASSERT_OK(testing::OpenSqlite(folder.path()));
  for (const char* file : {"truth.db", "view.db"}) {
    ASSERT_OK_AND_ASSIGN(
        const auto database,
        host::Database::Open(absl::StrCat(folder.path(), "/", file),
                             {.read_only = true}));
    ASSERT_OK_AND_ASSIGN(
        host::Statement indexes,
        database->Prepare(
            "SELECT l.name, i.name FROM sqlite_schema m"
            " JOIN pragma_index_list(m.name) l"
            " JOIN pragma_index_info(l.name) i WHERE m.type = 'table'"
            " AND i.seqno = 0 AND m.name NOT LIKE 'search%'"
            " AND m.name != 'tenants'"));
    while (true) {
      ASSERT_OK_AND_ASSIGN(const bool more, indexes.Step());
      if (!more) break;
      EXPECT_EQ(indexes.Text(1), "tenant") << indexes.Text(0);
    }
  }
}

}  // namespace
}  // namespace dateline

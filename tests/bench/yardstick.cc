#include "tests/bench/yardstick.h"

#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "sync/base/status_macros.h"
#include "sync/host/sqlite.h"
#include "tests/bench/report.h"

namespace dateline::bench {
namespace {

using host::Database;
using host::Statement;

// A value as SQLite keeps it: integer, blob, text or NULL.
struct Cell {
  int type = SQLITE_NULL;
  int64_t number = 0;
  std::string bytes;
};
using RowCells = std::vector<Cell>;

struct Table {
  std::string name;
  std::vector<std::string> columns;
  std::vector<RowCells> rows;
};

absl::StatusOr<std::vector<std::string>> Strings(Database& database,
                                                 const std::string& sql) {
  DATELINE_ASSIGN_OR_RETURN(Statement rows, database.Prepare(sql));
  std::vector<std::string> out;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return out;
    out.push_back(std::string(rows.Text(0)));
  }
}

// quote() keeps the type in the text: 1, 'a', X'00', NULL.
Cell Unquote(absl::string_view type, absl::string_view bytes, int64_t number) {
  if (type == "integer") return {SQLITE_INTEGER, number, ""};
  if (type == "text") return {SQLITE_TEXT, 0, std::string(bytes)};
  if (type == "blob") return {SQLITE_BLOB, 0, std::string(bytes)};
  return {};
}

absl::StatusOr<Table> Load(Database& database, const std::string& name) {
  Table table{.name = name};
  DATELINE_ASSIGN_OR_RETURN(
      table.columns,
      Strings(database, absl::StrCat("SELECT name FROM pragma_table_info('",
                                     name, "')")));
  const std::string list = absl::StrJoin(
      table.columns, ", ", [](std::string* out, const std::string& column) {
        absl::StrAppend(out, "typeof(", column, "), ", column);
      });
  DATELINE_ASSIGN_OR_RETURN(
      Statement rows,
      database.Prepare(absl::StrCat("SELECT ", list, " FROM ", name)));
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return table;
    RowCells cells;
    for (int i = 0; i < static_cast<int>(table.columns.size()); ++i) {
      const std::string type(rows.Text(2 * i));
      cells.push_back(Unquote(type, rows.Blob(2 * i + 1), rows.Int(2 * i + 1)));
    }
    table.rows.push_back(std::move(cells));
  }
}

absl::Status Insert(Statement& insert, const RowCells& cells) {
  for (int i = 0; i < static_cast<int>(cells.size()); ++i) {
    const Cell& cell = cells[i];
    if (cell.type == SQLITE_INTEGER) insert.Bind(i + 1, cell.number);
    if (cell.type == SQLITE_TEXT) insert.BindText(i + 1, cell.bytes);
    if (cell.type == SQLITE_BLOB) insert.BindBlob(i + 1, cell.bytes);
    if (cell.type == SQLITE_NULL) insert.BindNull(i + 1);
  }
  return insert.Run();
}

absl::Status InsertShare(Database& to, const Table& table, size_t begin,
                         size_t end) {
  const std::string marks =
      absl::StrJoin(std::vector<std::string>(table.columns.size(), "?"), ",");
  DATELINE_ASSIGN_OR_RETURN(Statement* const insert,
                            to.Prepared(absl::StrCat("INSERT INTO ", table.name,
                                                     " VALUES (", marks, ")")));
  for (size_t i = begin; i < end; ++i) {
    DATELINE_RETURN_IF_ERROR(Insert(*insert, table.rows[i]));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> Ddl(Database& from,
                                             const std::string& table) {
  return Strings(from, absl::StrCat("SELECT sql FROM sqlite_master WHERE "
                                    "sql IS NOT NULL AND tbl_name = '",
                                    table, "' ORDER BY type DESC"));
}

}  // namespace

absl::StatusOr<std::vector<double>> RawReinsert(const Reinsert& what) {
  DATELINE_ASSIGN_OR_RETURN(
      const std::unique_ptr<Database> source,
      Database::Open(what.from, {.read_only = true, .create = false}));
  DATELINE_ASSIGN_OR_RETURN(
      const std::unique_ptr<Database> copy,
      Database::Open(what.to, {.exclusive = what.exclusive}));
  std::vector<Table> loaded;
  for (const std::string& name : what.tables) {
    DATELINE_ASSIGN_OR_RETURN(Table table, Load(*source, name));
    DATELINE_ASSIGN_OR_RETURN(const auto statements, Ddl(*source, name));
    for (const std::string& sql : statements) {
      const bool index = !absl::StartsWith(sql, "CREATE TABLE");
      if (index && !what.indexes) continue;
      DATELINE_RETURN_IF_ERROR(copy->Execute(sql));
    }
    loaded.push_back(std::move(table));
  }
  const size_t groups = std::max<size_t>(1, what.transactions);
  std::vector<double> times;
  for (size_t g = 0; g < groups; ++g) {
    absl::Status status;
    times.push_back(Milliseconds([&] {
      status = copy->Transact([&]() -> absl::Status {
        for (const Table& table : loaded) {
          const size_t size = table.rows.size();
          DATELINE_RETURN_IF_ERROR(InsertShare(*copy, table, size * g / groups,
                                               size * (g + 1) / groups));
        }
        return absl::OkStatus();
      });
    }));
    DATELINE_RETURN_IF_ERROR(status);
  }
  return times;
}

absl::StatusOr<int64_t> Count(const std::string& path, const std::string& sql) {
  DATELINE_ASSIGN_OR_RETURN(
      const std::unique_ptr<Database> database,
      Database::Open(path, {.read_only = true, .create = false}));
  DATELINE_ASSIGN_OR_RETURN(Statement row, database->Prepare(sql));
  DATELINE_RETURN_IF_ERROR(row.Step().status());
  return row.Int(0);
}

}  // namespace dateline::bench

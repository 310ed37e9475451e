#include "server/storage/sqlite/view_reader.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "server/storage/sqlite/columns.h"
#include "sync/base/status_macros.h"

namespace dateline::server {
namespace {

using sync::AssignmentId;
using sync::Cursor;
using sync::DocumentId;
using sync::Hash;
using sync::Lane;

constexpr char kAppliedSql[] =
    "SELECT position, digest FROM applied"
    " WHERE tenant = ? AND assignment = ? AND lane = ?";
#define DATELINE_VIEW_COLUMNS_ "document, received_ms, in_ledger, bytes"
constexpr char kFindSql[] =
    "SELECT " DATELINE_VIEW_COLUMNS_
    " FROM documents WHERE tenant = ? AND assignment = ? AND document = ?";
constexpr char kDocumentsSql[] =
    "SELECT " DATELINE_VIEW_COLUMNS_
    " FROM documents WHERE tenant = ? AND assignment = ? ORDER BY document";
constexpr char kInLedgerSql[] =
    "SELECT " DATELINE_VIEW_COLUMNS_
    " FROM documents WHERE tenant = ? AND assignment = ? AND in_ledger = 1"
    " ORDER BY document";
constexpr char kConflictedSql[] =
    "SELECT " DATELINE_VIEW_COLUMNS_
    " FROM documents WHERE tenant = ? AND assignment = ? AND conflicts > 0"
    " ORDER BY document";
constexpr char kAssignmentsSql[] =
    "SELECT DISTINCT assignment FROM applied WHERE tenant = ?"
    " ORDER BY assignment";
constexpr char kDocumentCountSql[] =
    "SELECT count(*) FROM documents WHERE tenant = ?";
constexpr char kLedgerSql[] =
    "SELECT bytes, touched FROM ledgers WHERE tenant = ? AND assignment = ?";
constexpr char kRowSql[] =
    "SELECT row FROM queue"
    " WHERE tenant = ? AND assignment = ? AND document = ?";
constexpr char kQueueSql[] =
    "SELECT row, assignment, status, creator, conflicts, withdrawn,"
    " received_ms, document FROM queue WHERE tenant = ? AND kind = 1"
    " AND deleted = 0 ORDER BY received_ms DESC, document DESC";
constexpr char kSearchSql[] =
    "SELECT q.row, q.assignment, q.status, q.creator, q.conflicts,"
    " q.withdrawn, q.received_ms, q.document"
    " FROM search s JOIN documents d ON d.number = s.rowid"
    " JOIN queue q ON q.tenant = d.tenant AND q.assignment = d.assignment"
    " AND q.document = d.document"
    " WHERE d.tenant = ?1 AND s.search MATCH ?2 ORDER BY bm25(search, 4, 1)";
constexpr char kTouchedSql[] =
    "SELECT row, assignment, status, creator, conflicts, withdrawn,"
    " received_ms, document, touched FROM queue"
    " WHERE tenant = ? AND touched > ? ORDER BY touched";
constexpr char kLastTouchedSql[] = "SELECT touched FROM marks WHERE tenant = ?";

absl::StatusOr<ViewDocument> DocumentAt(const host::Statement& row,
                                        const AssignmentId& assignment) {
  ViewDocument out;
  out.assignment = assignment;
  out.received_ms = row.Int(1);
  out.in_ledger = row.Int(2) == 1;
  DATELINE_ASSIGN_OR_RETURN(out.document, MessageAt<v1::Document>(row, 3));
  return out;
}

// Columns from 1, as in kQueueSql.
bool Passes(const QueueFilter& filter, const host::Statement& row) {
  const auto assignment = AssignmentId::FromBytes(row.Blob(1));
  if (!assignment.ok() || !filter.assignments.contains(*assignment)) {
    return false;
  }
  if (!filter.statuses.empty() &&
      !absl::c_linear_search(filter.statuses, row.Int(2))) {
    return false;
  }
  if (filter.creator && row.Blob(3) != filter.creator->view()) return false;
  if (filter.conflicts_only && row.Int(4) == 0) return false;
  return !filter.withdrawn_only || row.Int(5) != 0;
}

// Each word as a quoted prefix: nothing in it is FTS syntax.
std::string MatchOf(const std::string& query) {
  std::vector<std::string> words;
  for (const absl::string_view word :
       absl::StrSplit(query, absl::ByAnyChar(" \t\n"), absl::SkipEmpty())) {
    words.push_back(
        absl::StrCat("\"", absl::StrReplaceAll(word, {{"\"", "\"\""}}), "\"*"));
  }
  return absl::StrJoin(words, " ");
}

}  // namespace

absl::StatusOr<host::Statement*> SqliteViewReader::Ask(absl::string_view sql) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement,
                            database_->Prepared(sql));
  statement->Bind(1, kViewTenant);
  return statement;
}

absl::StatusOr<Cursor> SqliteViewReader::Applied(const AssignmentId& assignment,
                                                 Lane lane) {
  Cursor cursor{.assignment = assignment, .lane = lane};
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kAppliedSql));
  const Rows rows(statement);
  rows->BindBlob(2, assignment.view()).Bind(3, static_cast<int64_t>(lane));
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  if (!found) return cursor;
  cursor.position = static_cast<uint64_t>(rows->Int(0));
  DATELINE_ASSIGN_OR_RETURN(cursor.digest, FixedAt<Hash>(*rows, 1));
  return cursor;
}

absl::StatusOr<std::optional<ViewDocument>> SqliteViewReader::Find(
    const AssignmentId& assignment, const DocumentId& document) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kFindSql));
  const Rows rows(statement);
  rows->BindBlob(2, assignment.view()).BindBlob(3, document.view());
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  if (!found) return std::nullopt;
  return DocumentAt(*rows, assignment);
}

absl::StatusOr<std::vector<ViewDocument>> SqliteViewReader::ReadDocuments(
    absl::string_view sql, const AssignmentId& assignment) {
  std::vector<ViewDocument> documents;
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(sql));
  const Rows rows(statement);
  rows->BindBlob(2, assignment.view());
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, rows->Step());
    if (!more) return documents;
    DATELINE_ASSIGN_OR_RETURN(documents.emplace_back(),
                              DocumentAt(*rows, assignment));
  }
}

absl::StatusOr<std::vector<ViewDocument>> SqliteViewReader::Documents(
    const AssignmentId& assignment, bool in_ledger_only) {
  return ReadDocuments(in_ledger_only ? kInLedgerSql : kDocumentsSql,
                       assignment);
}

absl::StatusOr<std::vector<ViewDocument>> SqliteViewReader::Conflicted(
    const AssignmentId& assignment) {
  return ReadDocuments(kConflictedSql, assignment);
}

absl::StatusOr<std::vector<AssignmentId>> SqliteViewReader::Assignments() {
  std::vector<AssignmentId> assignments;
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kAssignmentsSql));
  const Rows rows(statement);
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, rows->Step());
    if (!more) return assignments;
    DATELINE_ASSIGN_OR_RETURN(assignments.emplace_back(),
                              FixedAt<AssignmentId>(*rows, 0));
  }
}

absl::StatusOr<uint64_t> SqliteViewReader::DocumentCount() {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement,
                            Ask(kDocumentCountSql));
  const Rows rows(statement);
  DATELINE_RETURN_IF_ERROR(rows->Step().status());
  return static_cast<uint64_t>(rows->Int(0));
}

absl::StatusOr<v1::Ledger> SqliteViewReader::LedgerOf(
    const AssignmentId& assignment) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kLedgerSql));
  const Rows rows(statement);
  rows->BindBlob(2, assignment.view());
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  if (!found) return v1::Ledger();
  return MessageAt<v1::Ledger>(*rows, 0);
}

absl::StatusOr<uint64_t> SqliteViewReader::LedgerTouched(
    const AssignmentId& assignment) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kLedgerSql));
  const Rows rows(statement);
  rows->BindBlob(2, assignment.view());
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  return found ? static_cast<uint64_t>(rows->Int(1)) : 0;
}

absl::StatusOr<std::optional<v1::QueueRow>> SqliteViewReader::RowOf(
    const AssignmentId& assignment, const DocumentId& document) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kRowSql));
  const Rows rows(statement);
  rows->BindBlob(2, assignment.view()).BindBlob(3, document.view());
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  if (!found) return std::nullopt;
  return MessageAt<v1::QueueRow>(*rows, 0);
}

absl::StatusOr<QueuePage> SqliteViewReader::Queue(
    const QueueFilter& filter, const std::optional<QueuePlace>& after,
    size_t rows_max) {
  QueuePage page;
  QueuePlace last;
  bool cut = false;
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kQueueSql));
  const Rows rows(statement);
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, rows->Step());
    if (!more) break;
    if (!Passes(filter, *rows)) continue;
    ++page.total;
    QueuePlace place{.received_ms = rows->Int(6)};
    DATELINE_ASSIGN_OR_RETURN(place.document, FixedAt<DocumentId>(*rows, 7));
    const bool seen = after && (place.received_ms > after->received_ms ||
                                (place.received_ms == after->received_ms &&
                                 place.document >= after->document));
    if (seen) continue;
    if (page.rows.size() == rows_max) {
      cut = true;
      continue;  // counts on
    }
    DATELINE_ASSIGN_OR_RETURN(page.rows.emplace_back(),
                              MessageAt<v1::QueueRow>(*rows, 0));
    last = place;
  }
  if (cut) page.next = last;
  return page;
}

absl::StatusOr<std::vector<v1::QueueRow>> SqliteViewReader::Search(
    const QueueFilter& filter, const std::string& query, size_t rows_max) {
  std::vector<v1::QueueRow> found;
  const std::string match = MatchOf(query);
  if (match.empty()) return found;
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kSearchSql));
  const Rows rows(statement);
  rows->BindText(2, match);
  while (found.size() < rows_max) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, rows->Step());
    if (!more) break;
    if (!Passes(filter, *rows)) continue;
    DATELINE_ASSIGN_OR_RETURN(found.emplace_back(),
                              MessageAt<v1::QueueRow>(*rows, 0));
  }
  return found;
}

absl::StatusOr<std::vector<TouchedRow>> SqliteViewReader::TouchedAfter(
    const QueueFilter& filter, uint64_t after, size_t rows_max) {
  std::vector<TouchedRow> touched;
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kTouchedSql));
  const Rows rows(statement);
  rows->Bind(2, static_cast<int64_t>(after));
  while (touched.size() < rows_max) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, rows->Step());
    if (!more) break;
    if (!Passes(filter, *rows)) continue;
    TouchedRow& row = touched.emplace_back();
    row.touched = static_cast<uint64_t>(rows->Int(8));
    DATELINE_ASSIGN_OR_RETURN(row.row, MessageAt<v1::QueueRow>(*rows, 0));
  }
  return touched;
}

absl::StatusOr<uint64_t> SqliteViewReader::LastTouched() {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kLastTouchedSql));
  const Rows rows(statement);
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  return found ? static_cast<uint64_t>(rows->Int(0)) : 0;
}

}  // namespace dateline::server

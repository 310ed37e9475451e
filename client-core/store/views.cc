#include "client-core/store/views.h"

#include "absl/container/btree_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client-core/store/rows.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/compose/review.h"
#include "sync/merge/ledger.h"
#include "sync/model/fields.h"

namespace dateline::client {
namespace {

using host::Statement;

constexpr char kPutRow[] =
    "INSERT INTO documents (number, document, assignment, kind, slugline, "
    "headline, external_id, status, asked, updated_ms, updated_lamport, "
    "conflicts, deleted, mine, held, in_ledger, withdrawn, "
    "probably_withdrawn) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,0,0) "
    "ON CONFLICT (number) DO UPDATE SET kind = excluded.kind, "
    "slugline = excluded.slugline, headline = excluded.headline, "
    "external_id = excluded.external_id, status = excluded.status, "
    "asked = excluded.asked, updated_ms = excluded.updated_ms, "
    "updated_lamport = excluded.updated_lamport, "
    "conflicts = excluded.conflicts, deleted = excluded.deleted, "
    "mine = excluded.mine, held = excluded.held, "
    "in_ledger = excluded.in_ledger";
constexpr char kPutView[] = "INSERT OR REPLACE INTO views VALUES (?, ?)";
constexpr char kFindRow[] =
    "SELECT number, assignment, in_ledger FROM documents WHERE document = ?";
constexpr char kFind[] =
    "SELECT d.assignment, v.view FROM documents AS d "
    "LEFT JOIN views AS v ON v.number = d.number WHERE d.document = ?";
constexpr char kRemoveView[] = "DELETE FROM views WHERE number = ?";
constexpr char kRemoveRow[] = "DELETE FROM documents WHERE number = ?";
constexpr char kSelectRow[] =
    "SELECT document, assignment, kind, slugline, headline, external_id, "
    "status, asked, updated_ms, conflicts, mine, held, withdrawn, "
    "probably_withdrawn FROM documents ";
constexpr char kDocuments[] =
    "SELECT document FROM documents WHERE assignment = ? ORDER BY document";
constexpr char kHeld[] =
    "SELECT v.view FROM documents AS d JOIN views AS v ON v.number = d.number "
    "WHERE d.held";
constexpr char kBetween[] =
    "SELECT document FROM documents WHERE document >= ? AND document <= ? "
    "LIMIT ?";
constexpr char kConflictsIn[] =
    "SELECT document FROM documents WHERE conflicts AND NOT deleted AND "
    "assignment = ? ORDER BY updated_lamport DESC, number DESC";
constexpr char kConflicts[] =
    "SELECT document FROM documents WHERE conflicts AND NOT deleted "
    "ORDER BY updated_lamport DESC, number DESC";
constexpr char kAssignments[] =
    "SELECT DISTINCT assignment FROM documents ORDER BY 1";
constexpr char kLedgerAssignments[] =
    "SELECT assignment FROM ledgers ORDER BY 1";
constexpr char kLedgerDocuments[] =
    "SELECT v.view FROM documents AS d JOIN views AS v ON v.number = d.number "
    "WHERE d.assignment = ? AND d.in_ledger ORDER BY d.document";
constexpr char kGetLedger[] = "SELECT ledger FROM ledgers WHERE assignment = ?";
constexpr char kPutLedger[] = "INSERT OR REPLACE INTO ledgers VALUES (?, ?)";
constexpr char kUnmark[] =
    "UPDATE documents SET withdrawn = 0, probably_withdrawn = 0 "
    "WHERE assignment = ? AND in_ledger";
constexpr char kMark[] =
    "UPDATE documents SET withdrawn = ?, probably_withdrawn = ? "
    "WHERE document = ?";
constexpr char kVersion[] = "SELECT version FROM view_state";
constexpr char kPutVersion[] = "UPDATE view_state SET version = ?";
constexpr char kClear[] =
    "DELETE FROM documents; DELETE FROM views; DELETE FROM ledgers; "
    "DELETE FROM unindexed; UPDATE view_state SET indexed = 0; "
    "INSERT INTO search (search) VALUES ('delete-all')";

bool HasOpenQuestion(const v1::Document& document) {
  for (const v1::RequestState& request : document.workflow().requests()) {
    if (request.what() == v1::REQUEST_KIND_ASK && request.open()) return true;
  }
  return false;
}

absl::Status ReadRow(const Statement& row, StoredRow* out) {
  DATELINE_RETURN_IF_ERROR(ReadInto(row, 0, &out->row.id));
  DATELINE_RETURN_IF_ERROR(ReadInto(row, 1, &out->row.assignment));
  out->row.kind = static_cast<v1::DocumentKind>(row.Int(2));
  out->row.slugline = std::string(row.Text(3));
  out->row.headline = std::string(row.Text(4));
  out->row.external_id = std::string(row.Text(5));
  out->row.status = static_cast<v1::Status>(row.Int(6));
  out->asked = row.Int(7) != 0;
  out->row.updated_ms = row.Int(8);
  out->row.conflicts = static_cast<uint32_t>(row.Int(9));
  out->row.mine = row.Int(10) != 0;
  out->held = row.Int(11) != 0;
  out->row.withdrawn_figure = row.Int(12) != 0;
  out->row.probably_withdrawn = row.Int(13) != 0;
  return absl::OkStatus();
}

// Each word a prefix, all of them wanted; quoted, so that none is an operator.
std::string MatchOf(absl::string_view text) {
  std::string match;
  for (const absl::string_view word :
       absl::StrSplit(text, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty())) {
    absl::StrAppend(&match, match.empty() ? "" : " ", "\"",
                    absl::StrReplaceAll(word, {{"\"", "\"\""}}), "\"*");
  }
  return match;
}

// A report's flags from the uses of withdrawn figures in the ledger.
struct Marks {
  bool withdrawn = false, probably = false;
};
absl::btree_map<std::string, Marks> MarksOf(const v1::Ledger& ledger) {
  absl::btree_map<std::string, Marks> marks;
  for (const v1::LedgerRow& row : ledger.rows()) {
    for (const v1::LedgerEntry& entry : row.entries()) {
      const bool withdrawn = entry.retracted() || entry.disavowed();
      if (!withdrawn && !entry.probably_withdrawn()) continue;
      // A statement that is itself probably withdrawn is marked too.
      if (!withdrawn) marks[entry.statement()].probably = true;
      for (const v1::Use& use : entry.uses()) {
        Marks& of = marks[use.report()];
        (withdrawn && !use.probable() ? of.withdrawn : of.probably) = true;
      }
    }
  }
  return marks;
}

}  // namespace

// --- documents -------------------------------------------------------------

absl::Status Views::PutRow(int64_t number, const AssignmentId& assignment,
                           const v1::Document& document,
                           const sync::PersonId& me) {
  DATELINE_ASSIGN_OR_RETURN(Statement * put, db_.Prepared(kPutRow));
  return put->Bind(1, number)
      .BindBlob(2, document.id())
      .BindBlob(3, assignment.view())
      .Bind(4, document.kind())
      .BindText(5, sync::RegisterText(document, sync::kSlugline))
      .BindText(6, sync::TitleOf(document))
      .BindText(7, sync::RegisterText(document, sync::kExternalId))
      .Bind(8, document.workflow().status())
      .Bind(9, HasOpenQuestion(document) ? 1 : 0)
      .Bind(10, document.updated().wall_ms())
      .Bind(11, static_cast<int64_t>(document.updated().lamport()))
      .Bind(12, document.conflicts())
      .Bind(13, document.deleted() ? 1 : 0)
      .Bind(14, document.created().actor() == me.view() ? 1 : 0)
      .Bind(15, document.held().empty() ? 0 : 1)
      .Bind(16, sync::TakesPartInLedger(document) ? 1 : 0)
      .Run();
}

absl::Status Views::Put(const AssignmentId& assignment,
                        const v1::Document& document, const sync::PersonId& me,
                        const std::optional<DocumentRow>& before, Keep keep) {
  int64_t number = before ? before->number : 0;
  bool indexed = false;
  if (before) {
    DATELINE_ASSIGN_OR_RETURN(indexed, IsIndexed(number));
    if (indexed) DATELINE_RETURN_IF_ERROR(NoteUnindexed(number));
  } else {
    DATELINE_ASSIGN_OR_RETURN(Numbers * numbers, LoadNumbers());
    number = ++numbers->newest;
  }
  DATELINE_RETURN_IF_ERROR(PutRow(number, assignment, document, me));
  // Whoever looks for withdrawn figures or held changes reads many at once.
  if (keep == Keep::kNow || indexed || !document.held().empty() ||
      sync::TakesPartInLedger(document)) {
    return PutView(number, document);
  }
  return before ? RemoveView(number) : absl::OkStatus();
}

absl::Status Views::PutView(int64_t number, const v1::Document& document) {
  DATELINE_ASSIGN_OR_RETURN(Statement * put, db_.Prepared(kPutView));
  return put->Bind(1, number).BindBlob(2, document.SerializeAsString()).Run();
}

absl::Status Views::RemoveView(int64_t number) {
  DATELINE_ASSIGN_OR_RETURN(Statement * remove, db_.Prepared(kRemoveView));
  return remove->Bind(1, number).Run();
}

absl::Status Views::Remove(const DocumentRow& document) {
  DATELINE_RETURN_IF_ERROR(TakeOutWords(document.number));
  DATELINE_RETURN_IF_ERROR(RemoveView(document.number));
  DATELINE_ASSIGN_OR_RETURN(Statement * row, db_.Prepared(kRemoveRow));
  DATELINE_RETURN_IF_ERROR(row->Bind(1, document.number).Run());
  return LowerIndexed();
}

absl::StatusOr<std::optional<DocumentRow>> Views::FindRow(
    const DocumentId& id) {
  DATELINE_ASSIGN_OR_RETURN(Statement * find, db_.Prepared(kFindRow));
  find->BindBlob(1, id.view());
  DocumentRow out;
  DATELINE_ASSIGN_OR_RETURN(const bool there,
                            OneRow(find, [&](const Statement& row) {
                              out.number = row.Int(0);
                              out.in_ledger = row.Int(2) != 0;
                              return ReadInto(row, 1, &out.assignment);
                            }));
  if (!there) return std::nullopt;
  return out;
}

absl::StatusOr<std::optional<StoredDocument>> Views::Find(
    const DocumentId& id) {
  DATELINE_ASSIGN_OR_RETURN(Statement * find, db_.Prepared(kFind));
  find->BindBlob(1, id.view());
  StoredDocument out;
  bool kept = false;
  DATELINE_ASSIGN_OR_RETURN(
      const bool there, OneRow(find, [&](const Statement& row) {
        DATELINE_RETURN_IF_ERROR(ReadInto(row, 0, &out.assignment));
        kept = !row.IsNull(1);
        return kept ? ParseView(row.Blob(1), &out.document) : absl::OkStatus();
      }));
  if (!there) return std::nullopt;
  if (!kept) {
    DATELINE_ASSIGN_OR_RETURN(out.document, merge_(id));
  }
  return out;
}

// --- lists -----------------------------------------------------------------

absl::StatusOr<std::vector<StoredRow>> Views::List(const Query& query) {
  std::string sql = absl::StrCat(kSelectRow, "WHERE kind = ? AND NOT deleted");
  if (query.assignment) absl::StrAppend(&sql, " AND assignment = ?");
  if (query.conflicts_only) absl::StrAppend(&sql, " AND conflicts");
  const std::string match = MatchOf(sync::FoldForSearch(query.text));
  if (!match.empty()) {
    absl::StrAppend(&sql,
                    " AND number IN (SELECT rowid FROM search WHERE words "
                    "MATCH ?)");
  }
  absl::StrAppend(&sql,
                  " ORDER BY updated_lamport DESC, number DESC "
                  "LIMIT ? OFFSET ?");
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(sql));
  int at = 1;
  get->Bind(at++, query.kind);
  if (query.assignment) get->BindBlob(at++, query.assignment->view());
  if (!match.empty()) get->BindText(at++, match);
  get->Bind(at++, query.limit == 0 ? -1 : static_cast<int64_t>(query.limit));
  get->Bind(at++, static_cast<int64_t>(query.offset));
  std::vector<StoredRow> rows;
  DATELINE_RETURN_IF_ERROR(EachRow(get, [&](const Statement& row) {
    rows.emplace_back();
    return ReadRow(row, &rows.back());
  }));
  return rows;
}

absl::StatusOr<std::optional<StoredRow>> Views::RowOf(const DocumentId& id) {
  DATELINE_ASSIGN_OR_RETURN(
      Statement * get,
      db_.Prepared(absl::StrCat(kSelectRow, "WHERE document = ?")));
  get->BindBlob(1, id.view());
  StoredRow out;
  DATELINE_ASSIGN_OR_RETURN(
      const bool there,
      OneRow(get, [&](const Statement& row) { return ReadRow(row, &out); }));
  if (!there) return std::nullopt;
  return out;
}

absl::StatusOr<uint64_t> Views::HeldChanges(const DeviceId& signer) {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kHeld));
  uint64_t count = 0;
  DATELINE_RETURN_IF_ERROR(EachRow(get, [&](const Statement& row) {
    v1::Document document;
    DATELINE_RETURN_IF_ERROR(ParseView(row.Blob(0), &document));
    for (const v1::HeldChange& held : document.held()) {
      count += held.signer() == signer.view() ? 1 : 0;
    }
    return absl::OkStatus();
  }));
  return count;
}

absl::StatusOr<std::vector<DocumentId>> Views::Ids(Statement* get) {
  std::vector<DocumentId> documents;
  DATELINE_RETURN_IF_ERROR(EachRow(get, [&](const Statement& row) {
    return ReadInto(row, 0, &documents.emplace_back());
  }));
  return documents;
}

absl::StatusOr<std::vector<DocumentId>> Views::InConflict(
    const std::optional<AssignmentId>& assignment) {
  DATELINE_ASSIGN_OR_RETURN(
      Statement * get, db_.Prepared(assignment ? kConflictsIn : kConflicts));
  if (assignment) get->BindBlob(1, assignment->view());
  return Ids(get);
}

absl::StatusOr<std::vector<DocumentId>> Views::Documents(
    const AssignmentId& assignment) {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kDocuments));
  return Ids(&get->BindBlob(1, assignment.view()));
}

absl::StatusOr<std::vector<DocumentId>> Views::Between(const std::string& low,
                                                       const std::string& high,
                                                       int limit) {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kBetween));
  return Ids(&get->BindBlob(1, low).BindBlob(2, high).Bind(3, limit));
}

absl::StatusOr<std::vector<AssignmentId>> Views::AssignmentIds(Statement* get) {
  std::vector<AssignmentId> assignments;
  DATELINE_RETURN_IF_ERROR(EachRow(get, [&](const Statement& row) {
    return ReadInto(row, 0, &assignments.emplace_back());
  }));
  return assignments;
}

absl::StatusOr<std::vector<AssignmentId>> Views::Assignments() {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kAssignments));
  return AssignmentIds(get);
}

absl::StatusOr<std::vector<AssignmentId>> Views::LedgerAssignments() {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kLedgerAssignments));
  return AssignmentIds(get);
}

// --- ledger ----------------------------------------------------------------

absl::StatusOr<std::vector<v1::Document>> Views::LedgerDocuments(
    const AssignmentId& assignment) {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kLedgerDocuments));
  get->BindBlob(1, assignment.view());
  std::vector<v1::Document> documents;
  DATELINE_RETURN_IF_ERROR(EachRow(get, [&](const Statement& row) {
    return ParseView(row.Blob(0), &documents.emplace_back());
  }));
  return documents;
}

absl::StatusOr<v1::Ledger> Views::Ledger(const AssignmentId& assignment) {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kGetLedger));
  get->BindBlob(1, assignment.view());
  v1::Ledger ledger;
  DATELINE_RETURN_IF_ERROR(OneRow(get, [&](const Statement& row) {
                             return ParseView(row.Blob(0), &ledger);
                           }).status());
  return ledger;
}

absl::Status Views::PutLedger(const AssignmentId& assignment,
                              const v1::Ledger& ledger) {
  DATELINE_ASSIGN_OR_RETURN(Statement * put, db_.Prepared(kPutLedger));
  DATELINE_RETURN_IF_ERROR(put->BindBlob(1, assignment.view())
                               .BindBlob(2, ledger.SerializeAsString())
                               .Run());
  DATELINE_ASSIGN_OR_RETURN(Statement * unmark, db_.Prepared(kUnmark));
  DATELINE_RETURN_IF_ERROR(unmark->BindBlob(1, assignment.view()).Run());
  for (const auto& [report, marks] : MarksOf(ledger)) {
    DATELINE_ASSIGN_OR_RETURN(Statement * mark, db_.Prepared(kMark));
    DATELINE_RETURN_IF_ERROR(mark->Bind(1, marks.withdrawn ? 1 : 0)
                                 .Bind(2, marks.probably ? 1 : 0)
                                 .BindBlob(3, report)
                                 .Run());
  }
  return absl::OkStatus();
}

// --- state -----------------------------------------------------------------

absl::StatusOr<int64_t> Views::Version() {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kVersion));
  return OneNumber(get);
}

absl::Status Views::PutVersion(int64_t version) {
  DATELINE_ASSIGN_OR_RETURN(Statement * put, db_.Prepared(kPutVersion));
  return put->Bind(1, version).Run();
}

absl::Status Views::Clear() {
  Forget();
  return db_.Execute(kClear);
}

}  // namespace dateline::client

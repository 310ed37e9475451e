#include "client-core/store/drafts.h"

#include "absl/strings/str_join.h"
#include "client-core/store/rows.h"
#include "sync/base/digest.h"
#include "sync/base/status_macros.h"

namespace dateline::client {
namespace {

using host::Statement;

#define DATELINE_SELECT_DRAFT_ \
  "SELECT document, field, text, heads, strokes, updated_ms FROM drafts "
constexpr char kPut[] =
    "INSERT OR REPLACE INTO drafts VALUES (?, ?, ?, ?, ?, ?)";
constexpr char kFind[] =
    DATELINE_SELECT_DRAFT_ "WHERE document = ? AND field = ?";
constexpr char kAll[] = DATELINE_SELECT_DRAFT_ "ORDER BY document, field";
constexpr char kDue[] = DATELINE_SELECT_DRAFT_
    "WHERE updated_ms <= ? OR strokes >= ? ORDER BY document, field";
constexpr char kOfDocument[] =
    DATELINE_SELECT_DRAFT_ "WHERE document = ? ORDER BY field";
constexpr char kDocuments[] =
    "SELECT DISTINCT document FROM drafts WHERE strokes > 0";
constexpr char kRemove[] =
    "DELETE FROM drafts WHERE document = ? AND field = ?";

absl::Status ReadDraft(const Statement& row, StoredDraft* out) {
  DATELINE_RETURN_IF_ERROR(ReadInto(row, 0, &out->draft.document));
  out->draft.field = static_cast<uint32_t>(row.Int(1));
  out->draft.text = std::string(row.Text(2));
  const absl::string_view heads = row.Blob(3);
  for (size_t at = 0; at < heads.size(); at += sync::Hash::kSize) {
    out->draft.opened_on.emplace_back(heads.substr(at, sync::Hash::kSize));
  }
  out->strokes = static_cast<uint64_t>(row.Int(4));
  out->draft.updated = absl::FromUnixMillis(row.Int(5));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StoredDraft>> ReadAll(Statement* get) {
  std::vector<StoredDraft> drafts;
  DATELINE_RETURN_IF_ERROR(EachRow(get, [&](const Statement& row) {
    return ReadDraft(row, &drafts.emplace_back());
  }));
  return drafts;
}

}  // namespace

absl::Status Drafts::Put(const StoredDraft& stored) {
  DATELINE_ASSIGN_OR_RETURN(Statement * put, db_.Prepared(kPut));
  return put->BindBlob(1, stored.draft.document.view())
      .Bind(2, stored.draft.field)
      .BindText(3, stored.draft.text)
      .BindBlob(4, absl::StrJoin(stored.draft.opened_on, ""))
      .Bind(5, static_cast<int64_t>(stored.strokes))
      .Bind(6, absl::ToUnixMillis(stored.draft.updated))
      .Run();
}

absl::StatusOr<std::optional<StoredDraft>> Drafts::Find(
    const DocumentId& document, uint32_t field) {
  DATELINE_ASSIGN_OR_RETURN(Statement * find, db_.Prepared(kFind));
  DATELINE_ASSIGN_OR_RETURN(
      std::vector<StoredDraft> found,
      ReadAll(&find->BindBlob(1, document.view()).Bind(2, field)));
  if (found.empty()) return std::nullopt;
  return std::move(found[0]);
}

absl::StatusOr<std::vector<StoredDraft>> Drafts::All() {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kAll));
  return ReadAll(get);
}

absl::StatusOr<std::vector<StoredDraft>> Drafts::Due(absl::Time until,
                                                     uint64_t strokes) {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kDue));
  return ReadAll(&get->Bind(1, absl::ToUnixMillis(until))
                      .Bind(2, static_cast<int64_t>(strokes)));
}

absl::StatusOr<std::vector<StoredDraft>> Drafts::OfDocument(
    const DocumentId& document) {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kOfDocument));
  return ReadAll(&get->BindBlob(1, document.view()));
}

absl::StatusOr<absl::btree_set<DocumentId>> Drafts::Documents() {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kDocuments));
  absl::btree_set<DocumentId> documents;
  DATELINE_RETURN_IF_ERROR(
      EachRow(get, [&](const Statement& row) -> absl::Status {
        DocumentId document;
        DATELINE_RETURN_IF_ERROR(ReadInto(row, 0, &document));
        documents.insert(document);
        return absl::OkStatus();
      }));
  return documents;
}

absl::Status Drafts::Remove(const DocumentId& document, uint32_t field) {
  DATELINE_ASSIGN_OR_RETURN(Statement * remove, db_.Prepared(kRemove));
  return remove->BindBlob(1, document.view()).Bind(2, field).Run();
}

}  // namespace dateline::client

// Views, second half: the words of documents, for searches.
//
// `search` keeps no text: what is to be taken out of it must be said again. So
// a document that is in it keeps its view, and says its old words (`unindexed`)
// once before that changes.
#include "client-core/store/rows.h"
#include "client-core/store/views.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/compose/review.h"

namespace dateline::client {
namespace {

using host::Statement;

constexpr int64_t kIndexedAtOnce = 256;  // documents; a few ms of work

// A word that was removed stays in the index's segments until they are merged.
constexpr char kMergeIndex[] =
    "INSERT INTO search (search) VALUES ('optimize')";
constexpr char kNumbers[] =
    "SELECT (SELECT max(number) FROM documents), indexed FROM view_state";
constexpr char kSetIndexed[] = "UPDATE view_state SET indexed = ?";
constexpr char kLowerIndexed[] =
    "UPDATE view_state SET indexed = "
    "min(indexed, (SELECT coalesce(max(number), 0) FROM documents))";
constexpr char kCountNotes[] = "SELECT count(*) FROM unindexed";
constexpr char kNew[] =
    "SELECT number FROM documents "
    "WHERE number > (SELECT indexed FROM view_state) ORDER BY number LIMIT ?";

constexpr char kNoted[] = "SELECT 1 FROM unindexed WHERE number = ?";
constexpr char kNote[] = "INSERT INTO unindexed VALUES (?, ?)";
constexpr char kNotes[] = "SELECT number, words FROM unindexed LIMIT ?";
constexpr char kWordsOf[] = "SELECT words FROM unindexed WHERE number = ?";
constexpr char kForgetNote[] = "DELETE FROM unindexed WHERE number = ?";

constexpr char kViewOf[] =
    "SELECT d.document, v.view FROM documents AS d "
    "LEFT JOIN views AS v ON v.number = d.number WHERE d.number = ?";
constexpr char kAddWords[] = "INSERT INTO search (rowid, words) VALUES (?, ?)";
constexpr char kRemoveWords[] =
    "INSERT INTO search (search, rowid, words) VALUES ('delete', ?, ?)";

}  // namespace

absl::Status ParseView(absl::string_view bytes,
                       google::protobuf::Message* out) {
  if (out->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::OkStatus();
  }
  return sync::MakeError(v1::STORAGE_DAMAGED,
                         "a stored view cannot be read back");
}

absl::StatusOr<Views::Numbers*> Views::LoadNumbers() {
  if (!numbers_) {
    DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kNumbers));
    Numbers loaded;
    DATELINE_RETURN_IF_ERROR(OneRow(get, [&](const Statement& row) {
                               loaded.newest = row.Int(0);
                               loaded.indexed = row.Int(1);
                               return absl::OkStatus();
                             }).status());
    numbers_ = loaded;
  }
  return &*numbers_;
}

absl::StatusOr<bool> Views::IsIndexed(int64_t number) {
  DATELINE_ASSIGN_OR_RETURN(const Numbers* numbers, LoadNumbers());
  return number <= numbers->indexed;
}

absl::Status Views::NoteUnindexed(int64_t number) {
  DATELINE_ASSIGN_OR_RETURN(Statement * noted, db_.Prepared(kNoted));
  DATELINE_ASSIGN_OR_RETURN(const int64_t is_noted,
                            OneNumber(&noted->Bind(1, number)));
  if (is_noted != 0) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(const v1::Document before, ViewOf(number, nullptr));
  DATELINE_ASSIGN_OR_RETURN(Statement * note, db_.Prepared(kNote));
  return note->Bind(1, number).BindText(2, sync::SearchTextOf(before)).Run();
}

absl::StatusOr<v1::Document> Views::ViewOf(int64_t number, bool* kept) {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kViewOf));
  get->Bind(1, number);
  v1::Document document;
  DocumentId id;
  bool there = false;
  DATELINE_RETURN_IF_ERROR(OneRow(get, [&](const Statement& row) {
                             DATELINE_RETURN_IF_ERROR(ReadInto(row, 0, &id));
                             there = !row.IsNull(1);
                             return there ? ParseView(row.Blob(1), &document)
                                          : absl::OkStatus();
                           }).status());
  if (kept != nullptr) *kept = there;
  if (!there) return merge_(id);
  return document;
}

absl::Status Views::RemoveWords(int64_t number, const std::string& words) {
  if (words.empty()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(Statement * remove, db_.Prepared(kRemoveWords));
  return remove->Bind(1, number).BindText(2, words).Run();
}

absl::Status Views::TakeOutWords(int64_t number) {
  DATELINE_ASSIGN_OR_RETURN(const bool indexed, IsIndexed(number));
  if (!indexed) return absl::OkStatus();
  DATELINE_RETURN_IF_ERROR(NoteUnindexed(number));
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kWordsOf));
  get->Bind(1, number);
  std::string words;
  DATELINE_RETURN_IF_ERROR(OneRow(get, [&](const Statement& row) {
                             words = std::string(row.Text(0));
                             return absl::OkStatus();
                           }).status());
  DATELINE_RETURN_IF_ERROR(RemoveWords(number, words));
  DATELINE_ASSIGN_OR_RETURN(Statement * done, db_.Prepared(kForgetNote));
  return done->Bind(1, number).Run();
}

absl::Status Views::IndexOne(int64_t number, const std::string& before) {
  bool kept = false;
  DATELINE_ASSIGN_OR_RETURN(const v1::Document document, ViewOf(number, &kept));
  if (!kept) DATELINE_RETURN_IF_ERROR(PutView(number, document));
  const std::string after = sync::SearchTextOf(document);
  if (before == after) return absl::OkStatus();
  DATELINE_RETURN_IF_ERROR(RemoveWords(number, before));
  if (after.empty()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(Statement * add, db_.Prepared(kAddWords));
  return add->Bind(1, number).BindText(2, after).Run();
}

// How many there were, at most kIndexedAtOnce.
absl::StatusOr<int64_t> Views::IndexChanged() {
  std::vector<std::pair<int64_t, std::string>> some;
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kNotes));
  get->Bind(1, kIndexedAtOnce);
  DATELINE_RETURN_IF_ERROR(EachRow(get, [&](const Statement& row) {
    some.emplace_back(row.Int(0), row.Text(1));
    return absl::OkStatus();
  }));
  for (const auto& [number, before] : some) {
    DATELINE_RETURN_IF_ERROR(IndexOne(number, before));
    DATELINE_ASSIGN_OR_RETURN(Statement * done, db_.Prepared(kForgetNote));
    DATELINE_RETURN_IF_ERROR(done->Bind(1, number).Run());
  }
  return static_cast<int64_t>(some.size());
}

absl::StatusOr<int64_t> Views::IndexNew() {
  std::vector<int64_t> some;
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kNew));
  get->Bind(1, kIndexedAtOnce);
  DATELINE_RETURN_IF_ERROR(EachRow(get, [&](const Statement& row) {
    some.push_back(row.Int(0));
    return absl::OkStatus();
  }));
  if (some.empty()) return 0;
  for (const int64_t number : some) {
    DATELINE_RETURN_IF_ERROR(IndexOne(number, ""));
  }
  DATELINE_ASSIGN_OR_RETURN(Statement * done, db_.Prepared(kSetIndexed));
  DATELINE_RETURN_IF_ERROR(done->Bind(1, some.back()).Run());
  numbers_.reset();
  return static_cast<int64_t>(some.size());
}

absl::StatusOr<bool> Views::IndexSomeWords() {
  DATELINE_ASSIGN_OR_RETURN(const int64_t changed, IndexChanged());
  DATELINE_ASSIGN_OR_RETURN(const int64_t fresh, IndexNew());
  return changed == kIndexedAtOnce || fresh == kIndexedAtOnce;
}

absl::Status Views::IndexWords() {
  for (bool more = true; more;) {
    DATELINE_ASSIGN_OR_RETURN(more, IndexSomeWords());
  }
  return absl::OkStatus();
}

absl::Status Views::ForgetWords() {
  DATELINE_RETURN_IF_ERROR(IndexWords());
  return db_.Execute(kMergeIndex);
}

absl::StatusOr<int64_t> Views::UnindexedDocuments() {
  DATELINE_ASSIGN_OR_RETURN(Statement * count, db_.Prepared(kCountNotes));
  DATELINE_ASSIGN_OR_RETURN(const int64_t changed, OneNumber(count));
  DATELINE_ASSIGN_OR_RETURN(const Numbers* numbers, LoadNumbers());
  return changed + numbers->newest - numbers->indexed;
}

// The numbers of documents that are gone may be given again.
absl::Status Views::LowerIndexed() {
  numbers_.reset();
  DATELINE_ASSIGN_OR_RETURN(Statement * lower, db_.Prepared(kLowerIndexed));
  return lower->Run();
}

}  // namespace dateline::client

// Truth, second half: what left, what home holds, cursors, and which documents
// there are.
#include "client-core/store/rows.h"
#include "client-core/store/truth.h"
#include "sync/base/status_macros.h"

namespace dateline::client {
namespace {

using host::Statement;
using sync::FeedHead;
using sync::FeedId;

constexpr char kSentAll[] =
    "UPDATE feeds SET sent = coalesce((SELECT max(seq) FROM changes "
    "WHERE changes.feed = feeds.number), 0) WHERE own";
constexpr char kSetAcked[] =
    "UPDATE feeds SET acked = ?, acked_hash = ? WHERE feed = ?";
constexpr char kForgetAcked[] =
    "UPDATE feeds SET acked = 0, acked_hash = zeroblob(32) WHERE own";
constexpr char kUnsent[] =
    "SELECT coalesce(sum((SELECT count(*) FROM changes AS c "
    "WHERE c.feed = f.number AND c.seq > f.acked AND c.here)), 0) "
    "FROM feeds AS f WHERE f.own";
constexpr char kProgress[] =
    "SELECT count(*), coalesce(sum(f.own AND c.here AND c.seq > f.acked), 0) "
    "FROM changes AS c JOIN feeds AS f ON f.number = c.feed "
    "WHERE c.document = ?";
constexpr char kCursors[] =
    "SELECT assignment, lane, position, digest FROM cursors";
constexpr char kPutCursor[] =
    "INSERT OR REPLACE INTO cursors VALUES (?, ?, ?, ?)";
constexpr char kClearCursors[] = "DELETE FROM cursors";
// SQLite gives the hash of the row that has the minimum.
constexpr char kFirstPlaces[] =
    "SELECT f.feed, min(c.seq), c.hash FROM feeds AS f JOIN changes AS c "
    "ON c.feed = f.number WHERE f.assignment = ? AND c.holding = 2 "
    "GROUP BY f.feed ORDER BY f.feed";
constexpr char kAllDocuments[] =
    "SELECT DISTINCT document FROM changes WHERE document IS NOT NULL";

}  // namespace

absl::StatusOr<Truth::Marks> Truth::MarksOf(const FeedId& feed) {
  DATELINE_ASSIGN_OR_RETURN(const FeedRow* row, FindFeed(feed));
  if (row == nullptr) return Marks{0, FeedHead{feed, 0, {}}};
  return Marks{row->sent, row->acked};
}

absl::Status Truth::MarkAllSent() {
  DATELINE_ASSIGN_OR_RETURN(Statement * set, db_.Prepared(kSentAll));
  feeds_.clear();
  return set->Run();
}

absl::Status Truth::MarkAcked(const FeedHead& head) {
  DATELINE_ASSIGN_OR_RETURN(Statement * set, db_.Prepared(kSetAcked));
  feeds_.clear();
  return set->Bind(1, static_cast<int64_t>(head.seq))
      .BindBlob(2, head.hash.view())
      .BindBlob(3, head.feed.Bytes())
      .Run();
}

absl::Status Truth::ForgetAcked() {
  DATELINE_ASSIGN_OR_RETURN(Statement * forget, db_.Prepared(kForgetAcked));
  feeds_.clear();
  return forget->Run();
}

absl::StatusOr<uint64_t> Truth::UnsentChanges() {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kUnsent));
  DATELINE_ASSIGN_OR_RETURN(const int64_t count, OneNumber(get));
  return static_cast<uint64_t>(count);
}

absl::StatusOr<Truth::Progress> Truth::ProgressOf(
    const sync::DocumentId& document) {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kProgress));
  get->BindBlob(1, document.view());
  Progress progress;
  DATELINE_RETURN_IF_ERROR(OneRow(get, [&](const Statement& row) {
                             progress.all = static_cast<uint64_t>(row.Int(0));
                             progress.unacked =
                                 static_cast<uint64_t>(row.Int(1));
                             return absl::OkStatus();
                           }).status());
  return progress;
}

absl::StatusOr<std::vector<sync::Cursor>> Truth::Cursors() {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kCursors));
  std::vector<sync::Cursor> cursors;
  DATELINE_RETURN_IF_ERROR(EachRow(get, [&](const Statement& row) {
    sync::Cursor cursor;
    cursor.lane = static_cast<sync::Lane>(row.Int(1));
    cursor.position = static_cast<uint64_t>(row.Int(2));
    DATELINE_RETURN_IF_ERROR(ReadInto(row, 0, &cursor.assignment));
    DATELINE_RETURN_IF_ERROR(ReadInto(row, 3, &cursor.digest));
    cursors.push_back(cursor);
    return absl::OkStatus();
  }));
  return cursors;
}

absl::Status Truth::PutCursor(const sync::Cursor& cursor) {
  DATELINE_ASSIGN_OR_RETURN(Statement * put, db_.Prepared(kPutCursor));
  return put->BindBlob(1, cursor.assignment.view())
      .Bind(2, static_cast<int64_t>(cursor.lane))
      .Bind(3, static_cast<int64_t>(cursor.position))
      .BindBlob(4, cursor.digest.view())
      .Run();
}

absl::Status Truth::ClearCursors() {
  DATELINE_ASSIGN_OR_RETURN(Statement * clear, db_.Prepared(kClearCursors));
  return clear->Run();
}

absl::StatusOr<std::vector<FeedHead>> Truth::FirstPlaces(
    const sync::AssignmentId& assignment) {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kFirstPlaces));
  get->BindBlob(1, assignment.view());
  std::vector<FeedHead> heads;
  DATELINE_RETURN_IF_ERROR(EachRow(get, [&](const Statement& row) {
    const auto feed = FeedId::FromBytes(row.Blob(0));
    if (!feed.ok()) return feed.status();
    heads.push_back({*feed, static_cast<uint64_t>(row.Int(1)), {}});
    return ReadInto(row, 2, &heads.back().hash);
  }));
  return heads;
}

absl::StatusOr<std::vector<sync::DocumentId>> Truth::AllDocuments() {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kAllDocuments));
  std::vector<sync::DocumentId> documents;
  DATELINE_RETURN_IF_ERROR(EachRow(get, [&](const Statement& row) {
    return ReadInto(row, 0, &documents.emplace_back());
  }));
  return documents;
}

}  // namespace dateline::client

#include "server/storage/sqlite/truth_reader.h"

#include <algorithm>
#include <utility>

#include "server/storage/sqlite/columns.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/host/change_rows.h"

namespace dateline::server {
namespace {

using sync::AssignmentId;
using sync::Change;
using sync::Cursor;
using sync::DeviceId;
using sync::DocumentId;
using sync::EpochId;
using sync::FeedHead;
using sync::FeedId;
using sync::Hash;
using sync::Lane;
using sync::PersonId;

constexpr char kStateSql[] =
    "SELECT epoch, incarnation, lamport, save FROM tenants WHERE tenant = ?";
constexpr char kCountsSql[] =
    "SELECT (SELECT count(*) FROM changes WHERE tenant = ?1),"
    " (SELECT count(*) FROM verdicts WHERE tenant = ?1 AND what = 1),"
    " (SELECT count(*) FROM forks WHERE tenant = ?1)";
constexpr char kFindSql[] = "SELECT " DATELINE_CHANGE_COLUMNS_
                            " FROM changes WHERE tenant = ? AND hash = ?";
constexpr char kHoldingSql[] =
    "SELECT holding FROM changes WHERE tenant = ? AND hash = ?";
constexpr char kPlaceSql[] =
    "SELECT feed, seq FROM changes WHERE tenant = ? AND hash = ?";
// Sorted by us: ORDER BY hash would walk the index of all hashes.
constexpr char kHashesAtSql[] =
    "SELECT hash FROM changes WHERE tenant = ? AND feed = ? AND seq = ?";
constexpr char kHeadsSql[] =
    "SELECT h.feed, h.seq, h.hash FROM feeds f JOIN heads h"
    " ON h.tenant = f.tenant AND h.feed = f.number"
    " WHERE f.tenant = ? AND f.assignment = ? ORDER BY f.feed, h.hash";
constexpr char kHeadsOfDeviceSql[] =
    "SELECT h.feed, h.seq, h.hash FROM feeds f JOIN heads h"
    " ON h.tenant = f.tenant AND h.feed = f.number"
    " WHERE f.tenant = ?1 AND f.feed >= ?2 AND f.feed < ?3"
    " ORDER BY f.feed, h.hash";
constexpr char kHeadsOfFeedSql[] =
    "SELECT feed, seq, hash FROM heads WHERE tenant = ? AND feed = ?"
    " ORDER BY hash";
// The last column says whether a verdict holds it.
constexpr char kFeedAfterSql[] =
    "SELECT " DATELINE_CHANGE_COLUMNS_
    ", 0, x'', (SELECT what FROM verdicts v WHERE v.tenant = c.tenant"
    "  AND v.change = c.hash) = 1"
    " FROM changes c WHERE tenant = ? AND feed = ? AND seq > ?"
    " ORDER BY seq, hash";
constexpr char kPositionsAfterSql[] =
    "SELECT " DATELINE_CHANGE_COLUMNS_
    ", p.position, p.digest, (SELECT what FROM verdicts v"
    "  WHERE v.tenant = c.tenant AND v.change = c.hash) = 1"
    " FROM positions p JOIN changes c ON c.number = p.change"
    " WHERE p.tenant = ? AND p.assignment = ? AND p.lane = ?"
    " AND p.position > ? AND c.feed <> ? ORDER BY p.position";
constexpr char kChangesOfSql[] =
    "SELECT " DATELINE_CHANGE_COLUMNS_
    " FROM changes WHERE tenant = ? AND document = ? ORDER BY number";
constexpr char kOriginsSql[] =
    "SELECT assignment, kind, creator FROM documents"
    " WHERE tenant = ? AND document = ?";
constexpr char kFirstAssignmentSql[] =
    "SELECT f.assignment FROM changes c"
    " JOIN feeds f ON f.tenant = c.tenant AND f.number = c.feed"
    " WHERE c.tenant = ? AND c.document = ? ORDER BY c.number LIMIT 1";
constexpr char kStatementsOfSql[] =
    "SELECT document FROM documents"
    " WHERE tenant = ? AND assignment = ? AND kind = ? ORDER BY document";
constexpr char kForksSql[] =
    "SELECT feed, seq, held, other, noticed_ms FROM forks WHERE tenant = ?";

absl::StatusOr<Cursor> CursorAt(const host::Statement& row) {
  Cursor cursor;
  DATELINE_ASSIGN_OR_RETURN(cursor.assignment, FixedAt<AssignmentId>(row, 0));
  cursor.lane = static_cast<Lane>(row.Int(1));
  cursor.position = static_cast<uint64_t>(row.Int(2));
  DATELINE_ASSIGN_OR_RETURN(cursor.digest, FixedAt<Hash>(row, 3));
  return cursor;
}

size_t BytesOf(const Change& change) {
  constexpr size_t kAbout = 64;  // hash, salt, seq
  return kAbout + change.header_bytes.size() + change.structure.size() +
         change.content.size();
}

}  // namespace

absl::StatusOr<host::Statement*> SqliteTruthReader::Ask(absl::string_view sql) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement,
                            database_->Prepared(sql));
  statement->Bind(1, tenant_);
  return statement;
}

absl::StatusOr<ServerState> SqliteTruthReader::State() {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kStateSql));
  const Rows rows(statement);
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  if (!found) {
    return sync::MakeError(v1::STORAGE_DAMAGED, "the server's row is missing",
                           {.field = "tenants"});
  }
  ServerState state;
  DATELINE_ASSIGN_OR_RETURN(state.epoch, FixedAt<EpochId>(*rows, 0));
  state.incarnation = static_cast<uint64_t>(rows->Int(1));
  state.lamport = static_cast<uint64_t>(rows->Int(2));
  state.save = static_cast<uint64_t>(rows->Int(3));
  return state;
}

absl::StatusOr<TruthCounts> SqliteTruthReader::Counts() {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kCountsSql));
  const Rows rows(statement);
  DATELINE_RETURN_IF_ERROR(rows->Step().status());
  return TruthCounts{.changes = static_cast<uint64_t>(rows->Int(0)),
                     .held = static_cast<uint64_t>(rows->Int(1)),
                     .forks = static_cast<uint64_t>(rows->Int(2))};
}

absl::StatusOr<std::optional<Change>> SqliteTruthReader::Find(
    const Hash& hash) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kFindSql));
  const Rows rows(statement);
  rows->BindBlob(2, hash.view());
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  if (!found) return std::nullopt;
  DATELINE_ASSIGN_OR_RETURN(const FeedId feed, feeds_.FeedOf(rows->Int(0)));
  return host::ReadChange(*rows, 0, feed);
}

absl::StatusOr<std::optional<sync::Holding>> SqliteTruthReader::HoldingOf(
    const Change& change) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kHoldingSql));
  const Rows rows(statement);
  rows->BindBlob(2, change.hash.view());
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  if (!found) return std::nullopt;
  return static_cast<sync::Holding>(rows->Int(0));
}

absl::StatusOr<std::optional<FeedHead>> SqliteTruthReader::PlaceOf(
    const Hash& hash) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kPlaceSql));
  const Rows rows(statement);
  rows->BindBlob(2, hash.view());
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  if (!found) return std::nullopt;
  DATELINE_ASSIGN_OR_RETURN(const FeedId feed, feeds_.FeedOf(rows->Int(0)));
  return FeedHead{feed, static_cast<uint64_t>(rows->Int(1)), hash};
}

absl::StatusOr<std::vector<Hash>> SqliteTruthReader::HashesAt(
    const FeedId& feed, uint64_t seq) {
  std::vector<Hash> hashes;
  DATELINE_ASSIGN_OR_RETURN(const std::optional<int64_t> number,
                            feeds_.Find(feed));
  if (!number) return hashes;
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kHashesAtSql));
  const Rows rows(statement);
  rows->Bind(2, *number).Bind(3, static_cast<int64_t>(seq));
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, rows->Step());
    if (!more) break;
    DATELINE_ASSIGN_OR_RETURN(hashes.emplace_back(), FixedAt<Hash>(*rows, 0));
  }
  std::sort(hashes.begin(), hashes.end());
  return hashes;
}

absl::StatusOr<std::vector<FeedHead>> SqliteTruthReader::ReadHeads(
    const Rows& rows) {
  std::vector<FeedHead> heads;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, rows->Step());
    if (!more) return heads;
    FeedHead head;
    DATELINE_ASSIGN_OR_RETURN(head.feed, feeds_.FeedOf(rows->Int(0)));
    head.seq = static_cast<uint64_t>(rows->Int(1));
    DATELINE_ASSIGN_OR_RETURN(head.hash, FixedAt<Hash>(*rows, 2));
    heads.push_back(head);
  }
}

absl::StatusOr<std::vector<FeedHead>> SqliteTruthReader::Heads(
    const AssignmentId& assignment) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kHeadsSql));
  const Rows rows(statement);
  rows->BindBlob(2, assignment.view());
  return ReadHeads(rows);
}

// A feed's bytes begin with its device.
absl::StatusOr<std::vector<FeedHead>> SqliteTruthReader::HeadsOfDevice(
    const DeviceId& device) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement,
                            Ask(kHeadsOfDeviceSql));
  const Rows rows(statement);
  rows->BindBlob(2, device.view());
  rows->BindBlob(3,
                 device.str() + std::string(FeedId().Bytes().size(), '\xff'));
  return ReadHeads(rows);
}

absl::StatusOr<std::vector<FeedHead>> SqliteTruthReader::HeadsOfFeed(
    const FeedId& feed) {
  DATELINE_ASSIGN_OR_RETURN(const std::optional<int64_t> number,
                            feeds_.Find(feed));
  if (!number) return std::vector<FeedHead>();
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kHeadsOfFeedSql));
  const Rows rows(statement);
  rows->Bind(2, *number);
  return ReadHeads(rows);
}

absl::StatusOr<std::vector<PositionedChange>> SqliteTruthReader::ReadPositioned(
    const Rows& rows, size_t bytes_max) {
  constexpr int kPosition = host::kChangeColumnCount;
  std::vector<PositionedChange> out;
  size_t bytes = 0;
  // Goes on to the end of a run, whose last change carries the signature.
  while (out.empty() || bytes < bytes_max || !out.back().change.signature) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, rows->Step());
    if (!more) break;
    PositionedChange row;
    DATELINE_ASSIGN_OR_RETURN(const FeedId feed, feeds_.FeedOf(rows->Int(0)));
    row.held = rows->Int(kPosition + 2) == 1;
    // What is held is served as a stub, which has it.
    DATELINE_ASSIGN_OR_RETURN(
        row.change, host::ReadChange(*rows, 0, feed,
                                     row.held ? host::ContentHashes::kOfAll
                                              : host::ContentHashes::kOfStubs));
    row.position = static_cast<uint64_t>(rows->Int(kPosition));
    if (row.position != 0) {
      DATELINE_ASSIGN_OR_RETURN(row.digest,
                                FixedAt<Hash>(*rows, kPosition + 1));
    }
    bytes += BytesOf(row.change);
    out.push_back(std::move(row));
  }
  return out;
}

absl::StatusOr<std::vector<PositionedChange>> SqliteTruthReader::FeedAfter(
    const FeedId& feed, uint64_t seq, size_t bytes_max) {
  DATELINE_ASSIGN_OR_RETURN(const std::optional<int64_t> number,
                            feeds_.Find(feed));
  if (!number) return std::vector<PositionedChange>();
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kFeedAfterSql));
  const Rows rows(statement);
  rows->Bind(2, *number).Bind(3, static_cast<int64_t>(seq));
  return ReadPositioned(rows, bytes_max);
}

absl::StatusOr<std::vector<PositionedChange>> SqliteTruthReader::PositionsAfter(
    const AssignmentId& assignment, Lane lane, uint64_t position,
    size_t bytes_max, const std::optional<FeedId>& without) {
  std::optional<int64_t> feed;
  if (without) {
    DATELINE_ASSIGN_OR_RETURN(feed, feeds_.Find(*without));
  }
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement,
                            Ask(kPositionsAfterSql));
  const Rows rows(statement);
  rows->Bind(5, feed.value_or(0));  // numbers begin with 1
  rows->BindBlob(2, assignment.view()).Bind(3, static_cast<int64_t>(lane));
  rows->Bind(4, static_cast<int64_t>(position));
  return ReadPositioned(rows, bytes_max);
}

absl::StatusOr<std::vector<Change>> SqliteTruthReader::ChangesOf(
    const AssignmentId& assignment, const DocumentId& document) {
  std::vector<Change> changes;
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kChangesOfSql));
  const Rows rows(statement);
  rows->BindBlob(2, document.view());
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, rows->Step());
    if (!more) return changes;
    DATELINE_ASSIGN_OR_RETURN(const FeedId feed, feeds_.FeedOf(rows->Int(0)));
    if (feed.assignment != assignment) continue;
    DATELINE_ASSIGN_OR_RETURN(changes.emplace_back(),
                              host::ReadChange(*rows, 0, feed));
  }
}

absl::StatusOr<std::optional<DocumentOrigin>> SqliteTruthReader::OriginOf(
    const AssignmentId& assignment, const DocumentId& document) {
  DATELINE_ASSIGN_OR_RETURN(const Origins origins, OriginsOf(document));
  const auto found = origins.find(assignment);
  if (found == origins.end()) return std::nullopt;
  return found->second;
}

absl::StatusOr<SqliteTruthReader::Origins> SqliteTruthReader::OriginsOf(
    const DocumentId& document) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kOriginsSql));
  const Rows rows(statement);
  rows->BindBlob(2, document.view());
  Origins origins;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, rows->Step());
    if (!more) return origins;
    DATELINE_ASSIGN_OR_RETURN(const auto assignment,
                              FixedAt<AssignmentId>(*rows, 0));
    DocumentOrigin& origin = origins[assignment];
    origin.kind = static_cast<sync::DocumentKind>(rows->Int(1));
    DATELINE_ASSIGN_OR_RETURN(origin.creator, FixedAt<PersonId>(*rows, 2));
  }
}

absl::StatusOr<std::optional<AssignmentId>>
SqliteTruthReader::FirstAssignmentOf(const DocumentId& document) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement,
                            Ask(kFirstAssignmentSql));
  const Rows rows(statement);
  rows->BindBlob(2, document.view());
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  if (!found) return std::nullopt;
  return FixedAt<AssignmentId>(*rows, 0);
}

absl::StatusOr<std::vector<AssignmentId>> SqliteTruthReader::AssignmentsOf(
    const DocumentId& document) {
  DATELINE_ASSIGN_OR_RETURN(const Origins origins, OriginsOf(document));
  std::vector<AssignmentId> assignments;
  for (const auto& [assignment, origin] : origins) {
    assignments.push_back(assignment);
  }
  return assignments;
}

absl::StatusOr<std::vector<DocumentId>> SqliteTruthReader::StatementsOf(
    const AssignmentId& assignment) {
  std::vector<DocumentId> statements;
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kStatementsOfSql));
  const Rows rows(statement);
  rows->BindBlob(2, assignment.view());
  rows->Bind(3, static_cast<int64_t>(sync::DocumentKind::kStatement));
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, rows->Step());
    if (!more) return statements;
    DATELINE_ASSIGN_OR_RETURN(statements.emplace_back(),
                              FixedAt<DocumentId>(*rows, 0));
  }
}

absl::StatusOr<std::vector<ForkRecord>> SqliteTruthReader::Forks() {
  std::vector<ForkRecord> forks;
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kForksSql));
  const Rows rows(statement);
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, rows->Step());
    if (!more) return forks;
    ForkRecord fork;
    DATELINE_ASSIGN_OR_RETURN(fork.feed, feeds_.FeedOf(rows->Int(0)));
    fork.seq = static_cast<uint64_t>(rows->Int(1));
    DATELINE_ASSIGN_OR_RETURN(fork.held, FixedAt<Hash>(*rows, 2));
    DATELINE_ASSIGN_OR_RETURN(fork.other, FixedAt<Hash>(*rows, 3));
    fork.noticed_ms = rows->Int(4);
    forks.push_back(fork);
  }
}

namespace {

constexpr char kLastPositionSql[] =
    "SELECT assignment, lane, position, digest FROM counters"
    " WHERE tenant = ? AND assignment = ? AND lane = ?";
constexpr char kLastPositionsSql[] =
    "SELECT assignment, lane, position, digest FROM counters"
    " WHERE tenant = ? ORDER BY assignment, lane";
constexpr char kDigestAtSql[] =
    "SELECT digest FROM positions WHERE tenant = ? AND assignment = ?"
    " AND lane = ? AND position = ?";
constexpr char kTouchedSql[] =
    "SELECT p.position, p.digest, c.document, c.received_ms"
    " FROM positions p JOIN changes c ON c.number = p.change"
    " WHERE p.tenant = ? AND p.assignment = ? AND p.lane = ?"
    " AND p.position > ? ORDER BY p.position LIMIT ?";

}  // namespace

absl::StatusOr<Cursor> SqliteTruthReader::LastPosition(
    const AssignmentId& assignment, Lane lane) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kLastPositionSql));
  const Rows rows(statement);
  rows->BindBlob(2, assignment.view()).Bind(3, static_cast<int64_t>(lane));
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  if (!found) return Cursor{.assignment = assignment, .lane = lane};
  return CursorAt(*rows);
}

absl::StatusOr<std::vector<Cursor>> SqliteTruthReader::LastPositions() {
  std::vector<Cursor> cursors;
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement,
                            Ask(kLastPositionsSql));
  const Rows rows(statement);
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, rows->Step());
    if (!more) return cursors;
    DATELINE_ASSIGN_OR_RETURN(cursors.emplace_back(), CursorAt(*rows));
  }
}

absl::StatusOr<std::optional<Hash>> SqliteTruthReader::DigestAt(
    const AssignmentId& assignment, Lane lane, uint64_t position) {
  if (position == 0) return Hash();
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kDigestAtSql));
  const Rows rows(statement);
  rows->BindBlob(2, assignment.view()).Bind(3, static_cast<int64_t>(lane));
  rows->Bind(4, static_cast<int64_t>(position));
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  if (!found) return std::nullopt;
  return FixedAt<Hash>(*rows, 0);
}

absl::StatusOr<std::vector<TouchedDocument>> SqliteTruthReader::TouchedAfter(
    const AssignmentId& assignment, Lane lane, uint64_t position,
    size_t rows_max) {
  std::vector<TouchedDocument> touched;
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kTouchedSql));
  const Rows rows(statement);
  rows->BindBlob(2, assignment.view()).Bind(3, static_cast<int64_t>(lane));
  rows->Bind(4, static_cast<int64_t>(position));
  rows->Bind(5, static_cast<int64_t>(rows_max));
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, rows->Step());
    if (!more) return touched;
    TouchedDocument row;
    row.position = static_cast<uint64_t>(rows->Int(0));
    DATELINE_ASSIGN_OR_RETURN(row.digest, FixedAt<Hash>(*rows, 1));
    if (!rows->IsNull(2)) {
      DATELINE_ASSIGN_OR_RETURN(row.document, FixedAt<DocumentId>(*rows, 2));
    }
    row.received_ms = rows->Int(3);
    touched.push_back(row);
  }
}

}  // namespace dateline::server

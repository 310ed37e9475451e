#include "client-core/store/truth.h"

#include <algorithm>

#include "client-core/store/rows.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/host/change_rows.h"

namespace dateline::client {
namespace {

using host::Statement;
using sync::Change;
using sync::FeedHead;
using sync::FeedId;
using sync::Holding;

constexpr char kFindFeed[] =
    "SELECT number, sent, acked, acked_hash, own, forked FROM feeds "
    "WHERE feed = ?";
// The longer branch where it forked; of two equally long the one that came
// first.
constexpr char kHeadOfFeed[] =
    "SELECT seq, hash FROM changes WHERE feed = ? "
    "ORDER BY seq DESC, number LIMIT 1";
constexpr char kAddFeed[] =
    "INSERT INTO feeds (feed, assignment, own, sent, acked, acked_hash, "
    "forked) VALUES (?, ?, ?, 0, 0, ?, 0)";
constexpr char kSetForked[] = "UPDATE feeds SET forked = 1 WHERE number = ?";

constexpr char kFindKnown[] =
    "SELECT number, holding, signature IS NOT NULL FROM changes "
    "WHERE feed = ? AND seq = ? AND hash = ?";
constexpr char kInsert[] =
    "INSERT INTO changes (here, " DATELINE_CHANGE_COLUMNS_
    ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)";
constexpr char kMakeWhole[] =
    "UPDATE changes SET holding = 0, document = ?, header = ?, structure = ?, "
    "salt = ?, content = ?, content_hash = NULL WHERE number = ?";
constexpr char kMakeStub[] =
    "UPDATE changes SET holding = 1, document = ?, header = ?, structure = ?, "
    "content_hash = ? WHERE number = ?";
constexpr char kErase[] =
    "UPDATE changes SET holding = 1, salt = NULL, content = NULL, "
    "content_hash = ? WHERE number = ?";
constexpr char kSign[] = "UPDATE changes SET signature = ? WHERE number = ?";
constexpr char kDeleteTail[] = "DELETE FROM changes WHERE feed = ? AND seq > ?";
constexpr char kCountAtPlace[] =
    "SELECT count(*) FROM changes WHERE feed = ? AND seq = ?";
constexpr char kRecordFork[] =
    "INSERT OR IGNORE INTO forks SELECT feed, seq, hash FROM changes "
    "WHERE feed = ? AND seq = ?";
constexpr char kBranchHeads[] =
    "SELECT seq, hash FROM changes AS c WHERE feed = ? AND NOT EXISTS ("
    "SELECT 1 FROM changes AS d WHERE d.feed = c.feed AND d.seq = c.seq + 1 "
    "AND d.previous = c.hash) ORDER BY seq, hash";

// A change row: its number, its FeedId, its columns from 2.
#define DATELINE_SELECT_CHANGE_                                  \
  "SELECT number, (SELECT feed FROM feeds WHERE feeds.number = " \
  "changes.feed), " DATELINE_CHANGE_COLUMNS_ " FROM changes "
constexpr char kOfDocument[] =
    DATELINE_SELECT_CHANGE_ "WHERE document = ? ORDER BY number";
constexpr char kOfFeed[] = DATELINE_SELECT_CHANGE_
    "WHERE feed = (SELECT number FROM feeds WHERE feeds.feed = ?) "
    "AND seq > ? ORDER BY seq, number";
constexpr char kAfterNumber[] =
    DATELINE_SELECT_CHANGE_ "WHERE number > ? ORDER BY number";

constexpr char kHashAtPlace[] =
    "SELECT min(c.hash), count(*) FROM changes AS c "
    "JOIN feeds AS f ON f.number = c.feed WHERE f.feed = ? AND c.seq = ?";
constexpr char kHoldsPlace[] =
    "SELECT 1 FROM changes AS c JOIN feeds AS f ON f.number = c.feed "
    "WHERE c.hash = ? AND c.seq = ? AND f.feed = ?";
#define DATELINE_HAS_CHANGES_ \
  "EXISTS (SELECT 1 FROM changes WHERE changes.feed = feeds.number)"
constexpr char kFeedsOfAssignment[] =
    "SELECT feed FROM feeds WHERE assignment = ? "
    "AND " DATELINE_HAS_CHANGES_ " ORDER BY feed";
constexpr char kOwnFeeds[] =
    "SELECT feed FROM feeds WHERE own AND " DATELINE_HAS_CHANGES_
    " ORDER BY feed";
constexpr char kLastWritten[] =
    "SELECT f.feed, c.header FROM feeds AS f JOIN changes AS c ON c.number = "
    "(SELECT number FROM changes WHERE feed = f.number AND holding < 2 "
    "ORDER BY seq DESC LIMIT 1) WHERE f.own";
constexpr char kLastHere[] =
    "SELECT seq, hash FROM changes WHERE feed = ? AND here "
    "ORDER BY seq DESC LIMIT 1";
constexpr char kAllFeeds[] = "SELECT feed FROM feeds ORDER BY feed";
constexpr char kAssignments[] =
    "SELECT DISTINCT assignment FROM feeds "
    "WHERE " DATELINE_HAS_CHANGES_ " ORDER BY 1";

absl::Status Damaged(absl::string_view what) {
  return sync::MakeError(v1::STORAGE_DAMAGED,
                         "a row of the store cannot be read back",
                         {.field = std::string(what)});
}

absl::Status ReadFeedId(const Statement& row, int column, FeedId* out) {
  const auto feed = FeedId::FromBytes(row.Blob(column));
  if (!feed.ok()) return Damaged("feed");
  *out = *feed;
  return absl::OkStatus();
}

}  // namespace

// --- feeds -----------------------------------------------------------------

absl::StatusOr<std::optional<Truth::FeedRow>> Truth::ReadFeedRow(
    const FeedId& feed) {
  DATELINE_ASSIGN_OR_RETURN(Statement * find, db_.Prepared(kFindFeed));
  find->BindBlob(1, feed.Bytes());
  FeedRow out;
  out.head.feed = out.acked.feed = feed;
  DATELINE_ASSIGN_OR_RETURN(const bool there,
                            OneRow(find, [&](const Statement& row) {
                              out.number = row.Int(0);
                              out.sent = static_cast<uint64_t>(row.Int(1));
                              out.acked.seq = static_cast<uint64_t>(row.Int(2));
                              out.own = row.Int(4) != 0;
                              out.forked = row.Int(5) != 0;
                              return ReadInto(row, 3, &out.acked.hash);
                            }));
  if (!there) return std::nullopt;
  DATELINE_ASSIGN_OR_RETURN(Statement * head, db_.Prepared(kHeadOfFeed));
  head->Bind(1, out.number);
  DATELINE_RETURN_IF_ERROR(OneRow(head, [&](const Statement& row) {
                             out.head.seq = static_cast<uint64_t>(row.Int(0));
                             return ReadInto(row, 1, &out.head.hash);
                           }).status());
  return out;
}

absl::StatusOr<Truth::FeedRow*> Truth::FindFeed(const FeedId& feed) {
  auto found = feeds_.find(feed);
  if (found == feeds_.end()) {
    DATELINE_ASSIGN_OR_RETURN(std::optional<FeedRow> row, ReadFeedRow(feed));
    found = feeds_.emplace(feed, std::move(row)).first;
  }
  return found->second ? &*found->second : nullptr;
}

absl::StatusOr<Truth::FeedRow*> Truth::FeedFor(const FeedId& feed) {
  DATELINE_ASSIGN_OR_RETURN(FeedRow * found, FindFeed(feed));
  if (found != nullptr) return found;
  DATELINE_ASSIGN_OR_RETURN(Statement * add, db_.Prepared(kAddFeed));
  DATELINE_RETURN_IF_ERROR(add->BindBlob(1, feed.Bytes())
                               .BindBlob(2, feed.assignment.view())
                               .Bind(3, feed.device == self_ ? 1 : 0)
                               .BindBlob(4, sync::Hash().view())
                               .Run());
  feeds_.erase(feed);
  return FindFeed(feed);
}

// --- writing ---------------------------------------------------------------

absl::StatusOr<bool> Truth::KnownAlready(int64_t feed, const Change& change,
                                         Put* put) {
  DATELINE_ASSIGN_OR_RETURN(Statement * find, db_.Prepared(kFindKnown));
  find->Bind(1, feed).Bind(2, static_cast<int64_t>(change.seq));
  find->BindBlob(3, change.hash.view());
  int64_t number = 0;
  auto holding = Holding::kWhole;
  bool is_signed = false;
  DATELINE_ASSIGN_OR_RETURN(const bool known,
                            OneRow(find, [&](const Statement& row) {
                              number = row.Int(0);
                              holding = static_cast<Holding>(row.Int(1));
                              is_signed = row.Int(2) != 0;
                              return absl::OkStatus();
                            }));
  if (!known) return false;
  *put = Put::kKnown;
  if (change.signature && !is_signed) {
    DATELINE_ASSIGN_OR_RETURN(Statement * sign, db_.Prepared(kSign));
    DATELINE_RETURN_IF_ERROR(
        sign->BindBlob(1, change.signature->view()).Bind(2, number).Run());
  }
  if (change.holding >= holding) return true;
  *put = Put::kUpgraded;
  const bool whole = change.holding == Holding::kWhole;
  DATELINE_ASSIGN_OR_RETURN(Statement * update,
                            db_.Prepared(whole ? kMakeWhole : kMakeStub));
  update->BindBlob(1, change.header.document.view())
      .BindBlob(2, change.header_bytes)
      .BindBlob(3, change.structure);
  if (whole) {
    update->BindBlob(4, change.salt.view()).BindBlob(5, change.content);
  } else {
    update->BindBlob(4, change.content_hash.view());
  }
  DATELINE_RETURN_IF_ERROR(update->Bind(whole ? 6 : 5, number).Run());
  return true;
}

absl::StatusOr<Truth::Put> Truth::Insert(const Change& change, bool here) {
  DATELINE_ASSIGN_OR_RETURN(FeedRow * feed, FeedFor(change.feed));
  const int64_t number = feed->number;
  // Nothing is held beyond the head: by far the most go there.
  const bool beyond = change.seq > feed->head.seq;
  if (!beyond) {
    Put put = Put::kNew;
    DATELINE_ASSIGN_OR_RETURN(const bool known,
                              KnownAlready(number, change, &put));
    if (known) return put;
  }
  DATELINE_ASSIGN_OR_RETURN(Statement * insert, db_.Prepared(kInsert));
  insert->Bind(1, here ? 1 : 0);
  host::BindChange(change, number, 2, insert);
  DATELINE_RETURN_IF_ERROR(insert->Run());
  if (beyond) {
    feed->head = change.head();
  } else {
    DATELINE_RETURN_IF_ERROR(RecordIfForked(number, change.seq));
  }
  DATELINE_RETURN_IF_ERROR(NoteUnhashed());
  return Put::kNew;
}

absl::Status Truth::RecordIfForked(int64_t feed, uint64_t seq) {
  DATELINE_ASSIGN_OR_RETURN(Statement * count, db_.Prepared(kCountAtPlace));
  count->Bind(1, feed).Bind(2, static_cast<int64_t>(seq));
  DATELINE_ASSIGN_OR_RETURN(const int64_t hashes, OneNumber(count));
  if (hashes < 2) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(Statement * record, db_.Prepared(kRecordFork));
  DATELINE_RETURN_IF_ERROR(
      record->Bind(1, feed).Bind(2, static_cast<int64_t>(seq)).Run());
  DATELINE_ASSIGN_OR_RETURN(Statement * mark, db_.Prepared(kSetForked));
  feeds_.clear();
  return mark->Bind(1, feed).Run();
}

absl::Status Truth::ReplaceTail(const FeedHead& after,
                                const std::vector<Change>& changes) {
  DATELINE_ASSIGN_OR_RETURN(const FeedRow* feed, FeedFor(after.feed));
  const int64_t number = feed->number;
  DATELINE_RETURN_IF_ERROR(DropHashesAfter(number, after.seq));
  DATELINE_ASSIGN_OR_RETURN(Statement * erase, db_.Prepared(kDeleteTail));
  DATELINE_RETURN_IF_ERROR(
      erase->Bind(1, number).Bind(2, static_cast<int64_t>(after.seq)).Run());
  Forget();
  for (const Change& change : changes) {
    DATELINE_RETURN_IF_ERROR(Insert(change, /*here=*/true).status());
  }
  return absl::OkStatus();
}

void Truth::Forget() {
  feeds_.clear();
  hashed_up_to_.reset();
}

absl::Status Truth::Erase(const Change& change) {
  DATELINE_ASSIGN_OR_RETURN(const int64_t number, NumberOf(change.hash));
  DATELINE_ASSIGN_OR_RETURN(Statement * erase, db_.Prepared(kErase));
  return erase->BindBlob(1, change.content_hash.view()).Bind(2, number).Run();
}

// --- reading ---------------------------------------------------------------

absl::Status Truth::EachChange(
    Statement* statement,
    const std::function<absl::Status(int64_t, Change)>& visit,
    host::ContentHashes hashes) {
  return EachRow(statement, [&](const Statement& row) {
    FeedId feed;
    DATELINE_RETURN_IF_ERROR(ReadFeedId(row, 1, &feed));
    DATELINE_ASSIGN_OR_RETURN(Change change,
                              host::ReadChange(row, 2, feed, hashes));
    return visit(row.Int(0), std::move(change));
  });
}

absl::StatusOr<std::vector<Change>> Truth::OfDocument(
    const sync::DocumentId& document) {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kOfDocument));
  get->BindBlob(1, document.view());
  std::vector<Change> changes;
  DATELINE_RETURN_IF_ERROR(EachChange(get, [&](int64_t, Change change) {
    changes.push_back(std::move(change));
    return absl::OkStatus();
  }));
  return changes;
}

absl::StatusOr<std::vector<Change>> Truth::OfFeedAfter(const FeedId& feed,
                                                       uint64_t after_seq) {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kOfFeed));
  get->BindBlob(1, feed.Bytes()).Bind(2, static_cast<int64_t>(after_seq));
  std::vector<Change> changes;
  DATELINE_RETURN_IF_ERROR(EachChange(get, [&](int64_t, Change change) {
    changes.push_back(std::move(change));
    return absl::OkStatus();
  }));
  return changes;
}

absl::Status Truth::EachAfter(
    int64_t after,
    const std::function<absl::Status(int64_t, const Change&)>& visit) {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kAfterNumber));
  get->Bind(1, after);
  return EachChange(get, visit);
}

absl::Status Truth::AppendHeads(const FeedRow& feed,
                                std::vector<FeedHead>* out) {
  if (!feed.forked) {
    out->push_back(feed.head);
    return absl::OkStatus();
  }
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kBranchHeads));
  get->Bind(1, feed.number);
  return EachRow(get, [&](const Statement& row) {
    FeedHead head{feed.head.feed, static_cast<uint64_t>(row.Int(0)), {}};
    DATELINE_RETURN_IF_ERROR(ReadInto(row, 1, &head.hash));
    out->push_back(head);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<FeedId>> Truth::FeedIds(Statement* get) {
  std::vector<FeedId> feeds;
  DATELINE_RETURN_IF_ERROR(EachRow(get, [&](const Statement& row) {
    return ReadFeedId(row, 0, &feeds.emplace_back());
  }));
  return feeds;
}

absl::StatusOr<std::vector<sync::OwnFeed>> Truth::OwnFeeds() {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kOwnFeeds));
  DATELINE_ASSIGN_OR_RETURN(const std::vector<FeedId> ids, FeedIds(get));
  std::vector<sync::OwnFeed> own;
  for (const FeedId& id : ids) {
    DATELINE_ASSIGN_OR_RETURN(const FeedRow* feed, FindFeed(id));
    own.push_back({.head = feed->head, .acked = feed->acked});
    if (!feed->forked) continue;
    DATELINE_ASSIGN_OR_RETURN(Statement * last, db_.Prepared(kLastHere));
    last->Bind(1, feed->number);
    DATELINE_RETURN_IF_ERROR(OneRow(last, [&](const Statement& row) {
                               own.back().head.seq =
                                   static_cast<uint64_t>(row.Int(0));
                               return ReadInto(row, 1, &own.back().head.hash);
                             }).status());
  }
  return own;
}

absl::StatusOr<std::vector<FeedHead>> Truth::Heads(
    const sync::AssignmentId& assignment) {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kFeedsOfAssignment));
  DATELINE_ASSIGN_OR_RETURN(const std::vector<FeedId> ids,
                            FeedIds(&get->BindBlob(1, assignment.view())));
  std::vector<FeedHead> heads;
  for (const FeedId& id : ids) {
    DATELINE_ASSIGN_OR_RETURN(const FeedRow* feed, FindFeed(id));
    DATELINE_RETURN_IF_ERROR(AppendHeads(*feed, &heads));
  }
  return heads;
}

absl::StatusOr<std::vector<FeedId>> Truth::Feeds() {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kAllFeeds));
  return FeedIds(get);
}

absl::StatusOr<std::vector<sync::AssignmentId>> Truth::AssignmentsHeld() {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kAssignments));
  std::vector<sync::AssignmentId> assignments;
  DATELINE_RETURN_IF_ERROR(EachRow(get, [&](const Statement& row) {
    assignments.emplace_back();
    return ReadInto(row, 0, &assignments.back());
  }));
  return assignments;
}

absl::StatusOr<std::vector<sync::RunOfChanges>> Truth::ReadFeed(
    const FeedId& feed, uint64_t after_seq, size_t bytes_max) {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kOfFeed));
  get->BindBlob(1, feed.Bytes()).Bind(2, static_cast<int64_t>(after_seq));
  const bool own = feed.device == self_;
  std::vector<sync::RunOfChanges> runs;  // by branch, each ends unsigned
  std::vector<bool> closed;
  size_t bytes = 0;
  const auto add = [&](int64_t, Change change) -> absl::Status {
    // The run that this change continues, or a new one.
    size_t at = 0;
    while (at < runs.size() &&
           (closed[at] || runs[at].changes.back().hash != change.previous)) {
      ++at;
    }
    const bool begins = at == runs.size();
    if (bytes >= bytes_max && (own || begins)) return absl::CancelledError();
    if (begins) {
      runs.push_back({.feed = feed});
      closed.push_back(false);
    }
    bytes += change.header_bytes.size() + change.structure.size() +
             change.content.size();
    if (!own && change.signature) {
      runs[at].signature = *change.signature;
      closed[at] = true;
    }
    runs[at].changes.push_back(std::move(change));
    return absl::OkStatus();
  };
  const absl::Status read = EachChange(get, add, host::ContentHashes::kOfStubs);
  if (!read.ok() && !absl::IsCancelled(read)) return read;
  if (own) return runs;
  // What nobody signed for cannot be passed on.
  std::vector<sync::RunOfChanges> whole;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (closed[i]) whole.push_back(std::move(runs[i]));
  }
  return whole;
}

std::optional<sync::PublicKey> Truth::KeyOf(const sync::DeviceId& device) {
  const auto found = keys_.find(device);
  if (found == keys_.end()) return std::nullopt;
  return found->second;
}

std::optional<sync::Hash> Truth::HashAt(const FeedId& feed, uint64_t seq) {
  const auto get = db_.Prepared(kHashAtPlace);
  if (!get.ok()) return std::nullopt;
  (*get)->BindBlob(1, feed.Bytes()).Bind(2, static_cast<int64_t>(seq));
  std::optional<sync::Hash> hash;
  const auto row = OneRow(*get, [&](const Statement& row) {
    if (row.Int(1) != 1) return absl::OkStatus();
    hash.emplace();
    return ReadInto(row, 0, &*hash);
  });
  return row.ok() ? hash : std::nullopt;
}

bool Truth::Holds(const FeedHead& head) {
  const auto get = db_.Prepared(kHoldsPlace);
  if (!get.ok()) return false;
  (*get)->BindBlob(1, head.hash.view()).Bind(2, static_cast<int64_t>(head.seq));
  (*get)->BindBlob(3, head.feed.Bytes());
  const auto held = OneNumber(*get);
  return held.ok() && *held != 0;
}

absl::Status Truth::LoadHeads(sync::Writer* writer) {
  for (const sync::Lane lane : sync::kLanes) {
    const FeedId id{writer->device, writer->incarnation, writer->assignment,
                    lane};
    DATELINE_ASSIGN_OR_RETURN(const FeedRow* feed, FindFeed(id));
    writer->heads[lane] = feed != nullptr ? feed->head : FeedHead{id, 0, {}};
  }
  return absl::OkStatus();
}

absl::StatusOr<Truth::LastWritten> Truth::LastWrittenIn(uint64_t incarnation) {
  DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kLastWritten));
  LastWritten last;
  DATELINE_RETURN_IF_ERROR(EachRow(get, [&](const Statement& row) {
    FeedId feed;
    DATELINE_RETURN_IF_ERROR(ReadFeedId(row, 0, &feed));
    const auto header = sync::DecodeHeader(row.Blob(1));
    if (!header.ok()) return Damaged("header");
    last.lamport = std::max(last.lamport, header->lamport);
    if (feed.incarnation == incarnation) {
      last.save = std::max(last.save, header->save);
    }
    return absl::OkStatus();
  }));
  return last;
}

}  // namespace dateline::client

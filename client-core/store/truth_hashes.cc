// Truth, third part: changes by their hashes alone. A random key costs a page
// of its own for each change, so they are entered many at once; the newest are
// looked through.
#include "client-core/store/rows.h"
#include "client-core/store/truth.h"
#include "sync/base/status_macros.h"

namespace dateline::client {
namespace {

using host::Statement;
using sync::FeedHead;
using sync::FeedId;

// Hashes that a lookup may have to look through one by one.
constexpr int64_t kUnhashedMax = 1024;

constexpr char kHashedUpTo[] = "SELECT up_to FROM hashed";
constexpr char kEnterHashes[] =
    "INSERT INTO hashes SELECT hash, number FROM changes WHERE number > ? "
    "ORDER BY hash";
constexpr char kSetHashed[] =
    "UPDATE hashed SET up_to = (SELECT coalesce(max(number), 0) FROM changes)";
constexpr char kDropHashesOfTail[] =
    "DELETE FROM hashes WHERE hash IN "
    "(SELECT hash FROM changes WHERE feed = ? AND seq > ?)";
constexpr char kLowerHashed[] =
    "UPDATE hashed SET up_to = "
    "min(up_to, (SELECT coalesce(max(number), 0) FROM changes))";
constexpr char kNewestNumber[] = "SELECT max(number) FROM changes";
constexpr char kFindHashed[] = "SELECT number FROM hashes WHERE hash = ?";
constexpr char kFindUnhashed[] =
    "SELECT number FROM changes WHERE number > ? AND hash = ?";
constexpr char kPlaceOfNumber[] =
    "SELECT f.feed, c.seq, f.forked FROM changes AS c "
    "JOIN feeds AS f ON f.number = c.feed WHERE c.number = ?";

}  // namespace

absl::StatusOr<int64_t> Truth::HashedUpTo() {
  if (!hashed_up_to_) {
    DATELINE_ASSIGN_OR_RETURN(Statement * get, db_.Prepared(kHashedUpTo));
    DATELINE_ASSIGN_OR_RETURN(hashed_up_to_, OneNumber(get));
    DATELINE_ASSIGN_OR_RETURN(Statement * newest, db_.Prepared(kNewestNumber));
    DATELINE_ASSIGN_OR_RETURN(unhashed_, OneNumber(newest));
    unhashed_ -= *hashed_up_to_;
  }
  return *hashed_up_to_;
}

absl::Status Truth::NoteUnhashed() {
  if (hashed_up_to_) {
    ++unhashed_;
  } else {
    DATELINE_RETURN_IF_ERROR(HashedUpTo().status());  // counts this one too
  }
  return unhashed_ < kUnhashedMax ? absl::OkStatus() : IndexHashes();
}

absl::Status Truth::IndexHashes() {
  DATELINE_ASSIGN_OR_RETURN(const int64_t up_to, HashedUpTo());
  if (unhashed_ == 0) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(Statement * enter, db_.Prepared(kEnterHashes));
  DATELINE_RETURN_IF_ERROR(enter->Bind(1, up_to).Run());
  DATELINE_ASSIGN_OR_RETURN(Statement * set, db_.Prepared(kSetHashed));
  hashed_up_to_.reset();
  return set->Run();
}

absl::Status Truth::DropHashesAfter(int64_t feed, uint64_t seq) {
  DATELINE_ASSIGN_OR_RETURN(Statement * drop, db_.Prepared(kDropHashesOfTail));
  return drop->Bind(1, feed).Bind(2, static_cast<int64_t>(seq)).Run();
}

// Numbers at the end of what was deleted are given again.
absl::Status Truth::LowerHashed() {
  hashed_up_to_.reset();
  DATELINE_ASSIGN_OR_RETURN(Statement * lower, db_.Prepared(kLowerHashed));
  return lower->Run();
}

absl::StatusOr<int64_t> Truth::NumberOf(const sync::Hash& hash) {
  DATELINE_ASSIGN_OR_RETURN(Statement * find, db_.Prepared(kFindHashed));
  find->BindBlob(1, hash.view());
  DATELINE_ASSIGN_OR_RETURN(const int64_t number, OneNumber(find));
  if (number != 0) return number;
  DATELINE_ASSIGN_OR_RETURN(const int64_t up_to, HashedUpTo());
  DATELINE_ASSIGN_OR_RETURN(find, db_.Prepared(kFindUnhashed));
  return OneNumber(&find->Bind(1, up_to).BindBlob(2, hash.view()));
}

std::optional<FeedHead> Truth::PlaceOf(const sync::Hash& hash) {
  const auto number = NumberOf(hash);
  if (!number.ok() || *number == 0) return std::nullopt;
  const auto get = db_.Prepared(kPlaceOfNumber);
  if (!get.ok()) return std::nullopt;
  (*get)->Bind(1, *number);
  std::optional<FeedHead> place;
  const auto row = OneRow(*get, [&](const Statement& row) {
    if (row.Int(2) != 0) return absl::OkStatus();
    place.emplace();
    place->seq = static_cast<uint64_t>(row.Int(1));
    place->hash = hash;
    const auto feed = FeedId::FromBytes(row.Blob(0));
    if (!feed.ok()) return feed.status();
    place->feed = *feed;
    return absl::OkStatus();
  });
  return row.ok() ? place : std::nullopt;
}

}  // namespace dateline::client

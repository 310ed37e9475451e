#include "server/storage/sqlite/feed_numbers.h"

#include "server/storage/sqlite/pool.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"

namespace dateline::server {
namespace {

constexpr char kFindSql[] =
    "SELECT number FROM feeds WHERE tenant = ? AND feed = ?";
constexpr char kFeedSql[] =
    "SELECT feed FROM feeds WHERE tenant = ? AND number = ?";
constexpr char kAddSql[] =
    "INSERT INTO feeds (tenant, number, feed, device, assignment) VALUES"
    " (?1, (SELECT coalesce(max(number), 0) + 1 FROM feeds WHERE tenant = ?1),"
    "  ?2, ?3, ?4)";

}  // namespace

absl::StatusOr<std::optional<int64_t>> FeedNumbers::Find(
    const sync::FeedId& feed) {
  if (last_number_ != 0 && feed == last_) return last_number_;
  const std::string bytes = feed.Bytes();
  if (const auto found = numbers_.find(bytes); found != numbers_.end()) {
    last_ = feed;
    return last_number_ = found->second;
  }
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement,
                            database_->Prepared(kFindSql));
  const Rows rows(statement);
  rows->Bind(1, tenant_).BindBlob(2, bytes);
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  if (!found) return std::nullopt;
  const int64_t number = rows->Int(0);
  numbers_[bytes] = number;
  feeds_[number] = feed;
  return number;
}

absl::StatusOr<int64_t> FeedNumbers::FindOrAdd(const sync::FeedId& feed) {
  DATELINE_ASSIGN_OR_RETURN(const std::optional<int64_t> known, Find(feed));
  if (known) return *known;
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement,
                            database_->Prepared(kAddSql));
  const std::string bytes = feed.Bytes();
  statement->Bind(1, tenant_).BindBlob(2, bytes);
  statement->BindBlob(3, feed.device.view());
  statement->BindBlob(4, feed.assignment.view());
  DATELINE_RETURN_IF_ERROR(statement->Run());
  DATELINE_ASSIGN_OR_RETURN(const std::optional<int64_t> added, Find(feed));
  return *added;
}

absl::StatusOr<sync::FeedId> FeedNumbers::FeedOf(int64_t number) {
  if (const auto found = feeds_.find(number); found != feeds_.end()) {
    return found->second;
  }
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement,
                            database_->Prepared(kFeedSql));
  const Rows rows(statement);
  rows->Bind(1, tenant_).Bind(2, number);
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  if (!found) {
    return sync::MakeError(v1::STORAGE_DAMAGED, "a feed's row is missing",
                           {.field = "feeds.number"});
  }
  auto feed = sync::FeedId::FromBytes(rows->Blob(0));
  if (!feed.ok()) {
    return sync::MakeError(v1::STORAGE_DAMAGED, "a feed's row is unreadable",
                           {.field = "feeds.feed"});
  }
  feeds_[number] = *feed;
  return *feed;
}

void FeedNumbers::Forget() {
  last_number_ = 0;
  numbers_.clear();
  feeds_.clear();
}

}  // namespace dateline::server

// Numbers of feeds, as the engine writes them in place of 33 bytes.
#ifndef DATELINE_SERVER_STORAGE_SQLITE_FEED_NUMBERS_H_
#define DATELINE_SERVER_STORAGE_SQLITE_FEED_NUMBERS_H_

#include <cstdint>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "sync/host/sqlite.h"
#include "sync/model/feed.h"

namespace dateline::server {

// A cache over the table `feeds` for one connection. A number is never given
// to another feed. Thread-compatible.
class FeedNumbers {
 public:
  // Borrows *database.
  FeedNumbers(host::Database* database, int64_t tenant)
      : database_(database), tenant_(tenant) {}

  // nullopt: no change of that feed is here.
  absl::StatusOr<std::optional<int64_t>> Find(const sync::FeedId& feed);
  absl::StatusOr<int64_t> FindOrAdd(const sync::FeedId& feed);
  absl::StatusOr<sync::FeedId> FeedOf(int64_t number);
  // After a rollback: numbers that were added are gone.
  void Forget();

 private:
  host::Database* const database_;  // not owned
  const int64_t tenant_;
  absl::flat_hash_map<std::string, int64_t> numbers_;
  sync::FeedId last_;  // found last; 0: none
  int64_t last_number_ = 0;
  absl::flat_hash_map<int64_t, sync::FeedId> feeds_;
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_STORAGE_SQLITE_FEED_NUMBERS_H_

// The columns of a change in SQLite, for the phone's and the server's store
// alike. The tables, their keys and the numbers of feeds belong to each store.
//
//   CREATE TABLE changes (number INTEGER PRIMARY KEY, <kChangeColumnsSql>)
//   INSERT INTO changes (<kChangeColumns>) VALUES (<kChangeParameters>)
//   SELECT <kChangeColumns> FROM changes WHERE ...
#ifndef DATELINE_SYNC_HOST_CHANGE_ROWS_H_
#define DATELINE_SYNC_HOST_CHANGE_ROWS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "sync/host/sqlite.h"
#include "sync/model/change.h"

namespace dateline::host {

constexpr int kChangeColumnCount = 12;
// feed: the store's number of a FeedId. document: NULL for kPlaceOnly.
// content_hash: NULL for kWhole, whose salt and content give it.
// signature: of the run that ends here, else NULL.
#define DATELINE_CHANGE_COLUMNS_SQL_                                  \
  "feed INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, " \
  "previous BLOB NOT NULL, document BLOB, holding INTEGER NOT NULL, " \
  "header BLOB NOT NULL, structure BLOB NOT NULL, salt BLOB, "        \
  "content BLOB, content_hash BLOB, signature BLOB"
#define DATELINE_CHANGE_COLUMNS_                                            \
  "feed, seq, hash, previous, document, holding, header, structure, salt, " \
  "content, content_hash, signature"
constexpr char kChangeColumnsSql[] = DATELINE_CHANGE_COLUMNS_SQL_;
constexpr char kChangeColumns[] = DATELINE_CHANGE_COLUMNS_;
constexpr char kChangeParameters[] = "?,?,?,?,?,?,?,?,?,?,?,?";

// Binds kChangeColumnCount parameters from `first`. The change must stand
// until the statement is reset.
void BindChange(const sync::Change& change, int64_t feed_number, int first,
                Statement* statement);

// Whether content_hash of a whole change is wanted: it is not stored, and costs
// a hash of the words. Packing does without.
enum class ContentHashes { kOfAll, kOfStubs };

// Reads them back from column `first`. `feed` is what the number stands for.
// STORAGE_DAMAGED where a column cannot be what was written; hashes are not
// recomputed (that is verifying).
absl::StatusOr<sync::Change> ReadChange(
    const Statement& row, int first, const sync::FeedId& feed,
    ContentHashes hashes = ContentHashes::kOfAll);

}  // namespace dateline::host

#endif  // DATELINE_SYNC_HOST_CHANGE_ROWS_H_

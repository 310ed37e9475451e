#include "sync/host/change_rows.h"

#include "sync/base/errors.h"
#include "sync/base/status_macros.h"

namespace dateline::host {
namespace {

using sync::Change;
using sync::Holding;

absl::Status Damaged(absl::string_view column) {
  return sync::MakeError(v1::STORAGE_DAMAGED,
                         "a stored change cannot be read back",
                         {.field = std::string(column)});
}

template <typename T>
absl::Status ReadFixed(const Statement& row, int column, T* out) {
  const auto value = T::FromBytes(row.Blob(column));
  if (!value.ok()) return Damaged(value.status().message());
  *out = *value;
  return absl::OkStatus();
}

// What only a change whose bytes are held has.
absl::Status ReadBody(const Statement& row, int first, ContentHashes hashes,
                      Change* change) {
  change->header_bytes = std::string(row.Blob(first + 6));
  change->structure = std::string(row.Blob(first + 7));
  auto header = sync::DecodeHeader(change->header_bytes);
  if (!header.ok()) return Damaged("header");
  change->header = *std::move(header);
  if (change->holding == Holding::kStub) {
    return ReadFixed(row, first + 10, &change->content_hash);
  }
  DATELINE_RETURN_IF_ERROR(ReadFixed(row, first + 8, &change->salt));
  change->content = std::string(row.Blob(first + 9));
  if (hashes == ContentHashes::kOfAll) {
    change->content_hash = sync::ContentHash(change->salt, change->content);
  }
  return absl::OkStatus();
}

}  // namespace

void BindChange(const Change& change, int64_t feed_number, int first,
                Statement* statement) {
  const bool whole = change.holding == Holding::kWhole;
  const bool place = change.holding == Holding::kPlaceOnly;
  Statement& s = *statement;
  s.Bind(first, feed_number).Bind(first + 1, static_cast<int64_t>(change.seq));
  s.BindBorrowed(first + 2, change.hash.view());
  s.BindBorrowed(first + 3, change.previous.view());
  if (place) {
    s.BindNull(first + 4);
  } else {
    s.BindBorrowed(first + 4, change.header.document.view());
  }
  s.Bind(first + 5, static_cast<int64_t>(change.holding));
  s.BindBorrowed(first + 6, change.header_bytes);
  s.BindBorrowed(first + 7, change.structure);
  if (whole) {
    s.BindBorrowed(first + 8, change.salt.view());
    s.BindBorrowed(first + 9, change.content);
    s.BindNull(first + 10);
  } else {
    s.BindNull(first + 8).BindNull(first + 9);
    s.BindBorrowed(first + 10, change.content_hash.view());
  }
  if (change.signature) {
    s.BindBorrowed(first + 11, change.signature->view());
  } else {
    s.BindNull(first + 11);
  }
}

absl::StatusOr<Change> ReadChange(const Statement& row, int first,
                                  const sync::FeedId& feed,
                                  ContentHashes hashes) {
  Change change;
  change.feed = feed;
  change.seq = static_cast<uint64_t>(row.Int(first + 1));
  DATELINE_RETURN_IF_ERROR(ReadFixed(row, first + 2, &change.hash));
  DATELINE_RETURN_IF_ERROR(ReadFixed(row, first + 3, &change.previous));
  const int64_t holding = row.Int(first + 5);
  if (holding < 0 || holding > static_cast<int64_t>(Holding::kPlaceOnly)) {
    return Damaged("holding");
  }
  change.holding = static_cast<Holding>(holding);
  if (change.holding != Holding::kPlaceOnly) {
    DATELINE_RETURN_IF_ERROR(ReadBody(row, first, hashes, &change));
  }
  if (!row.IsNull(first + 11)) {
    change.signature.emplace();
    DATELINE_RETURN_IF_ERROR(ReadFixed(row, first + 11, &*change.signature));
  }
  return change;
}

}  // namespace dateline::host

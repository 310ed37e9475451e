// Reading ids and hashes from columns: what cannot be read back is damage.
#ifndef DATELINE_SERVER_STORAGE_SQLITE_COLUMNS_H_
#define DATELINE_SERVER_STORAGE_SQLITE_COLUMNS_H_

#include <string>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "sync/base/errors.h"
#include "sync/host/sqlite.h"

namespace dateline::server {

template <typename T>
absl::StatusOr<T> FixedAt(const host::Statement& row, int column) {
  auto value = T::FromBytes(row.Blob(column));
  if (value.ok()) return *std::move(value);
  return sync::MakeError(v1::STORAGE_DAMAGED, "a stored id is unreadable",
                         {.got = std::string(value.status().message())});
}

template <typename T>
absl::StatusOr<T> MessageAt(const host::Statement& row, int column) {
  T message;
  const absl::string_view bytes = row.Blob(column);
  if (message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return message;
  }
  return sync::MakeError(v1::STORAGE_DAMAGED, "a stored message is unreadable",
                         {.field = T::descriptor()->name()});
}

}  // namespace dateline::server

#endif  // DATELINE_SERVER_STORAGE_SQLITE_COLUMNS_H_

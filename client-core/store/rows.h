// Short ways to a single row, which leave no statement open behind them: an
// open read would keep SQLite from checkpointing.
#ifndef DATELINE_CLIENT_CORE_STORE_ROWS_H_
#define DATELINE_CLIENT_CORE_STORE_ROWS_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/host/sqlite.h"

namespace dateline::client {

// Calls read(row) for every row; ends the statement, also on an error.
inline absl::Status EachRow(
    host::Statement* statement,
    const std::function<absl::Status(const host::Statement&)>& read) {
  absl::Status status;
  while (status.ok()) {
    absl::StatusOr<bool> row = statement->Step();
    status = row.status();
    if (!status.ok() || !*row) break;
    status = read(*statement);
  }
  statement->Reset();
  return status;
}

// Whether there was a row; read(row) was called for the first.
inline absl::StatusOr<bool> OneRow(
    host::Statement* statement,
    const std::function<absl::Status(const host::Statement&)>& read) {
  absl::StatusOr<bool> row = statement->Step();
  absl::Status status = row.status();
  if (status.ok() && *row) status = read(*statement);
  statement->Reset();
  if (!status.ok()) return status;
  return *row;
}

// The number of the first row; 0 if there is none.
inline absl::StatusOr<int64_t> OneNumber(host::Statement* statement) {
  int64_t number = 0;
  DATELINE_RETURN_IF_ERROR(OneRow(statement, [&](const host::Statement& row) {
                             number = row.Int(0);
                             return absl::OkStatus();
                           }).status());
  return number;
}

// A column of fixed-size bytes.
template <typename T>
absl::Status ReadInto(const host::Statement& row, int column, T* out) {
  const auto value = T::FromBytes(row.Blob(column));
  if (!value.ok()) {
    return sync::MakeError(v1::STORAGE_DAMAGED,
                           "a row of the store cannot be read back",
                           {.field = std::string(value.status().message())});
  }
  *out = *value;
  return absl::OkStatus();
}

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_CORE_STORE_ROWS_H_

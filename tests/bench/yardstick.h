// Raw SQLite under the same pragmas, to compare with in the same run.
#ifndef DATELINE_TESTS_BENCH_YARDSTICK_H_
#define DATELINE_TESTS_BENCH_YARDSTICK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace dateline::bench {

// Inserts again all rows of `tables` of the database at `from` into a new one
// at `to` with the same tables and indexes, spread over `transactions`
// transactions, WAL and synchronous=FULL. Milliseconds of each.
struct Reinsert {
  std::string from, to;
  std::vector<std::string> tables;
  size_t transactions = 1;
  bool indexes = true;
  bool exclusive = false;  // as a phone opens its store, alone
};
absl::StatusOr<std::vector<double>> RawReinsert(const Reinsert& what);

// The one number that `sql` asks of the database at `path`.
absl::StatusOr<int64_t> Count(const std::string& path, const std::string& sql);

}  // namespace dateline::bench

#endif  // DATELINE_TESTS_BENCH_YARDSTICK_H_

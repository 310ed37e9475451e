// Raw SQLite under the same pragmas, to compare with in the same run.
#ifndef DATELINE_TESTS_BENCH_YARDSTICK_H_
#define DATELINE_TESTS_BENCH_YARDSTICK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace dateline::bench {

// Milliseconds of each of `count` transactions that write rows of `row_bytes`
// into a table with a unique key, WAL and synchronous=FULL.
absl::StatusOr<std::vector<double>> RawTransactions(
    const std::string& path, int count, const std::vector<size_t>& row_bytes);

// Milliseconds to insert again all rows of `tables` of the database at `from`
// into a new one at `to` with the same tables and indexes, spread over
// `transactions` transactions.
absl::StatusOr<double> RawReinsert(const std::string& from,
                                   const std::string& to,
                                   const std::vector<std::string>& tables,
                                   size_t transactions);

// The one number that `sql` asks of the database at `path`.
absl::StatusOr<int64_t> Count(const std::string& path, const std::string& sql);

}  // namespace dateline::bench

#endif  // DATELINE_TESTS_BENCH_YARDSTICK_H_

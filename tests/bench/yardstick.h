// Raw SQLite under the same pragmas, to compare with in the same run.
#ifndef DATELINE_TESTS_BENCH_YARDSTICK_H_
#define DATELINE_TESTS_BENCH_YARDSTICK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace dateline::bench {

// Milliseconds of each of `count` transactions that write rows of `row_bytes`
// into a table with a unique key, WAL and synchronous=FULL.
absl::StatusOr<std::vector<double>> RawTransactions(
    const std::string& path, int count, const std::vector<size_t>& row_bytes);

// Milliseconds to insert again all rows of `tables` of the database at `from`
// into a new one at `to` with the same tables and indexes, `group` rows of
// the first table a transaction, the others' rows spread alike.
absl::StatusOr<double> RawReinsert(const std::string& from,
                                   const std::string& to,
                                   const std::vector<std::string>& tables,
                                   size_t group);

}  // namespace dateline::bench

#endif  // DATELINE_TESTS_BENCH_YARDSTICK_H_

// Newswire reports for benchmarks, from .jsonl or .jsonl.zst.
#ifndef DATELINE_TESTS_BENCH_CORPUS_H_
#define DATELINE_TESTS_BENCH_CORPUS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dateline/client.h"

namespace dateline::bench {

// One report a line: title, body, dateline, topics, id. At most `count`.
// NotFound if the file cannot be read, InvalidArgument with the line.
absl::StatusOr<std::vector<client::ReportEdit>> LoadCorpus(
    const std::string& path, size_t count);

// The words of a report: what a reporter typed, in UTF-8 bytes.
size_t WordBytes(const client::ReportEdit& report);

}  // namespace dateline::bench

#endif  // DATELINE_TESTS_BENCH_CORPUS_H_

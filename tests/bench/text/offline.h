// Two authors who come back after days offline.
#ifndef DATELINE_TESTS_BENCH_TEXT_OFFLINE_H_
#define DATELINE_TESTS_BENCH_TEXT_OFFLINE_H_

#include "tests/bench/report.h"

namespace dateline::bench {

// 1,000, 5,000, 10,000 and 100,000 events each, in three ways, and what the
// merge of 5,000 takes from the heap.
void MeasureOffline(Report& report);

}  // namespace dateline::bench

#endif  // DATELINE_TESTS_BENCH_TEXT_OFFLINE_H_

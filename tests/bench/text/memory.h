// Bytes on the heap, counted by operators new and delete of this program.
#ifndef DATELINE_TESTS_BENCH_TEXT_MEMORY_H_
#define DATELINE_TESTS_BENCH_TEXT_MEMORY_H_

#include <cstddef>

namespace dateline::bench {

size_t HeapBytes();
// The most since the last call of ResetHeapPeak.
size_t HeapPeakBytes();
void ResetHeapPeak();

}  // namespace dateline::bench

#endif  // DATELINE_TESTS_BENCH_TEXT_MEMORY_H_

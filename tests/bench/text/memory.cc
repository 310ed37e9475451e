#include "tests/bench/text/memory.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

// The benchmark has one thread.
size_t heap_bytes = 0;
size_t heap_peak_bytes = 0;

}  // namespace

void* operator new(size_t size) {
  void* const block = std::malloc(size);
  if (block == nullptr) std::abort();
  heap_bytes += malloc_usable_size(block);
  heap_peak_bytes = std::max(heap_peak_bytes, heap_bytes);
  return block;
}
void operator delete(void* block) noexcept {
  heap_bytes -= malloc_usable_size(block);
  std::free(block);
}
void operator delete(void* block, size_t) noexcept { operator delete(block); }

namespace dateline::bench {

size_t HeapBytes() { return heap_bytes; }
size_t HeapPeakBytes() { return heap_peak_bytes; }
void ResetHeapPeak() { heap_peak_bytes = heap_bytes; }

}  // namespace dateline::bench

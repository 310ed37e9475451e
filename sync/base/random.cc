#include "sync/base/random.h"

#include <cstring>

#include "sync/base/check.h"

namespace dateline::sync {

uint64_t Random::Below(uint64_t n) {
  DATELINE_CHECK(n > 0);
  while (true) {
    const unsigned __int128 product =
        static_cast<unsigned __int128>(Next()) * n;
    const uint64_t low = static_cast<uint64_t>(product);
    // 2^64 mod n values at the low end would favour small results.
    if (low >= n || low >= -n % n) return static_cast<uint64_t>(product >> 64);
  }
}

void Random::Fill(uint8_t* bytes, size_t size) {
  while (size > 0) {
    const uint64_t word = Next();
    const size_t take = size < sizeof word ? size : sizeof word;
    std::memcpy(bytes, &word, take);
    bytes += take;
    size -= take;
  }
}

uint64_t SeededRandom::Next() {
  uint64_t z = (state_ += 0x9E3779B97F4A7C15);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

}  // namespace dateline::sync

// Chance as an argument. `host::OsRandom` makes keys and ids; `SeededRandom`
// drives tests and simulation with a sequence that is the same everywhere,
// which neither the standard distributions nor absl::BitGen promise.
#ifndef DATELINE_SYNC_BASE_RANDOM_H_
#define DATELINE_SYNC_BASE_RANDOM_H_

#include <cstddef>
#include <cstdint>

#include "sync/base/export.h"

namespace dateline::sync {

// Thread-compatible unless an implementation says more.
class DATELINE_EXPORT Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t Next() = 0;

  // Uniform in [0, n). n must be positive. Lemire's multiply, with rejection.
  uint64_t Below(uint64_t n);
  // Uniform in [0, 1), 53 bits.
  double Fraction() { return (Next() >> 11) * 0x1.0p-53; }
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  void Fill(uint8_t* bytes, size_t size);
};

// SplitMix64 (Steele, Lea & Flood, OOPSLA 2014). Not for keys.
class DATELINE_EXPORT SeededRandom : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  uint64_t Next() override;

 private:
  uint64_t state_;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_BASE_RANDOM_H_

// Wall time as an argument. It is for people: nothing is ordered by it.
#ifndef DATELINE_SYNC_BASE_CLOCK_H_
#define DATELINE_SYNC_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace dateline::sync {

// `host::OsClock` reads the machine's; thread-safe there.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() = 0;
};

// Stands still until told. Thread-compatible.
class SimulatedClock : public Clock {
 public:
  explicit SimulatedClock(absl::Time start) : now_(start) {}
  absl::Time Now() override { return now_; }
  void Advance(absl::Duration by) { now_ += by; }
  void Set(absl::Time now) { now_ = now; }

 private:
  absl::Time now_;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_BASE_CLOCK_H_

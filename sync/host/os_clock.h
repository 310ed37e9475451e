// The machine's clock. For people: nothing is ordered by it.
#ifndef DATELINE_SYNC_HOST_OS_CLOCK_H_
#define DATELINE_SYNC_HOST_OS_CLOCK_H_

#include "absl/time/clock.h"
#include "sync/base/clock.h"

namespace dateline::host {

// Thread-safe.
class OsClock : public sync::Clock {
 public:
  absl::Time Now() override { return absl::Now(); }
};

}  // namespace dateline::host

#endif  // DATELINE_SYNC_HOST_OS_CLOCK_H_

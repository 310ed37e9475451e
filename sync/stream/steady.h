// Time that never jumps, for watchdogs and deadlines: a phone's wall clock may
// be set ten years back in the middle of a session.
#ifndef DATELINE_SYNC_STREAM_STEADY_H_
#define DATELINE_SYNC_STREAM_STEADY_H_

#include <chrono>

#include "absl/time/time.h"

namespace dateline::sync {

// Since an arbitrary start; not for people.
inline absl::Time SteadyNow() {
  return absl::UnixEpoch() +
         absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_STREAM_STEADY_H_

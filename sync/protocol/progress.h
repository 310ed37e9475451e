// The watchdog: has anything moved of late? TCP says nothing for many minutes
// when a radio link dies, so a session asks itself. Thread-compatible.
#ifndef DATELINE_SYNC_PROTOCOL_PROGRESS_H_
#define DATELINE_SYNC_PROTOCOL_PROGRESS_H_

#include "absl/time/time.h"
#include "sync/base/limits.h"

namespace dateline::sync {

class Progress {
 public:
  void Moved(absl::Time now) { last_ = now; }
  // True if the peer owes something and nothing moved for kNoProgressMax.
  // While nothing is owed, and before anything moved, the time does not run.
  bool Stuck(bool waiting, absl::Time now) {
    if (!waiting || last_ == absl::InfinitePast()) last_ = now;
    return now - last_ >= absl::Seconds(kNoProgressSecondsMax);
  }

 private:
  absl::Time last_ = absl::InfinitePast();
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_PROTOCOL_PROGRESS_H_

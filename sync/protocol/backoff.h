// When to call again after a session failed: full jitter (Brooker, "Exponential
// Backoff And Jitter", AWS 2015) over a bound that doubles from `first` to
// `cap`, and never before the server's own hint. The bound falls back to
// `first` only once a session has ended well, so that a server that answers
// and then fails is not hammered. Thread-compatible.
#ifndef DATELINE_SYNC_PROTOCOL_BACKOFF_H_
#define DATELINE_SYNC_PROTOCOL_BACKOFF_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sync/base/random.h"

namespace dateline::sync {

class Backoff {
 public:
  struct Options {
    absl::Duration first = absl::Seconds(2);
    absl::Duration cap = absl::Minutes(5);
  };
  // Borrows *random. InvalidArgument unless 0 < first <= cap < infinite.
  static absl::StatusOr<Backoff> Create(const Options& options, Random* random);

  // The time of the next attempt: now + hint + uniform in [0, bound].
  absl::Time OnFailure(absl::Time now,
                       absl::Duration hint = absl::ZeroDuration());
  void OnEndedWell() { bound_ = options_.first; }

 private:
  Backoff(const Options& options, Random* random);

  Options options_;
  Random* random_;  // not owned
  absl::Duration bound_;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_PROTOCOL_BACKOFF_H_

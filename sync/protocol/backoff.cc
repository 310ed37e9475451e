#include "sync/protocol/backoff.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "sync/base/errors.h"

namespace dateline::sync {

absl::StatusOr<Backoff> Backoff::Create(const Options& options,
                                        Random* random) {
  if (options.first <= absl::ZeroDuration() || options.first > options.cap ||
      options.cap == absl::InfiniteDuration()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "backoff: first=", absl::FormatDuration(options.first),
        " must be in (0, cap=", absl::FormatDuration(options.cap), "]"));
  }
  return Backoff(options, random);
}

Backoff::Backoff(const Options& options, Random* random)
    : options_(options), random_(random), bound_(options.first) {}

absl::Time Backoff::OnFailure(absl::Time now, absl::Duration hint) {
  const absl::Duration jitter = random_->Fraction() * bound_;
  bound_ = std::min(2 * bound_, options_.cap);
  return now + std::max(hint, absl::ZeroDuration()) + jitter;
}

}  // namespace dateline::sync

#include "sync/protocol/frame_size.h"

#include <algorithm>

#include "sync/base/check.h"

namespace dateline::sync {
namespace {

// Quicker than this no clock is asked.
constexpr absl::Duration kShortest = absl::Milliseconds(1);

}  // namespace

void FrameSize::OnSend(size_t bytes, absl::Time now) {
  if (under_way_.empty()) {
    since_ = now;
    carried_ = 0;
  }
  under_way_.push_back(bytes);
}

void FrameSize::OnCarried(absl::Time now) {
  DATELINE_CHECK(!under_way_.empty());
  const size_t bytes = under_way_.front();
  under_way_.pop_front();
  carried_ += bytes;
  if (bytes == 0 || carried_ <= ahead_) return;
  const double frames = absl::FDivDuration(absl::Milliseconds(kFrameMs),
                                           std::max(now - since_, kShortest));
  const double most = static_cast<double>(kFrameBytesMax);
  target_ =
      std::max(kFrameBytesTarget,
               static_cast<size_t>(std::min(
                   most, frames * static_cast<double>(carried_ - ahead_))));
}

}  // namespace dateline::sync

// How much the next frame may hold: what the link at hand carries in
// kFrameMs, by what it carried so far. It begins with kFrameBytesTarget, which
// a slow link keeps; a fast one saves most of the signatures, contexts and
// messages. Pure. Thread-compatible.
#ifndef DATELINE_SYNC_PROTOCOL_FRAME_SIZE_H_
#define DATELINE_SYNC_PROTOCOL_FRAME_SIZE_H_

#include <algorithm>
#include <cstddef>
#include <deque>

#include "absl/time/time.h"
#include "sync/base/limits.h"

namespace dateline::sync {

class FrameSize {
 public:
  // `ahead`: bytes that the transport may take in before it has carried any.
  explicit FrameSize(size_t ahead) : ahead_(ahead) {}

  // A frame goes; 0 bytes: a message that only keeps its place in the order.
  void OnSend(size_t bytes, absl::Time now);
  // The oldest one under way has arrived. There is one.
  void OnCarried(absl::Time now);

  size_t under_way() const { return under_way_.size(); }
  // Bytes of changes, before compression.
  size_t target() const { return target_; }
  // The zstd level for the next frame, at most `wanted`: on a fast link packing
  // is what takes time, and the larger frame makes up for the lower level.
  int LevelOf(int wanted) const {
    return target_ == kFrameBytesMax ? std::min(wanted, kFastLevel) : wanted;
  }

 private:
  static constexpr int kFastLevel = 1;

  const size_t ahead_;
  std::deque<size_t> under_way_;
  absl::Time since_;    // something has been under way ever since
  size_t carried_ = 0;  // since then
  size_t target_ = kFrameBytesTarget;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_PROTOCOL_FRAME_SIZE_H_

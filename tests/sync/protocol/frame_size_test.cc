#include "sync/protocol/frame_size.h"

#include <gtest/gtest.h>

#include "sync/base/limits.h"

namespace dateline::sync {
namespace {

// A link of so many bytes a second carries ten frames, one after the other.
size_t TargetOn(double bytes_per_second, FrameSize* frames) {
  absl::Time now = absl::UnixEpoch();
  for (int i = 0; i < 10; ++i) {
    const size_t bytes = frames->target();
    frames->OnSend(bytes, now);
    now += absl::Seconds(static_cast<double>(bytes) / bytes_per_second);
    frames->OnCarried(now);
  }
  return frames->target();
}

TEST(FrameSizeTest, ASlowLinkKeepsTheSmallFrame) {
  FrameSize frames(/*ahead=*/0);
  EXPECT_EQ(frames.target(), kFrameBytesTarget);
  EXPECT_EQ(TargetOn(2500, &frames), kFrameBytesTarget);  // 20 kbit/s
}

TEST(FrameSizeTest, AFrameIsWhatTheLinkCarriesInItsTime) {
  FrameSize frames(/*ahead=*/0);
  EXPECT_NEAR(TargetOn(640000, &frames), 64000, 10);
  EXPECT_EQ(frames.LevelOf(3), 3);
}

TEST(FrameSizeTest, AFastLinkGetsTheLargestFrameAndNoMore) {
  FrameSize frames(/*ahead=*/0);
  EXPECT_EQ(TargetOn(1e9, &frames), kFrameBytesMax);
  EXPECT_EQ(frames.LevelOf(3), 1);
  EXPECT_EQ(frames.LevelOf(0), 0);
}

TEST(FrameSizeTest, ALinkThatGetsSlowGetsSmallFramesAgain) {
  FrameSize frames(/*ahead=*/0);
  TargetOn(1e9, &frames);
  EXPECT_EQ(TargetOn(2500, &frames), kFrameBytesTarget);
}

// What a transport swallowed at once says nothing about the link.
TEST(FrameSizeTest, BytesThatTheTransportOnlyTookInDoNotCount) {
  FrameSize frames(/*ahead=*/128 << 10);
  const absl::Time now = absl::UnixEpoch();
  for (int i = 0; i < 8; ++i) frames.OnSend(kFrameBytesTarget, now);
  for (int i = 0; i < 8; ++i) frames.OnCarried(now);
  EXPECT_EQ(frames.target(), kFrameBytesTarget);
}

TEST(FrameSizeTest, MessagesWithoutChangesOnlyKeepTheirPlace) {
  FrameSize frames(/*ahead=*/0);
  frames.OnSend(0, absl::UnixEpoch());
  frames.OnCarried(absl::UnixEpoch());
  EXPECT_EQ(frames.target(), kFrameBytesTarget);
  EXPECT_EQ(frames.under_way(), 0);
}

}  // namespace
}  // namespace dateline::sync

#include "sync/protocol/progress.h"

#include <gtest/gtest.h>

namespace dateline::testing {
namespace {

constexpr absl::Duration kLimit = absl::Seconds(sync::kNoProgressSecondsMax);
const absl::Time kStart = absl::FromUnixSeconds(1000);

// A tick can overtake the start of a session on the server's threads.
TEST(ProgressTest, ASessionThatIsAskedBeforeItBeganIsNotStuck) {
  sync::Progress progress;
  EXPECT_FALSE(progress.Stuck(/*waiting=*/true, kStart));
  EXPECT_FALSE(
      progress.Stuck(/*waiting=*/true, kStart + kLimit - absl::Seconds(1)));
  EXPECT_TRUE(progress.Stuck(/*waiting=*/true, kStart + kLimit));
}

TEST(ProgressTest, WhileNothingIsOwedTheTimeDoesNotRun) {
  sync::Progress progress;
  progress.Moved(kStart);
  EXPECT_FALSE(progress.Stuck(/*waiting=*/false, kStart + kLimit));
  EXPECT_FALSE(progress.Stuck(/*waiting=*/true, kStart + kLimit));
}

}  // namespace
}  // namespace dateline::testing

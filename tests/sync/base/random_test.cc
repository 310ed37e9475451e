#include "sync/base/random.h"

#include "gtest/gtest.h"

namespace dateline::sync {
namespace {

TEST(SeededRandomTest, GivesTheSequenceOfSplitMix64) {
  // First values for seed 1234567, as the reference implementation prints.
  SeededRandom random(1234567);
  EXPECT_EQ(random.Next(), 6457827717110365317u);
  EXPECT_EQ(random.Next(), 3203168211198807973u);
  EXPECT_EQ(random.Next(), 9817491932198370423u);
}

TEST(SeededRandomTest, BelowStaysBelowAndReachesEveryValue) {
  SeededRandom random(7);
  bool seen[5] = {};
  for (int i = 0; i < 1000; ++i) {
    const uint64_t value = random.Below(5);
    ASSERT_LT(value, 5u);
    seen[value] = true;
  }
  for (const bool value : seen) EXPECT_TRUE(value);
}

}  // namespace
}  // namespace dateline::sync

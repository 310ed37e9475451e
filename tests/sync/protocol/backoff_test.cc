#include "sync/protocol/backoff.h"

#include <gtest/gtest.h>

#include "tests/support/seed.h"
#include "tests/support/status_matchers.h"

namespace dateline::testing {
namespace {

using namespace sync;  // NOLINT: a test

const absl::Time kStart = absl::UnixEpoch();

TEST(BackoffTest, FirstRetryComesWithinTheFirstDelay) {
  ForEachSeed(100, [](uint64_t seed) {
    SeededRandom random(seed);
    auto backoff = Backoff::Create({.first = absl::Seconds(2)}, &random);
    ASSERT_OK(backoff);
    const absl::Time retry = backoff->OnFailure(kStart);
    EXPECT_GE(retry, kStart);
    EXPECT_LE(retry, kStart + absl::Seconds(2));
  });
}

TEST(BackoffTest, TheBoundDoublesUpToTheCap) {
  ForEachSeed(100, [](uint64_t seed) {
    SeededRandom random(seed);
    auto backoff = Backoff::Create(
        {.first = absl::Seconds(1), .cap = absl::Seconds(8)}, &random);
    ASSERT_OK(backoff);
    for (const int bound : {1, 2, 4, 8, 8, 8}) {
      EXPECT_LE(backoff->OnFailure(kStart), kStart + absl::Seconds(bound));
    }
  });
}

TEST(BackoffTest, TheServersHintIsALowerBound) {
  SeededRandom random(1);
  auto backoff = Backoff::Create({}, &random);
  ASSERT_OK(backoff);
  EXPECT_GE(backoff->OnFailure(kStart, absl::Seconds(60)),
            kStart + absl::Seconds(60));
}

TEST(BackoffTest, OnlyASessionThatEndedWellMakesRetriesQuickAgain) {
  SeededRandom random(1);
  auto backoff = Backoff::Create(
      {.first = absl::Seconds(1), .cap = absl::Hours(1)}, &random);
  ASSERT_OK(backoff);
  absl::Time latest = kStart;
  for (int i = 0; i < 12; ++i) {
    latest = std::max(latest, backoff->OnFailure(kStart));
  }
  EXPECT_GT(latest, kStart + absl::Minutes(2));
  backoff->OnEndedWell();
  EXPECT_LE(backoff->OnFailure(kStart), kStart + absl::Seconds(1));
}

TEST(BackoffTest, OptionsOutOfRangeAreRefused) {
  SeededRandom random(1);
  EXPECT_FALSE(Backoff::Create({.first = absl::ZeroDuration()}, &random).ok());
  EXPECT_FALSE(Backoff::Create(
                   {.first = absl::Hours(1), .cap = absl::Minutes(1)}, &random)
                   .ok());
  EXPECT_FALSE(
      Backoff::Create({.cap = absl::InfiniteDuration()}, &random).ok());
}

}  // namespace
}  // namespace dateline::testing

// Whatever is written, however it is cut into packs, comes out as it went in.
#include "gtest/gtest.h"
#include "sync/wire/pack.h"
#include "tests/support/seed.h"
#include "tests/support/status_matchers.h"
#include "tests/sync/wire/expect_same.h"
#include "tests/sync/wire/random_changes.h"
#include "tests/sync/wire/world.h"

namespace dateline::sync {
namespace {

using ::dateline::testing::ExpectSame;
using ::dateline::testing::ForEachSeed;
using ::dateline::testing::MapIndex;
using ::dateline::testing::RandomRuns;

TEST(RoundTripTest, RandomChangesOfManyAuthorsInPacksOfAnySize) {
  ForEachSeed(300, [](uint64_t seed) {
    const std::vector<RunOfChanges> runs = RandomRuns(seed, 4, 24);
    SeededRandom random(seed);
    MapIndex sender, receiver;
    for (size_t from = 0; from < runs.size();) {
      const size_t to = std::min(runs.size(), from + 1 + random.Below(8));
      const std::vector<RunOfChanges> some(runs.begin() + from,
                                           runs.begin() + to);
      const v1::PackFrame frame =
          EncodePack(some, sender, static_cast<int>(random.Below(2)) * 3);
      ASSERT_OK_AND_ASSIGN(const DecodedPack pack, DecodePack(frame, receiver));
      EXPECT_TRUE(pack.rejected.empty()) << pack.rejected[0].why;
      ExpectSame(pack.runs, some);
      sender.AddAll(some);
      receiver.AddAll(pack.runs);
      from = to;
    }
  });
}

TEST(RoundTripTest, OnePackEncodesToTheSameBytesEveryTime) {
  ForEachSeed(20, [](uint64_t seed) {
    const std::vector<RunOfChanges> runs = RandomRuns(seed, 3, 12);
    MapIndex index;
    EXPECT_EQ(EncodePack(runs, index, 3).SerializeAsString(),
              EncodePack(runs, index, 3).SerializeAsString());
  });
}

}  // namespace
}  // namespace dateline::sync

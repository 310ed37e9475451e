#include "sync/text/merge.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/base/random.h"
#include "tests/support/seed.h"
#include "tests/sync/text/naive.h"
#include "tests/sync/text/naive_guard.h"
#include "tests/sync/text/world.h"

namespace dateline::sync::text {
namespace {

using ::dateline::testing::ForEachSeed;
using ::dateline::testing::MakeEdit;
using ::dateline::testing::NaivePieces;
using ::dateline::testing::NaiveText;
using ::dateline::testing::PiecesOf;
using ::dateline::testing::RandomWorld;
using ::dateline::testing::Shuffled;
using ::dateline::testing::WorldOptions;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<uint32_t> AuthorsOf(const Merged& merged) {
  std::vector<uint32_t> authors;
  for (const Authorship& part : merged.authors) {
    authors.insert(authors.end(), part.length, part.edit);
  }
  return authors;
}

void ExpectLikeNaive(const std::vector<Edit>& edits) {
  const NaiveText naive(edits);
  const Merged merged = Merge(edits);
  ASSERT_EQ(merged.raw, naive.Raw());
  ASSERT_EQ(merged.invalid, naive.invalid());
  const std::vector<int> authors = naive.RawAuthors();
  ASSERT_EQ(AuthorsOf(merged),
            std::vector<uint32_t>(authors.begin(), authors.end()));
  ASSERT_EQ(PiecesOf(merged), NaivePieces(edits));
}

TEST(MergeTest, EqualsTheNaiveReferenceOnRandomGraphs) {
  ForEachSeed(1500, [](uint64_t seed) {
    SeededRandom random(seed);
    const WorldOptions options = {
        .authors = static_cast<int>(2 + random.Below(3)),
        .edits = static_cast<int>(3 + random.Below(12)),
        .touched = random.OneIn(2),
        .resolves = random.OneIn(2)};
    ExpectLikeNaive(RandomWorld(options, random));
  });
}

TEST(MergeTest, EqualsTheNaiveReferenceWithHeldErasedAndVoidEdits) {
  ForEachSeed(1500, [](uint64_t seed) {
    SeededRandom random(seed);
    const WorldOptions options = {.authors = 3,
                                  .edits = static_cast<int>(random.Below(14)),
                                  .held_one_in = 5,
                                  .erased_one_in = 6,
                                  .invalid_one_in = 7,
                                  .touched = random.OneIn(2),
                                  .resolves = random.OneIn(2)};
    ExpectLikeNaive(RandomWorld(options, random));
  });
}

TEST(MergeTest, GivesTheSameTextInEveryOrder) {
  ForEachSeed(4000, [](uint64_t seed) {
    SeededRandom random(seed);
    const WorldOptions options = {.authors = 3,
                                  .edits = 12,
                                  .held_one_in = 9,
                                  .erased_one_in = 9,
                                  .invalid_one_in = 9};
    const std::vector<Edit> edits = RandomWorld(options, random);
    const Merged first = Merge(edits);
    for (int i = 0; i < 4; ++i) {
      std::vector<uint32_t> place;
      const Merged other = Merge(Shuffled(edits, random, &place));
      ASSERT_EQ(first.raw, other.raw);
    }
  });
}

}  // namespace
}  // namespace dateline::sync::text

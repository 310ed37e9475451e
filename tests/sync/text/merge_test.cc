#include "sync/text/merge.h"

#include <algorithm>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/base/limits.h"
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
using ::dateline::testing::Piece;
using ::dateline::testing::PiecesOf;
using ::dateline::testing::RandomWorld;
using ::dateline::testing::Shuffled;
using ::dateline::testing::WorldOptions;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<uint32_t> AuthorsOf(const std::vector<Edit>& edits) {
  std::vector<uint32_t> authors;
  for (const Authorship& part : Authors(edits)) {
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
  ASSERT_EQ(AuthorsOf(edits),
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

// The pieces with edits numbered by their place in another order.
std::vector<Piece> Renumbered(std::vector<Piece> pieces,
                              const std::vector<uint32_t>& place) {
  for (Piece& piece : pieces) {
    for (auto& [text, edits] : piece.originals) {
      std::set<uint32_t> renumbered;
      for (const uint32_t edit : edits) renumbered.insert(place[edit]);
      edits = renumbered;
    }
  }
  return pieces;
}

void ExpectSameInEveryOrder(const WorldOptions& options, uint64_t seed) {
  SeededRandom random(seed);
  const std::vector<Edit> edits = RandomWorld(options, random);
  const Merged first = Merge(edits);
  for (int i = 0; i < 4; ++i) {
    std::vector<uint32_t> place;
    const std::vector<Edit> shuffled = Shuffled(edits, random, &place);
    const Merged other = Merge(shuffled);
    ASSERT_EQ(first.raw, other.raw);
    ASSERT_EQ(PiecesOf(other), Renumbered(PiecesOf(first), place));
    std::vector<uint32_t> authors = AuthorsOf(edits);
    for (uint32_t& author : authors) author = place[author];
    ASSERT_EQ(AuthorsOf(shuffled), authors);
    std::vector<uint32_t> invalid = first.invalid;
    for (uint32_t& edit : invalid) edit = place[edit];
    std::sort(invalid.begin(), invalid.end());
    ASSERT_EQ(other.invalid, invalid);
  }
}

TEST(MergeTest, GivesTheSameInEveryOrder) {
  ForEachSeed(1500, [](uint64_t seed) {
    ExpectSameInEveryOrder({.authors = 3,
                            .edits = 12,
                            .held_one_in = 9,
                            .erased_one_in = 9,
                            .invalid_one_in = 9,
                            .touched = true,
                            .resolves = true},
                           seed);
  });
}

TEST(MergeTest, GivesTheSameInEveryOrderForManyAuthorsAndEdits) {
  ForEachSeed(3, [](uint64_t seed) {
    ExpectSameInEveryOrder(
        {.authors = 6, .edits = 50, .touched = true, .resolves = true}, seed);
  });
}

TEST(MergeTest, AnEmptyHistoryIsAnEmptyText) {
  const Merged merged = Merge({});
  EXPECT_EQ(merged.raw, U"");
  EXPECT_THAT(merged.segments, IsEmpty());
}

TEST(MergeTest, AnEditOutOfBoundsIsVoidAndWhatStandsOnItStays) {
  std::vector<Edit> edits = {MakeEdit(0, 1, {}), MakeEdit(0, 2, {0}),
                             MakeEdit(1, 1, {1})};
  edits[0].runs = {{0, 3}};
  edits[0].inserted = U"abc";
  edits[1].runs = {{1, 1}, {5, 1}};  // the second run is past the end
  edits[1].inserted = U"xy";
  edits[2].runs = {{3, 1}};
  edits[2].inserted = U"d";
  const Merged merged = Merge(edits);
  EXPECT_EQ(merged.raw, U"abcd");
  EXPECT_THAT(merged.invalid, ElementsAre(1));
}

TEST(MergeTest, APositionIsValidUpToTheEndOfItsTextAndNotPastIt) {
  const auto is_void = [](const text::Run& run) {
    std::vector<Edit> edits = {MakeEdit(0, 1, {}), MakeEdit(1, 1, {0})};
    edits[0].runs = {{0, 3}};
    edits[0].inserted = U"abc";
    edits[1].runs = {run};
    if (run.kind == RunKind::kInsert) edits[1].inserted = U"d";
    return !Merge(edits).invalid.empty();
  };
  EXPECT_FALSE(is_void({3, 1}));
  EXPECT_TRUE(is_void({4, 1}));
  EXPECT_FALSE(is_void({2, 1, RunKind::kDelete}));
  EXPECT_TRUE(is_void({2, 2, RunKind::kDelete}));
  EXPECT_FALSE(is_void({3, 3, RunKind::kDeleteBackward}));
  EXPECT_TRUE(is_void({4, 1, RunKind::kDeleteBackward}));
  EXPECT_TRUE(is_void({1, 2, RunKind::kDeleteBackward}));
}

TEST(MergeTest, WordsThatDoNotFitTheirRunsMakeAnEditVoid) {
  std::vector<Edit> edits = {MakeEdit(0, 1, {})};
  edits[0].runs = {{0, 4}};
  edits[0].inserted = U"abc";
  EXPECT_THAT(Merge(edits).invalid, ElementsAre(0));
}

TEST(MergeTest, AHeldEditIsShownNowhereAndItsDeletesAreNotMade) {
  std::vector<Edit> edits = {MakeEdit(0, 1, {}), MakeEdit(1, 1, {0}),
                             MakeEdit(0, 2, {0})};
  edits[0].runs = {{0, 3}};
  edits[0].inserted = U"abc";
  edits[1].held = true;
  edits[1].runs = {{3, 2}, {0, 1, RunKind::kDelete}};
  edits[2].runs = {{3, 1}};
  edits[2].inserted = U"d";
  const Merged merged = Merge(edits);
  EXPECT_EQ(merged.raw, U"abcd");
  ASSERT_THAT(merged.segments, SizeIs(1));
  EXPECT_EQ(merged.segments[0].text, U"abcd");
}

TEST(MergeTest, WhatOthersBuiltOnAHeldEditStillMerges) {
  std::vector<Edit> edits = {MakeEdit(0, 1, {}), MakeEdit(1, 1, {0}),
                             MakeEdit(2, 1, {1})};
  edits[0].runs = {{0, 2}};
  edits[0].inserted = U"ab";
  edits[1].held = true;
  edits[1].runs = {{2, 2}};
  edits[1].inserted = U"??";
  edits[2].runs = {{4, 1}};  // behind the held words, which its author saw
  edits[2].inserted = U"c";
  const Merged merged = Merge(edits);
  EXPECT_EQ(merged.raw, std::u32string({U'a', U'b', kBlank, kBlank, U'c'}));
  std::u32string read;
  for (const Segment& segment : merged.segments) read += segment.text;
  EXPECT_EQ(read, U"abc");
}

TEST(MergeTest, AnErasedEditKeepsItsPlacesAndShowsNoWord) {
  std::vector<Edit> edits = {MakeEdit(0, 1, {}), MakeEdit(0, 2, {0}),
                             MakeEdit(1, 1, {1})};
  edits[0].runs = {{0, 2}};
  edits[0].inserted = U"ab";
  edits[1].erased = true;
  edits[1].runs = {{1, 3}};
  edits[2].runs = {{5, 1}};
  edits[2].inserted = U"c";
  const Merged merged = Merge(edits);
  EXPECT_EQ(merged.raw,
            std::u32string({U'a', kBlank, kBlank, kBlank, U'b', U'c'}));
  ASSERT_THAT(merged.segments, SizeIs(2));
  EXPECT_EQ(merged.segments[0].text, U"a");
  EXPECT_EQ(merged.segments[1].text, U"bc");
  EXPECT_EQ(merged.segments[1].raw_start, 4);
}

TEST(MergeTest, AnEditInsertsAtMostWhatAChangeCanCarry) {
  std::vector<Edit> edits = {MakeEdit(0, 1, {})};
  edits[0].erased = true;
  edits[0].runs = {{0, kContentBytesMax}};
  EXPECT_THAT(Merge(edits).invalid, IsEmpty());
  edits[0].runs = {{0, kContentBytesMax + 1}};
  EXPECT_THAT(Merge(edits).invalid, ElementsAre(0));
}

TEST(MergeTest, TwoEditsThatAForkGaveOneSeqAreOrderedByTheirHash) {
  std::vector<Edit> edits = {MakeEdit(0, 1, {}), MakeEdit(0, 1, {})};
  edits[0].runs = edits[1].runs = {{0, 1}};
  edits[0].inserted = U"x";
  edits[1].inserted = U"y";
  edits[0].hash.data()[0] = 1;
  edits[1].hash.data()[0] = 2;
  EXPECT_EQ(Merge(edits).raw, U"xy");
  std::swap(edits[0], edits[1]);
  EXPECT_EQ(Merge(edits).raw, U"xy");
}

}  // namespace
}  // namespace dateline::sync::text

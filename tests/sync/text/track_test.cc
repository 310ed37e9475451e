#include <algorithm>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/base/random.h"
#include "sync/text/merge.h"
#include "tests/support/seed.h"
#include "tests/sync/text/naive.h"
#include "tests/sync/text/world.h"

namespace dateline::sync::text {
namespace {

using ::dateline::testing::ForEachSeed;
using ::dateline::testing::MakeEdit;
using ::dateline::testing::NaiveText;
using ::dateline::testing::RandomWorld;

// "Police say 12 died." by edit 0, then what `later` adds.
std::vector<Edit> Story(std::vector<Edit> later) {
  std::vector<Edit> edits = {MakeEdit(0, 1, {})};
  edits[0].inserted = U"Police say 12 died.";
  edits[0].runs = {{0, 19}};
  edits.insert(edits.end(), later.begin(), later.end());
  return edits;
}

Edit Insertion(int author, uint32_t at, const std::u32string& words) {
  Edit edit = MakeEdit(author, 2, {0});
  edit.inserted = words;
  edit.runs = {{at, static_cast<uint32_t>(words.size())}};
  return edit;
}

Edit Deletion(int author, uint32_t at, uint32_t length) {
  Edit edit = MakeEdit(author, 2, {0});
  edit.runs = {{at, length, RunKind::kDelete}};
  return edit;
}

Tracked TrackOne(const std::vector<Edit>& edits, const Anchor& anchor) {
  return Track(edits, {anchor})[0];
}

const Anchor kTwelve = {{0}, 11, 13};

TEST(TrackTest, FollowsItsWordsWhenOthersWriteBeforeThem) {
  const Tracked now = TrackOne(Story({Insertion(1, 0, U"Almaty: ")}), kTwelve);
  EXPECT_EQ(now.start, 19);
  EXPECT_EQ(now.end, 21);
  EXPECT_FALSE(now.lost);
}

TEST(TrackTest, HoldsWhatIsWrittenBetweenItsWordsButNotBesideThem) {
  const Tracked now =
      TrackOne(Story({Insertion(1, 12, U"0"), Insertion(2, 11, U"about "),
                      Insertion(3, 13, U" or more")}),
               kTwelve);
  EXPECT_EQ(now.start, 17);
  EXPECT_EQ(now.end, 20);
}

TEST(TrackTest, ShrinksToTheWordsThatAreLeft) {
  const Tracked now = TrackOne(Story({Deletion(1, 7, 5)}), kTwelve);
  EXPECT_EQ(now.start, 7);
  EXPECT_EQ(now.end, 8);
  EXPECT_FALSE(now.lost);
}

TEST(TrackTest, IsLostWhenAllItsWordsAreGoneAndSaysWhereTheyStood) {
  const Tracked now =
      TrackOne(Story({Deletion(1, 10, 5), Insertion(2, 0, U"Yes. ")}), kTwelve);
  EXPECT_TRUE(now.lost);
  EXPECT_EQ(now.start, 15);
  EXPECT_EQ(now.end, 15);
}

TEST(TrackTest, AHeldDeleteLosesNothing) {
  std::vector<Edit> edits = Story({Deletion(1, 10, 5)});
  edits[1].held = true;
  EXPECT_FALSE(TrackOne(edits, kTwelve).lost);
}

TEST(TrackTest, AnAnchorPastTheTextIsCutThere) {
  const Tracked now = TrackOne(Story({}), {{0}, 14, 400});
  EXPECT_EQ(now.start, 14);
  EXPECT_EQ(now.end, 19);
}

TEST(TrackTest, EqualsTheNaiveReferenceOnRandomGraphs) {
  ForEachSeed(1500, [](uint64_t seed) {
    SeededRandom random(seed);
    const std::vector<Edit> edits =
        RandomWorld({.authors = 3, .edits = 12}, random);
    const NaiveText naive(edits);
    const uint32_t head = random.Below(edits.size());
    const std::vector<int> then = naive.PresentAt(naive.past(head));
    if (then.empty()) return;
    Anchor anchor;
    anchor.heads = {head};
    anchor.start = random.Below(then.size());
    anchor.end = anchor.start + 1 + random.Below(then.size() - anchor.start);
    const std::set<int> words(then.begin() + anchor.start,
                              then.begin() + anchor.end);
    const std::vector<int> now = naive.PresentAt(naive.VersionToEdit());
    uint32_t first = now.size();
    uint32_t end = 0;
    for (uint32_t i = 0; i < now.size(); ++i) {
      if (!words.count(now[i])) continue;
      first = std::min(first, i);
      end = i + 1;
    }
    const Tracked tracked = TrackOne(edits, anchor);
    ASSERT_EQ(tracked.lost, end == 0);
    if (tracked.lost) return;
    ASSERT_EQ(tracked.start, first);
    ASSERT_EQ(tracked.end, end);
  });
}

}  // namespace
}  // namespace dateline::sync::text

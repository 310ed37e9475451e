#include "sync/text/replica.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/base/random.h"
#include "tests/support/seed.h"
#include "tests/support/status_matchers.h"

namespace dateline::sync::text {
namespace {

using ::dateline::testing::Fails;
using ::dateline::testing::ForEachSeed;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr RunKind kInsert = RunKind::kInsert;
constexpr RunKind kDelete = RunKind::kDelete;
constexpr RunKind kBackward = RunKind::kDeleteBackward;

std::u32string Applied(std::u32string text, const NetEdit& edit) {
  size_t next = 0;
  for (const Run& run : edit.runs) {
    if (run.kind == kInsert) {
      text.insert(run.position, edit.inserted, next, run.length);
      next += run.length;
    } else {
      const bool back = run.kind == kBackward;
      text.erase(back ? run.position - run.length : run.position, run.length);
    }
  }
  return text;
}

Replica Opened(const std::string& text, Keep keep = Keep::kNet) {
  return Replica::Open(text, keep).value();
}

TEST(ReplicaTest, WhatIsTypedAndTakenBackIsNoEdit) {
  Replica replica = Opened("Almaty is quiet.");
  ASSERT_OK(replica.Insert(9, U" not"));
  ASSERT_OK(replica.Delete(9, 4));
  EXPECT_EQ(replica.Text(), "Almaty is quiet.");
  EXPECT_THAT(replica.Seal().runs, IsEmpty());
}

TEST(ReplicaTest, WordsTypedAgainAsTheyWereAreNoEdit) {
  Replica replica = Opened("Almaty is quiet.");
  ASSERT_OK(replica.Delete(7, 8));
  ASSERT_OK(replica.Insert(7, U"was quiet"));
  const NetEdit edit = replica.Seal();
  EXPECT_EQ(replica.Text(), "Almaty was quiet.");
  EXPECT_EQ(edit.inserted, U"wa");
  EXPECT_THAT(edit.runs,
              ElementsAre(text::Run{8, 2, kInsert}, text::Run{7, 1, kDelete}));
}

TEST(ReplicaTest, KeepsEveryKeyWithBackspacesAsOneRunBackward) {
  Replica replica = Opened("12 bodies", Keep::kEverything);
  for (const uint32_t at : {2, 1, 0}) {
    if (at > 0) ASSERT_OK(replica.Delete(at - 1, 1));
  }
  ASSERT_OK(replica.Insert(0, U"1"));
  ASSERT_OK(replica.Insert(1, U"4"));
  const NetEdit edit = replica.Seal();
  EXPECT_THAT(edit.runs, ElementsAre(text::Run{2, 2, kBackward},
                                     text::Run{0, 2, kInsert}));
  EXPECT_EQ(edit.inserted, U"14");
  EXPECT_EQ(replica.Text(), "14 bodies");
}

TEST(ReplicaTest, RefusesAKeystrokeOutsideOfTheTextAndStaysAsItWas) {
  Replica replica = Opened("Алматы");
  EXPECT_OK(replica.Insert(6, U"."));
  EXPECT_THAT(replica.Insert(8, U"."), Fails(v1::OUT_OF_RANGE_VALUE));
  EXPECT_THAT(replica.Delete(7, 1), Fails(v1::OUT_OF_RANGE_VALUE));
  EXPECT_THAT(replica.Delete(1, ~0u), Fails(v1::OUT_OF_RANGE_VALUE));
  EXPECT_EQ(replica.Text(), "Алматы.");
  EXPECT_THAT(Replica::Open("\xFF").status(), Fails(v1::BAD_UTF8));
}

TEST(ReplicaTest, AnEmptiedTextCanBeTypedAgain) {
  Replica replica = Opened("Алматы");
  ASSERT_OK(replica.Delete(0, 6));
  EXPECT_EQ(replica.Text(), "");
  ASSERT_OK(replica.Insert(0, U"Ақтау"));
  const NetEdit edit = replica.Seal();
  EXPECT_EQ(replica.Text(), "Ақтау");
  EXPECT_EQ(Applied(U"Алматы", edit), U"Ақтау");
}

// Letters of one to four bytes, and what ends sentences and paragraphs.
constexpr std::u32string_view kLetters =
    U"abc. Ж. 1คตะ。中“”\U0001F600!?\n\u2028\u0085\r";

std::u32string RandomWords(uint64_t length, Random& random) {
  std::u32string words;
  while (words.size() < length)
    words += kLetters[random.Below(kLetters.size())];
  return words;
}

void Press(Random& random, std::u32string* text, Replica* replica) {
  if (random.OneIn(2) && !text->empty()) {
    const uint32_t at = random.Below(text->size());
    const uint32_t length =
        1 + random.Below(std::min<size_t>(text->size() - at, 9));
    text->erase(at, length);
    ASSERT_OK(replica->Delete(at, length));
    return;
  }
  const uint32_t at = random.Below(text->size() + 1);
  const std::u32string words = RandomWords(1 + random.Below(5), random);
  text->insert(at, words);
  ASSERT_OK(replica->Insert(at, words));
}

TEST(ReplicaTest, SealsWhatTheKeystrokesMadeAndGuardsItAsADiffDoes) {
  ForEachSeed(2000, [](uint64_t seed) {
    SeededRandom random(seed);
    const Keep keep = random.OneIn(2) ? Keep::kNet : Keep::kEverything;
    std::u32string text = RandomWords(random.Below(100), random);
    Replica replica = Opened(ToUtf8(text), keep);
    for (int seal = 0; seal < 4; ++seal) {
      const std::u32string base = text;
      for (uint64_t keys = random.Below(12); keys > 0; --keys) {
        Press(random, &text, &replica);
      }
      ASSERT_EQ(replica.Text(), ToUtf8(text));
      const NetEdit edit = replica.Seal();
      ASSERT_EQ(Applied(base, edit), text);
      if (keep == Keep::kNet) {
        ASSERT_EQ(edit.touched, Widen(base, edit.runs, edit.inserted));
      }
      ASSERT_EQ(replica.Text(), ToUtf8(text));
      ASSERT_EQ(replica.size(), text.size());
    }
  });
}

}  // namespace
}  // namespace dateline::sync::text

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/text/draft.h"
#include "sync/text/merge.h"
#include "tests/sync/text/world.h"

namespace dateline::sync::text {
namespace {

using ::dateline::testing::MakeEdit;
using ::dateline::testing::Reordered;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::u32string Scalars(const std::string& utf8) {
  return ToScalars(utf8).value();
}

// Edits of one text, written as people would: "these words become those".
class Desk {
 public:
  explicit Desk(const std::string& text) {
    Edit edit = MakeEdit(0, 1, {});
    edit.inserted = Scalars(text);
    edit.runs.push_back({0, static_cast<uint32_t>(edit.inserted.size())});
    edit.lamport = 1;
    edits_.push_back(edit);
  }

  // Author number `author`, who saw `parents`, replaces the words `from` of
  // his text (the raw one) by `to`; his device widens it to `range`, words
  // too. An empty `from` inserts before `range`'s end.
  uint32_t Edits(int author, std::vector<uint32_t> parents,
                 const std::string& from, const std::string& to,
                 const std::string& range) {
    const std::u32string text = TextAt(parents);
    const size_t start = text.find(Scalars(range));
    EXPECT_NE(start, std::u32string::npos) << range;
    const size_t at = from.empty() ? start + Scalars(range).size()
                                   : text.find(Scalars(from), start);
    EXPECT_NE(at, std::u32string::npos) << from;
    Edit edit = MakeEdit(author, ++seq_, parents);
    edit.lamport = edits_.size() + 1;
    const uint32_t length = Scalars(from).size();
    edit.inserted = Scalars(to);
    const uint32_t inserted = edit.inserted.size();
    const uint32_t position = at;
    if (inserted > 0) edit.runs.push_back({position + length, inserted});
    if (length > 0) edit.runs.push_back({position, length, RunKind::kDelete});
    edit.touched.push_back(
        {static_cast<uint32_t>(start),
         static_cast<uint32_t>(start + Scalars(range).size())});
    edits_.push_back(edit);
    return edits_.size() - 1;
  }
  // Appends at the end of the author's text.
  uint32_t Appends(int author, std::vector<uint32_t> parents,
                   const std::string& words) {
    const uint32_t size = TextAt(parents).size();
    Edit edit = MakeEdit(author, ++seq_, parents);
    edit.lamport = edits_.size() + 1;
    edit.inserted = Scalars(words);
    edit.runs.push_back({size, static_cast<uint32_t>(edit.inserted.size())});
    edit.touched.push_back({size, size});
    edits_.push_back(edit);
    return edits_.size() - 1;
  }
  // Writes `words` over the open span `number` and answers all in it.
  uint32_t Resolves(int author, std::vector<uint32_t> parents, int number,
                    const std::string& words) {
    const Merged merged = Merge(Past(parents));
    const Segment* span = nullptr;
    for (const Segment& segment : merged.segments) {
      if (segment.open && number-- == 0) span = &segment;
    }
    EXPECT_NE(span, nullptr);
    Edit edit = MakeEdit(author, ++seq_, parents);
    edit.lamport = edits_.size() + 1;
    edit.inserted = Scalars(words);
    const uint32_t size = edit.inserted.size();
    const uint32_t length = span->raw_end - span->raw_start;
    if (size > 0) edit.runs.push_back({span->raw_end, size});
    if (length > 0) {
      edit.runs.push_back({span->raw_start, length, RunKind::kDelete});
    }
    edit.touched.push_back({span->raw_start, span->raw_end});
    for (const Original& original : span->originals) {
      for (const uint32_t named : original.edits) {
        edit.resolves.push_back(past_[named]);
      }
    }
    edits_.push_back(edit);
    return edits_.size() - 1;
  }

  std::u32string TextAt(const std::vector<uint32_t>& heads) {
    return Merge(Past(heads)).raw;
  }
  // "plain [one|other] plain", ends of segments not told.
  std::string Reads() const { return Reads(edits_); }
  static std::string Reads(const std::vector<Edit>& edits) {
    std::string out;
    for (const Segment& segment : Merge(edits).segments) {
      if (!segment.open) {
        out += ToUtf8(segment.text);
        continue;
      }
      std::vector<std::string> originals;
      for (const Original& original : segment.originals) {
        originals.push_back(ToUtf8(original.text));
      }
      out += absl::StrCat("[", absl::StrJoin(originals, "|"), "]");
    }
    return out;
  }
  const std::vector<Edit>& edits() const { return edits_; }
  Edit& edit(uint32_t number) { return edits_[number]; }

 private:
  std::vector<Edit> Past(const std::vector<uint32_t>& heads) {
    std::vector<bool> keep(edits_.size());
    for (const uint32_t head : heads) keep[head] = true;
    for (size_t i = edits_.size(); i-- > 0;) {
      if (!keep[i]) continue;
      for (const uint32_t parent : edits_[i].parents) keep[parent] = true;
    }
    past_.clear();
    for (size_t i = 0; i < keep.size(); ++i) {
      if (keep[i]) past_.push_back(i);
    }
    return testing::Subset(edits_, keep);
  }

  std::vector<Edit> edits_;
  std::vector<uint32_t> past_;
  uint64_t seq_ = 1;
};

const char kHospital[] = "A calm day. At the hospital 12 wounded lie. It ends.";
const char kSentence[] = "At the hospital 12 wounded lie.";

TEST(GuardTest, TwelveAndFourteenNeverRead1214) {
  Desk desk(kHospital);
  desk.Edits(1, {0}, "12 wounded", "12 bodies", kSentence);
  desk.Edits(2, {0}, "12 wounded", "14 bodies", kSentence);
  EXPECT_EQ(desk.Reads(),
            "A calm day. [At the hospital 12 bodies lie.|At the hospital 14 "
            "bodies lie.] It ends.");
  EXPECT_EQ(ToUtf8(Merge(desk.edits()).segments[1].base), kSentence);
}

TEST(GuardTest, EditsOfTwoSentencesMerge) {
  Desk desk(kHospital);
  desk.Edits(1, {0}, "12 wounded", "12 bodies", kSentence);
  desk.Edits(2, {0}, "calm", "quiet", "A calm day.");
  EXPECT_EQ(desk.Reads(),
            "A quiet day. At the hospital 12 bodies lie. It ends.");
}

TEST(GuardTest, TheSameEditByTwoIsShownOnce) {
  Desk desk(kHospital);
  desk.Edits(1, {0}, "12 wounded", "12 bodies", kSentence);
  desk.Edits(2, {0}, "12 wounded", "12 bodies", kSentence);
  EXPECT_EQ(desk.Reads(),
            "A calm day. At the hospital 12 bodies lie. It ends.");
}

TEST(GuardTest, TwoSentencesAppendedAtOnePlaceAreBothOffered) {
  Desk desk(kHospital);
  desk.Appends(1, {0}, " One left.");
  desk.Appends(2, {0}, " Two left.");
  EXPECT_EQ(desk.Reads(), std::string(kHospital) + "[ One left.| Two left.]");
  EXPECT_EQ(Merge(desk.edits()).segments[1].base, U"");
}

TEST(GuardTest, AnAppendedSentenceDoesNotTouchTheLastOne) {
  Desk desk(kHospital);
  desk.Appends(1, {0}, " One left.");
  desk.Edits(2, {0}, "ends", "goes on", "It ends.");
  EXPECT_EQ(desk.Reads(),
            "A calm day. At the hospital 12 wounded lie. It goes on. One "
            "left.");
}

TEST(GuardTest, ASpanStaysOpenWhileOthersEditElsewhere) {
  Desk desk(kHospital);
  const uint32_t a = desk.Edits(1, {0}, "12 wounded", "12 bodies", kSentence);
  const uint32_t b = desk.Edits(2, {0}, "12 wounded", "14 bodies", kSentence);
  uint32_t last = desk.Edits(3, {a, b}, "ends", "goes on", "It ends.");
  last = desk.Edits(1, {last}, "calm", "quiet", "A calm day.");
  last = desk.Appends(2, {last}, " More soon.");
  EXPECT_EQ(desk.Reads(),
            "A quiet day. [At the hospital 12 bodies lie.|At the hospital 14 "
            "bodies lie.] It goes on. More soon.");
}

TEST(GuardTest, AResolutionClosesASpanAndANewerEditOpensItAgain) {
  Desk desk(kHospital);
  const uint32_t a = desk.Edits(1, {0}, "12 wounded", "12 bodies", kSentence);
  const uint32_t b = desk.Edits(2, {0}, "12 wounded", "14 bodies", kSentence);
  desk.Resolves(3, {a, b}, 0, "At the hospital lie 13.");
  EXPECT_EQ(desk.Reads(), "A calm day. At the hospital lie 13. It ends.");
  desk.Edits(1, {a}, "12 bodies", "15 bodies",
             "At the hospital 12 bodies lie.");
  EXPECT_EQ(desk.Reads(),
            "A calm day. [At the hospital lie 13.|At the hospital 15 bodies "
            "lie.] It ends.");
}

TEST(GuardTest, AResolutionThatKeepsNoWordsClosesToo) {
  Desk desk(kHospital);
  const uint32_t a = desk.Edits(1, {0}, "12 wounded", "12 bodies", kSentence);
  const uint32_t b = desk.Edits(2, {0}, "12 wounded", "14 bodies", kSentence);
  desk.Resolves(3, {a, b}, 0, "");
  EXPECT_EQ(desk.Reads(), "A calm day.  It ends.");
}

TEST(GuardTest, ResolvingOneSpanLeavesTheOtherOpen) {
  Desk desk(kHospital);
  uint32_t a = desk.Edits(1, {0}, "12 wounded", "12 bodies", kSentence);
  a = desk.Edits(1, {a}, "ends", "goes on", "It ends.");
  uint32_t b = desk.Edits(2, {0}, "12 wounded", "14 bodies", kSentence);
  b = desk.Edits(2, {b}, "ends", "is over", "It ends.");
  desk.Resolves(3, {a, b}, 1, "It goes on.");
  EXPECT_EQ(desk.Reads(),
            "A calm day. [At the hospital 12 bodies lie.|At the hospital 14 "
            "bodies lie.] It goes on.");
}

TEST(GuardTest, TwoResolutionsApartCompete) {
  Desk desk(kHospital);
  const uint32_t a = desk.Edits(1, {0}, "12 wounded", "12 bodies", kSentence);
  const uint32_t b = desk.Edits(2, {0}, "12 wounded", "14 bodies", kSentence);
  desk.Resolves(3, {a, b}, 0, "At the hospital lie 12.");
  desk.Resolves(4, {a, b}, 0, "At the hospital lie 14.");
  EXPECT_EQ(
      desk.Reads(),
      "A calm day. [At the hospital lie 12.|At the hospital lie 14.] It ends.");
}

TEST(GuardTest, AnEditThatCoversBothClosesLikeAResolution) {
  Desk desk(kHospital);
  const uint32_t a = desk.Edits(1, {0}, "12 wounded", "12 bodies", kSentence);
  const uint32_t b = desk.Edits(2, {0}, "12 wounded", "14 bodies", kSentence);
  const uint32_t c = desk.Resolves(3, {a, b}, 0, "Nobody lies there.");
  desk.edit(c).resolves.clear();
  EXPECT_EQ(desk.Reads(), "A calm day. Nobody lies there. It ends.");
}

TEST(GuardTest, ADeletedSentenceCompetesWithItsEdit) {
  Desk desk(kHospital);
  desk.Edits(1, {0}, kSentence, "", kSentence);
  desk.Edits(2, {0}, "12 wounded", "14 wounded", kSentence);
  EXPECT_EQ(desk.Reads(),
            "A calm day. [|At the hospital 14 wounded lie.] It ends.");
}

TEST(GuardTest, ThreeAuthorsGiveThreeOriginalsAndEqualOnesOne) {
  Desk desk(kHospital);
  desk.Edits(1, {0}, "12 wounded", "12 bodies", kSentence);
  desk.Edits(2, {0}, "12 wounded", "14 bodies", kSentence);
  desk.Edits(3, {0}, "12 wounded", "12 bodies", kSentence);
  const Merged merged = Merge(desk.edits());
  ASSERT_THAT(merged.segments, SizeIs(3));
  ASSERT_THAT(merged.segments[1].originals, SizeIs(2));
  EXPECT_THAT(merged.segments[1].originals[0].edits, ElementsAre(2));
  EXPECT_THAT(merged.segments[1].originals[1].edits, ElementsAre(1, 3));
}

TEST(GuardTest, WhoSawAnEditSpeaksForIt) {
  Desk desk(kHospital);
  const uint32_t a = desk.Edits(1, {0}, "12 wounded", "12 bodies", kSentence);
  desk.Edits(3, {a}, "bodies", "dead", "At the hospital 12 bodies lie.");
  desk.Edits(2, {0}, "12 wounded", "14 bodies", kSentence);
  const Merged merged = Merge(desk.edits());
  EXPECT_EQ(desk.Reads(),
            "A calm day. [At the hospital 12 dead lie.|At the hospital 14 "
            "bodies lie.] It ends.");
  EXPECT_THAT(merged.segments[1].originals[0].edits, ElementsAre(1, 2));
}

TEST(GuardTest, OverlappingRangesMakeOneSpanOfAllTheirWords) {
  Desk desk(kHospital);
  desk.Edits(1, {0}, "calm", "quiet", "A calm day. At the hospital 12");
  desk.Edits(2, {0}, "ends", "goes on", "12 wounded lie. It ends.");
  EXPECT_EQ(desk.Reads(),
            "[A quiet day. At the hospital 12 wounded lie. It ends.|A calm "
            "day. At the hospital 12 wounded lie. It goes on.]");
}

TEST(GuardTest, AHeldEditCompetesWithNobody) {
  Desk desk(kHospital);
  const uint32_t a = desk.Edits(1, {0}, "12 wounded", "12 bodies", kSentence);
  desk.Edits(2, {0}, "12 wounded", "14 bodies", kSentence);
  desk.edit(a).held = true;
  EXPECT_EQ(desk.Reads(),
            "A calm day. At the hospital 14 bodies lie. It ends.");
}

TEST(GuardTest, AnErasedEditLeavesNoWordInAnOriginal) {
  Desk desk(kHospital);
  const uint32_t a = desk.Edits(1, {0}, "12 wounded", "12 bodies", kSentence);
  desk.Edits(2, {0}, "12 wounded", "14 bodies", kSentence);
  desk.edit(a).erased = true;
  EXPECT_EQ(desk.Reads(),
            "A calm day. [At the hospital  lie.|At the hospital 14 bodies "
            "lie.] It ends.");
}

TEST(GuardTest, EditsWithoutRangesAreGuardedByTheirRuns) {
  Desk desk("12");
  const uint32_t a = desk.Edits(1, {0}, "2", "3", "2");
  const uint32_t b = desk.Edits(2, {0}, "2", "4", "2");
  desk.edit(a).touched.clear();
  desk.edit(b).touched.clear();
  EXPECT_EQ(desk.Reads(), "1[3|4]");
}

TEST(GuardTest, WhatWasAppendedApartAndThenEditedStaysOffered) {
  Desk desk(kHospital);
  const uint32_t a = desk.Appends(1, {0}, " One left.");
  desk.Edits(1, {a}, "One", "Five", "One left.");
  desk.Appends(2, {0}, " Two left.");
  EXPECT_EQ(desk.Reads(), std::string(kHospital) + "[ Five left.| Two left.]");
}

// Found by the law that no reader sees a number that nobody wrote.
TEST(GuardTest, WhoSawTwoSidesAndEditedElsewhereIsHeardWithEach) {
  Desk desk("At 1 calm. At 2 calm. At 3 calm.");
  const uint32_t a = desk.Edits(1, {0}, "1", "15", "At 1 calm.");
  const uint32_t b = desk.Edits(2, {0}, "1", "16", "At 1 calm.");
  desk.Edits(3, {a, b}, "3", "39", "At 3 calm.");
  desk.Edits(4, {0}, "2", "27", "At 1 calm. At 2 calm. At 3 calm.");
  EXPECT_EQ(desk.Reads(),
            "[At 15 calm. At 2 calm. At 39 calm.|At 16 calm. At 2 calm. At 39 "
            "calm.|At 1 calm. At 27 calm. At 3 calm.]");
}

TEST(GuardTest, WhoHasNotHeardOfAResolutionReadsWhatHeSaw) {
  Desk desk("At 1 calm.");
  const uint32_t a = desk.Edits(1, {0}, "1", "15", "At 1 calm.");
  const uint32_t b = desk.Edits(2, {0}, "1", "16", "At 1 calm.");
  desk.Resolves(3, {a, b}, 0, "At 15 calm.");
  desk.Appends(4, {a, b}, " Later 20.");
  const std::string reads = desk.Reads();
  EXPECT_EQ(reads.find("1516"), std::string::npos) << reads;
  EXPECT_EQ(reads.find("1615"), std::string::npos) << reads;
}

TEST(GuardTest, AnEditBesideWhatIsGoneAnswersNothing) {
  Desk desk(kHospital);
  const uint32_t a = desk.Edits(1, {0}, kSentence, "", kSentence);
  const uint32_t b = desk.Edits(2, {0}, "12 wounded", "14 bodies", kSentence);
  const uint32_t c = desk.Edits(3, {a, b}, "ends", "goes on", "It ends.");
  desk.Edits(1, {c}, "calm", "quiet", "A calm day.");
  EXPECT_EQ(desk.Reads(),
            "A quiet day. [|At the hospital 14 bodies lie.] It goes on.");
}

// Two who each work `times` times on ever wider ranges around the middle: all
// of one compete with all of the other.
std::vector<Edit> Dense(int times_a, int times_b) {
  constexpr uint32_t kMiddle = 400;
  Edit base = MakeEdit(9, 1, {});
  base.inserted.assign(2 * kMiddle, U'.');
  base.runs = {{0, 2 * kMiddle}};
  std::vector<Edit> edits = {base};
  for (int author = 0; author < 2; ++author) {
    uint32_t parent = 0;
    for (uint32_t i = 1; i <= (author == 0 ? times_a : times_b); ++i) {
      Edit edit = MakeEdit(author, i, {parent});
      edit.lamport = i + 1;
      edit.inserted = author == 0 ? U"a" : U"b";
      edit.runs = {{kMiddle, 1}};
      // Of the text with what he typed so far.
      edit.touched = {{kMiddle - i, kMiddle + 2 * i}};
      parent = edits.size();
      edits.push_back(edit);
    }
  }
  return edits;
}

// 100 x 100 pairs are compared one by one, 73 x 137 are one more and compared
// as passages; people see no difference.
TEST(GuardTest, TenThousandCompetingPairsAndOneMoreAreOneOpenSpan) {
  for (const auto& [a, b] : {std::pair(100, 100), std::pair(73, 137)}) {
    std::vector<Edit> edits = Dense(a, b);
    const Merged open = Merge(edits);
    std::vector<Segment> spans;
    for (const Segment& segment : open.segments) {
      if (segment.open) spans.push_back(segment);
    }
    ASSERT_THAT(spans, SizeIs(1));
    ASSERT_THAT(spans[0].originals, SizeIs(2));
    for (const Original& original : spans[0].originals) {
      const bool first = original.text.find(U'a') != std::u32string::npos;
      EXPECT_EQ(std::count(original.text.begin(), original.text.end(), U'a'),
                first ? a : 0);
      EXPECT_EQ(std::count(original.text.begin(), original.text.end(), U'b'),
                first ? 0 : b);
    }
    Edit answer = MakeEdit(2, 1, {uint32_t(a), uint32_t(a + b)});
    answer.lamport = 1000;
    answer.runs = {{spans[0].raw_start, spans[0].raw_end - spans[0].raw_start,
                    RunKind::kDelete}};
    answer.touched = {{spans[0].raw_start, spans[0].raw_end}};
    for (const Original& original : spans[0].originals) {
      answer.resolves.insert(answer.resolves.end(), original.edits.begin(),
                             original.edits.end());
    }
    edits.push_back(answer);
    for (const Segment& segment : Merge(edits).segments) {
      EXPECT_FALSE(segment.open);
    }
  }
}

}  // namespace
}  // namespace dateline::sync::text

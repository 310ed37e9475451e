#include "sync/text/draft.h"

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

std::u32string Scalars(const std::string& utf8) {
  return ToScalars(utf8).value();
}

// What the runs make of a text; positions must be valid.
std::u32string Applied(std::u32string text, const NetEdit& edit) {
  size_t next = 0;
  for (const Run& run : edit.runs) {
    if (run.kind == RunKind::kInsert) {
      text.insert(run.position, edit.inserted, next, run.length);
      next += run.length;
    } else {
      const bool back = run.kind == RunKind::kDeleteBackward;
      text.erase(back ? run.position - run.length : run.position, run.length);
    }
  }
  return text;
}

// The words of what is touched when `from` becomes `to`, ranges by "|"; an
// insertion point is "^".
std::string Touched(const std::string& from, const std::string& to) {
  const std::u32string base = Scalars(from);
  const NetEdit edit = Diff(base, Scalars(to));
  EXPECT_EQ(ToUtf8(Applied(base, edit)), to);
  std::string out;
  for (const Range& range : edit.touched) {
    if (!out.empty()) out += "|";
    out += range.start == range.end
               ? "^"
               : ToUtf8(base.substr(range.start, range.end - range.start));
  }
  return out;
}

std::string Words(const std::string& from, const std::string& to) {
  std::string out;
  for (const DiffPart& part : DiffWords(Scalars(from), Scalars(to))) {
    const char* marks[] = {"", "-", "+"};
    const char* mark = marks[static_cast<int>(part.kind)];
    out += *mark ? std::string("[") + mark + ToUtf8(part.text) + "]"
                 : ToUtf8(part.text);
  }
  return out;
}

TEST(DiffTest, EqualTextsGiveNoRuns) {
  const NetEdit edit = Diff(U"same", U"same");
  EXPECT_THAT(edit.runs, IsEmpty());
  EXPECT_THAT(edit.touched, IsEmpty());
}

TEST(DiffTest, InsertsBehindTheOldWordsThenDeletesThem) {
  const NetEdit edit = Diff(U"a 12 b", U"a 34 b");
  EXPECT_THAT(edit.runs,
              ElementsAre(text::Run{4, 2}, text::Run{2, 2, RunKind::kDelete}));
  EXPECT_EQ(edit.inserted, U"34");
}

TEST(DiffTest, GivesTheEditedTextOnRandomTexts) {
  ForEachSeed(1500, [](uint64_t seed) {
    SeededRandom random(seed);
    static const char32_t* const kWords[] = {
        U"a",  U"b ",   U"12",  U". ",  U"Да ",  U"\n",   U"ไทย",
        U"战", U"。",   U" ",   U"“",   U"”",    U"قال ", U"\U0001F600",
        U"No", U". 5 ", U"қыс", U"1,2", U"\r\n", U"é",    U"e\u0301"};
    const auto text = [&] {
      std::u32string out;
      for (uint64_t i = random.Below(30); i > 0; --i) {
        out += kWords[random.Below(std::size(kWords))];
      }
      return out;
    };
    const std::u32string from = text();
    std::u32string to = from;
    for (uint64_t i = random.Below(4); i > 0; --i) {
      const size_t at = random.Below(to.size() + 1);
      to.replace(at, random.Below(5), text().substr(0, random.Below(6)));
    }
    if (random.OneIn(5)) to = text();
    const NetEdit edit = Diff(from, to);
    ASSERT_EQ(Applied(from, edit), to);
    uint32_t end = 0;
    for (const Range& range : edit.touched) {
      ASSERT_LE(end, range.start);
      ASSERT_LE(range.start, range.end);
      ASSERT_LE(range.end, from.size());
      end = range.end;
    }
    std::u32string kept;
    std::u32string made;
    for (const DiffPart& part : DiffWords(from, to)) {
      if (part.kind != DiffPart::Kind::kAdded) kept += part.text;
      if (part.kind != DiffPart::Kind::kRemoved) made += part.text;
    }
    ASSERT_EQ(kept, from);
    ASSERT_EQ(made, to);
    v1::TextOp op;
    EncodeTextOp(edit, &op);
    ASSERT_OK_AND_ASSIGN(const DecodedTextOp decoded, DecodeTextOp(op));
    ASSERT_EQ(decoded.runs, edit.runs);
    ASSERT_EQ(decoded.touched, edit.touched);
    ASSERT_EQ(decoded.inserted_scalars, edit.inserted.size());
  });
}

TEST(DiffTest, AHundredKilobytesWithNothingInCommonTakeNoTime) {
  std::u32string from;
  std::u32string to;
  SeededRandom random(1);
  for (int i = 0; i < 20000; ++i) {
    from += U'a' + random.Below(26);
    from += i % 5 == 4 ? U". " : U" ";
    to += U'a' + random.Below(26);
    to += i % 7 == 6 ? U"! " : U" ";
  }
  EXPECT_EQ(Applied(from, Diff(from, to)), to);
}

TEST(DiffWordsTest, CutsNoWordInAnyScript) {
  EXPECT_EQ(Words("12 wounded lie", "12 bodies lie"),
            "12 [-wounded][+bodies] lie");
  EXPECT_EQ(Words("Погибли 164 человека.", "Погибли 26 человек."),
            "Погибли [-164 человека][+26 человек].");
  EXPECT_EQ(Words("Алматыда 12 адам қаза тапты", "Алматыда 14 адам қаза тапты"),
            "Алматыда [-12][+14] адам қаза тапты");
  EXPECT_EQ(Words("قتل 12 شخصا", "قتل 14 شخصا"), "قتل [-12][+14] شخصا");
  EXPECT_EQ(Words("医院有十二名伤员", "医院有十四名伤员"),
            "医院有[-十二][+十四]名伤员");
  EXPECT_EQ(Words("มีผู้บาดเจ็บที่โรงพยาบาล", "มีผู้เสียชีวิตที่โรงพยาบาล"),
            "มีผู้[-บาดเจ็บ][+เสียชีวิต]ที่โรงพยาบาล");
}

TEST(WidenTest, TakesTheSentence) {
  EXPECT_EQ(Touched("All calm. At least 164 died. It ends.",
                    "All calm. At least 168 died. It ends."),
            "At least 164 died.");
}

TEST(WidenTest, TakesEachTouchedSentence) {
  EXPECT_EQ(Touched("One is. Two is. Three is.", "One was. Two is. Three was."),
            "One is.|Three is.");
}

TEST(WidenTest, NeverLeavesTheParagraph) {
  EXPECT_EQ(Touched("First line\nAbout 12 000 people\nThird line",
                    "First line\nAbout 13 000 people\nThird line"),
            "About 12 000 people");
}

TEST(WidenTest, CutsNoNumberDateOrNameAtItsStop) {
  EXPECT_EQ(
      Touched("It cost 1,234.5 a day. Yes.", "It cost 1,239.5 a day. Yes."),
      "It cost 1,234.5 a day.");
  EXPECT_EQ(Touched("There Dr. Smith saw No. 5 burn. Yes.",
                    "There Dr. Smith saw No. 6 burn. Yes."),
            "There Dr. Smith saw No. 5 burn.");
  EXPECT_EQ(Touched("Так сказал К. Токаев в 1990 г. Алматы ждет. Да.",
                    "Так сказал К. Токаев в 1991 г. Алматы ждет. Да."),
            "Так сказал К. Токаев в 1990 г. Алматы ждет.");
}

TEST(WidenTest, TakesTheWholeQuotation) {
  EXPECT_EQ(Touched("Calm. He said: “We saw it. They fired. We ran.” Yes.",
                    "Calm. He said: “We saw it. They shot. We ran.” Yes."),
            "He said: “We saw it. They fired. We ran.”");
  EXPECT_EQ(Touched("Тихо. «Мы видели. Они стреляли», — сказал он. Да.",
                    "Тихо. «Мы видели. Они стояли», — сказал он. Да."),
            "«Мы видели. Они стреляли», — сказал он.");
}

TEST(WidenTest, ANewSentenceTouchesNeitherNeighbor) {
  EXPECT_EQ(Touched("One is.", "One is. Two is."), "^");
  EXPECT_EQ(Touched("One is. Three is.", "One is. Two is. Three is."), "^");
  EXPECT_EQ(Touched("A headline", "A headline\nA new line"), "^");
  EXPECT_EQ(Touched("", "The first words"), "^");
}

TEST(WidenTest, WordsThatGoOnWithASentenceTouchIt) {
  EXPECT_EQ(Touched("They left", "They left today"), "They left");
  EXPECT_EQ(Touched("It was 12.", "It was 12.5"), "It was 12.");
  EXPECT_EQ(Touched("One is. Two is.", "One is. Today two is."), "Two is.");
  EXPECT_EQ(Touched("One is. Two is.", "One is.Two is."), "One is. Two is.");
}

TEST(WidenTest, KnowsSentencesOfManyScripts) {
  EXPECT_EQ(Touched("Тихо. В больнице 12 тел. Конец.",
                    "Тихо. В больнице 14 тел. Конец."),
            "В больнице 12 тел.");
  EXPECT_EQ(Touched("Тыныш. Ауруханада 12 мәйіт. Соңы.",
                    "Тыныш. Ауруханада 14 мәйіт. Соңы."),
            "Ауруханада 12 мәйіт.");
  EXPECT_EQ(Touched("هدوء. هل رأيت 12 جثة؟ نعم.", "هدوء. هل رأيت 14 جثة؟ نعم."),
            "هل رأيت 12 جثة؟");
  EXPECT_EQ(Touched("街上平静。医院有12具遗体。完。",
                    "街上平静。医院有14具遗体。完。"),
            "医院有12具遗体。");
  // Thai has no mark at the end of a sentence: the paragraph is one.
  EXPECT_EQ(Touched("เงียบสงบ\nมีศพ 12 ศพที่โรงพยาบาล\nจบ",
                    "เงียบสงบ\nมีศพ 14 ศพที่โรงพยาบาล\nจบ"),
            "มีศพ 12 ศพที่โรงพยาบาล");
}

TEST(WidenTest, ADeletionOverParagraphsTakesWhatItJoins) {
  EXPECT_EQ(Touched("One is. Two is.\nThree is. Four is.",
                    "One is. Two was. Four is."),
            "Two is.\nThree is.");
}

TEST(TextOpTest, RefusesMalformedColumns) {
  v1::TextOp op;
  op.add_moves(0);
  EXPECT_THAT(DecodeTextOp(op), Fails(v1::BAD_REQUEST));
  op.add_lengths(1);
  op.add_kinds(0);
  EXPECT_OK(DecodeTextOp(op));
  op.set_lengths(0, 0);
  EXPECT_THAT(DecodeTextOp(op), Fails(v1::BAD_REQUEST));
  op.set_lengths(0, 1);
  op.set_kinds(0, 3);
  EXPECT_THAT(DecodeTextOp(op), Fails(v1::BAD_REQUEST));
  op.set_kinds(0, 2);  // backward over the start
  EXPECT_THAT(DecodeTextOp(op), Fails(v1::BAD_REQUEST));
  op.set_kinds(0, 0);
  op.set_moves(0, -1);
  EXPECT_THAT(DecodeTextOp(op), Fails(v1::BAD_REQUEST));
  op.set_moves(0, 1);
  op.set_lengths(0, 0xFFFFFFFF);
  EXPECT_THAT(DecodeTextOp(op), Fails(v1::BAD_REQUEST));
  op.set_lengths(0, 0xFFFFFFFE);
  EXPECT_OK(DecodeTextOp(op));
  op.add_touched(1);
  EXPECT_THAT(DecodeTextOp(op), Fails(v1::BAD_REQUEST));
  op.add_touched(0xFFFFFFFF);
  EXPECT_THAT(DecodeTextOp(op), Fails(v1::BAD_REQUEST));
}

TEST(ScalarsTest, EveryScalarComesBackAndNothingElseIsTaken) {
  const std::string all("a\0é€\U0001F600\uFFFD", 14);
  ASSERT_OK_AND_ASSIGN(const std::u32string scalars, ToScalars(all));
  EXPECT_EQ(ToUtf8(scalars), all);
  for (const char* bad :
       {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80",
        "\xF4\x90\x80\x80", "\xF0\x80\x80\x80", "\xFF", "a\xE2\x82"}) {
    EXPECT_THAT(ToScalars(bad), Fails(v1::BAD_UTF8));
  }
}

TEST(WithoutErasedTest, TakesOutErasedWordsAndKeepsWhatWasTyped) {
  struct Case {
    std::u32string base, now, typed, want;
  };
  const Case cases[] = {
      {U"Said Askar. Open.", U" Open.", U"Said Askar. Open. More.",
       U" Open. More."},
      {U"Said Askar. Open.", U"Said . Open.", U"He said Askar. Open.",
       U"He said . Open."},
      {U"Said Askar.", U"", U"Said Askar.", U""},
      {U"Said Askar.", U"Said Askar.", U"Quite other.", U"Quite other."},
      {U"", U"", U"First words.", U"First words."},
      {U"Said Askar.", U"Said .", U"", U""}};
  for (const Case& one : cases) {
    EXPECT_EQ(ToUtf8(WithoutErased(one.base, one.now, one.typed)),
              ToUtf8(one.want));
  }
}

}  // namespace
}  // namespace dateline::sync::text

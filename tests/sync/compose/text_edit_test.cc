
#include "sync/compose/text_edit.h"

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/compose/part_builder.h"
#include "sync/model/fields.h"
#include "sync/text/draft.h"
#include "tests/support/seed.h"
#include "tests/support/status_matchers.h"
#include "tests/sync/compose/newsroom.h"

namespace dateline::sync {
namespace {

using ::dateline::testing::Fails;
using ::dateline::testing::ForEachSeed;
using ::dateline::testing::Journalist;
using ::dateline::testing::SyncAll;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kBase[] =
    "ALMATY. Shots were heard at night. There are bodies at the hospital. "
    "Roads are closed.";

class TextEditTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK(Write(almaty, kBase));
    SyncAll({&almaty, &desk, &reader});
  }
  absl::Status Write(Journalist& author, const std::string& body) {
    DocumentEdit edit;
    edit.texts[kBody] = body;
    return author.EditReport(report, edit).status();
  }
  std::string Read(const Journalist& who) {
    return ReaderText(who.See(report), kBody);
  }
  // Almaty writes 12 and the desk 14 over the same words.
  void OpenSpan() {
    ASSERT_OK(Write(almaty, Replaced("There are bodies", "12 bodies lie")));
    ASSERT_OK(Write(desk, Replaced("There are bodies", "14 bodies lie")));
    SyncAll({&almaty, &desk, &reader});
  }
  static std::string Replaced(const std::string& from, const std::string& to,
                              const std::string& text = kBase) {
    EXPECT_THAT(text, HasSubstr(from));
    return absl::StrReplaceAll(text, {{from, to}});
  }
  // The one open span.
  v1::OpenSpan Span() {
    const v1::Document document = reader.See(report);
    for (const v1::Segment& segment : document.texts(0).segments()) {
      if (segment.has_open()) return segment.open();
    }
    ADD_FAILURE() << "no span is open";
    return {};
  }

  Journalist almaty{2}, desk{3}, reader{4};
  const DocumentId report = DocumentId::Make(almaty.random);
};

TEST_F(TextEditTest, WhatWasWrittenIsWhatIsRead) {
  EXPECT_EQ(Read(almaty), kBase);
  ASSERT_OK(Write(almaty, "Алматы. Ночью слышны выстрелы. 👍"));
  EXPECT_EQ(Read(almaty), "Алматы. Ночью слышны выстрелы. 👍");
  ASSERT_OK(Write(almaty, ""));
  EXPECT_EQ(Read(almaty), "");
}

TEST_F(TextEditTest, EditsApartMergeWithoutMarkers) {
  ASSERT_OK(Write(almaty, Replaced("at night", "at dawn")));
  ASSERT_OK(Write(desk, Replaced("Roads are closed", "Roads are open")));
  SyncAll({&almaty, &desk, &reader});
  EXPECT_EQ(Read(reader), Replaced("Roads are closed", "Roads are open",
                                   Replaced("at night", "at dawn")));
}

TEST_F(TextEditTest, ReadersGetBothOriginalsBetweenMarkersNeverTheMerge) {
  OpenSpan();
  const std::string text = Read(reader);
  EXPECT_THAT(text, HasSubstr("12 bodies lie"));
  EXPECT_THAT(text, HasSubstr("14 bodies lie"));
  EXPECT_THAT(text, HasSubstr("<<<<<<< "));
  EXPECT_THAT(text, HasSubstr("\n>>>>>>> "));
  EXPECT_THAT(text, Not(HasSubstr("1214")));
  EXPECT_THAT(text, Not(HasSubstr("1412")));
  EXPECT_EQ(reader.See(report).conflicts(), 1u);
}

TEST_F(TextEditTest, AnEditBesideABlockLeavesItOpen) {
  OpenSpan();
  ASSERT_OK(Write(
      reader, Replaced("Roads are closed", "Roads are open", Read(reader))));
  ASSERT_OK(
      Write(reader, Replaced("ALMATY.", "ALMATY, Jan. 9.", Read(reader))));
  const std::string text = Read(reader);
  EXPECT_THAT(text, HasSubstr("ALMATY, Jan. 9."));
  EXPECT_THAT(text, HasSubstr("Roads are open."));
  EXPECT_THAT(text, HasSubstr("<<<<<<< "));
  EXPECT_EQ(reader.See(report).conflicts(), 1u);
}

TEST_F(TextEditTest, DeletingTheMarkersResolvesTheBlockByWhatIsLeft) {
  OpenSpan();
  std::string text = Read(reader);
  const size_t begin = text.find("<<<<<<<");
  const size_t end = text.find('\n', text.find(">>>>>>>")) + 1;
  const std::string kept = "At least 12 bodies lie at the hospital.";
  text.replace(begin, end - begin, kept + "\n");
  ASSERT_OK(Write(reader, text));
  EXPECT_EQ(Read(reader), Replaced("There are bodies at",
                                   "At least 12 bodies "
                                   "lie at"));
  EXPECT_EQ(reader.See(report).conflicts(), 0u);
  SyncAll({&almaty, &desk, &reader});
  EXPECT_EQ(Read(desk), Read(reader));
}

TEST_F(TextEditTest, ABlockCutUpIsRefusedSoThatNoWordIsLost) {
  OpenSpan();
  const std::string text = Read(reader);
  EXPECT_THAT(Write(reader, Replaced("12 bodies", "13 bodies", text)),
              Fails(v1::BAD_REQUEST));
  const size_t last = text.find(">>>>>>>");
  EXPECT_THAT(Write(reader, text.substr(0, last)), Fails(v1::BAD_REQUEST));
  const size_t first = text.find("<<<<<<<");
  const std::string block =
      text.substr(first, text.find('\n', last) + 1 - first);
  EXPECT_THAT(Write(reader, text + block), Fails(v1::BAD_REQUEST));
  EXPECT_EQ(Read(reader), text);
}

TEST_F(TextEditTest, AFirstTextIsTheOpThatAComparisonWithNothingGives) {
  v1::Document none;
  none.set_id(report.str());
  for (const std::string text : {"x", kBase, "Обстрел ночью. 12 раненых.\n"}) {
    PartBuilder compared(none, Lane::kText), first(none, Lane::kText);
    ASSERT_OK_AND_ASSIGN(const TextEdit edit, EditOf(none, kBody, text));
    AddTextEdit(kBody, edit, &compared);
    ASSERT_OK(AddFirstText(kBody, text, &first));
    const Part a = std::move(compared).Finish(), b = std::move(first).Finish();
    EXPECT_EQ(a.structure.DebugString(), b.structure.DebugString());
    EXPECT_EQ(a.content.DebugString(), b.content.DebugString());
  }
  PartBuilder nothing(none, Lane::kText);
  ASSERT_OK(AddFirstText(kBody, "", &nothing));
  EXPECT_TRUE(nothing.empty());
  EXPECT_THAT(AddFirstText(kBody, "\xC3(", &nothing), Fails(v1::BAD_UTF8));
}

TEST_F(TextEditTest, ResolvingNamesEveryEditOfTheSpan) {
  OpenSpan();
  v1::Action action;
  v1::ResolveText* resolve = action.mutable_resolve_text();
  resolve->set_field(kBody);
  const v1::OpenSpan span = Span();
  for (const v1::Original& original : span.originals()) {
    for (const v1::ItemId& edit : original.edits()) {
      *resolve->add_edits() = edit;
    }
  }
  resolve->set_text("12 bodies lie at the hospital, a second count says 14. ");
  resolve->set_note("two counts, an hour apart");
  v1::Action half = action;
  half.mutable_resolve_text()->mutable_edits()->RemoveLast();
  EXPECT_THAT(reader.Act(report, half), Fails(v1::CONFLICT));
  v1::Action none = action;
  none.mutable_resolve_text()->mutable_edits(0)->set_op(9);
  none.mutable_resolve_text()->mutable_edits(1)->set_op(9);
  EXPECT_THAT(reader.Act(report, none), Fails(v1::NOT_FOUND));
  ASSERT_OK_AND_ASSIGN(const auto changes, reader.Act(report, action));
  EXPECT_EQ(changes.size(), 2u);  // words, and the note
  EXPECT_EQ(reader.See(report).conflicts(), 0u);
  EXPECT_THAT(Read(reader), HasSubstr("a second count says 14."));
  EXPECT_THAT(Read(reader), HasSubstr("Roads are closed."));
}

TEST_F(TextEditTest, WordsThatAHeldDeletionTookOutAreLeftAlone) {
  Journalist home(1);
  home.Learn(almaty);
  const std::string without = Replaced("Shots were heard at night. ", "");
  DocumentEdit edit;
  edit.texts[kBody] = without;
  ASSERT_OK_AND_ASSIGN(const auto changes, almaty.EditReport(report, edit));
  home.Learn(changes);
  ASSERT_OK(home.Save(std::vector<Part>{
      ComposeVerdict(home.See(report), changes[0].hash, v1::ADMISSION_HELD,
                     v1::HELD_REASON_REVOKED, 1)}));
  EXPECT_EQ(Read(home), kBase);
  ASSERT_OK(Write(home, Replaced("Roads are closed", "Roads are open")));
  EXPECT_EQ(Read(home), Replaced("Roads are closed", "Roads are open"));
  // An edit right there adds words and takes none away.
  ASSERT_OK(Write(home, Replaced("Shots", "Gunshots", Read(home))));
  EXPECT_THAT(Read(home), HasSubstr("were heard at night."));
}

// Random words put in, taken out or replaced, at sentence and word borders and
// inside words.
std::string RandomEdit(const std::string& text, Random& random) {
  std::u32string scalars = *text::ToScalars(text);
  const size_t at = random.Below(scalars.size() + 1);
  const size_t length = std::min<size_t>(random.Below(12), scalars.size() - at);
  constexpr const char32_t* kWords[] = {U"12",          U"fourteen ", U"Алматы",
                                        U". New one. ", U"",          U"👍"};
  scalars.replace(at, length, kWords[random.Below(std::size(kWords))]);
  return text::ToUtf8(scalars);
}

TEST_F(TextEditTest, WhateverWasMergedAnEditIsReadBackAsItWasWritten) {
  ForEachSeed(300, [&](uint64_t seed) {
    SeededRandom random(seed);
    Journalist a(10 * seed + 20), b(10 * seed + 21), c(10 * seed + 22);
    ASSERT_OK(Write(a, kBase));
    SyncAll({&a, &b, &c});
    for (int round = 0; round < 4; ++round) {
      for (Journalist* who : {&a, &b, &c}) {
        if (random.OneIn(3)) continue;
        const std::string edited = RandomEdit(Read(*who), random);
        const absl::Status written = Write(*who, edited);
        if (!written.ok()) {  // a marker was hit
          EXPECT_THAT(written, Fails(v1::BAD_REQUEST));
          continue;
        }
        if (edited.find("<<<<<<<") == std::string::npos) {
          EXPECT_EQ(Read(*who), edited);
        }
      }
      if (random.OneIn(2)) SyncAll({&a, &b, &c});
    }
    SyncAll({&a, &b, &c});
    EXPECT_EQ(Read(a), Read(b));
    EXPECT_EQ(Read(a), Read(c));
  });
}

}  // namespace
}  // namespace dateline::sync

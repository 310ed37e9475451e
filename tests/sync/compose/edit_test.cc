#include "gtest/gtest.h"
#include "sync/base/limits.h"
#include "sync/model/fields.h"
#include "tests/support/status_matchers.h"
#include "tests/sync/compose/newsroom.h"

namespace dateline::sync {
namespace {

using ::dateline::testing::ExactFigure;
using ::dateline::testing::Fails;
using ::dateline::testing::Headline;
using ::dateline::testing::Journalist;
using ::dateline::testing::TextValue;

class EditTest : public ::testing::Test {
 protected:
  Journalist home{1}, almaty{2}, desk{3};
  const DocumentId report = DocumentId::Make(almaty.random);
  const DocumentId statement = DocumentId::Make(almaty.random);
};

DocumentEdit NewReport() {
  DocumentEdit edit;
  edit.registers[kSlugline] = TextValue("almaty-airport");
  edit.registers[kHeadline] = TextValue("Airport is shut");
  edit.sets[kSubjects] = {TextValue("unrest"), TextValue("aviation")};
  edit.texts[kBody] = "ALMATY. Nobody lands. Nobody leaves.";
  return edit;
}

TEST_F(EditTest, ANewReportIsOneSaveOfTwoLanesTextSealedFirst) {
  ASSERT_OK_AND_ASSIGN(const std::vector<Change> changes,
                       almaty.EditReport(report, NewReport()));
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].header.lane, Lane::kText);
  EXPECT_EQ(changes[1].header.lane, Lane::kFact);
  for (const Change& change : changes) {
    EXPECT_EQ(change.header.save, 1u);
    EXPECT_EQ(change.header.save_lanes, 0b110);
    EXPECT_EQ(change.salt, changes[0].salt);
    EXPECT_EQ(change.header.permission, PermissionClass::kContent);
    EXPECT_TRUE(change.header.deps.empty());
  }
  const v1::Document seen = almaty.See(report);
  EXPECT_EQ(Headline(seen), "Airport is shut");
  EXPECT_EQ(ReaderText(seen, kBody), "ALMATY. Nobody lands. Nobody leaves.");
  ASSERT_EQ(seen.sets_size(), 1);
  EXPECT_EQ(seen.sets(0).elements_size(), 2);
  EXPECT_TRUE(seen.version().complete());
}

TEST_F(EditTest, SavingWhatIsThereAlreadyWritesNothing) {
  ASSERT_OK(almaty.EditReport(report, NewReport()));
  ASSERT_OK_AND_ASSIGN(const std::vector<Change> changes,
                       almaty.EditReport(report, NewReport()));
  EXPECT_TRUE(changes.empty());
  EXPECT_EQ(almaty.writer.save, 1u);
}

TEST_F(EditTest, AnEditOfOneFieldTouchesNoOther) {
  ASSERT_OK(almaty.EditReport(report, NewReport()));
  desk.Learn(almaty);
  DocumentEdit headline, body;
  headline.registers[kHeadline] = TextValue("Airport reopens");
  body.texts[kBody] = "ALMATY. One plane lands. Nobody leaves.";
  ASSERT_OK_AND_ASSIGN(const auto mine, almaty.EditReport(report, headline));
  ASSERT_OK_AND_ASSIGN(const auto theirs, desk.EditReport(report, body));
  ASSERT_EQ(mine.size(), 1u);
  ASSERT_EQ(theirs.size(), 1u);
  EXPECT_EQ(mine[0].header.save_lanes, 0b010);
  almaty.Learn(desk);
  const v1::Document seen = almaty.See(report);
  EXPECT_EQ(Headline(seen), "Airport reopens");
  EXPECT_EQ(ReaderText(seen, kBody), body.texts[kBody]);
  EXPECT_EQ(seen.conflicts(), 0u);
}

TEST_F(EditTest, ASetGetsWhatIsNewAndLosesWhatIsGone) {
  ASSERT_OK(almaty.EditReport(report, NewReport()));
  DocumentEdit edit;
  edit.sets[kSubjects] = {TextValue("unrest"), TextValue("weather"),
                          TextValue("weather")};
  ASSERT_OK(almaty.EditReport(report, edit));
  const v1::Document seen = almaty.See(report);
  ASSERT_EQ(seen.sets_size(), 1);
  ASSERT_EQ(seen.sets(0).elements_size(), 2);
  EXPECT_EQ(seen.sets(0).elements(0).value().text(), "unrest");
  EXPECT_EQ(seen.sets(0).elements(1).value().text(), "weather");
  edit.sets[kSubjects].clear();
  ASSERT_OK(almaty.EditReport(report, edit));
  EXPECT_EQ(almaty.See(report).sets_size(), 0);
}

TEST_F(EditTest, SavingWhatIsShownOfAConflictDoesNotSettleIt) {
  ASSERT_OK(almaty.EditReport(report, NewReport()));
  desk.Learn(almaty);
  DocumentEdit mine, theirs;
  mine.registers[kHeadline] = TextValue("Airport stormed");
  theirs.registers[kHeadline] = TextValue("Airport taken");
  ASSERT_OK(almaty.EditReport(report, mine));
  ASSERT_OK(desk.EditReport(report, theirs));
  almaty.Learn(desk);
  ASSERT_EQ(almaty.See(report).conflicts(), 1u);
  DocumentEdit shown;
  shown.registers[kHeadline] = TextValue(Headline(almaty.See(report)));
  ASSERT_OK(almaty.EditReport(report, shown));
  EXPECT_EQ(almaty.See(report).conflicts(), 1u);
}

TEST_F(EditTest, FiguresOfOneStatementMayBePartsOfOneAnother) {
  DocumentEdit edit;
  edit.registers[kStatementSourceName] = TextValue("Health Ministry");
  edit.new_figures = {ExactFigure("killed", "", 164),
                      ExactFigure("killed", "Almaty", 103)};
  edit.new_figures[1].mutable_part_of()->set_op(0);
  ASSERT_OK_AND_ASSIGN(const auto changes,
                       almaty.Edit(statement, DocumentKind::kStatement, edit));
  const v1::Document seen = almaty.See(statement);
  ASSERT_EQ(seen.items_size(), 2);
  const v1::ItemId whole = seen.items(0).id();
  const v1::Figure& part =
      seen.items(1).registers(0).writes(0).value().figure();
  // The op that creates the whole, behind the put of the source.
  EXPECT_EQ(part.part_of().op(), whole.op());
  edit.new_figures[1].mutable_part_of()->set_op(2);
  EXPECT_THAT(almaty.Edit(DocumentId::Make(almaty.random),
                          DocumentKind::kStatement, edit),
              Fails(v1::BAD_REQUEST));
}

TEST_F(EditTest, TheSourceOfAStatementIsFixedWhenItIsMade) {
  DocumentEdit edit;
  edit.registers[kStatementSourceName] = TextValue("Health Ministry");
  ASSERT_OK(almaty.Edit(statement, DocumentKind::kStatement, edit));
  edit.registers[kStatementSourceName] = TextValue("Interior Ministry");
  EXPECT_THAT(almaty.Edit(statement, DocumentKind::kStatement, edit),
              Fails(v1::BAD_REQUEST));
}

TEST_F(EditTest, WhatOthersWouldRefuseIsNotSealedAndNothingMoves) {
  ASSERT_OK(almaty.EditReport(report, NewReport()));
  const Writer before = almaty.writer;
  DocumentEdit edit;
  edit.registers[kHeadline] =
      TextValue(std::string(kHeadlineBytesMax + 1, 'a'));
  edit.texts[kBody] = "ALMATY. More.";
  EXPECT_THAT(almaty.EditReport(report, edit), Fails(v1::TOO_LARGE));
  EXPECT_EQ(almaty.writer.save, before.save);
  EXPECT_EQ(almaty.writer.lamport, before.lamport);
  EXPECT_EQ(almaty.writer.heads, before.heads);
  edit.registers[kHeadline] = TextValue("Short");
  edit.texts[kBody] = "\xFF";
  EXPECT_THAT(almaty.EditReport(report, edit), Fails(v1::BAD_UTF8));
}

TEST_F(EditTest, HasADocumentAtItsLimitsAndNotOnePastThem) {
  DocumentEdit set;
  for (size_t i = 0; i < kSetElementsMax; ++i) {
    set.sets[kSubjects].push_back(TextValue(absl::StrCat(i)));
  }
  EXPECT_OK(almaty.EditReport(report, set));
  set.sets[kSubjects].push_back(TextValue("one more"));
  EXPECT_THAT(almaty.EditReport(report, set), Fails(v1::TOO_LARGE));

  DocumentEdit figures;
  figures.new_figures.assign(kItemsPerListMax, ExactFigure("killed", "", 1));
  EXPECT_OK(almaty.Edit(statement, DocumentKind::kStatement, figures));
  figures.new_figures.resize(1);
  EXPECT_THAT(almaty.Edit(statement, DocumentKind::kStatement, figures),
              Fails(v1::TOO_LARGE));

  // A text is longer than one change may be, so it grows by saves.
  const DocumentId longread = DocumentId::Make(almaty.random);
  DocumentEdit text;
  for (size_t size = kTextScalarsMax / 8; size <= kTextScalarsMax;
       size += kTextScalarsMax / 8) {
    text.texts[kBody].resize(size, 'a');
    ASSERT_OK(almaty.EditReport(longread, text));
  }
  text.texts[kBody].push_back('a');
  EXPECT_THAT(almaty.EditReport(longread, text), Fails(v1::TOO_LARGE));
}

TEST_F(EditTest, EveryChangeContinuesItsFeed) {
  ASSERT_OK_AND_ASSIGN(const auto first,
                       almaty.EditReport(report, NewReport()));
  DocumentEdit edit;
  edit.registers[kHeadline] = TextValue("Two");
  ASSERT_OK_AND_ASSIGN(const auto second, almaty.EditReport(report, edit));
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].seq, 2u);
  EXPECT_EQ(second[0].previous, first[1].hash);
  EXPECT_EQ(second[0].header.deps, std::vector<Hash>{first[1].hash});
  EXPECT_EQ(second[0].hash, ComputeHash(second[0]));
  EXPECT_EQ(almaty.writer.heads.at(Lane::kFact), second[0].head());
  EXPECT_EQ(almaty.writer.lamport, 3u);
}

}  // namespace
}  // namespace dateline::sync

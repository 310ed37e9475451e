// Each rule of DESIGN 5, by example.
#include <string>
#include <vector>

#include "tests/sync/merge/fixture.h"

namespace dateline::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

using RegisterTest = MergeFixture;

TEST_F(RegisterTest, AWriteReplacesWhatItsAuthorSaw) {
  Write(almaty, Fact().Put(sync::kHeadline, "Airport stormed"));
  editor.Learn(almaty);
  Write(editor, Fact().Put(sync::kHeadline, "Airport retaken"));
  EXPECT_THAT(Values(Report(editor), sync::kHeadline),
              ElementsAre("Airport retaken"));
  EXPECT_EQ(Report(editor).conflicts(), 0);
}

TEST_F(RegisterTest, TwoHeadlinesWrittenApartAreBothShown) {
  Write(almaty, Fact().Put(sync::kHeadline, "Airport stormed"));
  SyncAll();
  Write(almaty, Fact().Put(sync::kHeadline, "Airport burns"));
  Write(editor, Fact().Put(sync::kHeadline, "Airport retaken"));
  SyncAll();
  const v1::Document seen = Report(editor);
  EXPECT_THAT(Values(seen, sync::kHeadline),
              UnorderedElementsAre("Airport burns", "Airport retaken"));
  EXPECT_EQ(seen.conflicts(), 1);
  EXPECT_FALSE(seen.version().can_approve());
  const v1::Register& headline = *FindRegister(seen, sync::kHeadline);
  EXPECT_NE(headline.writes(0).by().actor(), headline.writes(1).by().actor());
}

TEST_F(RegisterTest, EqualValuesWrittenApartAreNoConflict) {
  Write(almaty, Fact().Put(sync::kHeadline, "Airport stormed"));
  Write(aktau, Fact().Put(sync::kHeadline, "Airport stormed"));
  SyncAll();
  const v1::Document seen = Report(almaty);
  EXPECT_THAT(Values(seen, sync::kHeadline), ElementsAre("Airport stormed"));
  EXPECT_EQ(FindRegister(seen, sync::kHeadline)->writes(0).also_size(), 1);
  EXPECT_EQ(seen.conflicts(), 0);
}

TEST_F(RegisterTest, AResolutionAnswersWhatItSawAndNoMore) {
  Write(almaty, Fact().Put(sync::kHeadline, "one"));
  Write(editor, Fact().Put(sync::kHeadline, "two"));
  editor.Learn(almaty);
  Write(aktau, Fact().Put(sync::kHeadline, "three"));
  Write(editor, Fact().Put(sync::kHeadline, "two, settled"));
  SyncAll();
  EXPECT_THAT(Values(Report(editor), sync::kHeadline),
              UnorderedElementsAre("two, settled", "three"));
}

TEST_F(RegisterTest, AWriteReplacesWhatItsChangeNames) {
  const ChangePtr one = Write(almaty, Fact().Put(sync::kHeadline, "one"));
  LanePart part = Fact().Put(sync::kHeadline, "two");
  part.Name(one->hash);
  Write(editor, part);  // whose deps do not hold it
  SyncAll();
  EXPECT_THAT(Values(Report(editor), sync::kHeadline), ElementsAre("two"));
}

TEST_F(RegisterTest, DifferentFieldsMerge) {
  Write(almaty, Fact().Put(sync::kHeadline, "Airport stormed"));
  Write(aktau, Fact().Put(sync::kByline, "Aigerim"));
  SyncAll();
  EXPECT_EQ(Report(home).conflicts(), 0);
  EXPECT_THAT(Values(Report(home), sync::kByline), ElementsAre("Aigerim"));
}

using TextTest = MergeFixture;

TEST_F(TextTest, EditsApartMerge) {
  Write(almaty, Text().Edit(sync::kBody, "", "Shots heard. Lines down."));
  SyncAll();
  Write(almaty, Text().Edit(sync::kBody, "Shots heard. Lines down.",
                            "Shots were heard. Lines down."));
  Write(editor, Text().Edit(sync::kBody, "Shots heard. Lines down.",
                            "Shots heard. Lines still down."));
  SyncAll();
  EXPECT_EQ(Body(Report(home)), "Shots were heard. Lines still down.");
}

TEST_F(TextTest, NobodyReads1214) {
  Write(almaty, Text().Edit(sync::kBody, "", "Some bodies at the hospital."));
  SyncAll();
  Write(almaty, Text().Edit(sync::kBody, "Some bodies at the hospital.",
                            "12 bodies at the hospital."));
  Write(aktau, Text().Edit(sync::kBody, "Some bodies at the hospital.",
                           "14 bodies at the hospital."));
  SyncAll();
  const v1::Document seen = Report(home);
  EXPECT_THAT(Body(seen), ::testing::AnyOf("{12|14} bodies at the hospital.",
                                           "{14|12} bodies at the hospital."));
  EXPECT_EQ(seen.conflicts(), 1);
  EXPECT_EQ(seen.SerializeAsString().find("1214"), std::string::npos);
}

}  // namespace
}  // namespace dateline::testing

// Sets, items and life of DESIGN 5, by example.
#include <string>
#include <vector>

#include "tests/sync/merge/fixture.h"

namespace dateline::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Subjects(const v1::Document& document) {
  std::vector<std::string> subjects;
  for (const v1::ValueSet& set : document.sets()) {
    for (const v1::Element& element : set.elements()) {
      subjects.push_back(element.value().text());
    }
  }
  return subjects;
}

using SetTest = MergeFixture;

TEST_F(SetTest, ARemovalCoversTheAddsThatItsAuthorSaw) {
  const ChangePtr add = Write(almaty, Fact().Add(sync::kSubjects, "unrest"));
  SyncAll();
  Write(editor, Fact().Remove(sync::kSubjects, {IdOf(*add)}));
  SyncAll();
  EXPECT_THAT(Subjects(Report(home)), IsEmpty());
}

TEST_F(SetTest, AnAddThatTheRemovalNeverSawWins) {
  const ChangePtr add = Write(almaty, Fact().Add(sync::kSubjects, "unrest"));
  SyncAll();
  Write(editor, Fact().Remove(sync::kSubjects, {IdOf(*add)}));
  Write(aktau, Fact().Add(sync::kSubjects, "unrest"));
  SyncAll();
  EXPECT_THAT(Subjects(Report(home)), ElementsAre("unrest"));
  EXPECT_EQ(Report(home).conflicts(), 0);
}

class ItemTest : public MergeFixture {
 protected:
  v1::Item Only(const Author& author) const {
    const v1::Document seen = Report(author);
    return seen.items_size() == 1 ? seen.items(0) : v1::Item();
  }
  ChangePtr AddCorrection(Author& author, const std::string& note) {
    return Write(author,
                 Fact().AddItem(sync::kCorrections,
                                {{sync::kCorrectionNote, TextValue(note)}}));
  }
};

TEST_F(ItemTest, ARemovedItemIsGone) {
  const ChangePtr item = AddCorrection(almaty, "It was Sunday");
  SyncAll();
  Write(editor, Fact().RemoveItem(IdOf(*item)));
  SyncAll();
  EXPECT_THAT(Report(home).items(), IsEmpty());
}

TEST_F(ItemTest, AnEditThatTheRemovalNeverSawKeepsTheItemAndFlagsIt) {
  const ChangePtr item = AddCorrection(almaty, "It was Sunday");
  SyncAll();
  Write(editor, Fact().RemoveItem(IdOf(*item)));
  Write(almaty, Fact().PutItem(IdOf(*item), sync::kCorrectionNote,
                               TextValue("It was Saturday")));
  SyncAll();
  EXPECT_TRUE(Only(home).kept_against_removal());
  EXPECT_EQ(Only(home).registers(0).writes(0).value().text(),
            "It was Saturday");
  EXPECT_EQ(Report(home).conflicts(), 1);
}

TEST_F(ItemTest, AnEditThatSawTheRemovalAnswersIt) {
  const ChangePtr item = AddCorrection(almaty, "It was Sunday");
  SyncAll();
  Write(editor, Fact().RemoveItem(IdOf(*item)));
  SyncAll();
  Write(almaty, Fact().PutItem(IdOf(*item), sync::kCorrectionNote,
                               TextValue("It was Saturday")));
  SyncAll();
  EXPECT_FALSE(Only(home).kept_against_removal());
  EXPECT_EQ(Report(home).conflicts(), 0);
}

TEST_F(ItemTest, ARemovalThatSawTheEditTakesTheItemAway) {
  const ChangePtr item = AddCorrection(almaty, "It was Sunday");
  SyncAll();
  Write(editor, Fact().RemoveItem(IdOf(*item)));
  Write(almaty, Fact().PutItem(IdOf(*item), sync::kCorrectionNote,
                               TextValue("It was Saturday")));
  SyncAll();
  Write(editor, Fact().RemoveItem(IdOf(*item)));
  SyncAll();
  EXPECT_THAT(Report(home).items(), IsEmpty());
}

TEST_F(ItemTest, ACitationFollowsItsWords) {
  Write(almaty, Text().Edit(sync::kBody, "", "Officials say 164 died."));
  LanePart cite = Fact().Cite(ministry.str(), v1::ItemId());
  v1::CitationAnchor* const anchor =
      cite.structure.mutable_ops(0)->mutable_item_add()->mutable_anchor();
  anchor->add_heads(cite.Name(almaty.Heads(report, Lane::kText)[0]));
  anchor->set_start(14);
  anchor->set_end(17);
  Write(almaty, cite);
  Write(almaty, Text().Edit(sync::kBody, "Officials say 164 died.",
                            "On Sunday: Officials say 164 died."));
  SyncAll();
  ASSERT_EQ(Only(home).anchors_size(), 1);
  EXPECT_EQ(Only(home).anchors(0).start(), 25);
  EXPECT_EQ(Only(home).anchors(0).end(), 28);
  EXPECT_FALSE(Only(home).anchors(0).lost());
}

TEST_F(ItemTest, ACitationComesBeforeItsWords) {
  const ChangePtr words =
      Write(almaty, Text().Edit(sync::kBody, "", "Officials say 164 died."));
  LanePart cite = Fact().Cite(ministry.str(), v1::ItemId());
  cite.structure.mutable_ops(0)
      ->mutable_item_add()
      ->mutable_anchor()
      ->add_heads(cite.Name(words->hash));
  editor.Learn(Write(almaty, cite));  // lane 1 first; lane 2 not yet
  EXPECT_THAT(Only(editor).anchors(), IsEmpty());
  ASSERT_EQ(Report(editor).unresolved_names_size(), 1);
  EXPECT_EQ(Report(editor).unresolved_names(0).missing(0), words->hash.str());
  editor.Learn(words);
  EXPECT_EQ(Only(editor).anchors_size(), 1);
  EXPECT_THAT(Report(editor).unresolved_names(), IsEmpty());
}

class LifeTest : public MergeFixture {
 protected:
  void Delete(Author& author, bool deleted = true) {
    LanePart part = Fact();
    v1::LifeOp* const life = part.Op().mutable_life();
    life->set_deleted(deleted);
    for (const Lane lane : {Lane::kFact, Lane::kText}) {
      for (const Hash& head : author.Heads(report, lane)) {
        life->add_heads(part.Name(head));
      }
    }
    Write(author, part);
  }
};

TEST_F(LifeTest, ADeleteThatSawAllDeletes) {
  almaty.Save(report, DocumentKind::kReport,
              {Text().Edit(sync::kBody, "", "Words."),
               Fact().Put(sync::kHeadline, "Airport")});
  SyncAll();
  Delete(editor);
  SyncAll();
  EXPECT_TRUE(Report(home).deleted());
}

TEST_F(LifeTest, AnEditMeanwhileBringsTheDocumentBackFlagged) {
  Write(almaty, Fact().Put(sync::kHeadline, "Airport"));
  SyncAll();
  Delete(editor);
  Write(almaty, Text().Edit(sync::kBody, "", "News!"));
  SyncAll();
  EXPECT_FALSE(Report(home).deleted());
  EXPECT_TRUE(Report(home).brought_back());
  EXPECT_EQ(Report(home).conflicts(), 1);
}

TEST_F(LifeTest, SomebodyWhoSawItAllEndsTheDoubt) {
  Write(almaty, Fact().Put(sync::kHeadline, "Airport"));
  SyncAll();
  Delete(editor);
  Write(almaty, Text().Edit(sync::kBody, "", "News!"));
  SyncAll();
  Delete(editor, false);
  SyncAll();
  EXPECT_FALSE(Report(home).deleted());
  EXPECT_FALSE(Report(home).brought_back());
  Delete(editor);
  SyncAll();
  EXPECT_TRUE(Report(home).deleted());
}

}  // namespace
}  // namespace dateline::testing

// Versions, approval and workflow of DESIGN 4 and 5, by example.
#include <string>
#include <vector>

#include "sync/merge/rendering.h"
#include "tests/sync/merge/fixture.h"

namespace dateline::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class ReviewTest : public MergeFixture {
 protected:
  v1::Workflow Flow(const Author& author) const {
    return Report(author).workflow();
  }
  void NameVersion(const Author& author, LanePart* part,
                   google::protobuf::RepeatedField<uint32_t>* out) {
    const auto seen = Report(author);
    for (const std::string& head : seen.version().heads()) {
      out->Add(part->Name(*Hash::FromBytes(head)));
    }
  }
  ChangePtr Approve(Author& author) {
    LanePart part = Fact().Class(PermissionClass::kAttest);
    v1::AttestOp* const attest = part.Op().mutable_attest();
    attest->set_what(v1::ATTESTATION_APPROVED);
    attest->set_rendering(sync::kRenderingNow);
    attest->set_rendering_hash(sync::RenderingHash(Report(author)).str());
    NameVersion(author, &part, attest->mutable_version());
    return Write(author, part);
  }
  ChangePtr Ask(Author& author, v1::RequestKind what,
                const ChangePtr& answers = nullptr) {
    LanePart part = Fact();
    v1::RequestOp* const request = part.Op().mutable_request();
    request->set_what(what);
    if (answers != nullptr) *request->mutable_answers() = part.Ref(*answers);
    NameVersion(author, &part, request->mutable_version());
    return Write(author, part);
  }
  ChangePtr Decide(Author& author, v1::Decision what, uint32_t number,
                   const ChangePtr& lifts = nullptr) {
    LanePart part = Fact().Class(PermissionClass::kDecide);
    v1::DecisionOp* const decision = part.Op().mutable_decision();
    decision->set_what(what);
    decision->set_number(number);
    if (lifts != nullptr) *decision->add_lifts() = part.Ref(*lifts);
    NameVersion(author, &part, decision->mutable_version());
    return Write(author, part);
  }
  ChangePtr Answer(const ChangePtr& request, v1::Decision what,
                   uint32_t number) {
    LanePart part = Fact().Class(PermissionClass::kDecide);
    v1::DecisionOp* const decision = part.Op().mutable_decision();
    decision->set_what(what);
    decision->set_number(number);
    *decision->mutable_request() = part.Ref(*request);
    NameVersion(home, &part, decision->mutable_version());
    return Write(home, part);
  }
  ChangePtr Stop(Author& author, v1::StopKind what) {
    LanePart part = Notice().Class(PermissionClass::kStop);
    part.Op().mutable_stop()->set_what(what);
    part.structure.mutable_ops(0)->mutable_stop()->add_fields(sync::kReason);
    part.Value(TextValue("call the ministry first"));
    return Write(author, part);
  }
  void File() {
    almaty.Save(report, DocumentKind::kReport,
                {Text().Edit(sync::kBody, "", "Shots heard."),
                 Fact().Put(sync::kHeadline, "Airport stormed")});
    SyncAll();
  }
};

TEST_F(ReviewTest, AVersionIsTheLastContentOfBothLanes) {
  const auto saved = almaty.Save(report, DocumentKind::kReport,
                                 {Text().Edit(sync::kBody, "", "Shots."),
                                  Fact().Put(sync::kHeadline, "a")});
  EXPECT_THAT(Report(almaty).version().heads(),
              UnorderedElementsAre(saved[0]->hash.str(), saved[1]->hash.str()));
  EXPECT_TRUE(Report(almaty).version().can_approve());
  const std::string before = Report(almaty).version().id();
  Ask(almaty, v1::REQUEST_KIND_SUBMIT);
  Approve(almaty);
  EXPECT_EQ(Report(almaty).version().id(), before)
      << "requests and attestations move no version";
}

TEST_F(ReviewTest, AVersionThatLacksPartOfASaveCannotBeApproved) {
  const auto saved = almaty.Save(report, DocumentKind::kReport,
                                 {Text().Edit(sync::kBody, "", "Shots."),
                                  Fact().Put(sync::kHeadline, "a")});
  const ChangePtr later = Write(almaty, Fact().Put(sync::kHeadline, "b"));
  editor.Learn(saved[1]);
  editor.Learn(later);
  EXPECT_FALSE(Report(editor).version().complete());
  EXPECT_FALSE(Report(editor).version().can_approve());
  editor.Learn(saved[0]);
  EXPECT_TRUE(Report(editor).version().can_approve());
}

TEST_F(ReviewTest, StatusFollowsTheWork) {
  File();
  EXPECT_EQ(Flow(almaty).status(), v1::STATUS_DRAFT);
  const ChangePtr submit = Ask(almaty, v1::REQUEST_KIND_SUBMIT);
  EXPECT_EQ(Flow(almaty).status(), v1::STATUS_SUBMITTED);
  Ask(almaty, v1::REQUEST_KIND_TAKE_BACK, submit);
  EXPECT_EQ(Flow(almaty).status(), v1::STATUS_DRAFT);
  Ask(almaty, v1::REQUEST_KIND_SUBMIT);
  SyncAll();
  const ChangePtr ask = Ask(editor, v1::REQUEST_KIND_ASK);
  SyncAll();
  EXPECT_EQ(Flow(almaty).status(), v1::STATUS_ASKED);
  Ask(almaty, v1::REQUEST_KIND_ANSWER, ask);
  SyncAll();
  EXPECT_EQ(Flow(almaty).status(), v1::STATUS_IN_REVIEW);
  Approve(editor);
  SyncAll();
  EXPECT_EQ(Flow(almaty).status(), v1::STATUS_APPROVED);
  Decide(home, v1::DECISION_PUBLISHED, 1);
  SyncAll();
  EXPECT_EQ(Flow(almaty).status(), v1::STATUS_PUBLISHED);
  Decide(home, v1::DECISION_REFUSED, 2);
  Decide(home, v1::DECISION_CORRECTED, 3);
  SyncAll();
  EXPECT_EQ(Flow(almaty).status(), v1::STATUS_CORRECTED);
}

TEST_F(ReviewTest, WhatAnEditorAsksOfHomeIsHisAloneToTakeBack) {
  File();
  SyncAll();
  const ChangePtr publish = Ask(editor, v1::REQUEST_KIND_PUBLISH);
  const ChangePtr ask = Ask(editor, v1::REQUEST_KIND_ASK);
  SyncAll();
  Ask(almaty, v1::REQUEST_KIND_TAKE_BACK, publish);
  Ask(almaty, v1::REQUEST_KIND_ANSWER, publish);
  Ask(almaty, v1::REQUEST_KIND_TAKE_BACK, ask);
  SyncAll();
  EXPECT_TRUE(Flow(home).requests(0).open());
  EXPECT_TRUE(Flow(home).requests(1).open());
  Ask(editor, v1::REQUEST_KIND_TAKE_BACK, publish);
  SyncAll();
  EXPECT_FALSE(Flow(home).requests(0).open());
}

TEST_F(ReviewTest, OnlyHomeDecides) {
  File();
  Decide(editor, v1::DECISION_PUBLISHED, 1);
  SyncAll();
  EXPECT_THAT(Flow(home).decisions(), IsEmpty());
  EXPECT_EQ(Flow(home).status(), v1::STATUS_DRAFT);
}

// --- home was restored, and decided again what it had decided ---

// Whether each decision is one that does not count, in their order.
std::vector<bool> Repeats(const v1::Workflow& workflow) {
  std::vector<bool> repeats;
  for (const v1::DecisionState& decision : workflow.decisions()) {
    repeats.push_back(decision.repeats());
  }
  return repeats;
}

TEST_F(ReviewTest, APublicationSaidAgainDoesNotUndoTheCorrectionBetween) {
  File();
  const ChangePtr publish = Ask(editor, v1::REQUEST_KIND_PUBLISH);
  const ChangePtr correct = Ask(editor, v1::REQUEST_KIND_CORRECT);
  SyncAll();
  Answer(publish, v1::DECISION_PUBLISHED, 1);
  Answer(correct, v1::DECISION_CORRECTED, 2);
  Answer(publish, v1::DECISION_PUBLISHED, 3);
  SyncAll();
  EXPECT_EQ(Repeats(Flow(almaty)), (std::vector<bool>{false, false, true}));
  EXPECT_EQ(Flow(almaty).status(), v1::STATUS_CORRECTED);
}

TEST_F(ReviewTest, ARefusalNeverCountsAgainstWhatIsOut) {
  for (const bool refused_first : {true, false}) {
    SCOPED_TRACE(refused_first);
    File();
    const ChangePtr publish = Ask(editor, v1::REQUEST_KIND_PUBLISH);
    SyncAll();
    Answer(publish,
           refused_first ? v1::DECISION_REFUSED : v1::DECISION_PUBLISHED, 1);
    Answer(publish,
           refused_first ? v1::DECISION_PUBLISHED : v1::DECISION_REFUSED, 2);
    SyncAll();
    const v1::Workflow flow = Flow(almaty);
    ASSERT_EQ(flow.decisions_size() % 2, 0);
    for (const v1::DecisionState& decision : flow.decisions()) {
      EXPECT_EQ(decision.repeats(), decision.what() == v1::DECISION_REFUSED);
    }
    EXPECT_EQ(flow.status(), v1::STATUS_PUBLISHED);
  }
}

TEST_F(ReviewTest, WhatIsOutCannotBeSpikedByAHomeThatForgotIt) {
  File();
  const ChangePtr publish = Ask(editor, v1::REQUEST_KIND_PUBLISH);
  const ChangePtr spike = Ask(editor, v1::REQUEST_KIND_SPIKE);
  SyncAll();
  Answer(publish, v1::DECISION_PUBLISHED, 1);
  Answer(spike, v1::DECISION_SPIKED, 1);
  Answer(spike, v1::DECISION_SPIKED, 2);
  SyncAll();
  EXPECT_EQ(Flow(almaty).status(), v1::STATUS_PUBLISHED);
}

TEST_F(ReviewTest, TheApprovalNamesTheVersionReadAndSaysThatANewerExists) {
  File();
  const v1::Document read = Report(editor);
  Approve(editor);
  Write(almaty, Text().Edit(sync::kBody, "Shots heard.", "Shots heard again."));
  SyncAll();
  const v1::ApprovalState approval = Flow(home).approvals(0);
  EXPECT_THAT(std::vector<std::string>(approval.version().begin(),
                                       approval.version().end()),
              ::testing::ElementsAreArray(read.version().heads()));
  EXPECT_TRUE(approval.newer_exists());
  EXPECT_FALSE(approval.alone());
  EXPECT_TRUE(Flow(home).changed_since_approval());
  EXPECT_EQ(Flow(home).status(), v1::STATUS_APPROVED);
}

TEST_F(ReviewTest, TheVersionReadCanBeHadAgainWithTheSameHash) {
  File();
  const v1::Document read = Report(editor);
  Approve(editor);
  Write(almaty, Text().Edit(sync::kBody, "Shots heard.", "All is calm."));
  Write(aktau, Fact().Put(sync::kHeadline, "Calm"));
  SyncAll();
  std::vector<Hash> heads;
  const auto flow = Flow(home);
  for (const std::string& head : flow.approvals(0).version()) {
    heads.push_back(*Hash::FromBytes(head));
  }
  ASSERT_OK_AND_ASSIGN(
      const v1::Document then,
      sync::MergeDocumentAt(report, home.Known(report), authority, heads));
  EXPECT_EQ(sync::RenderingHash(then).str(),
            Flow(home).approvals(0).rendering_hash());
  EXPECT_EQ(sync::Rendering(then), sync::Rendering(read));
  EXPECT_EQ(Body(then), "Shots heard.");
  EXPECT_NE(sync::RenderingHash(then), sync::RenderingHash(Report(home)));
}

TEST_F(ReviewTest, AVersionThatHasNotArrivedIsSaidToBeIncomplete) {
  File();
  const ChangePtr unknown = Write(aktau, Fact().Put(sync::kHeadline, "x"));
  EXPECT_THAT(sync::MergeDocumentAt(report, home.Known(report), authority,
                                    {unknown->hash}),
              Fails(v1::INCOMPLETE_VERSION));
}

TEST_F(ReviewTest, AnApprovalOfOwnWordsSaysSo) {
  File();
  Approve(almaty);
  EXPECT_TRUE(Flow(almaty).approvals(0).alone());
}

TEST_F(ReviewTest, AnApprovalOfWordsThatAreNotHereYetApprovesNothingHere) {
  const ChangePtr words = Write(editor, Text().Edit(sync::kBody, "", "Shots."));
  const ChangePtr approval = Approve(editor);
  aktau.Learn(approval);  // lane 1 comes before lane 2
  EXPECT_EQ(Flow(aktau).status(), v1::STATUS_IN_REVIEW);
  EXPECT_EQ(Report(aktau).unresolved_names_size(), 1);
  aktau.Learn(words);
  EXPECT_EQ(Flow(aktau).status(), v1::STATUS_APPROVED);
}

TEST_F(ReviewTest, AStopIsInForceUntilHomeLiftsIt) {
  File();
  Decide(home, v1::DECISION_PUBLISHED, 1);
  const ChangePtr hold = Stop(editor, v1::STOP_KIND_HOLD);
  SyncAll();
  EXPECT_EQ(Flow(almaty).status(), v1::STATUS_HELD);
  EXPECT_EQ(Flow(almaty).stops(0).reason(), "call the ministry first");
  Decide(editor, v1::DECISION_RELEASED, 2, hold);
  SyncAll();
  EXPECT_EQ(Flow(almaty).status(), v1::STATUS_HELD);
  Decide(home, v1::DECISION_RELEASED, 2, hold);
  SyncAll();
  EXPECT_EQ(Flow(almaty).status(), v1::STATUS_PUBLISHED);
  EXPECT_FALSE(Flow(almaty).stops(0).in_force());
  Stop(editor, v1::STOP_KIND_KILL);
  SyncAll();
  EXPECT_EQ(Flow(almaty).status(), v1::STATUS_KILLED);
}

TEST_F(ReviewTest, ARenderingCoversWhatReadersGetAndNothingElse) {
  File();
  const std::string before = sync::Rendering(Report(home));
  EXPECT_EQ(before.substr(0, 21), std::string("dateline/rendering/1\0", 21));
  Ask(almaty, v1::REQUEST_KIND_SUBMIT);
  Approve(editor);
  SyncAll();
  EXPECT_EQ(sync::Rendering(Report(home)), before);
  Write(editor, Fact().Add(sync::kSubjects, "unrest"));
  SyncAll();
  EXPECT_NE(sync::Rendering(Report(home)), before);
}

TEST_F(ReviewTest, ARenderingJoinsWordsThatArriveInPieces) {
  v1::Document whole, pieces;
  whole.add_texts()->add_segments()->set_text("Shots heard.");
  pieces.add_texts()->add_segments()->set_text("Shots ");
  pieces.mutable_texts(0)->add_segments()->set_text("heard.");
  EXPECT_EQ(sync::Rendering(whole), sync::Rendering(pieces));
}

}  // namespace
}  // namespace dateline::testing

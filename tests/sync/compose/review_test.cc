// What is done about a report: asked, approved, published, stopped.
#include "gmock/gmock.h"
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
using ::dateline::testing::SyncAll;
using ::dateline::testing::TextValue;
using ::testing::HasSubstr;

class ReviewTest : public ::testing::Test {
 protected:
  void SetUp() override {
    DocumentEdit edit;
    edit.registers[kSlugline] = TextValue("almaty-hospital");
    edit.registers[kHeadline] = TextValue("Almaty counts its dead");
    edit.texts[kBody] = "The ministry counts 164 killed. Roads are closed.";
    ASSERT_OK(almaty.EditReport(report, edit));
    Sync();
  }
  void Sync() { SyncAll({&home, &almaty, &desk}); }
  v1::Status StatusNow() { return home.See(report).workflow().status(); }

  absl::Status DeskActs(const v1::Action& action) {
    const absl::Status status = desk.Act(report, action).status();
    Sync();
    return status;
  }
  absl::Status AlmatyActs(const v1::Action& action) {
    const absl::Status status = almaty.Act(report, action).status();
    Sync();
    return status;
  }
  void EditHeadline(const std::string& headline) {
    DocumentEdit edit;
    edit.registers[kHeadline] = TextValue(headline);
    ASSERT_OK(almaty.EditReport(report, edit));
    Sync();
  }
  absl::Status Approve() {
    v1::Action action;
    action.mutable_approve();
    return DeskActs(action);
  }
  absl::Status Publish(bool despite = false) {
    v1::Action action;
    action.mutable_publish()->set_despite_stops(despite);
    action.mutable_publish()->set_despite_newer(despite);
    action.mutable_publish()->set_despite_withdrawn(despite);
    return DeskActs(action);
  }
  absl::Status Hold() {
    v1::Action action;
    action.mutable_stop()->set_what(v1::STOP_KIND_HOLD);
    action.mutable_stop()->set_reason("lawyers read it");
    return DeskActs(action);
  }
  // Home's answer to the newest request.
  v1::DecisionState Decide() {
    EXPECT_OK(home.Decide(report));
    Sync();
    const v1::Workflow workflow = home.See(report).workflow();
    const auto& decisions = workflow.decisions();
    return decisions.empty() ? v1::DecisionState()
                             : decisions[decisions.size() - 1];
  }
  // The report cites 164 killed; then the ministry takes it back.
  void CiteFigure() {
    DocumentEdit edit;
    edit.registers[kStatementSourceName] = TextValue("Health Ministry");
    edit.new_figures = {ExactFigure("killed", "whole country", 164)};
    ASSERT_OK(desk.Edit(statement, DocumentKind::kStatement, edit));
    Sync();
    v1::Action cite;
    cite.mutable_cite()->set_statement(statement.str());
    *cite.mutable_cite()->mutable_figure() = desk.See(statement).items(0).id();
    cite.mutable_cite()->set_start(0);
    cite.mutable_cite()->set_end(31);
    ASSERT_OK(AlmatyActs(cite));
  }
  void Withdraw() {
    v1::Action action;
    action.mutable_withdraw()->set_how(v1::WITHDRAWAL_RETRACTED);
    ASSERT_OK(desk.Act(statement, action));
    Sync();
  }

  Journalist home{1}, almaty{2}, desk{3};
  const DocumentId report = DocumentId::Make(almaty.random);
  const DocumentId statement = DocumentId::Make(desk.random);
};

TEST_F(ReviewTest, GoesFromDraftToPublished) {
  EXPECT_EQ(StatusNow(), v1::STATUS_DRAFT);
  v1::Action submit, ask, answer;
  submit.mutable_submit()->set_note("two sources");
  ASSERT_OK(AlmatyActs(submit));
  EXPECT_EQ(StatusNow(), v1::STATUS_SUBMITTED);
  ask.mutable_ask()->set_text("Which hospital?");
  ASSERT_OK(DeskActs(ask));
  EXPECT_EQ(StatusNow(), v1::STATUS_ASKED);
  answer.mutable_answer_ask()->set_text("The central one.");
  ASSERT_OK(AlmatyActs(answer));
  EXPECT_NE(StatusNow(), v1::STATUS_ASKED);
  ASSERT_OK(Approve());
  EXPECT_EQ(StatusNow(), v1::STATUS_APPROVED);
  ASSERT_OK(Publish());
  EXPECT_EQ(StatusNow(), v1::STATUS_APPROVED);  // home has not decided
  EXPECT_EQ(Decide().what(), v1::DECISION_PUBLISHED);
  EXPECT_EQ(StatusNow(), v1::STATUS_PUBLISHED);
}

TEST_F(ReviewTest, ASubmissionIsTakenBack) {
  v1::Action submit, take_back;
  take_back.mutable_take_back()->set_reason("wrong town");
  EXPECT_THAT(AlmatyActs(take_back), Fails(v1::NOT_FOUND));
  submit.mutable_submit();
  ASSERT_OK(AlmatyActs(submit));
  ASSERT_OK(AlmatyActs(take_back));
  EXPECT_EQ(StatusNow(), v1::STATUS_DRAFT);
}

TEST_F(ReviewTest, AnApprovalNamesTheVersionThatWasRead) {
  v1::Action action;
  *action.mutable_approve()->mutable_version() =
      desk.See(report).version().heads();
  EditHeadline("Newer");
  EXPECT_THAT(DeskActs(action), Fails(v1::CONFLICT));
  ASSERT_OK(Approve());
  const v1::ApprovalState approval = desk.See(report).workflow().approvals(0);
  EXPECT_EQ(approval.rendering(), kRenderingNow);
  EXPECT_EQ(approval.rendering_hash(), RenderingHash(desk.See(report)).str());
  EditHeadline("Newer still");
  EXPECT_TRUE(desk.See(report).workflow().changed_since_approval());
}

TEST_F(ReviewTest, AVersionInConflictCannotBeApproved) {
  DocumentEdit mine, theirs;
  mine.registers[kHeadline] = TextValue("Mine");
  theirs.registers[kHeadline] = TextValue("Theirs");
  ASSERT_OK(almaty.EditReport(report, mine));
  ASSERT_OK(desk.EditReport(report, theirs));
  Sync();
  EXPECT_THAT(Approve(), Fails(v1::INCOMPLETE_VERSION));
}

TEST_F(ReviewTest, PublishingNeedsAnApproval) {
  EXPECT_THAT(Publish(), Fails(v1::NOT_FOUND));
}

TEST_F(ReviewTest, PublishingPastAStopOrANewerVersionMustBeSaid) {
  ASSERT_OK(Approve());
  EditHeadline("Newer");
  ASSERT_OK(Hold());
  EXPECT_EQ(StatusNow(), v1::STATUS_HELD);
  const absl::Status status = Publish();
  EXPECT_THAT(status, Fails(v1::CONFLICT));
  EXPECT_THAT(ErrorOf(status).got(), HasSubstr("1 stops in force"));
  EXPECT_THAT(ErrorOf(status).got(), HasSubstr("1 changes newer"));
  ASSERT_OK(Publish(true));
  EXPECT_EQ(Decide().what(), v1::DECISION_PUBLISHED);
}

TEST_F(ReviewTest, PublishingAWithdrawnFigureMustBeSaid) {
  CiteFigure();
  ASSERT_OK(Approve());
  Withdraw();
  const absl::Status status = Publish();
  EXPECT_THAT(status, Fails(v1::CONFLICT));
  EXPECT_THAT(ErrorOf(status).got(), HasSubstr("1 withdrawn figures"));
  ASSERT_OK(Publish(true));
  EXPECT_EQ(Decide().what(), v1::DECISION_PUBLISHED);
}

TEST_F(ReviewTest, HomeRefusesWhatNamesLessThanItHolds) {
  ASSERT_OK(Approve());
  v1::Action publish;
  publish.mutable_publish();
  ASSERT_OK(desk.Act(report, publish));  // not seen by anybody yet
  DocumentEdit edit;
  edit.registers[kHeadline] = TextValue("Newer");
  ASSERT_OK(almaty.EditReport(report, edit));
  Sync();
  const v1::DecisionState refused = Decide();
  EXPECT_EQ(refused.what(), v1::DECISION_REFUSED);
  EXPECT_THAT(refused.reason(), HasSubstr("newer change"));
  EXPECT_EQ(StatusNow(), v1::STATUS_APPROVED);
  ASSERT_OK(Publish(true));
  const v1::DecisionState published = Decide();
  EXPECT_EQ(published.what(), v1::DECISION_PUBLISHED);
  EXPECT_EQ(published.number(), refused.number() + 1);
}

TEST_F(ReviewTest, HomeRefusesAnApprovalOfOtherBytes) {
  v1::Action approve;
  approve.mutable_approve();
  const v1::Document seen = desk.See(report);
  const v1::Ledger ledger = desk.Ledger();
  auto parts =
      ComposeAction(approve, {.document = seen, .ledger = ledger, .actor = {}});
  ASSERT_OK(parts);
  (*parts)[0].structure.mutable_ops(0)->mutable_attest()->set_rendering_hash(
      std::string(32, 'x'));
  ASSERT_OK(desk.Save(parts));
  Sync();
  ASSERT_OK(Publish());
  EXPECT_EQ(Decide().what(), v1::DECISION_REFUSED);
}

TEST_F(ReviewTest, AStopIsReleasedByHomeAlone) {
  v1::Action release;
  release.mutable_release()->set_reason("cleared");
  EXPECT_THAT(DeskActs(release), Fails(v1::NOT_FOUND));
  ASSERT_OK(Hold());
  ASSERT_OK(DeskActs(release));
  EXPECT_EQ(StatusNow(), v1::STATUS_HELD);
  EXPECT_EQ(Decide().what(), v1::DECISION_RELEASED);
  EXPECT_EQ(StatusNow(), v1::STATUS_DRAFT);
}

TEST_F(ReviewTest, SpikedBeforePublicationKilledAfterIt) {
  v1::Action spike, kill;
  spike.mutable_spike()->set_reason("not news");
  kill.mutable_stop()->set_what(v1::STOP_KIND_KILL);
  ASSERT_OK(Approve());
  ASSERT_OK(Publish());
  EXPECT_EQ(Decide().what(), v1::DECISION_PUBLISHED);
  ASSERT_OK(DeskActs(spike));
  EXPECT_EQ(Decide().what(), v1::DECISION_REFUSED);
  ASSERT_OK(DeskActs(kill));
  EXPECT_EQ(StatusNow(), v1::STATUS_KILLED);
}

TEST_F(ReviewTest, SpikedIsSpiked) {
  v1::Action spike;
  spike.mutable_spike();
  ASSERT_OK(DeskActs(spike));
  EXPECT_EQ(Decide().what(), v1::DECISION_SPIKED);
  EXPECT_EQ(StatusNow(), v1::STATUS_SPIKED);
}

TEST_F(ReviewTest, ACorrectionIsPublishedWithItsPublicNote) {
  ASSERT_OK(Approve());
  ASSERT_OK(Publish());
  EXPECT_EQ(Decide().what(), v1::DECISION_PUBLISHED);
  ASSERT_OK(Publish());
  EXPECT_EQ(Decide().what(), v1::DECISION_REFUSED);  // correct it instead
  EditHeadline("Corrected");
  ASSERT_OK(Approve());
  v1::Action correct;
  correct.mutable_correct()->set_public_note("the ministry withdrew 164");
  ASSERT_OK(DeskActs(correct));
  const v1::DecisionState decision = Decide();
  EXPECT_EQ(decision.what(), v1::DECISION_CORRECTED);
  EXPECT_EQ(decision.reason(), "the ministry withdrew 164");
  EXPECT_EQ(StatusNow(), v1::STATUS_CORRECTED);
}

TEST_F(ReviewTest, HomeAnswersOpenRequestsToItAndNoOthers) {
  v1::Action submit;
  submit.mutable_submit();
  ASSERT_OK(AlmatyActs(submit));
  EXPECT_THAT(home.Decide(report), Fails(v1::BAD_REQUEST));
}

TEST_F(ReviewTest, DeletedComesBackWhenSomebodyEditedMeanwhile) {
  v1::Action remove, restore;
  remove.mutable_delete_();
  restore.mutable_delete_()->set_restore(true);
  ASSERT_OK(desk.Act(report, remove));
  EXPECT_TRUE(desk.See(report).deleted());
  ASSERT_OK(desk.Act(report, restore));
  EXPECT_FALSE(desk.See(report).deleted());
  ASSERT_OK(desk.Act(report, remove));
  DocumentEdit edit;
  edit.registers[kHeadline] = TextValue("Still writing");
  ASSERT_OK(almaty.EditReport(report, edit));
  Sync();
  EXPECT_FALSE(desk.See(report).deleted());
  EXPECT_TRUE(desk.See(report).brought_back());
}

TEST_F(ReviewTest, AVerdictHoldsAChange) {
  DocumentEdit edit;
  edit.registers[kHeadline] = TextValue("From a phone that was taken");
  ASSERT_OK_AND_ASSIGN(const auto changes, almaty.EditReport(report, edit));
  home.Learn(changes);
  ASSERT_OK(home.Save(std::vector<Part>{
      ComposeVerdict(home.See(report), changes[0].hash, v1::ADMISSION_HELD,
                     v1::HELD_REASON_REVOKED, 1)}));
  EXPECT_EQ(Headline(home.See(report)), "Almaty counts its dead");
  ASSERT_OK(home.Save(std::vector<Part>{
      ComposeVerdict(home.See(report), changes[0].hash, v1::ADMISSION_RELEASED,
                     v1::HELD_REASON_UNSPECIFIED, 2)}));
  EXPECT_EQ(Headline(home.See(report)), "From a phone that was taken");
}

TEST_F(ReviewTest, ResolvingARegisterReplacesExactlyWhatWasOnScreen) {
  DocumentEdit mine, theirs, third;
  mine.registers[kHeadline] = TextValue("12 dead");
  theirs.registers[kHeadline] = TextValue("14 dead");
  third.registers[kHeadline] = TextValue("13 dead");
  Journalist aktau(9);
  aktau.Learn(almaty);
  ASSERT_OK(almaty.EditReport(report, mine));
  ASSERT_OK(desk.EditReport(report, theirs));
  ASSERT_OK(aktau.EditReport(report, third));
  Sync();
  v1::Action action;
  v1::ResolveRegister* resolve = action.mutable_resolve_register();
  resolve->set_field(kHeadline);
  *resolve->mutable_value() = TextValue("12 or 14 dead");
  resolve->set_note("two counts");
  EXPECT_THAT(DeskActs(action), Fails(v1::NOT_FOUND));
  const v1::Document shown = desk.See(report);
  for (const v1::Register& one : shown.registers()) {
    if (one.field() != kHeadline) continue;
    for (const v1::Write& write : one.writes()) {
      resolve->add_writes()->set_change(write.by().change());
    }
  }
  desk.Learn(aktau);  // after it was on screen
  ASSERT_OK(DeskActs(action));
  const v1::Document seen = desk.See(report);
  EXPECT_EQ(seen.conflicts(), 1u);  // 13 came later: a new conflict
  for (const v1::Register& one : seen.registers()) {
    if (one.field() == kHeadline) EXPECT_EQ(one.writes_size(), 2);
  }
}

TEST_F(ReviewTest, ActionsThatAreNoneAreRefused) {
  v1::Action action;
  EXPECT_THAT(DeskActs(action), Fails(v1::BAD_REQUEST));
  action.mutable_stop();
  EXPECT_THAT(DeskActs(action), Fails(v1::OUT_OF_RANGE_VALUE));
  action.mutable_withdraw()->set_how(v1::WITHDRAWAL_RETRACTED);
  EXPECT_THAT(DeskActs(action), Fails(v1::BAD_REQUEST));  // of a report
  action.mutable_approve()->add_version("short");
  EXPECT_THAT(DeskActs(action), Fails(v1::BAD_REQUEST));
  action.mutable_acknowledge();
  EXPECT_THAT(DeskActs(action), Fails(v1::NOT_FOUND));
  action.mutable_cite()->set_statement(statement.str());
  EXPECT_THAT(DeskActs(action), Fails(v1::NOT_FOUND));
  action.mutable_answer_ask();
  EXPECT_THAT(DeskActs(action), Fails(v1::NOT_FOUND));
}

}  // namespace
}  // namespace dateline::sync

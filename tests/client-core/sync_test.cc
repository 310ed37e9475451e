// Two phones and a desk, over real sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/time/clock.h"
#include "sync/compose/action.h"
#include "sync/compose/review.h"
#include "sync/model/fields.h"
#include "tests/client-core/desk.h"
#include "tests/support/slowness.h"
#include "tests/support/status_matchers.h"

namespace dateline::client {
namespace {

using ::dateline::testing::Fails;
using ::testing::IsEmpty;
using ::testing::SizeIs;

v1::Action Submission() {
  v1::Action action;
  action.mutable_submit();
  return action;
}

class SyncTest : public ::testing::Test {
 protected:
  AssignmentId Assignment(Client& client) {
    const auto mine = client.Assignments();
    EXPECT_OK(mine);
    return *AssignmentId::FromBytes((*mine)[0].id());
  }
  DocumentId Report(Client& client, const std::string& headline) {
    const auto id = client.CreateReport(
        Assignment(client), {.headline = headline, .body = "A body."});
    EXPECT_OK(id);
    return id.ok() ? *id : DocumentId();
  }
  void Sync(Client& client) {
    const auto report = client.SyncOnce({});
    ASSERT_OK(report);
    EXPECT_EQ(report->unsent_changes, 0u);
  }
  std::string Digest(Client& client) {
    const auto verified = client.Verify();
    EXPECT_OK(verified);
    if (!verified.ok()) return "";
    EXPECT_THAT(verified->problems, IsEmpty());
    return verified->view_digest_hex;
  }
  Whereabouts Where(Client& client, const DocumentId& id) {
    const auto view = client.Get(id);
    EXPECT_OK(view);
    return view.ok() ? view->where : Whereabouts::kOnThisPhone;
  }
  // Until `done`, at most 10 s.
  bool Eventually(const std::function<bool()>& done) {
    const int looks = 1000 * testing::Slowness();
    for (int i = 0; i < looks && !done(); ++i) {
      absl::SleepFor(absl::Milliseconds(10));
    }
    return done();
  }

  Desk desk_;
};

TEST_F(SyncTest, AReportReachesTheDeskAndASecondPhone) {
  auto almaty = desk_.Open("almaty");
  auto aktau = desk_.Open("aktau");
  const DocumentId id = Report(*almaty, "Protests spread");
  EXPECT_EQ(Where(*almaty, id), Whereabouts::kOnThisPhone);
  Sync(*almaty);
  EXPECT_EQ(Where(*almaty, id), Whereabouts::kHeldByTheDesk);
  Sync(*aktau);
  ASSERT_OK_AND_ASSIGN(const View view, aktau->Get(id));
  EXPECT_EQ(sync::RegisterText(view.document, sync::kHeadline),
            "Protests spread");
  EXPECT_EQ(Digest(*almaty), Digest(*aktau));
}

TEST_F(SyncTest, WhatIsAcknowledgedIsNotSentAgain) {
  auto almaty = desk_.Open("almaty");
  for (int i = 0; i < 50; ++i) Report(*almaty, absl::StrCat("Report ", i));
  ASSERT_OK_AND_ASSIGN(const SyncReport first, almaty->SyncOnce({}));
  EXPECT_EQ(first.sent_changes, 100u);
  EXPECT_GT(first.push_time, absl::ZeroDuration());
  ASSERT_OK_AND_ASSIGN(const SyncReport second, almaty->SyncOnce({}));
  EXPECT_EQ(second.sent_changes, 0u);
  EXPECT_EQ(second.push_time, absl::ZeroDuration()) << "nothing was acked";
  EXPECT_EQ(second.received_changes, 0u);
  EXPECT_LT(second.sent_bytes + second.received_bytes, 2000u);
}

TEST_F(SyncTest, ADraftIsNeverSent) {
  auto almaty = desk_.Open("almaty");
  const DocumentId id = Report(*almaty, "One");
  ASSERT_OK(almaty->PutDraft(id, sync::kBody, "A body. Not yet."));
  Sync(*almaty);
  auto aktau = desk_.Open("aktau");
  Sync(*aktau);
  ASSERT_OK_AND_ASSIGN(const View view, aktau->Get(id));
  EXPECT_EQ(sync::ReaderText(view.document, sync::kBody), "A body.");
  ASSERT_OK(almaty->SealDrafts(/*only_idle=*/false));
  Sync(*almaty);
  Sync(*aktau);
  ASSERT_OK_AND_ASSIGN(const View after, aktau->Get(id));
  EXPECT_EQ(sync::ReaderText(after.document, sync::kBody), "A body. Not yet.");
}

TEST_F(SyncTest, ASubmissionTakenBackBeforeItLeftIsSeenByNobody) {
  auto almaty = desk_.Open("almaty");
  const DocumentId id = Report(*almaty, "One");
  ASSERT_OK(almaty->Act(id, Submission()));
  desk_.Stop();
  EXPECT_THAT(almaty->SyncOnce({.deadline = absl::Seconds(5)}),
              Fails(v1::UNAVAILABLE_NOW));  // nothing left: there is no link
  ASSERT_OK(almaty->EditReport(id, {.headline = "Two"}));
  ASSERT_OK(almaty->TakeBack(id));
  almaty.reset();
  desk_.Start();
  almaty = desk_.Open("almaty");
  Sync(*almaty);
  auto editor = desk_.Open("desk", v1::ROLE_EDITOR);
  Sync(*editor);
  ASSERT_OK_AND_ASSIGN(const View view, editor->Get(id));
  EXPECT_EQ(sync::RegisterText(view.document, sync::kHeadline), "Two");
  EXPECT_THAT(view.document.workflow().requests(), IsEmpty());
  EXPECT_EQ(view.document.workflow().status(), v1::STATUS_DRAFT);
  EXPECT_EQ(Digest(*almaty), Digest(*editor));
}

TEST_F(SyncTest, ASubmissionTakenBackAfterItLeftSaysSo) {
  auto almaty = desk_.Open("almaty");
  const DocumentId id = Report(*almaty, "One");
  ASSERT_OK(almaty->Act(id, Submission()));
  Sync(*almaty);
  ASSERT_OK(almaty->TakeBack(id));
  Sync(*almaty);
  auto editor = desk_.Open("desk", v1::ROLE_EDITOR);
  Sync(*editor);
  ASSERT_OK_AND_ASSIGN(const View view, editor->Get(id));
  EXPECT_THAT(view.document.workflow().requests(), SizeIs(2));
  EXPECT_EQ(view.document.workflow().status(), v1::STATUS_DRAFT);
}

TEST_F(SyncTest, AQuestionOfTheDeskIsAQuestionForTheReporter) {
  auto almaty = desk_.Open("almaty");
  const DocumentId id = Report(*almaty, "One");
  ASSERT_OK(almaty->Act(id, Submission()));
  Sync(*almaty);
  auto editor = desk_.Open("desk", v1::ROLE_EDITOR);
  Sync(*editor);
  v1::Action ask;
  ask.mutable_ask()->set_text("Who counted?");
  ASSERT_OK(editor->Act(id, ask));
  Sync(*editor);
  Sync(*almaty);
  EXPECT_EQ(Where(*almaty, id), Whereabouts::kQuestionForYou);
  EXPECT_EQ(Where(*editor, id), Whereabouts::kBeingReviewed);
}

TEST_F(SyncTest, AStoreCopiedBackFromYesterdayLosesNothing) {
  auto almaty = desk_.Open("almaty");
  const DocumentId first = Report(*almaty, "Yesterday");
  Sync(*almaty);
  almaty.reset();
  std::filesystem::copy(desk_.home("almaty"), desk_.home("copy"),
                        std::filesystem::copy_options::recursive);
  almaty = desk_.Open("almaty");
  const DocumentId second = Report(*almaty, "Today, sent");
  Sync(*almaty);
  almaty.reset();

  auto restored = desk_.Open("copy");
  const DocumentId third = Report(*restored, "Today, after the restore");
  ASSERT_OK_AND_ASSIGN(const SyncReport report, restored->SyncOnce({}));
  EXPECT_TRUE(report.new_incarnation);
  EXPECT_EQ(report.unsent_changes, 0u);
  for (const DocumentId& id : {first, second, third}) {
    EXPECT_OK(restored->Get(id));
  }
  const DocumentId fourth = Report(*restored, "In the new incarnation");
  Sync(*restored);
  auto aktau = desk_.Open("aktau");
  Sync(*aktau);
  for (const DocumentId& id : {first, second, third, fourth}) {
    EXPECT_OK(aktau->Get(id));
  }
  EXPECT_EQ(Digest(*restored), Digest(*aktau));
}

TEST_F(SyncTest, ARestoredServerIsHealedByThePhones) {
  auto almaty = desk_.Open("almaty");
  auto aktau = desk_.Open("aktau");
  Report(*almaty, "Before the backup");
  Sync(*almaty);
  desk_.Backup("backup");
  const DocumentId lost = Report(*almaty, "After the backup");
  Sync(*almaty);
  almaty.reset();
  aktau.reset();
  desk_.Restore("backup");
  almaty = desk_.Open("almaty");
  aktau = desk_.Open("aktau");
  ASSERT_OK_AND_ASSIGN(const SyncReport report, almaty->SyncOnce({}));
  EXPECT_TRUE(report.new_epoch);
  EXPECT_EQ(report.unsent_changes, 0u);
  Sync(*aktau);
  EXPECT_OK(aktau->Get(lost));
  EXPECT_EQ(Digest(*almaty), Digest(*aktau));
}

TEST_F(SyncTest, AnotherServerIsNotTalkedTo) {
  desk_.Open("almaty");
  Desk other;
  ASSERT_OK_AND_ASSIGN(auto almaty,
                       Client::Open({.directory = desk_.home("almaty"),
                                     .server_address = other.sync_address()}));
  Report(*almaty, "One");
  EXPECT_THAT(almaty->SyncOnce({.deadline = absl::Seconds(10)}),
              Fails(v1::WRONG_CA));
  ASSERT_OK_AND_ASSIGN(const uint64_t unsent, almaty->Unsent());
  EXPECT_EQ(unsent, 2u);
}

TEST_F(SyncTest, ACodeIsGoodOnce) {
  const std::string code = desk_.Invite(v1::ROLE_REPORTER);
  ASSERT_OK_AND_ASSIGN(auto first,
                       Client::Open({.directory = desk_.home("a")}));
  ASSERT_OK(first->Join(code, "a"));
  ASSERT_OK_AND_ASSIGN(auto second,
                       Client::Open({.directory = desk_.home("b")}));
  EXPECT_THAT(second->Join(code, "b"), Fails(v1::CODE_USED));
  EXPECT_THAT(second->WhoAmI(), Fails(v1::UNAUTHENTICATED));
}

TEST_F(SyncTest, ALoopSendsWhatIsWrittenAndBringsWhatOthersWrote) {
  auto almaty = desk_.Open("almaty");
  auto aktau = desk_.Open("aktau");
  ASSERT_OK(almaty->StartLoop());
  ASSERT_OK(aktau->StartLoop());
  const DocumentId id = Report(*almaty, "One");
  EXPECT_TRUE(Eventually([&] { return aktau->Get(id).ok(); }));
  ASSERT_OK(aktau->EditReport(id, {.headline = "Two"}));
  EXPECT_TRUE(Eventually([&] {
    return sync::RegisterText(almaty->Get(id)->document, sync::kHeadline) ==
           "Two";
  }));
  EXPECT_TRUE(Eventually([&] { return *almaty->Unsent() == 0; }));
  almaty->StopLoop();
  aktau->StopLoop();
  EXPECT_EQ(Digest(*almaty), Digest(*aktau));
}

TEST_F(SyncTest, AWithdrawalIsNewsOnceToWhoUsedTheFigure) {
  auto almaty = desk_.Open("almaty");
  auto editor = desk_.Open("desk", v1::ROLE_EDITOR);
  StatementEdit edit{.source = "Health Ministry"};
  v1::Figure killed;
  killed.set_counted("killed");
  killed.set_low(164);
  killed.set_best(164);
  killed.set_high(164);
  edit.new_figures.push_back(killed);
  ASSERT_OK_AND_ASSIGN(const DocumentId statement,
                       almaty->CreateStatement(Assignment(*almaty), edit));
  const DocumentId report = Report(*almaty, "164 killed");
  ASSERT_OK_AND_ASSIGN(const View said, almaty->Get(statement));
  v1::Action cite;
  cite.mutable_cite()->set_statement(statement.str());
  *cite.mutable_cite()->mutable_figure() = said.document.items(0).id();
  cite.mutable_cite()->set_start(0);
  cite.mutable_cite()->set_end(1);
  ASSERT_OK(almaty->Act(report, cite));
  Sync(*almaty);
  Sync(*editor);
  v1::Action withdraw;
  withdraw.mutable_withdraw()->set_how(v1::WITHDRAWAL_DISAVOWED);
  ASSERT_OK(editor->Act(statement, withdraw));
  ASSERT_OK_AND_ASSIGN(const SyncReport own, editor->SyncOnce({}));
  EXPECT_THAT(own.news, IsEmpty());
  ASSERT_OK_AND_ASSIGN(const SyncReport first, almaty->SyncOnce({}));
  EXPECT_THAT(first.news, SizeIs(1));
  ASSERT_OK_AND_ASSIGN(const SyncReport second, almaty->SyncOnce({}));
  EXPECT_THAT(second.news, IsEmpty());
}

}  // namespace
}  // namespace dateline::client

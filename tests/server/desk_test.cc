#include "server/desk/desk.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/base/limits.h"
#include "sync/compose/action.h"
#include "sync/merge/document.h"
#include "sync/model/fields.h"
#include "tests/server/desk_fixture.h"
#include "tests/support/author.h"
#include "tests/support/status_matchers.h"

namespace dateline {
namespace {

using sync::DocumentKind;
using sync::Lane;
using testing::Author;
using testing::ChangePtr;
using testing::DeskTest;
using testing::Fails;
using testing::IdNumber;
using ::testing::IsEmpty;
using testing::LanePart;
using ::testing::SizeIs;

TEST_F(DeskTest, TheQueueShowsWhatAMemberMayReadAlone) {
  Report("Shots at the airport", "Two words");
  const v1::ListQueueResponse queue = Queue(editor_);
  ASSERT_THAT(queue.rows(), SizeIs(1));
  const v1::QueueRow& row = queue.rows(0);
  EXPECT_EQ(row.headline(), "Shots at the airport");
  EXPECT_EQ(row.author_name(), "person 1");
  EXPECT_EQ(row.words(), 2);
  EXPECT_EQ(row.status(), v1::STATUS_DRAFT);
  EXPECT_THAT(Queue(stringer_).rows(), IsEmpty());
  EXPECT_THAT(Queue(Author(9)).rows(), IsEmpty());
}

TEST_F(DeskTest, NotYoursAndDoesNotExistAnswerAlike) {
  Report("h", "b");
  v1::GetDocumentRequest request;
  request.set_document(kReport.str());
  const auto not_his =
      room_.desk().GetDocument(room_.CallerOf(stringer_), request);
  request.set_document(IdNumber<sync::DocumentId>(77).str());
  const auto nowhere =
      room_.desk().GetDocument(room_.CallerOf(editor_), request);
  EXPECT_THAT(not_his, Fails(v1::NOT_FOUND));
  EXPECT_EQ(not_his.status(), nowhere.status());
}

TEST_F(DeskTest, AnApprovalNamesTheVersionAndKeepsItsBytes) {
  Report("Headline", "Body");
  const v1::Document read = room_.View(kReport);
  ASSERT_OK_AND_ASSIGN(const v1::ActResponse approved, Approve());
  EXPECT_EQ(approved.document().workflow().status(), v1::STATUS_APPROVED);
  ASSERT_THAT(approved.document().workflow().approvals(), SizeIs(1));
  const v1::ApprovalState& approval =
      approved.document().workflow().approvals(0);
  EXPECT_EQ(approval.by().actor(), editor_.person.str());
  ASSERT_OK_AND_ASSIGN(const auto hash,
                       sync::Hash::FromBytes(approval.id().change()));
  ASSERT_OK_AND_ASSIGN(const auto truth, room_.core().truth().Snapshot());
  ASSERT_OK_AND_ASSIGN(const auto kept,
                       truth->Approved(hash, approval.id().op()));
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->bytes, sync::Rendering(read));
}

TEST_F(DeskTest, PublishingShipsTheApprovedVersionThoughANewerOneExists) {
  Report("Headline", "Body");
  ASSERT_OK(Approve());
  const v1::Document approved = room_.View(kReport);
  Report("Newer headline", "Body");
  v1::Action publish;
  publish.mutable_publish();
  EXPECT_THAT(Act(publish), Fails(v1::CONFLICT));  // names less than is known
  publish.mutable_publish()->set_despite_newer(true);
  ASSERT_OK_AND_ASSIGN(const v1::ActResponse response, Act(publish));
  const v1::Workflow& workflow = response.document().workflow();
  EXPECT_EQ(workflow.status(), v1::STATUS_PUBLISHED);
  ASSERT_THAT(workflow.decisions(), SizeIs(1));
  EXPECT_EQ(workflow.decisions(0).number(), 1);
  EXPECT_THAT(workflow.decisions(0).version(),
              ::testing::ElementsAreArray(approved.version().heads()));
  EXPECT_TRUE(workflow.changed_since_approval());
}

TEST_F(DeskTest, AHoldStopsAtOnceAndOnlyHomeReleases) {
  Report("Headline", "Body");
  v1::Action hold;
  hold.mutable_stop()->set_what(v1::STOP_KIND_HOLD);
  hold.mutable_stop()->set_reason("check the count");
  ASSERT_OK_AND_ASSIGN(v1::ActResponse response, Act(hold));
  EXPECT_EQ(response.document().workflow().status(), v1::STATUS_HELD);
  v1::Action release;
  *release.mutable_release()->add_stops() =
      response.document().workflow().stops(0).id();
  ASSERT_OK_AND_ASSIGN(response, Act(release));
  EXPECT_NE(response.document().workflow().status(), v1::STATUS_HELD);
  EXPECT_EQ(response.document().workflow().decisions(0).what(),
            v1::DECISION_RELEASED);
}

TEST_F(DeskTest, AReporterMayNotApproveOrPublish) {
  Report("Headline", "Body");
  v1::Action approve;
  *approve.mutable_approve()->mutable_version() =
      room_.View(kReport).version().heads();
  EXPECT_THAT(Act(reporter_, approve, kReport), Fails(v1::DENIED));
  EXPECT_THAT(Act(stringer_, approve, kReport), Fails(v1::NOT_FOUND));
  EXPECT_EQ(room_.Truth(kReport).size(), 2);
}

TEST_F(DeskTest, AWithdrawalMarksTheQueueAndSaysWhoOwesAnAnswer) {
  Report("164 killed", "Body");
  StateAndCite(164);
  v1::Action withdraw;
  withdraw.mutable_withdraw()->set_how(v1::WITHDRAWAL_RETRACTED);
  withdraw.mutable_withdraw()->set_reason("posted in error");
  ASSERT_OK(Act(reporter_, withdraw, kStatement));
  EXPECT_TRUE(Queue(editor_).rows(0).withdrawn_figure());
  ASSERT_OK_AND_ASSIGN(const auto owed, room_.desk().ListWithdrawals(
                                            room_.CallerOf(editor_), {}));
  ASSERT_THAT(owed.rows(), SizeIs(1));
  EXPECT_THAT(owed.rows(0).uses(), SizeIs(1));
  v1::GetDocumentRequest get;
  get.set_document(kReport.str());
  ASSERT_OK_AND_ASSIGN(const auto got,
                       room_.desk().GetDocument(room_.CallerOf(editor_), get));
  EXPECT_THAT(got.withdrawals(), SizeIs(1));
}

TEST_F(DeskTest, PublishingAWithdrawnFigureMustNameIt) {
  Report("164 killed", "Body");
  StateAndCite(164);
  ASSERT_OK(Approve());
  v1::Action withdraw;
  withdraw.mutable_withdraw()->set_how(v1::WITHDRAWAL_RETRACTED);
  ASSERT_OK(Act(reporter_, withdraw, kStatement));
  v1::Action publish;
  publish.mutable_publish();
  EXPECT_THAT(Act(publish), Fails(v1::CONFLICT));
  EXPECT_NE(room_.View(kReport).workflow().status(), v1::STATUS_PUBLISHED);
}

TEST_F(DeskTest, AFigureWithdrawnThroughALinkedStatementIsNotPublished) {
  Report("Headline", "Body");
  StateAndCite(103);
  ASSERT_OK(Approve());
  const auto other = IdNumber<sync::DocumentId>(3);
  ASSERT_OK(room_.Push({State(editor_, other, 103)}));
  LanePart link(Lane::kFact);
  link.Op().mutable_same_as()->set_statement(kStatement.str());
  link.Class(sync::PermissionClass::kAttest);
  ASSERT_OK(
      room_.Push({editor_.SaveOne(other, DocumentKind::kStatement, link)}));
  Withdraw(other);
  EXPECT_EQ(PublishUnaware(), v1::DECISION_REFUSED);
}

TEST_F(DeskTest, AFigureIsWithdrawnThoughItsStatementNoLongerHoldsIt) {
  Report("Headline", "Body");
  const ChangePtr said = StateAndCite(103);
  ASSERT_OK(Approve());
  LanePart remove(Lane::kFact);
  remove.RemoveItem(testing::IdOf(*said, 1));
  ASSERT_OK(room_.Push(
      {reporter_.SaveOne(kStatement, DocumentKind::kStatement, remove)}));
  Withdraw(kStatement);
  EXPECT_EQ(PublishUnaware(), v1::DECISION_REFUSED);
}

TEST_F(DeskTest, WhatNothingStandsAgainstIsPublished) {
  Report("Headline", "Body");
  StateAndCite(103);
  ASSERT_OK(Approve());
  EXPECT_EQ(PublishUnaware(), v1::DECISION_PUBLISHED);
}

TEST_F(DeskTest, VersionsAndTheirDifferenceNameTheFields) {
  Report("First headline", "Body");
  Report("Second headline", "Body");
  v1::ListVersionsRequest list;
  list.set_document(kReport.str());
  ASSERT_OK_AND_ASSIGN(const auto versions, room_.desk().ListVersions(
                                                room_.CallerOf(editor_), list));
  ASSERT_THAT(versions.versions(), SizeIs(2));
  EXPECT_EQ(versions.versions(0).actor_name(), "person 1");
  v1::DiffVersionsRequest diff;
  diff.set_document(kReport.str());
  *diff.mutable_from() = versions.versions(0).heads();
  *diff.mutable_to() = versions.versions(1).heads();
  ASSERT_OK_AND_ASSIGN(const auto fields, room_.desk().DiffVersions(
                                              room_.CallerOf(editor_), diff));
  bool headline = false;
  for (const v1::FieldDiff& field : fields.fields()) {
    headline |= field.name() == "headline";
  }
  EXPECT_TRUE(headline);
}

TEST_F(DeskTest, AConflictIsListedAndResolvedByNamingItsWrites) {
  Report("Ours", "Body");
  Author other(4);
  room_.Join(other, v1::ROLE_REPORTER);
  LanePart theirs(Lane::kFact);
  theirs.Put(sync::kHeadline, "Theirs");
  ASSERT_OK(room_.Push(other.Save(kReport, DocumentKind::kReport, {theirs})));
  EXPECT_EQ(room_.View(kReport).conflicts(), 1);
  ASSERT_OK_AND_ASSIGN(const auto conflicts,
                       room_.desk().ListConflicts(room_.CallerOf(editor_), {}));
  ASSERT_THAT(conflicts.rows(), SizeIs(1));
  ASSERT_THAT(conflicts.rows(0).writes(), SizeIs(2));
  v1::Action resolve;
  v1::ResolveRegister& chosen = *resolve.mutable_resolve_register();
  chosen.set_field(sync::kHeadline);
  for (const v1::Write& write : conflicts.rows(0).writes()) {
    v1::ItemId& id = *chosen.add_writes();
    id.set_change(write.by().change());
    id.set_op(write.op());
  }
  *chosen.mutable_value() = testing::TextValue("Both");
  ASSERT_OK_AND_ASSIGN(const auto after, Act(resolve));
  EXPECT_EQ(after.document().conflicts(), 0);
}

TEST_F(DeskTest, SearchFindsReportsInTheirOwnScript) {
  const struct {
    const char *headline, *body, *query;
  } table[] = {
      {"Выстрелы в Алматы", "Аэропорт закрыт", "аэропорт"},
      {"إطلاق نار في ألماتي", "المَطار مُغلق", "المطار"},  // written with vowels
      {"إطلاق نار في ألماتي", "المطار مغلق", "المَطار"},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.query);
    Report(row.headline, row.body);
    v1::SearchRequest request;
    request.set_query(row.query);
    ASSERT_OK_AND_ASSIGN(const auto found,
                         room_.desk().Search(room_.CallerOf(editor_), request));
    EXPECT_THAT(found.rows(), SizeIs(1));
    ASSERT_OK_AND_ASSIGN(
        const auto none,
        room_.desk().Search(room_.CallerOf(stringer_), request));
    EXPECT_THAT(none.rows(), IsEmpty());
    request.set_query("слово");
    EXPECT_THAT(room_.desk().Search(room_.CallerOf(editor_), request)->rows(),
                IsEmpty());
  }
}

TEST_F(DeskTest, AQueryHasALimit) {
  v1::SearchRequest request;
  request.set_query(std::string(server::kQueryBytesMax, 'q'));
  EXPECT_OK(room_.desk().Search(room_.CallerOf(editor_), request));
  request.mutable_query()->push_back('q');
  EXPECT_THAT(room_.desk().Search(room_.CallerOf(editor_), request),
              Fails(v1::TOO_LARGE));
}

TEST_F(DeskTest, ADocumentIsReadNowOrAsItWas) {
  Report("First headline", "The first body.");
  const auto before = room_.View(kReport).version().heads();
  LanePart text(Lane::kText);
  text.Edit(sync::kBody, "The first body.", "The second body.");
  ASSERT_OK(
      room_.Push({reporter_.SaveOne(kReport, DocumentKind::kReport, text)}));
  v1::GetDocumentRequest get;
  get.set_document(kReport.str());
  const auto body = [&] {
    const auto got = room_.desk().GetDocument(room_.CallerOf(editor_), get);
    return got.ok() ? sync::ReaderText(got->document(), sync::kBody)
                    : std::string(got.status().message());
  };
  EXPECT_EQ(body(), "The second body.");
  *get.mutable_version() = before;
  EXPECT_EQ(body(), "The first body.");
}

TEST_F(DeskTest, EveryRowIsOnOnePageAndNoneOnTwo) {
  constexpr int kReports = 5;
  for (int i = 0; i < kReports; ++i) {
    ASSERT_OK(room_.Push(testing::WriteReport(
        reporter_, IdNumber<sync::DocumentId>(20 + i), "headline", "Body")));
  }
  room_.View(kReport);  // the view has them
  v1::ListQueueRequest request;
  request.set_page_size(2);
  std::set<std::string> seen;
  int pages = 0;
  do {
    ASSERT_OK_AND_ASSIGN(
        const auto page,
        room_.desk().ListQueue(room_.CallerOf(editor_), request));
    EXPECT_EQ(page.total(), kReports);
    for (const v1::QueueRow& row : page.rows()) {
      EXPECT_TRUE(seen.insert(row.document()).second);
    }
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(seen.size(), kReports);
  EXPECT_EQ(pages, 3);
}

TEST_F(DeskTest, TheQueueIsFilteredByStatusAndByWithdrawal) {
  Report("164 killed", "Body");
  StateAndCite(164);
  const auto count = [&](const v1::ListQueueRequest& request) {
    return room_.desk()
        .ListQueue(room_.CallerOf(editor_), request)
        ->rows()
        .size();
  };
  v1::ListQueueRequest drafts, held, withdrawn;
  drafts.add_statuses(v1::STATUS_DRAFT);
  held.add_statuses(v1::STATUS_HELD);
  withdrawn.set_withdrawn_only(true);
  EXPECT_EQ(count(drafts), 1);
  EXPECT_EQ(count(held), 0);
  EXPECT_EQ(count(withdrawn), 0);
  v1::Action hold;
  hold.mutable_stop()->set_what(v1::STOP_KIND_HOLD);
  ASSERT_OK(Act(hold));
  Withdraw(kStatement);
  EXPECT_EQ(count(drafts), 0);
  EXPECT_EQ(count(held), 1);
  EXPECT_EQ(count(withdrawn), 1);
}

TEST_F(DeskTest, ARowSaysThatAReportIsEmbargoedOrHoldsWhatIsHeldBack) {
  Report("Headline", "Body");
  EXPECT_FALSE(Queue(editor_).rows(0).embargoed());
  EXPECT_FALSE(Queue(editor_).rows(0).quarantined());
  ASSERT_OK(room_.Push({reporter_.SaveOne(
      kReport, DocumentKind::kReport,
      LanePart(Lane::kFact)
          .Put(sync::kEmbargoedUntil, testing::TimeValue(1641700000000)))}));
  room_.View(kReport);
  EXPECT_TRUE(Queue(editor_).rows(0).embargoed());
  ASSERT_OK(room_.Push({stringer_.SaveOne(
      kReport, DocumentKind::kReport,
      LanePart(Lane::kFact).Put(sync::kHeadline, "Not his to write"))}));
  room_.View(kReport);
  EXPECT_TRUE(Queue(editor_).rows(0).quarantined());
  EXPECT_EQ(Queue(editor_).rows(0).headline(), "Headline");
}

TEST_F(DeskTest, AWatcherGetsEachNewRowOnce) {
  Report("One", "Body");
  const auto caller = room_.CallerOf(editor_);
  ASSERT_OK_AND_ASSIGN(const auto first, room_.desk().WatchOnce(caller, {}, 0));
  ASSERT_THAT(first, SizeIs(1));
  const uint64_t seen = first.back().position();
  ASSERT_OK_AND_ASSIGN(const auto none,
                       room_.desk().WatchOnce(caller, {}, seen));
  EXPECT_THAT(none, IsEmpty());
  Report("Two", "Body");
  ASSERT_OK_AND_ASSIGN(const auto second,
                       room_.desk().WatchOnce(caller, {}, seen));
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_EQ(second[0].row().headline(), "Two");
}

TEST_F(DeskTest, PagesHaveALimitAndForeignTokensAreRefused) {
  v1::ListQueueRequest request;
  request.set_page_size(server::kPageRowsMax);
  EXPECT_OK(room_.desk().ListQueue(room_.CallerOf(editor_), request));
  request.set_page_size(server::kPageRowsMax + 1);
  EXPECT_THAT(room_.desk().ListQueue(room_.CallerOf(editor_), request),
              Fails(v1::TOO_LARGE));
  request.set_page_size(1);
  request.set_page_token("not ours");
  EXPECT_THAT(room_.desk().ListQueue(room_.CallerOf(editor_), request),
              Fails(v1::BAD_REQUEST));
  request.clear_page_token();
  request.set_assignment(IdNumber<sync::AssignmentId>(9).str());
  EXPECT_THAT(room_.desk().ListQueue(room_.CallerOf(editor_), request),
              Fails(v1::NOT_FOUND));
}

TEST_F(DeskTest, AnApprovalMayNameTheOlderVersionThatWasRead) {
  Report("Fire in Aktau", "Twelve were hurt.");
  const v1::Document read = room_.View(kReport);
  reporter_.Learn(editor_);
  EXPECT_OK(room_.Push({reporter_.SaveOne(
      kReport, DocumentKind::kReport,
      LanePart(Lane::kFact).Put(sync::kHeadline, "Fire in Aqtau"))}));
  v1::Action action;
  *action.mutable_approve()->mutable_version() = read.version().heads();
  ASSERT_OK_AND_ASSIGN(const v1::ActResponse response, Act(action));
  ASSERT_THAT(response.document().workflow().approvals(), SizeIs(1));
  const v1::ApprovalState& approval =
      response.document().workflow().approvals(0);
  EXPECT_THAT(approval.version(),
              ::testing::ElementsAreArray(read.version().heads()));
  EXPECT_EQ(approval.rendering_hash(), sync::RenderingHash(read).view());
  EXPECT_TRUE(approval.newer_exists());
}

TEST_F(DeskTest, MoreHeadsThanAChangeMayNameDoNotStopADocument) {
  Report("Fire in Aktau", "Twelve were hurt.");
  std::vector<ChangePtr> apart;  // as if each knew nothing of the others
  for (size_t i = 0; i < sync::kDepsMax + 100; ++i) {
    apart.push_back(reporter_.SaveOne(
        kReport, DocumentKind::kReport,
        LanePart(Lane::kFact).Put(sync::kHeadline, absl::StrCat("Fire ", i))));
    reporter_.LeaveOut(apart.back()->hash);
  }
  EXPECT_OK(room_.PushRun(apart));
  const v1::Document seen = room_.View(kReport);
  ASSERT_EQ(seen.conflicts(), 1u);
  v1::Action resolve;
  auto* const put = resolve.mutable_resolve_register();
  put->set_field(sync::kHeadline);
  for (const v1::Register& one : seen.registers()) {
    if (one.field() != sync::kHeadline) continue;
    ASSERT_GT(one.writes_size(), static_cast<int>(sync::kDepsMax));
    for (const v1::Write& write : one.writes()) {
      v1::ItemId* const id = put->add_writes();
      id->set_change(write.by().change());
      id->set_op(write.op());
    }
  }
  put->mutable_value()->set_text("Fire in Aktau");
  ASSERT_OK_AND_ASSIGN(const v1::ActResponse response, Act(resolve));
  EXPECT_EQ(response.document().conflicts(), 0u);
}

}  // namespace
}  // namespace dateline

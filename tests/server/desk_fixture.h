// A desk with a reporter, an editor and a stringer at it.
#ifndef DATELINE_TESTS_SERVER_DESK_FIXTURE_H_
#define DATELINE_TESTS_SERVER_DESK_FIXTURE_H_

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/desk/desk.h"
#include "sync/model/fields.h"
#include "tests/server/desk_room.h"
#include "tests/support/author.h"
#include "tests/support/status_matchers.h"

namespace dateline::testing {

class DeskTest : public ::testing::Test {
 protected:
  DeskTest() {
    room_.Join(reporter_, v1::ROLE_REPORTER);
    room_.Join(editor_, v1::ROLE_EDITOR);
    room_.Join(stringer_, v1::ROLE_STRINGER);
  }
  void Report(const std::string& headline, const std::string& body) {
    EXPECT_OK(room_.Push(WriteReport(reporter_, kReport, headline, body)));
    EXPECT_TRUE(room_.core().view_worker().WaitUntilCurrent(absl::Seconds(20)));
  }
  absl::StatusOr<v1::ActResponse> Act(const Author& who,
                                      const v1::Action& action,
                                      const sync::DocumentId& document) {
    v1::ActRequest request;
    request.set_document(document.str());
    *request.mutable_action() = action;
    return room_.desk().Act(room_.CallerOf(who), request);
  }
  absl::StatusOr<v1::ActResponse> Act(const v1::Action& action) {
    return Act(editor_, action, kReport);
  }
  absl::StatusOr<v1::ActResponse> Approve() {
    v1::Action action;
    const v1::Document document = room_.View(kReport);
    *action.mutable_approve()->mutable_version() = document.version().heads();
    return Act(action);
  }
  v1::ListQueueResponse Queue(const Author& who) {
    auto response = room_.desk().ListQueue(room_.CallerOf(who), {});
    EXPECT_OK(response);
    return response.ok() ? *response : v1::ListQueueResponse();
  }
  // A statement with one figure, and the report citing it.
  ChangePtr StateAndCite(int64_t killed) {
    LanePart fact(sync::Lane::kFact);
    fact.Put(sync::kStatementSourceName, "Health Ministry");
    fact.AddItem(sync::kFigures, {{sync::kFigureRecord,
                                   FigureValue("killed", "Almaty", killed)}});
    const ChangePtr said =
        reporter_.SaveOne(kStatement, sync::DocumentKind::kStatement, fact);
    LanePart cite(sync::Lane::kFact);
    cite.Cite(kStatement.str(), IdOf(*said, 1));
    EXPECT_OK(room_.Push(
        {said, reporter_.SaveOne(kReport, sync::DocumentKind::kReport, cite)}));
    EXPECT_TRUE(room_.core().view_worker().WaitUntilCurrent(absl::Seconds(20)));
    return said;
  }

  ChangePtr State(Author& who, const sync::DocumentId& statement,
                  int64_t killed) {
    LanePart fact(sync::Lane::kFact);
    fact.Put(sync::kStatementSourceName, "Radio");
    fact.AddItem(sync::kFigures, {{sync::kFigureRecord,
                                   FigureValue("killed", "Almaty", killed)}});
    return who.SaveOne(statement, sync::DocumentKind::kStatement, fact);
  }
  void Withdraw(const sync::DocumentId& statement) {
    v1::Action action;
    action.mutable_withdraw()->set_how(v1::WITHDRAWAL_RETRACTED);
    ASSERT_OK(Act(reporter_, action, statement));
  }
  // Asked on a phone that knows the last approval and of no withdrawal; what
  // home decides.
  v1::Decision PublishUnaware() {
    const v1::ApprovalState approval =
        room_.View(kReport).workflow().approvals(0);
    LanePart part(sync::Lane::kFact);
    v1::RequestOp& request = *part.Op().mutable_request();
    request.set_what(v1::REQUEST_KIND_PUBLISH);
    for (const std::string& head : approval.version()) {
      request.add_version(part.Name(*sync::Hash::FromBytes(head)));
    }
    *request.mutable_approval() = part.Ref(approval.id());
    part.Class(sync::PermissionClass::kDecide);
    EXPECT_OK(room_.Push(
        {editor_.SaveOne(kReport, sync::DocumentKind::kReport, part)}));
    const v1::Document report = room_.View(kReport);
    EXPECT_THAT(report.workflow().decisions(), ::testing::SizeIs(1));
    return report.workflow().decisions(0).what();
  }

  const sync::DocumentId kReport = IdNumber<sync::DocumentId>(1);
  const sync::DocumentId kStatement = IdNumber<sync::DocumentId>(2);
  Author reporter_{1};
  Author editor_{2};
  Author stringer_{3};
  DeskRoom room_;
};

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SERVER_DESK_FIXTURE_H_

// What people do at the desk: each action, and what it makes of the document,
// the ledger and the queue.
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/compose/action.h"
#include "tests/server/desk_fixture.h"

namespace dateline {
namespace {

using sync::DocumentKind;
using sync::Lane;
using testing::Author;
using ::testing::ElementsAre;
using testing::Fails;
using testing::IdNumber;
using ::testing::IsEmpty;
using testing::LanePart;
using ::testing::SizeIs;

class DeskActionsTest : public testing::DeskTest {
 protected:
  using Fill = std::function<void(v1::Action*)>;
  v1::Document Do(const Author& who, const sync::DocumentId& document,
                  const Fill& fill) {
    v1::Action action;
    fill(&action);
    const auto response = Act(who, action, document);
    EXPECT_OK(response);
    return response.ok() ? response->document() : v1::Document();
  }
  v1::Document Do(const Fill& fill) { return Do(editor_, kReport, fill); }
  v1::Document Submit() {
    return Do(reporter_, kReport,
              [](auto* action) { action->mutable_submit(); });
  }
  v1::Document Publish() {
    EXPECT_OK(Approve());
    return Do([](auto* action) { action->mutable_publish(); });
  }
  static v1::Status StatusOf(const v1::Document& document) {
    return document.workflow().status();
  }
  static v1::Decision LastDecision(const v1::Document& document) {
    const auto& all = document.workflow().decisions();
    return all.empty() ? v1::DECISION_UNSPECIFIED : all[all.size() - 1].what();
  }
  v1::Ledger Ledger(const Author& reader) {
    EXPECT_TRUE(room_.core().view_worker().WaitUntilCurrent(absl::Seconds(20)));
    v1::GetLedgerRequest request;
    request.set_assignment(testing::kAssignment.str());
    auto response = room_.desk().GetLedger(room_.CallerOf(reader), request);
    EXPECT_OK(response);
    return response.ok() ? response->ledger() : v1::Ledger();
  }
  v1::LedgerEntry EntryOf(const sync::DocumentId& statement) {
    const v1::Ledger ledger = Ledger(editor_);
    for (const v1::LedgerRow& row : ledger.rows()) {
      for (const v1::LedgerEntry& entry : row.entries()) {
        if (entry.statement() == statement.view()) return entry;
      }
    }
    ADD_FAILURE() << "no entry";
    return {};
  }
  v1::ListWithdrawalsResponse Withdrawals(const Author& reader) {
    auto response = room_.desk().ListWithdrawals(room_.CallerOf(reader), {});
    EXPECT_OK(response);
    return response.ok() ? *response : v1::ListWithdrawalsResponse();
  }
  // Two statements of one figure.
  void TwoStatements(int64_t first, int64_t second) {
    ASSERT_OK(room_.Push(
        {State(reporter_, kStatement, first), State(editor_, kOther, second)}));
  }

  const sync::DocumentId kOther = IdNumber<sync::DocumentId>(3);
};

TEST_F(DeskActionsTest, AQuestionIsOpenUntilItsReporterAnswers) {
  Report("Headline", "Body");
  EXPECT_EQ(StatusOf(Submit()), v1::STATUS_SUBMITTED);
  v1::Document report = Do(
      [](auto* action) { action->mutable_ask()->set_text("Which hospital?"); });
  EXPECT_EQ(StatusOf(report), v1::STATUS_ASKED);
  EXPECT_EQ(report.workflow().requests(1).text(), "Which hospital?");
  EXPECT_TRUE(report.workflow().requests(1).open());
  report = Do(reporter_, kReport, [](auto* action) {
    action->mutable_answer_ask()->set_text("The central one.");
  });
  EXPECT_NE(StatusOf(report), v1::STATUS_ASKED);
  EXPECT_FALSE(report.workflow().requests(1).open());
}

TEST_F(DeskActionsTest, ASubmissionTakenBackIsADraftAgain) {
  Report("Headline", "Body");
  Submit();
  EXPECT_EQ(StatusOf(Do(reporter_, kReport,
                        [](auto* action) {
                          action->mutable_take_back()->set_reason("wrong town");
                        })),
            v1::STATUS_DRAFT);
}

TEST_F(DeskActionsTest, WhatIsSpikedIsNeverPublished) {
  Report("Headline", "Body");
  const v1::Document report =
      Do([](auto* action) { action->mutable_spike()->set_reason("not news"); });
  EXPECT_EQ(StatusOf(report), v1::STATUS_SPIKED);
  EXPECT_EQ(LastDecision(report), v1::DECISION_SPIKED);
}

TEST_F(DeskActionsTest, WhatIsOutCanBeKilledAndNotSpiked) {
  Report("Headline", "Body");
  EXPECT_EQ(StatusOf(Publish()), v1::STATUS_PUBLISHED);
  v1::Document report = Do([](auto* action) { action->mutable_spike(); });
  EXPECT_EQ(LastDecision(report), v1::DECISION_REFUSED);
  report = Do([](auto* action) {
    action->mutable_stop()->set_what(v1::STOP_KIND_KILL);
    action->mutable_stop()->set_reason("it is false");
  });
  EXPECT_EQ(StatusOf(report), v1::STATUS_KILLED);
  EXPECT_EQ(Queue(editor_).rows(0).status(), v1::STATUS_KILLED);
}

TEST_F(DeskActionsTest, ACorrectionIsDecidedOnTheNewApproval) {
  Report("Headline", "Body");
  Publish();
  Report("Corrected headline", "Body");
  ASSERT_OK(Approve());
  const v1::Document report = Do([](auto* action) {
    action->mutable_correct()->set_public_note("the ministry withdrew 164");
  });
  EXPECT_EQ(StatusOf(report), v1::STATUS_CORRECTED);
  EXPECT_EQ(LastDecision(report), v1::DECISION_CORRECTED);
  EXPECT_THAT(report.workflow().decisions(), SizeIs(2));
}

TEST_F(DeskActionsTest, WhatIsDeletedLeavesTheQueueAndComesBack) {
  Report("Headline", "Body");
  EXPECT_TRUE(Do(reporter_, kReport, [](auto* action) {
                action->mutable_delete_();
              }).deleted());
  EXPECT_THAT(Queue(editor_).rows(), IsEmpty());
  EXPECT_FALSE(Do(reporter_, kReport, [](auto* action) {
                 action->mutable_delete_()->set_restore(true);
               }).deleted());
  EXPECT_THAT(Queue(editor_).rows(), SizeIs(1));
}

TEST_F(DeskActionsTest,
       ATextConflictShowsBothWithAuthorsAndTimesAndIsResolved) {
  ASSERT_OK(room_.Push(
      testing::WriteReport(reporter_, kReport, "h", "They counted 10 dead.")));
  Author other(4);
  room_.Join(other, v1::ROLE_REPORTER);
  other.Learn(reporter_);
  const auto edit = [&](Author& who, const std::string& to) {
    ASSERT_OK(room_.Push(
        who.Save(kReport, DocumentKind::kReport,
                 {LanePart(Lane::kText)
                      .Edit(sync::kBody, "They counted 10 dead.", to)})));
  };
  edit(reporter_, "They counted 12 dead.");
  other.wall_ms += 60000;
  edit(other, "They counted 14 dead.");
  EXPECT_EQ(room_.View(kReport).conflicts(), 1);

  ASSERT_OK_AND_ASSIGN(const auto conflicts,
                       room_.desk().ListConflicts(room_.CallerOf(editor_), {}));
  ASSERT_THAT(conflicts.rows(), SizeIs(1));
  EXPECT_EQ(conflicts.rows(0).field_name(), "body");
  const v1::OpenSpan& span = conflicts.rows(0).span();
  ASSERT_THAT(span.originals(), SizeIs(2));
  v1::Action resolve;
  resolve.mutable_resolve_text()->set_field(sync::kBody);
  std::vector<std::string> authors, texts;
  for (const v1::Original& original : span.originals()) {
    ASSERT_THAT(original.by(), SizeIs(1));
    authors.push_back(original.by(0).actor());
    texts.push_back(original.text());
    EXPECT_GE(original.by(0).wall_ms(), 1641600000000);
    for (const v1::ItemId& id : original.edits()) {
      *resolve.mutable_resolve_text()->add_edits() = id;
    }
  }
  EXPECT_THAT(authors, ::testing::UnorderedElementsAre(reporter_.person.str(),
                                                       other.person.str()));
  EXPECT_NE(span.originals(0).by(0).wall_ms(),
            span.originals(1).by(0).wall_ms());
  EXPECT_THAT(texts, ::testing::UnorderedElementsAre("12", "14"));
  resolve.mutable_resolve_text()->set_text("14");
  resolve.mutable_resolve_text()->set_note("the hospital's own list");
  ASSERT_OK_AND_ASSIGN(const auto after, Act(resolve));
  EXPECT_EQ(after.document().conflicts(), 0);
  EXPECT_EQ(sync::ReaderText(after.document(), sync::kBody),
            "They counted 14 dead.");
}

TEST_F(DeskActionsTest, ANewerCountReplacesTheOlderOne) {
  TwoStatements(12, 14);
  Do(editor_, kOther, [&](auto* action) {
    action->mutable_supersede()->set_statement(kStatement.str());
  });
  EXPECT_TRUE(EntryOf(kStatement).superseded());
  EXPECT_EQ(EntryOf(kStatement).superseded_by(), kOther.str());
  EXPECT_FALSE(EntryOf(kStatement).current());
  EXPECT_TRUE(EntryOf(kOther).current());
}

TEST_F(DeskActionsTest, ADisputeAndAConfirmationStandInTheLedger) {
  TwoStatements(12, 14);
  Do(editor_, kStatement, [](auto* action) {
    action->mutable_attest_figure()->set_what(v1::ATTESTATION_DISPUTED);
    action->mutable_attest_figure()->set_note("the morgue says otherwise");
  });
  Do(editor_, kOther, [](auto* action) {
    action->mutable_attest_figure()->set_what(v1::ATTESTATION_CONFIRMED);
  });
  EXPECT_TRUE(EntryOf(kStatement).disputed());
  EXPECT_FALSE(EntryOf(kStatement).confirmed());
  EXPECT_TRUE(EntryOf(kOther).confirmed());
}

TEST_F(DeskActionsTest, LinkedStatementsAreOneGroupUntilTheyAreSetApart) {
  TwoStatements(12, 12);
  const auto link = [&](bool apart) {
    Do(editor_, kOther, [&](auto* action) {
      action->mutable_same_as()->set_statement(kStatement.str());
      action->mutable_same_as()->set_apart(apart);
    });
  };
  link(false);
  EXPECT_EQ(EntryOf(kOther).same_group(), EntryOf(kStatement).same_group());
  EXPECT_FALSE(Ledger(editor_).rows(0).rivals());
  link(true);
  EXPECT_NE(EntryOf(kOther).same_group(), EntryOf(kStatement).same_group());
}

TEST_F(DeskActionsTest, TheDeskSettlesWhichRivalStands) {
  TwoStatements(12, 14);
  const v1::LedgerRow rivals = Ledger(editor_).rows(0);
  EXPECT_TRUE(rivals.rivals());
  EXPECT_FALSE(rivals.settled());
  const v1::ItemId figure = EntryOf(kOther).figure();
  Do(editor_, kOther, [&](auto* action) {
    v1::Settle& settle = *action->mutable_settle();
    settle.set_counted(rivals.counted());
    settle.set_place(rivals.place());
    settle.set_period(rivals.period());
    settle.set_statement(kOther.str());
    *settle.mutable_figure() = figure;
    settle.set_note("the hospital's own list");
  });
  EXPECT_TRUE(Ledger(editor_).rows(0).settled());
  EXPECT_TRUE(EntryOf(kOther).stands());
  EXPECT_FALSE(EntryOf(kStatement).stands());
}

TEST_F(DeskActionsTest, AMistakenWithdrawalIsAnsweredByAnEditor) {
  Report("Headline", "Body");
  StateAndCite(103);
  Withdraw(kStatement);
  EXPECT_TRUE(EntryOf(kStatement).retracted());
  const v1::ItemId event = room_.View(kStatement).statement().events(0).id();
  const v1::Document statement = Do(editor_, kStatement, [&](auto* action) {
    *action->mutable_answer_event()->mutable_event() = event;
    action->mutable_answer_event()->set_reason("another ministry's");
  });
  EXPECT_TRUE(statement.statement().events(0).answered());
  EXPECT_FALSE(EntryOf(kStatement).retracted());
  EXPECT_TRUE(EntryOf(kStatement).current());
}

TEST_F(DeskActionsTest, AFigureWeTypedWrongIsCorrected) {
  TwoStatements(21, 14);
  const v1::LedgerEntry entry = EntryOf(kStatement);
  Do(editor_, kStatement, [&](auto* action) {
    v1::CorrectFigure& correct = *action->mutable_correct_figure();
    *correct.mutable_figure() = entry.figure();
    *correct.mutable_record() =
        testing::FigureValue("killed", "Almaty", 12).figure();
    correct.set_note("digits swapped");
  });
  EXPECT_EQ(EntryOf(kStatement).record().best(), 12);
}

TEST_F(DeskActionsTest, TheWithdrawalQueueNamesWhoOwesAnAnswerUntilHeGaveIt) {
  Report("164 killed", "Body");
  StateAndCite(164);
  Withdraw(kStatement);
  v1::ListWithdrawalsResponse rows = Withdrawals(editor_);
  ASSERT_THAT(rows.rows(), SizeIs(1));
  EXPECT_THAT(rows.rows(0).owed(), ElementsAre(reporter_.person.str()));
  EXPECT_THAT(rows.rows(0).acknowledged(), IsEmpty());
  const std::string notice = rows.rows(0).id().change();

  Do(reporter_, kStatement,
     [&](auto* action) { action->mutable_acknowledge()->add_changes(notice); });
  rows = Withdrawals(editor_);
  EXPECT_THAT(rows.rows(0).owed(), IsEmpty());
  ASSERT_THAT(rows.rows(0).acknowledged(), SizeIs(1));
  EXPECT_EQ(rows.rows(0).acknowledged(0).person(), reporter_.person.str());
}

TEST_F(DeskActionsTest, WhoOwesAndWhoAnsweredIsForDesksAlone) {
  Report("164 killed", "Body");
  StateAndCite(164);
  Withdraw(kStatement);
  const auto hidden = [](const v1::WithdrawalView& view) {
    EXPECT_THAT(view.owed(), IsEmpty());
    EXPECT_THAT(view.acknowledged(), IsEmpty());
  };
  EXPECT_THAT(Withdrawals(reporter_).rows(), SizeIs(1));
  hidden(Withdrawals(reporter_).rows(0));
  EXPECT_THAT(Ledger(reporter_).withdrawals(), SizeIs(1));
  hidden(Ledger(reporter_).withdrawals(0));
  EXPECT_THAT(Ledger(editor_).withdrawals(0).owed(), SizeIs(1));
  Do(reporter_, kStatement, [&](auto* action) {
    action->mutable_acknowledge()->add_changes(
        Withdrawals(editor_).rows(0).id().change());
  });
  const auto acknowledged = [&](const Author& reader) {
    v1::GetDocumentRequest get;
    get.set_document(kStatement.str());
    return room_.desk()
        .GetDocument(room_.CallerOf(reader), get)
        ->document()
        .acknowledged()
        .size();
  };
  EXPECT_EQ(acknowledged(reporter_), 0);
  EXPECT_EQ(acknowledged(editor_), 1);
}

TEST_F(DeskActionsTest, ALedgerIsForThoseWhoReadTheAssignment) {
  TwoStatements(12, 14);
  EXPECT_THAT(Ledger(editor_).rows(), SizeIs(1));
  EXPECT_THAT(Ledger(editor_).rows(0).entries(), SizeIs(2));
  v1::GetLedgerRequest request;
  request.set_assignment(testing::kAssignment.str());
  EXPECT_THAT(room_.desk().GetLedger(room_.CallerOf(stringer_), request),
              Fails(v1::NOT_FOUND));
  EXPECT_THAT(room_.desk().GetLedger(room_.CallerOf(editor_), {}),
              Fails(v1::BAD_REQUEST));
}

// --- Watch -----------------------------------------------------------------

class DeskWatchTest : public DeskActionsTest {
 protected:
  std::vector<v1::WatchEvent> Watch(const Author& who, uint64_t after) {
    EXPECT_TRUE(room_.core().view_worker().WaitUntilCurrent(absl::Seconds(20)));
    auto events = room_.desk().WatchOnce(room_.CallerOf(who), {}, after);
    EXPECT_OK(events);
    return events.ok() ? *std::move(events) : std::vector<v1::WatchEvent>();
  }
  static int CountOf(const std::vector<v1::WatchEvent>& events,
                     v1::WatchEvent::KindCase kind) {
    int count = 0;
    for (const v1::WatchEvent& event : events)
      count += event.kind_case() == kind;
    return count;
  }
};

TEST_F(DeskWatchTest, AChangedLedgerIsSaidAndWhatStandsWithdrawnComesFirst) {
  Report("164 killed", "Body");
  StateAndCite(164);
  std::vector<v1::WatchEvent> events = Watch(editor_, 0);
  EXPECT_EQ(CountOf(events, v1::WatchEvent::kLedgerChanged), 1);
  EXPECT_EQ(CountOf(events, v1::WatchEvent::kWithdrawal), 0);
  const uint64_t seen = events.back().position();
  EXPECT_EQ(events.back().ledger_changed(), testing::kAssignment.str());
  Withdraw(kStatement);
  events = Watch(editor_, seen);
  ASSERT_EQ(CountOf(events, v1::WatchEvent::kWithdrawal), 1);
  EXPECT_EQ(CountOf(events, v1::WatchEvent::kLedgerChanged), 1);
  uint64_t last = seen;
  for (const v1::WatchEvent& event : events) {
    EXPECT_GE(event.position(), last);
    last = event.position();
    if (!event.has_withdrawal()) continue;
    EXPECT_EQ(event.withdrawal().statement(), kStatement.str());
    EXPECT_THAT(event.withdrawal().owed(), ElementsAre(reporter_.person.str()));
    // A watcher who is cut off here must still get the ledger.
    EXPECT_EQ(CountOf(Watch(editor_, event.position()),
                      v1::WatchEvent::kLedgerChanged),
              1);
  }
  EXPECT_THAT(Watch(editor_, last), IsEmpty());
}

TEST_F(DeskWatchTest, AReporterIsNotToldWhoOwesAnAnswer) {
  Report("164 killed", "Body");
  StateAndCite(164);
  Withdraw(kStatement);
  const std::vector<v1::WatchEvent> events = Watch(reporter_, 0);
  EXPECT_EQ(CountOf(events, v1::WatchEvent::kWithdrawal), 1);
  for (const v1::WatchEvent& event : events) {
    EXPECT_THAT(event.withdrawal().owed(), IsEmpty());
  }
}

TEST_F(DeskWatchTest, AStringerWatchesHisOwnAloneAndAStrangerNothing) {
  Report("Not his", "Body");
  StateAndCite(164);
  const auto own = IdNumber<sync::DocumentId>(9);
  ASSERT_OK(room_.Push(testing::WriteReport(stringer_, own, "His", "Body")));
  const std::vector<v1::WatchEvent> events = Watch(stringer_, 0);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].row().document(), own.str());
  EXPECT_THAT(Watch(Author(9), 0), IsEmpty());
  v1::WatchRequest elsewhere;
  elsewhere.set_assignment(IdNumber<sync::AssignmentId>(9).str());
  EXPECT_THAT(room_.desk().WatchOnce(room_.CallerOf(editor_), elsewhere, 0),
              Fails(v1::NOT_FOUND));
}

TEST_F(DeskWatchTest, ANumberThatTheViewNeverGaveBeginsFromTheStart) {
  Report("Headline", "Body");
  const std::vector<v1::WatchEvent> all = Watch(editor_, 0);
  EXPECT_THAT(Watch(editor_, all.back().position() + 1000), SizeIs(all.size()));
}

}  // namespace
}  // namespace dateline

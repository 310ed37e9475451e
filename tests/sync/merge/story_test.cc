// What must be seen of STORY.md, and each rule of DESIGN 6, on the ledger.
#include <string>
#include <vector>

#include "tests/sync/merge/fixture.h"

namespace dateline::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class StoryTest : public MergeFixture {
 protected:
  StoryTest() {
    almaty_count = Say(almaty, hospital_a, "Hospital no. 1 (Aigerim)",
                       {FigureValue("bodies", "Hospital no. 1", 12)});
    aktau_count = Say(aktau, hospital_b, "Hospital no. 1 (Dana)",
                      {FigureValue("bodies", "Hospital no. 1", 14)});
  }
  // A statement with its figures; each after the first is a part of it.
  ChangePtr Say(Author& author, const DocumentId& id, const std::string& source,
                const std::vector<v1::Value>& figures, int64_t said_ms = 0) {
    LanePart part = Fact();
    for (size_t i = 0; i < figures.size(); ++i) {
      v1::Value figure = figures[i];
      if (i > 0) figure.mutable_figure()->mutable_part_of()->set_op(0);
      part.AddItem(sync::kFigures, {{sync::kFigureRecord, figure}});
    }
    part.Put(sync::kStatementSourceName, source);
    if (said_ms > 0) part.Put(sync::kSaidAt, TimeValue(said_ms));
    return Write(author, id, part);
  }
  ChangePtr SayMinistry() {
    return Say(editor, ministry, "Health Ministry",
               {FigureValue("killed", "whole country", 164, true),
                FigureValue("killed", "Almaty", 103),
                FigureValue("killed", "Kyzylorda", 21),
                FigureValue("killed", "Zhambyl", 10),
                FigureValue("killed", "Almaty region", 8)});
  }
  ChangePtr Withdraw(Author& author, const DocumentId& id, v1::Withdrawal how,
                     const std::vector<v1::ItemId>& figures = {}) {
    LanePart part = Notice();
    v1::WithdrawOp* const withdraw = part.Op().mutable_withdraw();
    withdraw->set_how(how);
    for (const v1::ItemId& figure : figures) *withdraw->add_figures() = figure;
    withdraw->add_fields(sync::kNoticeValue);
    withdraw->add_fields(sync::kReason);
    part.Value(TextValue("killed, whole country: 164"));
    part.Value(TextValue("says it never gave the figure"));
    return Write(author, id, part);
  }
  ChangePtr Cite(Author& author, const DocumentId& in, const DocumentId& of,
                 const v1::ItemId& figure, const ChangePtr& saw = nullptr) {
    LanePart part = Fact().Cite(of.str(), figure);
    if (saw != nullptr) part.Name(saw->hash);
    part.Put(sync::kSlugline, "KAZAKHSTAN-UNREST");
    return author.SaveOne(in, DocumentKind::kReport, part);
  }
  ChangePtr Link(Author& author, const DocumentId& one,
                 const DocumentId& other) {
    LanePart part = Fact().Class(PermissionClass::kAttest);
    part.Op().mutable_same_as()->set_statement(other.str());
    return Write(author, one, part);
  }
  ChangePtr Supersede(Author& author, const DocumentId& next,
                      const DocumentId& old) {
    LanePart part = Fact();
    part.Op().mutable_supersede()->set_statement(old.str());
    return Write(author, next, part);
  }
  ChangePtr Answer(Author& author, const DocumentId& id,
                   const ChangePtr& event) {
    LanePart part = Fact().Class(PermissionClass::kAttest);
    const v1::OpRef ref = part.Ref(*event);
    *part.Op().mutable_answer()->mutable_event() = ref;
    return Write(author, id, part);
  }
  // Settles between the two counts at the hospital.
  ChangePtr Settle(Author& author, int stands,
                   const std::vector<ChangePtr>& saw = {}) {
    LanePart part = Fact().Class(PermissionClass::kAttest);
    v1::SettleOp settle;
    const auto add = [&](const DocumentId& id, const ChangePtr& figure) {
      v1::SettleOp::Rival* const rival = settle.add_rivals();
      rival->set_statement(id.str());
      *rival->mutable_figure() = IdOf(*figure);
      rival->set_version(part.Name(figure->hash));
    };
    add(hospital_a, almaty_count);
    add(hospital_b, aktau_count);
    settle.set_stands(stands);
    *part.Op().mutable_settle() = settle;
    for (const ChangePtr& change : saw) part.Name(change->hash);
    return Write(author, hospital_a, part);
  }
  v1::LedgerRow Row(const std::string& counted, const std::string& place) {
    const auto ledger = LedgerOf(home);
    for (const v1::LedgerRow& row : ledger.rows()) {
      if (row.counted() == counted && row.place() == place) return row;
    }
    return {};
  }
  v1::LedgerRow Hospital() { return Row("bodies", "Hospital no. 1"); }
  std::vector<int64_t> Current(const v1::LedgerRow& row) {
    std::vector<int64_t> values;
    for (const uint32_t i : row.current()) {
      values.push_back(row.entries(i).record().best());
    }
    return values;
  }

  const DocumentId hospital_a = IdNumber<DocumentId>(70);
  const DocumentId hospital_b = IdNumber<DocumentId>(71);
  const DocumentId draft = IdNumber<DocumentId>(51);
  const DocumentId next = IdNumber<DocumentId>(62);
  ChangePtr almaty_count, aktau_count;
};

TEST_F(StoryTest, TheFigureIsRetractedAndDisavowedAndNothingStands) {
  SayMinistry();
  SyncAll();
  EXPECT_THAT(Current(Row("killed", "whole country")), ElementsAre(164));
  Withdraw(editor, ministry, v1::WITHDRAWAL_RETRACTED);
  Withdraw(editor, ministry, v1::WITHDRAWAL_DISAVOWED);
  SyncAll();
  const v1::LedgerRow row = Row("killed", "whole country");
  EXPECT_THAT(row.current(), IsEmpty());
  EXPECT_FALSE(row.rivals());
  ASSERT_EQ(row.entries_size(), 1);
  EXPECT_EQ(row.entries(0).record().best(), 164);
  EXPECT_TRUE(row.entries(0).retracted());
  EXPECT_TRUE(row.entries(0).disavowed());
  EXPECT_EQ(row.entries(0).source(), "Health Ministry");
  const v1::Ledger ledger = LedgerOf(home);
  ASSERT_EQ(ledger.withdrawals_size(), 2);
  EXPECT_EQ(ledger.withdrawals(1).kind(), v1::EVENT_KIND_DISAVOWED);
  EXPECT_EQ(ledger.withdrawals(1).reason(), "says it never gave the figure");
  EXPECT_EQ(ledger.withdrawals(1).value(), "killed, whole country: 164");
}

TEST_F(StoryTest, ThePartsMake142AndTheLedgerWarns) {
  const ChangePtr said = SayMinistry();
  Withdraw(editor, ministry, v1::WITHDRAWAL_RETRACTED);
  SyncAll();
  const v1::Ledger ledger = LedgerOf(home);
  ASSERT_EQ(ledger.warnings_size(), 1);
  const v1::Warning& warning = ledger.warnings(0);
  EXPECT_EQ(warning.kind(), v1::WARNING_KIND_PARTS_DIFFER);
  EXPECT_EQ(warning.figure().change(), said->hash.str());
  EXPECT_EQ(warning.expected(), 164);
  EXPECT_EQ(warning.got(), 142);
  EXPECT_THAT(warning.parts(), ElementsAre(103, 21, 10, 8));
}

TEST_F(StoryTest, APartThatCountsSomethingElseIsNoPartOfTheSum) {
  Say(editor, ministry, "Health Ministry",
      {FigureValue("killed", "Almaty", 103),
       FigureValue("killed children", "Almaty", 2)});
  SyncAll();
  EXPECT_THAT(LedgerOf(home).warnings(), IsEmpty());
}

TEST_F(StoryTest, EveryUseOfAWithdrawnFigureIsMarked) {
  const ChangePtr said = SayMinistry();
  const ChangePtr heard =
      Say(almaty, radio, "health ministry ",
          {FigureValue("Killed", "Whole  country", 164, true)});
  SyncAll();
  Cite(editor, report, ministry, IdOf(*said));
  Cite(almaty, draft, radio, IdOf(*heard));
  SyncAll();
  EXPECT_EQ(LedgerOf(home).lookalikes_size(), 2);
  Withdraw(editor, ministry, v1::WITHDRAWAL_DISAVOWED);
  SyncAll();
  v1::WithdrawalView seen = LedgerOf(home).withdrawals(0);
  ASSERT_EQ(seen.uses_size(), 2);
  EXPECT_EQ(seen.uses(0).report(), report.str());
  EXPECT_EQ(seen.uses(0).slugline(), "KAZAKHSTAN-UNREST");
  EXPECT_FALSE(seen.uses(0).probable());
  EXPECT_TRUE(seen.uses(1).probable());
  EXPECT_THAT(Row("killed", "whole country").current(), IsEmpty())
      << "what has probably been taken back is no value either";
  Link(editor, radio, ministry);
  SyncAll();
  seen = LedgerOf(home).withdrawals(0);
  ASSERT_EQ(seen.uses_size(), 2);
  EXPECT_FALSE(seen.uses(1).probable()) << "an editor linked them";
  const auto row = Row("killed", "whole country");
  for (const auto& entry : row.entries()) {
    EXPECT_TRUE(entry.disavowed());
    EXPECT_FALSE(entry.probably_withdrawn());
  }
  EXPECT_THAT(LedgerOf(home).lookalikes(), IsEmpty());
}

TEST_F(StoryTest, TheDeskSeesWhoHasNotAcknowledged) {
  const ChangePtr said = SayMinistry();
  SyncAll();
  Cite(almaty, report, ministry, IdOf(*said));
  Cite(aktau, draft, ministry, IdOf(*said));
  const ChangePtr withdrawn =
      Withdraw(editor, ministry, v1::WITHDRAWAL_RETRACTED);
  SyncAll();
  EXPECT_THAT(LedgerOf(home).withdrawals(0).owed(),
              UnorderedElementsAre(almaty.person.str(), aktau.person.str()));
  LanePart ack = Receipt();
  ack.Op().mutable_ack()->add_changes(withdrawn->hash.str());
  Write(almaty, ministry, ack);
  SyncAll();
  const v1::WithdrawalView seen = LedgerOf(home).withdrawals(0);
  EXPECT_THAT(seen.owed(), ElementsAre(aktau.person.str()));
  ASSERT_EQ(seen.acknowledged_size(), 1);
  EXPECT_EQ(seen.acknowledged(0).person(), almaty.person.str());
}

TEST_F(StoryTest, ACitationThatNamesTheWithdrawalIsAware) {
  const ChangePtr said = SayMinistry();
  SyncAll();
  Cite(almaty, report, ministry, IdOf(*said));
  const ChangePtr withdrawn =
      Withdraw(editor, ministry, v1::WITHDRAWAL_RETRACTED);
  const ChangePtr later = Withdraw(editor, ministry, v1::WITHDRAWAL_DISAVOWED);
  Cite(editor, draft, ministry, IdOf(*said), later);
  SyncAll();
  const v1::WithdrawalView seen = LedgerOf(home).withdrawals(0);
  EXPECT_TRUE(seen.uses(0).unaware());
  EXPECT_FALSE(seen.uses(1).unaware()) << "it saw what came after";
}

TEST_F(StoryTest, ApprovalsAndPublicationsAreMarkedEvenOnceTheTextIsMended) {
  const ChangePtr said = SayMinistry();
  SyncAll();
  const ChangePtr cited = Cite(almaty, report, ministry, IdOf(*said));
  SyncAll();
  LanePart approve = Fact().Class(PermissionClass::kAttest);
  v1::AttestOp attest;
  attest.set_what(v1::ATTESTATION_APPROVED);
  attest.add_version(approve.Name(cited->hash));
  *approve.Op().mutable_attest() = attest;
  Write(editor, approve);
  home.Learn(editor);
  LanePart publish = Fact().Class(PermissionClass::kDecide);
  v1::DecisionOp decision;
  decision.set_what(v1::DECISION_PUBLISHED);
  decision.set_number(1);
  decision.add_version(publish.Name(cited->hash));
  *publish.Op().mutable_decision() = decision;
  Write(home, publish);
  Withdraw(editor, ministry, v1::WITHDRAWAL_RETRACTED);
  SyncAll();
  Write(almaty, Fact().RemoveItem(IdOf(*cited)));
  SyncAll();
  v1::WithdrawalView seen = LedgerOf(home).withdrawals(0);
  ASSERT_EQ(seen.uses_size(), 1);
  EXPECT_TRUE(seen.uses(0).in_approved());
  EXPECT_TRUE(seen.uses(0).in_published());
  EXPECT_EQ(seen.uses(0).state(), v1::USE_STATE_OPEN);
  EXPECT_EQ(seen.uses(0).status(), v1::STATUS_PUBLISHED);
  LanePart correct = Fact().Class(PermissionClass::kDecide);
  decision.Clear();
  decision.set_what(v1::DECISION_CORRECTED);
  decision.set_number(2);
  const v1::Document now = Report(home);
  for (const std::string& head : now.version().heads()) {
    decision.add_version(correct.Name(*Hash::FromBytes(head)));
  }
  *correct.Op().mutable_decision() = decision;
  Write(home, correct);
  EXPECT_EQ(LedgerOf(home).withdrawals(0).uses(0).state(),
            v1::USE_STATE_CORRECTED);
}

TEST_F(StoryTest, ACheckedUseSaysSo) {
  const ChangePtr said = SayMinistry();
  SyncAll();
  Cite(almaty, report, ministry, IdOf(*said));
  Withdraw(editor, ministry, v1::WITHDRAWAL_RETRACTED);
  SyncAll();
  LanePart check = Fact().Class(PermissionClass::kAttest);
  v1::AttestOp* const attest = check.Op().mutable_attest();
  attest->set_what(v1::ATTESTATION_CHECKED);
  *attest->add_figures() = IdOf(*said);
  Write(editor, check);
  SyncAll();
  EXPECT_EQ(LedgerOf(home).withdrawals(0).uses(0).state(),
            v1::USE_STATE_CHECKED);
}

TEST_F(StoryTest, TwelveAndFourteenStandSideBySideAndAreNeverSummed) {
  SyncAll();
  const v1::LedgerRow row = Hospital();
  EXPECT_TRUE(row.rivals());
  EXPECT_FALSE(row.settled());
  EXPECT_THAT(Current(row), UnorderedElementsAre(12, 14));
  EXPECT_EQ(row.independent_origins(), 2);
}

TEST_F(StoryTest, ASettlementStandsUntilARivalChanges) {
  SyncAll();
  Settle(editor, 0);
  SyncAll();
  EXPECT_TRUE(Hospital().settled());
  EXPECT_FALSE(Hospital().rivals());
  EXPECT_THAT(Current(Hospital()), ElementsAre(12));
  Write(aktau, hospital_b,
        Fact().PutItem(IdOf(*aktau_count), sync::kFigureRecord,
                       FigureValue("bodies", "Hospital no. 1", 13)));
  SyncAll();
  EXPECT_FALSE(Hospital().settled()) << "a new version opens it again";
  EXPECT_THAT(Current(Hospital()), UnorderedElementsAre(12, 13));
}

TEST_F(StoryTest, ANewRivalOpensASettlementAgain) {
  SyncAll();
  Settle(editor, 0);
  Say(almaty, radio, "A nurse", {FigureValue("bodies", "hospital no. 1", 20)});
  SyncAll();
  EXPECT_TRUE(Hospital().rivals());
  EXPECT_EQ(Current(Hospital()).size(), 3);
}

TEST_F(StoryTest, TwoSettlementsWrittenApartThatDifferSettleNothing) {
  SyncAll();
  const ChangePtr one = Settle(editor, 0);
  const ChangePtr two = Settle(home, 1);
  SyncAll();
  EXPECT_FALSE(Hospital().settled());
  EXPECT_EQ(Hospital().settlements_size(), 2);
  Settle(editor, 1);  // saw both
  SyncAll();
  EXPECT_TRUE(Hospital().settled());
  EXPECT_THAT(Current(Hospital()), ElementsAre(14));
}

TEST_F(StoryTest, TwoRecordsOfOneFigureNeverBecomeAThird) {
  SyncAll();
  for (Author* author : {&almaty, &editor}) {
    const int64_t best = author == &almaty ? 11 : 13;
    Write(*author, hospital_a,
          Fact().PutItem(IdOf(*almaty_count), sync::kFigureRecord,
                         FigureValue("bodies", "Hospital no. 1", best)));
  }
  SyncAll();
  const auto row = Hospital();
  for (const v1::LedgerEntry& entry : row.entries()) {
    if (entry.statement() != hospital_a.str()) continue;
    ASSERT_EQ(entry.conflicting_size(), 2);
    EXPECT_EQ(entry.conflicting(0).best() + entry.conflicting(1).best(), 24);
  }
  EXPECT_EQ(See(home, hospital_a).conflicts(), 1);
}

TEST_F(StoryTest, AWithdrawnStatementStillReplacesWhatItReplaced) {
  Say(editor, ministry, "Health Ministry",
      {FigureValue("killed", "Almaty", 26)});
  Say(editor, next, "Health Ministry", {FigureValue("killed", "Almaty", 103)});
  Supersede(editor, next, ministry);
  SyncAll();
  EXPECT_THAT(Current(Row("killed", "Almaty")), ElementsAre(103));
  const ChangePtr event = Withdraw(editor, next, v1::WITHDRAWAL_RETRACTED);
  SyncAll();
  EXPECT_THAT(Row("killed", "Almaty").current(), IsEmpty());
  Answer(editor, next, event);
  SyncAll();
  EXPECT_THAT(Current(Row("killed", "Almaty")), ElementsAre(103))
      << "the withdrawal was a mistake";
  EXPECT_TRUE(LedgerOf(home).withdrawals(0).answered());
}

TEST_F(StoryTest, AWithdrawalCoversEveryRecordOfAFigureSeenOrNot) {
  const ChangePtr said = SayMinistry();
  SyncAll();
  Withdraw(editor, ministry, v1::WITHDRAWAL_RETRACTED, {IdOf(*said)});
  Write(almaty, ministry,
        Fact().PutItem(IdOf(*said), sync::kFigureRecord,
                       FigureValue("killed", "whole country", 165)));
  SyncAll();
  EXPECT_TRUE(Row("killed", "whole country").entries(0).retracted());
  EXPECT_THAT(Current(Row("killed", "Almaty")), ElementsAre(103))
      << "only the figure named";
}

TEST_F(StoryTest, TwoOutletsThatQuoteOneMinistryAreOneOrigin) {
  const DocumentId outlet = IdNumber<DocumentId>(80);
  editor.SaveOne(outlet, DocumentKind::kSource,
                 Fact()
                     .Put(sync::kSourceName, "News site")
                     .Put(sync::kSourceOrigin, "Health Ministry"));
  Say(editor, ministry, "Health Ministry",
      {FigureValue("killed", "Almaty", 103)});
  Say(editor, next, "News site", {FigureValue("killed", "Almaty", 103)});
  SyncAll();
  EXPECT_EQ(Row("killed", "Almaty").independent_origins(), 1);
  Say(editor, radio, "A nurse", {FigureValue("killed", "Almaty", 90)});
  SyncAll();
  EXPECT_EQ(Row("killed", "Almaty").independent_origins(), 2);
}

TEST_F(StoryTest, AFallingCountOfOneSourceWarns) {
  Say(editor, ministry, "Health Ministry",
      {FigureValue("injured", "Almaty", 2000)}, 1000);
  Say(editor, next, "Health Ministry", {FigureValue("injured", "Almaty", 1500)},
      2000);
  SyncAll();
  ASSERT_EQ(LedgerOf(home).warnings_size(), 1);
  EXPECT_EQ(LedgerOf(home).warnings(0).kind(), v1::WARNING_KIND_FALLING);
  EXPECT_EQ(LedgerOf(home).warnings(0).expected(), 2000);
  EXPECT_EQ(LedgerOf(home).warnings(0).got(), 1500);
}

TEST_F(StoryTest, DisputesAndConfirmationsAreShown) {
  const ChangePtr said = SayMinistry();
  SyncAll();
  LanePart dispute = Fact().Class(PermissionClass::kAttest);
  v1::AttestOp* const attest = dispute.Op().mutable_attest();
  attest->set_what(v1::ATTESTATION_DISPUTED);
  *attest->add_figures() = IdOf(*said);
  Write(editor, ministry, dispute);
  SyncAll();
  EXPECT_TRUE(Row("killed", "whole country").entries(0).disputed());
  EXPECT_FALSE(Row("killed", "Almaty").entries(0).disputed());
}

TEST_F(StoryTest, AnEventWrittenUnawareOfAWithdrawalIsFlagged) {
  SayMinistry();
  SyncAll();
  const ChangePtr withdrawn =
      Withdraw(editor, ministry, v1::WITHDRAWAL_RETRACTED);
  LanePart confirm = Fact().Class(PermissionClass::kAttest);
  confirm.Op().mutable_attest()->set_what(v1::ATTESTATION_CONFIRMED);
  Write(aktau, ministry, confirm);
  SyncAll();
  confirm.Name(withdrawn->hash);
  Write(almaty, ministry, confirm);
  SyncAll();
  const auto events = See(home, ministry).statement().events();
  ASSERT_EQ(events.size(), 3);
  for (const v1::StatementEvent& event : events) {
    EXPECT_EQ(event.unaware(), event.by().actor() == aktau.person.str());
  }
}

TEST_F(StoryTest, ADeletedStatementSaysNothingButItsWithdrawalStays) {
  const auto erase = [this](const DocumentId& id) {
    LanePart part = Fact();
    v1::LifeOp* const life = part.Op().mutable_life();
    life->set_deleted(true);
    Write(editor, id, part);
  };
  Say(editor, next, "A nurse", {FigureValue("killed", "Almaty", 90)});
  SayMinistry();
  Withdraw(editor, ministry, v1::WITHDRAWAL_RETRACTED);
  erase(next);
  erase(ministry);
  SyncAll();
  EXPECT_EQ(Row("killed", "Almaty").entries_size(), 1);
  EXPECT_EQ(LedgerOf(home).withdrawals_size(), 1);
}

}  // namespace
}  // namespace dateline::testing

// Stubs, parking, verdicts, redaction and unknown ops of DESIGN 4, by example.
#include <set>
#include <string>
#include <vector>

#include "tests/sync/merge/fixture.h"

namespace dateline::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AdmissionTest : public MergeFixture {
 protected:
  v1::Document Merge(const std::vector<ChangePtr>& changes) const {
    std::vector<const sync::Change*> pointers;
    for (const ChangePtr& change : changes) pointers.push_back(change.get());
    return sync::MergeDocument(report, pointers, authority);
  }
  void Judge(Author& judge, const ChangePtr& change, v1::Admission what,
             uint32_t number) {
    LanePart part = Notice().Class(PermissionClass::kAdminister);
    v1::VerdictOp* const verdict = part.Op().mutable_verdict();
    verdict->set_what(what);
    verdict->set_change(change->hash.str());
    verdict->set_why(v1::HELD_REASON_MEMBERSHIP);
    verdict->set_number(number);
    Write(judge, part);
  }
  ChangePtr Redact(Author& author, const ChangePtr& change,
                   PermissionClass permission = PermissionClass::kAdminister) {
    LanePart part = Notice().Class(permission);
    v1::RedactOp* const redact = part.Op().mutable_redact();
    redact->add_changes(change->hash.str());
    redact->add_fields(sync::kReason);
    part.Value(TextValue("a child's name"));
    return Write(author, part);
  }
};

TEST_F(AdmissionTest, AChangeWhoseDepsAreMissingWaits) {
  const ChangePtr first = Write(almaty, Fact().Put(sync::kHeadline, "one"));
  const ChangePtr second = Write(almaty, Fact().Put(sync::kHeadline, "two"));
  const v1::Document early = Merge({second});
  EXPECT_THAT(early.parked(), ElementsAre(second->hash.str()));
  EXPECT_THAT(early.registers(), IsEmpty());
  EXPECT_THAT(Values(Merge({second, first}), sync::kHeadline),
              ElementsAre("two"));
}

TEST_F(AdmissionTest, ALaneDoesNotWaitForAnother) {
  Write(almaty, Text().Edit(sync::kBody, "", "lost"));
  Write(almaty, Text().Edit(sync::kBody, "lost", "lost again"));
  const ChangePtr fact = Write(almaty, Fact().Put(sync::kHeadline, "one"));
  EXPECT_THAT(Values(Merge({fact}), sync::kHeadline), ElementsAre("one"));
}

TEST_F(AdmissionTest, AWholeChangeBeatsItsStub) {
  const ChangePtr whole = Write(almaty, Fact().Put(sync::kHeadline, "one"));
  const auto stub = std::make_shared<sync::Change>(sync::ToStub(*whole));
  EXPECT_THAT(Values(Merge({stub}), sync::kHeadline),
              ElementsAre("(redacted)"));
  EXPECT_THAT(Values(Merge({stub, whole}), sync::kHeadline),
              ElementsAre("one"));
  EXPECT_THAT(Values(Merge({whole, stub}), sync::kHeadline),
              ElementsAre("one"));
}

TEST_F(AdmissionTest, AHeldChangeHasNoEffectAndIsListed) {
  const ChangePtr one = Write(almaty, Fact().Put(sync::kHeadline, "one"));
  SyncAll();
  const ChangePtr two = Write(aktau, Fact().Put(sync::kHeadline, "two"));
  SyncAll();
  Judge(home, two, v1::ADMISSION_HELD, 1);
  SyncAll();
  const v1::Document seen = Report(editor);
  EXPECT_THAT(Values(seen, sync::kHeadline), ElementsAre("one"));
  ASSERT_EQ(seen.held_size(), 1);
  EXPECT_EQ(seen.held(0).why(), v1::HELD_REASON_MEMBERSHIP);
  EXPECT_EQ(seen.held(0).actor(), aktau.person.str());
  EXPECT_THAT(seen.version().heads(), ElementsAre(one->hash.str()));
  EXPECT_THAT(seen.heads(1).heads(), ElementsAre(one->hash.str()))
      << "a writer does not build on what is held";
}

TEST_F(AdmissionTest, AHeldChangeDoesNotSayWhatADocumentIs) {
  almaty.lamport = 7;
  Write(almaty, Fact().Put(sync::kHeadline, "one"));
  aktau.lamport = 0;  // as if it came first
  const ChangePtr false_kind =
      aktau.SaveOne(report, DocumentKind::kStatement,
                    Fact().Put(sync::kStatementSourceName, "nobody"));
  home.Learn(false_kind);
  home.Learn(almaty);
  EXPECT_EQ(Report(home).kind(), v1::DOCUMENT_KIND_STATEMENT);
  Judge(home, false_kind, v1::ADMISSION_HELD, 1);
  EXPECT_EQ(Report(home).kind(), v1::DOCUMENT_KIND_REPORT);
}

TEST_F(AdmissionTest, AReplicaWithTheStubSeesTheSameAsOneWithTheHeldChange) {
  const ChangePtr one = Write(almaty, Text().Edit(sync::kBody, "", "Abcdef"));
  SyncAll();
  const ChangePtr held =
      Write(aktau, Text().Edit(sync::kBody, "Abcdef", "Abc secret def"));
  Judge(home, held, v1::ADMISSION_HELD, 1);
  SyncAll();
  v1::Document whole = Report(home);
  std::vector<ChangePtr> changes;
  for (const auto& [hash, change] : home.all()) {
    changes.push_back(hash == held->hash ? std::make_shared<sync::Change>(
                                               sync::ToStub(*change))
                                         : change);
  }
  EXPECT_EQ(Body(whole), "Abcdef");
  EXPECT_EQ(whole.SerializeAsString(), Merge(changes).SerializeAsString());
}

TEST_F(AdmissionTest, WhatOthersBuiltOnAHeldChangeStillMerges) {
  const ChangePtr held =
      Write(almaty, Text().Edit(sync::kBody, "", "Held words. "));
  SyncAll();
  Write(editor, Text().Edit(sync::kBody, "Held words. ",
                            "Held words. More of the desk."));
  SyncAll();
  Judge(home, held, v1::ADMISSION_HELD, 1);
  SyncAll();
  EXPECT_EQ(Body(Report(aktau)), "More of the desk.");
}

TEST_F(AdmissionTest, TheHighestVerdictCounts) {
  const ChangePtr one = Write(almaty, Fact().Put(sync::kHeadline, "one"));
  Judge(home, one, v1::ADMISSION_HELD, 1);
  Judge(home, one, v1::ADMISSION_RELEASED, 2);
  SyncAll();
  EXPECT_THAT(Values(Report(almaty), sync::kHeadline), ElementsAre("one"));
  EXPECT_THAT(Report(almaty).held(), IsEmpty());
}

TEST_F(AdmissionTest, OnlyHomeJudges) {
  const ChangePtr one = Write(almaty, Fact().Put(sync::kHeadline, "one"));
  Judge(aktau, one, v1::ADMISSION_HELD, 1);
  SyncAll();
  EXPECT_THAT(Values(Report(home), sync::kHeadline), ElementsAre("one"));
}

TEST_F(AdmissionTest, ARedactedChangeIsBlankEvenWhereItIsStillHeld) {
  const ChangePtr name =
      Write(almaty, Text().Edit(sync::kBody, "", "He is Askar. "));
  SyncAll();
  Write(editor, Text().Edit(sync::kBody, "He is Askar. ",
                            "He is Askar. The desk knows."));
  SyncAll();
  Redact(home, name);
  SyncAll();
  EXPECT_EQ(Body(Report(almaty)), "The desk knows.");
  EXPECT_EQ(Report(almaty).SerializeAsString().find("Askar"),
            std::string::npos);
  EXPECT_EQ(Report(almaty).texts(0).segments(0).raw_start(), 13)
      << "positions count on";
}

TEST_F(AdmissionTest, ARedactionWaitsUntilHomeHasLetItPass) {
  const ChangePtr one = Write(almaty, Fact().Put(sync::kHeadline, "one"));
  SyncAll();
  const ChangePtr asked = Redact(editor, one);
  EXPECT_THAT(Values(Report(editor), sync::kHeadline), ElementsAre("one"));
  ASSERT_EQ(Report(editor).redactions_size(), 1);
  EXPECT_FALSE(Report(editor).redactions(0).in_force());
  EXPECT_THAT(sync::RedactedIn(Report(editor)), IsEmpty());
  SyncAll();
  Judge(home, asked, v1::ADMISSION_RELEASED, 1);
  SyncAll();
  const v1::Document seen = Report(almaty);
  EXPECT_THAT(Values(seen, sync::kHeadline), ElementsAre("(redacted)"));
  ASSERT_EQ(seen.redactions_size(), 1);
  EXPECT_TRUE(seen.redactions(0).in_force());
  EXPECT_EQ(seen.redactions(0).reason(), "a child's name");
  EXPECT_EQ(seen.redactions(0).by().actor(), editor.person.str());
  EXPECT_THAT(sync::RedactedIn(seen), ElementsAre(one->hash));
}

TEST_F(AdmissionTest, AHeldRedactionErasesNothingUntilItIsReleased) {
  const ChangePtr one = Write(almaty, Fact().Put(sync::kHeadline, "one"));
  SyncAll();
  const ChangePtr asked = Redact(aktau, one);
  SyncAll();
  Judge(home, asked, v1::ADMISSION_HELD, 1);
  SyncAll();
  EXPECT_THAT(Values(Report(almaty), sync::kHeadline), ElementsAre("one"));
  EXPECT_THAT(Report(almaty).redactions(), IsEmpty());
  Judge(home, asked, v1::ADMISSION_RELEASED, 2);
  SyncAll();
  EXPECT_THAT(Values(Report(almaty), sync::kHeadline),
              ElementsAre("(redacted)"));
}

TEST_F(AdmissionTest, ARedactionWithoutItsClassErasesNothing) {
  const ChangePtr one = Write(almaty, Fact().Put(sync::kHeadline, "one"));
  Redact(home, one, PermissionClass::kContent);
  SyncAll();
  EXPECT_THAT(Values(Report(home), sync::kHeadline), ElementsAre("one"));
}

TEST_F(AdmissionTest, AnUnknownOpIsListedAndStopsApprovalOnlyIfItMust) {
  for (const uint32_t ignorable_from : {0u, sync::kSchemaNow + 1}) {
    sync::Sealing sealing;
    sealing.after.feed.lane = Lane::kFact;
    sealing.header.document = report;
    sealing.header.lane = Lane::kFact;
    sealing.header.ignorable_from = ignorable_from;
    v1::Structure structure;
    structure.add_ops()->mutable_put()->set_field(sync::kHeadline);
    structure.add_ops()->MergeFromString(std::string("\xc2\x3e\x01x", 4));
    v1::Content content;
    *content.add_values() = TextValue("one");
    sealing.structure = structure.SerializeAsString();
    sealing.content = content.SerializeAsString();
    const auto change =
        std::make_shared<sync::Change>(sync::Seal(std::move(sealing)));
    const v1::Document seen = Merge({change});
    EXPECT_THAT(seen.unknown_ops(), ElementsAre(change->hash.str()));
    EXPECT_THAT(Values(seen, sync::kHeadline), ElementsAre("one"));
    EXPECT_EQ(seen.read_only(), ignorable_from > sync::kSchemaNow);
    EXPECT_EQ(seen.version().can_approve(), !seen.read_only());
  }
}

TEST_F(AdmissionTest, AnOpInTheWrongLaneHasNoEffect) {
  // Receipts are served to desks only: a headline there would be seen by some.
  Write(almaty, Receipt().Put(sync::kHeadline, "for the few"));
  EXPECT_THAT(Report(almaty).registers(), IsEmpty());
}

TEST_F(AdmissionTest, TheViewDigestLeavesReceiptsOut) {
  const ChangePtr one = Write(almaty, Fact().Put(sync::kHeadline, "one"));
  const v1::Document before = Report(almaty);
  LanePart ack = Receipt();
  ack.Op().mutable_ack()->add_changes(one->hash.str());
  Write(almaty, ack);
  const v1::Document after = Report(almaty);
  EXPECT_EQ(after.acknowledged_size(), 1);
  EXPECT_EQ(sync::ViewDigest({&before}, {}), sync::ViewDigest({&after}, {}));
  Write(almaty, Fact().Put(sync::kHeadline, "two"));
  const v1::Document changed = Report(almaty);
  EXPECT_NE(sync::ViewDigest({&before}, {}), sync::ViewDigest({&changed}, {}));
}

// What differs between two newsrooms must show in their digests: a document, a
// verdict on it, a decision about it, the ledger.
TEST_F(AdmissionTest, TheViewDigestShowsEveryPlantedDifference) {
  const ChangePtr one = Write(almaty, Fact().Put(sync::kHeadline, "one"));
  SyncAll();
  std::set<Hash> digests;
  const auto add = [&] {
    const v1::Document seen = Report(home);
    return digests.insert(sync::ViewDigest({&seen}, LedgerOf(home))).second;
  };
  EXPECT_TRUE(add());
  EXPECT_FALSE(add()) << "nothing new";

  Write(home, Fact().Put(sync::kHeadline, "two"));
  EXPECT_TRUE(add()) << "a document";

  LanePart verdict = Notice();
  verdict.Op().mutable_verdict()->set_what(v1::ADMISSION_HELD);
  verdict.structure.mutable_ops(0)->mutable_verdict()->set_number(1);
  verdict.structure.mutable_ops(0)->mutable_verdict()->set_change(
      one->hash.str());
  Write(home, verdict);
  EXPECT_TRUE(add()) << "a verdict";

  LanePart decision = Fact();
  decision.Op().mutable_decision()->set_what(v1::DECISION_SPIKED);
  decision.structure.mutable_ops(0)->mutable_decision()->set_number(1);
  Write(home, decision);
  EXPECT_TRUE(add()) << "a decision";

  // The report's bytes stay what they are: the statement is in the ledger.
  Write(home, ministry,
        Fact().AddItem(
            sync::kFigures,
            {{sync::kFigureRecord, FigureValue("killed", "Almaty", 12)}}));
  EXPECT_TRUE(add()) << "the ledger";
}

}  // namespace
}  // namespace dateline::testing

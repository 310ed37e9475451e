// What becomes of statements and their figures.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/base/limits.h"
#include "sync/compose/notice_text.h"
#include "sync/model/fields.h"
#include "sync/wire/walk.h"
#include "tests/support/status_matchers.h"
#include "tests/sync/compose/newsroom.h"

namespace dateline::sync {
namespace {

using ::dateline::testing::ExactFigure;
using ::dateline::testing::Fails;
using ::dateline::testing::Journalist;
using ::dateline::testing::SyncAll;
using ::dateline::testing::TextValue;
using ::testing::HasSubstr;

class StatementTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Make(almaty, ministry, "Health Ministry",
         {ExactFigure("killed", "whole country", 164),
          ExactFigure("killed", "Almaty", 103)});
    Sync();
  }
  void Sync() { SyncAll({&almaty, &desk}); }
  void Make(Journalist& who, const DocumentId& id, const std::string& source,
            std::vector<v1::Figure> figures) {
    DocumentEdit edit;
    edit.registers[kStatementSourceName] = TextValue(source);
    edit.new_figures = std::move(figures);
    ASSERT_OK(who.Edit(id, DocumentKind::kStatement, edit));
  }
  v1::ItemId Figure(const DocumentId& id, int i) {
    return desk.See(id).items(i).id();
  }
  absl::Status DeskActs(const DocumentId& id, const v1::Action& action) {
    const absl::Status status = desk.Act(id, action).status();
    Sync();
    return status;
  }
  v1::StatementEvent LastEvent(const DocumentId& id) {
    const v1::StatementState state = desk.See(id).statement();
    const auto& events = state.events();
    return events.empty() ? v1::StatementEvent() : events[events.size() - 1];
  }
  v1::LedgerRow Row(const std::string& place) {
    const v1::Ledger ledger = desk.Ledger();
    for (const v1::LedgerRow& row : ledger.rows()) {
      if (row.place() == place) return row;
    }
    return {};
  }

  Journalist almaty{2}, desk{3};
  const DocumentId ministry = DocumentId::Make(almaty.random);
  const DocumentId radio = DocumentId::Make(almaty.random);
  const DocumentId report = DocumentId::Make(almaty.random);
};

TEST_F(StatementTest, AWithdrawalRepeatsWhatAReaderNeeds) {
  DocumentEdit edit;
  edit.registers[kSlugline] = TextValue("almaty-hospital");
  edit.texts[kBody] = "The ministry counts 164 killed.";
  ASSERT_OK(desk.EditReport(report, edit));
  v1::Action cite, withdraw;
  cite.mutable_cite()->set_statement(ministry.str());
  *cite.mutable_cite()->mutable_figure() = Figure(ministry, 0);
  cite.mutable_cite()->set_end(31);
  ASSERT_OK(DeskActs(report, cite));
  withdraw.mutable_withdraw()->set_how(v1::WITHDRAWAL_DISAVOWED);
  withdraw.mutable_withdraw()->set_reason("the ministry never gave it");
  *withdraw.mutable_withdraw()->add_figures() = Figure(ministry, 0);
  ASSERT_OK(DeskActs(ministry, withdraw));
  const v1::StatementEvent event = LastEvent(ministry);
  EXPECT_EQ(event.kind(), v1::EVENT_KIND_DISAVOWED);
  EXPECT_EQ(event.notice_value(), "killed, whole country: 164");
  EXPECT_EQ(event.notice_source(), "Health Ministry");
  EXPECT_EQ(event.notice_slugline(), "almaty-hospital");
  EXPECT_EQ(event.reason(), "the ministry never gave it");
  EXPECT_TRUE(Row("whole country").current().empty());
}

TEST_F(StatementTest, ANoticeFitsItsPacketInEveryScript) {
  for (const char* word : {"killed ", "погибших ", "قتيلاً ", "死者 ", "👍 "}) {
    std::string words;
    while (words.size() < 3000) words += word;
    const DocumentId id = DocumentId::Make(almaty.random);
    std::vector<v1::Figure> figures;
    for (int i = 0; i < 14; ++i) {
      figures.push_back(ExactFigure(word, absl::StrCat(word, i), i));
    }
    Make(desk, id, Shortened(words, kSluglineBytesMax), figures);
    v1::Action action;
    action.mutable_withdraw()->set_how(v1::WITHDRAWAL_RETRACTED);
    action.mutable_withdraw()->set_reason(words);
    ASSERT_OK_AND_ASSIGN(const auto whole, desk.Act(id, action));
    EXPECT_EQ(whole.size(), 1u);
    for (int i = 0; i < 14; ++i) {
      *action.mutable_withdraw()->add_figures() = Figure(id, i);
    }
    ASSERT_OK_AND_ASSIGN(const auto parts, desk.Act(id, action));
    EXPECT_EQ(parts.size(), 3u);  // six figures a notice
    size_t named = 0;
    for (const Change& change : parts) {
      EXPECT_LE(change.structure.size() + change.content.size(),
                kNoticeBytesMax);
      ASSERT_OK_AND_ASSIGN(const ParsedChange parsed, Parse(change));
      named += parsed.structure.ops(0).withdraw().figures_size();
      EXPECT_GE(parsed.content.values_size(), 2);
    }
    EXPECT_EQ(named, 14u);
  }
}

TEST_F(StatementTest, ShortenedTextKeepsWholeScalarsAndSaysThatItIsCut) {
  EXPECT_EQ(Shortened("as it is", 8), "as it is");
  EXPECT_EQ(Shortened("as it was said", 13), "as it was\xE2\x80\xA6");
  EXPECT_EQ(Shortened("ab", 1), "");
  for (size_t most = 0; most < 40; ++most) {
    const std::string cut = Shortened("Қазақстан Республикасы", most);
    EXPECT_LE(cut.size(), most);
    EXPECT_TRUE(IsUtf8(cut));
  }
}

TEST_F(StatementTest, AFigureIsCorrectedAndRemembersWhy) {
  v1::Action action;
  v1::CorrectFigure* correct = action.mutable_correct_figure();
  *correct->mutable_figure() = Figure(ministry, 1);
  *correct->mutable_record() = ExactFigure("killed", "Almaty", 130);
  correct->set_note("typed wrong");
  ASSERT_OK(DeskActs(ministry, action));
  const v1::LedgerRow row = Row("Almaty");
  ASSERT_EQ(row.entries_size(), 1);
  EXPECT_EQ(row.entries(0).record().low(), 130);
  bool noted = false;
  const v1::Document corrected = desk.See(ministry);
  for (const v1::Item& item : corrected.items()) {
    noted = noted || item.list() == kStatementNotes;
  }
  EXPECT_TRUE(noted);
  correct->mutable_figure()->set_op(99);
  EXPECT_THAT(DeskActs(ministry, action), Fails(v1::NOT_FOUND));
}

TEST_F(StatementTest, ANewerStatementSupersedesAnOlder) {
  Make(almaty, radio, "Health Ministry",
       {ExactFigure("killed", "whole country", 225)});
  Sync();
  v1::Action action;
  action.mutable_supersede()->set_statement(ministry.str());
  ASSERT_OK(DeskActs(radio, action));
  const v1::LedgerRow row = Row("whole country");
  ASSERT_EQ(row.current_size(), 1);
  EXPECT_EQ(row.entries(row.current(0)).record().low(), 225);
  action.mutable_supersede()->set_statement(radio.str());
  EXPECT_THAT(DeskActs(radio, action), Fails(v1::NOT_FOUND));
}

TEST_F(StatementTest, RivalsStandSideBySideUntilSomebodySettlesThem) {
  const DocumentId second = DocumentId::Make(almaty.random);
  Make(almaty, radio, "A. Reporter", {ExactFigure("bodies", "hospital", 12)});
  Make(desk, second, "B. Reporter", {ExactFigure("bodies", "hospital", 14)});
  Sync();
  EXPECT_TRUE(Row("hospital").rivals());
  v1::Action action;
  v1::Settle* settle = action.mutable_settle();
  settle->set_counted("bodies");
  settle->set_place("hospital");
  settle->set_statement(second.str());
  EXPECT_THAT(DeskActs(second, action), Fails(v1::NOT_FOUND));
  *settle->mutable_figure() = Figure(second, 0);
  settle->set_note("counted again");
  ASSERT_OK(DeskActs(second, action));
  EXPECT_TRUE(Row("hospital").settled());
  EXPECT_FALSE(Row("hospital").rivals());
  // A new version of a rival opens it again.
  v1::Action correct;
  *correct.mutable_correct_figure()->mutable_figure() = Figure(radio, 0);
  *correct.mutable_correct_figure()->mutable_record() =
      ExactFigure("bodies", "hospital", 13);
  ASSERT_OK(DeskActs(radio, correct));
  EXPECT_TRUE(Row("hospital").rivals());
}

TEST_F(StatementTest, IsLinkedDisputedAndAMistakeIsAnswered) {
  Make(almaty, radio, "radio", {ExactFigure("killed", "whole country", 164)});
  Sync();
  v1::Action same, dispute, answer;
  same.mutable_same_as()->set_statement(ministry.str());
  ASSERT_OK(DeskActs(radio, same));
  EXPECT_EQ(desk.See(radio).statement().same_as_size(), 1);
  same.mutable_same_as()->set_apart(true);
  ASSERT_OK(DeskActs(radio, same));
  EXPECT_EQ(desk.See(radio).statement().same_as_size(), 0);
  dispute.mutable_attest_figure()->set_what(v1::ATTESTATION_DISPUTED);
  dispute.mutable_attest_figure()->set_note("two hospitals deny it");
  ASSERT_OK(DeskActs(ministry, dispute));
  EXPECT_EQ(LastEvent(ministry).kind(), v1::EVENT_KIND_DISPUTED);
  *answer.mutable_answer_event()->mutable_event() = LastEvent(ministry).id();
  answer.mutable_answer_event()->set_reason("wrong ministry");
  ASSERT_OK(DeskActs(ministry, answer));
  EXPECT_TRUE(desk.See(ministry).statement().events(0).answered());
  answer.mutable_answer_event()->mutable_event()->set_op(9);
  EXPECT_THAT(DeskActs(ministry, answer), Fails(v1::NOT_FOUND));
}

TEST_F(StatementTest, ACitationCopiesTheRecordAndNamesWhatItsAuthorSaw) {
  DocumentEdit edit;
  edit.registers[kSlugline] = TextValue("almaty-hospital");
  edit.texts[kBody] = "В Алматы 103 погибших. Roads are closed.";
  ASSERT_OK(desk.EditReport(report, edit));
  v1::Action cite;
  cite.mutable_cite()->set_statement(ministry.str());
  *cite.mutable_cite()->mutable_figure() = Figure(ministry, 1);
  cite.mutable_cite()->set_start(0);
  cite.mutable_cite()->set_end(22);
  ASSERT_OK(DeskActs(report, cite));
  const v1::Item citation = desk.See(report).items(0);
  ASSERT_EQ(citation.registers_size(), 3);
  EXPECT_EQ(citation.registers(0).writes(0).value().figure().low(), 103);
  EXPECT_EQ(citation.registers(1).writes(0).value().text(),
            "В Алматы 103 погибших.");
  EXPECT_EQ(citation.registers(2).writes(0).value().text(), "Health Ministry");
  ASSERT_EQ(citation.anchors_size(), 1);
  EXPECT_EQ(citation.anchors(0).end(), 22u);
  EXPECT_EQ(citation.anchors(0).quote_hash().size(), kQuoteHashBytes);
  cite.mutable_cite()->set_end(4000);
  EXPECT_THAT(DeskActs(report, cite), Fails(v1::OUT_OF_RANGE_VALUE));

  v1::Action withdraw;
  withdraw.mutable_withdraw()->set_how(v1::WITHDRAWAL_RETRACTED);
  ASSERT_OK(DeskActs(ministry, withdraw));
  cite.mutable_cite()->set_end(22);
  ASSERT_OK(DeskActs(report, cite));
  int unaware = 0, aware = 0;
  const v1::LedgerRow row = Row("Almaty");
  for (const v1::Use& use : row.entries(0).uses()) {
    (use.unaware() ? unaware : aware) += 1;
  }
  EXPECT_EQ(unaware, 1);
  EXPECT_EQ(aware, 1);
}

TEST_F(StatementTest, AFigureWithTwoRecordsIsNotCitedUntilItIsResolved) {
  DocumentEdit edit;
  edit.texts[kBody] = "Many were killed.";
  ASSERT_OK(desk.EditReport(report, edit));
  v1::Action correct;
  *correct.mutable_correct_figure()->mutable_figure() = Figure(ministry, 0);
  for (auto [who, count] : {std::pair(&almaty, 146), std::pair(&desk, 614)}) {
    *correct.mutable_correct_figure()->mutable_record() =
        ExactFigure("killed", "whole country", count);
    ASSERT_OK(who->Act(ministry, correct));
  }
  Sync();
  v1::Action cite;
  cite.mutable_cite()->set_statement(ministry.str());
  *cite.mutable_cite()->mutable_figure() = Figure(ministry, 0);
  EXPECT_THAT(DeskActs(report, cite), Fails(v1::CONFLICT));
}

TEST_F(StatementTest, ANoticeIsAcknowledged) {
  v1::Action withdraw, ack;
  withdraw.mutable_withdraw()->set_how(v1::WITHDRAWAL_RETRACTED);
  ASSERT_OK_AND_ASSIGN(const auto notice, desk.Act(ministry, withdraw));
  Sync();
  ack.mutable_acknowledge()->add_changes(notice[0].hash.str());
  ASSERT_OK_AND_ASSIGN(const auto receipt, almaty.Act(ministry, ack));
  EXPECT_EQ(receipt[0].feed.lane, Lane::kReceipt);
  Sync();
  EXPECT_EQ(desk.See(ministry).acknowledged_size(), 1);
}

}  // namespace
}  // namespace dateline::sync

// What a reporter does without a link: writing, reading, searching.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "absl/strings/escaping.h"
#include "sync/base/errors.h"
#include "sync/compose/action.h"
#include "sync/compose/review.h"
#include "sync/model/fields.h"
#include "tests/client-core/home.h"
#include "tests/support/status_matchers.h"

namespace dateline::client {
namespace {

using ::dateline::testing::Fails;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class OfflineTest : public ::testing::Test {
 protected:
  DocumentId Report(const std::string& headline, const std::string& body = "") {
    ReportEdit edit{.slugline = "kazakhstan-unrest", .headline = headline};
    if (!body.empty()) edit.body = body;
    const auto id = client_->CreateReport(room_.assignment(), edit);
    EXPECT_OK(id);
    return id.ok() ? *id : DocumentId();
  }
  std::vector<std::string> Headlines(const Query& query) {
    std::vector<std::string> headlines;
    const auto rows = client_->List(query);
    EXPECT_OK(rows);
    if (rows.ok()) {
      for (const Row& row : *rows) headlines.push_back(row.headline);
    }
    return headlines;
  }
  std::string Headline(const DocumentId& id) {
    const auto view = client_->Get(id);
    EXPECT_OK(view);
    return view.ok() ? sync::RegisterText(view->document, sync::kHeadline) : "";
  }
  std::string Body(const DocumentId& id) {
    const auto view = client_->Get(id);
    EXPECT_OK(view);
    return view.ok() ? sync::ReaderText(view->document, sync::kBody) : "";
  }
  void Reopen() {
    client_.reset();
    client_ = room_.Open(0);
  }

  Newsroom room_{{v1::ROLE_REPORTER, v1::ROLE_EDITOR}};
  std::unique_ptr<Client> client_ = room_.Open(0);
};

TEST_F(OfflineTest, ASavedReportIsReadBackAtOnceAndAfterReopening) {
  const DocumentId id = Report("Protests spread", "Shots were heard.\n");
  EXPECT_EQ(Headline(id), "Protests spread");
  EXPECT_EQ(Body(id), "Shots were heard.\n");
  Reopen();
  EXPECT_EQ(Headline(id), "Protests spread");
  EXPECT_EQ(Body(id), "Shots were heard.\n");
  EXPECT_THAT(Headlines({}), ElementsAre("Protests spread"));
}

TEST_F(OfflineTest, EveryFieldOfAReportIsKept) {
  v1::Place place;
  place.set_name("Almaty");
  place.set_country("KZ");
  ReportEdit edit{.slugline = "s", .headline = "h", .located = place};
  edit.byline = "Aigerim";
  edit.urgency = 2;
  edit.ed_note = "n";
  edit.embargoed_until = absl::FromUnixSeconds(1641600000);
  edit.language = "ru";
  edit.external_id = "wire/1";
  edit.content_created = absl::FromUnixSeconds(1641500000);
  edit.subjects = {"unrest", "economy"};
  edit.body = "b";
  edit.notes = "for the desk";
  ASSERT_OK_AND_ASSIGN(const DocumentId id,
                       client_->CreateReport(room_.assignment(), edit));
  ASSERT_OK_AND_ASSIGN(const View view, client_->Get(id));
  const auto text = [&](uint32_t field) {
    return sync::RegisterText(view.document, field);
  };
  EXPECT_EQ(text(sync::kLocated), "Almaty");
  EXPECT_EQ(text(sync::kByline), "Aigerim");
  EXPECT_EQ(text(sync::kUrgency), "2");
  EXPECT_EQ(text(sync::kEdNote), "n");
  EXPECT_EQ(text(sync::kEmbargoedUntil), "2022-01-08T00:00:00+00:00");
  EXPECT_EQ(text(sync::kLanguage), "ru");
  EXPECT_EQ(text(sync::kContentCreated), "2022-01-06T20:13:20+00:00");
  EXPECT_EQ(sync::ReaderText(view.document, sync::kNotes), "for the desk");
  ASSERT_THAT(view.document.sets(), SizeIs(1));
  EXPECT_THAT(view.document.sets(0).elements(), SizeIs(2));
  ASSERT_OK_AND_ASSIGN(const auto rows, client_->List({}));
  EXPECT_EQ(rows[0].external_id, "wire/1");
  EXPECT_TRUE(rows[0].mine);
}

TEST_F(OfflineTest, AnEditChangesWhatItNamesAndNothingElse) {
  const DocumentId id = Report("One", "First. Second.");
  ASSERT_OK(client_->EditReport(id, {.headline = "Two"}));
  EXPECT_EQ(Headline(id), "Two");
  EXPECT_EQ(Body(id), "First. Second.");
  ASSERT_OK_AND_ASSIGN(const uint64_t before, client_->Unsent());
  ASSERT_OK(client_->EditReport(id, {.headline = "Two"}));
  ASSERT_OK_AND_ASSIGN(const uint64_t after, client_->Unsent());
  EXPECT_EQ(before, after);
}

TEST_F(OfflineTest, WhatCannotBeSavedIsToldAndChangesNothing) {
  EXPECT_THAT(client_->CreateReport(room_.assignment(), {}),
              Fails(v1::BAD_REQUEST));
  EXPECT_THAT(client_->CreateReport(room_.assignment(),
                                    {.headline = std::string(1001, 'x')}),
              Fails(v1::TOO_LARGE));
  EXPECT_THAT(client_->CreateReport(room_.assignment(), {.urgency = 10}),
              Fails(v1::OUT_OF_RANGE_VALUE));
  EXPECT_THAT(client_->CreateReport(room_.assignment(), {.body = "\xFF"}),
              Fails(v1::BAD_UTF8));
  const auto headline =
      client_->CreateReport(room_.assignment(), {.headline = "\xFF"});
  EXPECT_EQ(sync::ErrorOf(headline.status()).field(), "headline");
  v1::Place nowhere;
  nowhere.set_has_point(true);
  nowhere.set_latitude(std::numeric_limits<double>::quiet_NaN());
  EXPECT_THAT(client_->CreateReport(room_.assignment(), {.located = nowhere}),
              Fails(v1::OUT_OF_RANGE_VALUE));
  EXPECT_THAT(client_->CreateReport(AssignmentId(), {.headline = "x"}),
              Fails(v1::NOT_FOUND));
  EXPECT_THAT(client_->EditReport(DocumentId(), {.headline = "x"}),
              Fails(v1::NOT_FOUND));
  ASSERT_OK_AND_ASSIGN(const uint64_t unsent, client_->Unsent());
  EXPECT_EQ(unsent, 0u);
}

TEST_F(OfflineTest, ManyReportsAreAllMadeOrNone) {
  std::vector<ReportEdit> edits(20, ReportEdit{.headline = "wire"});
  ASSERT_OK_AND_ASSIGN(const auto ids,
                       client_->CreateReports(room_.assignment(), edits));
  EXPECT_THAT(ids, SizeIs(20));
  edits[19].headline = std::string(5000, 'x');
  EXPECT_THAT(client_->CreateReports(room_.assignment(), edits),
              Fails(v1::TOO_LARGE));
  EXPECT_THAT(Headlines({}), SizeIs(20));
}

TEST_F(OfflineTest, ListsAreNewestFirstAndPaged) {
  Report("a");
  const DocumentId b = Report("b");
  Report("c");
  ASSERT_OK(client_->EditReport(b, {.headline = "b2"}));
  EXPECT_THAT(Headlines({}), ElementsAre("b2", "c", "a"));
  EXPECT_THAT(Headlines({.limit = 1, .offset = 1}), ElementsAre("c"));
  EXPECT_THAT(Headlines({.limit = 0}), SizeIs(3));
  EXPECT_THAT(Headlines({.assignment = AssignmentId()}), IsEmpty());
}

TEST_F(OfflineTest, SearchFindsRussianKazakhAndArabic) {
  Report("Протесты в Алматы", "Слышны выстрелы у акимата.");
  Report("Қазақстан", "Өкілдер Ақтауда жиналды.");
  Report("احتجاجات في ألماتي", "سُمِع إطلاق نار.");
  Report("Protests", "Café on Abay Avenue.");
  EXPECT_THAT(Headlines({.text = "выстрелы"}),
              ElementsAre("Протесты в Алматы"));
  EXPECT_THAT(Headlines({.text = "ПРОТЕСТ"}), ElementsAre("Протесты в Алматы"));
  EXPECT_THAT(Headlines({.text = "ақтауда"}), ElementsAre("Қазақстан"));
  EXPECT_THAT(Headlines({.text = "إطلاق"}), ElementsAre("احتجاجات في ألماتي"));
  EXPECT_THAT(Headlines({.text = "سمع"}), ElementsAre("احتجاجات في ألماتي"));
  EXPECT_THAT(Headlines({.text = "cafe abay"}), ElementsAre("Protests"));
  EXPECT_THAT(Headlines({.text = "\"OR ( NEAR *"}), IsEmpty());
}

TEST_F(OfflineTest, SearchForgetsWordsThatAreGone) {
  const DocumentId id = Report("One", "Twelve bodies were counted.");
  EXPECT_THAT(Headlines({.text = "twelve"}), SizeIs(1));
  ASSERT_OK(client_->EditReport(id, {.body = "Bodies were counted."}));
  EXPECT_THAT(Headlines({.text = "twelve"}), IsEmpty());
  EXPECT_THAT(Headlines({.text = "counted"}), SizeIs(1));
}

TEST_F(OfflineTest, HistoryNamesVersionsThatCanBeReadAndCompared) {
  const DocumentId id = Report("One", "First sentence.");
  ASSERT_OK(client_->EditReport(id, {.headline = "Two"}));
  v1::Action submit;
  submit.mutable_submit();
  ASSERT_OK(client_->Act(id, submit));
  ASSERT_OK(client_->EditReport(id, {.body = "First sentence. Second."}));
  ASSERT_OK_AND_ASSIGN(const auto history, client_->History(id));
  ASSERT_THAT(history, SizeIs(3));
  EXPECT_EQ(history[0].actor_name(), "Person 0");
  EXPECT_THAT(history[1].changed(), ElementsAre("headline"));
  const auto heads = [&](int i) {
    return std::vector<std::string>(history[i].heads().begin(),
                                    history[i].heads().end());
  };
  ASSERT_OK_AND_ASSIGN(const v1::Document first, client_->GetAt(id, heads(0)));
  EXPECT_EQ(sync::RegisterText(first, sync::kHeadline), "One");
  EXPECT_EQ(sync::ReaderText(first, sync::kBody), "First sentence.");
  ASSERT_OK_AND_ASSIGN(const auto diff, client_->Diff(id, heads(0), heads(2)));
  ASSERT_THAT(diff, SizeIs(2));
  EXPECT_EQ(diff[0].name(), "headline");
  EXPECT_EQ(diff[1].field(), sync::kBody);
  ASSERT_OK_AND_ASSIGN(const View now, client_->Get(id));
  EXPECT_EQ(heads(2),
            std::vector<std::string>(now.document.version().heads().begin(),
                                     now.document.version().heads().end()));
}

TEST_F(OfflineTest, AShortIdFindsItsDocument) {
  const DocumentId id = Report("One");
  Report("Two");
  ASSERT_OK_AND_ASSIGN(const DocumentId found,
                       client_->Find(id.ToHex().substr(0, 9)));
  EXPECT_EQ(found, id);
  EXPECT_THAT(client_->Find("xyz"), Fails(v1::BAD_REQUEST));
  EXPECT_THAT(client_->Find(""), Fails(v1::BAD_REQUEST));
  EXPECT_THAT(client_->Find(std::string(24, 'f')), Fails(v1::NOT_FOUND));
  for (int i = 0; i < 17; ++i) Report("more");  // two share a first digit
  int several = 0;
  for (const char digit : absl::string_view("0123456789abcdef")) {
    const auto result = client_->Find(std::string(1, digit));
    several += sync::ReasonOf(result.status()) == v1::CONFLICT ? 1 : 0;
  }
  EXPECT_GT(several, 0);
}

TEST_F(OfflineTest, AnUnsentReportIsOnThisPhone) {
  const DocumentId id = Report("One", "Body.");
  ASSERT_OK_AND_ASSIGN(const auto rows, client_->List({}));
  EXPECT_EQ(rows[0].where, Whereabouts::kOnThisPhone);
  EXPECT_EQ(ToString(rows[0].where), "on this phone");
  ASSERT_OK_AND_ASSIGN(const View view, client_->Get(id));
  EXPECT_EQ(view.where, Whereabouts::kOnThisPhone);
  ASSERT_OK_AND_ASSIGN(const uint64_t unsent, client_->Unsent());
  EXPECT_EQ(unsent, 2u);  // one change a lane
}

TEST_F(OfflineTest, AStatementWithFiguresStandsInTheLedger) {
  StatementEdit edit{.source = "Health Ministry", .channel = "Telegram"};
  v1::Figure killed;
  killed.set_counted("killed");
  killed.set_low(164);
  killed.set_best(164);
  killed.set_high(164);
  edit.new_figures.push_back(killed);
  ASSERT_OK(client_->CreateStatement(room_.assignment(), edit));
  ASSERT_OK_AND_ASSIGN(const v1::Ledger ledger,
                       client_->GetLedger(room_.assignment()));
  ASSERT_THAT(ledger.rows(), SizeIs(1));
  ASSERT_THAT(ledger.rows(0).entries(), SizeIs(1));
  EXPECT_EQ(ledger.rows(0).entries(0).source(), "Health Ministry");
  EXPECT_THAT(Headlines({.kind = v1::DOCUMENT_KIND_STATEMENT}),
              ElementsAre("Health Ministry: killed: 164"));
}

TEST_F(OfflineTest, WithdrawingAStatementMarksTheReportThatCitesIt) {
  StatementEdit edit{.source = "Health Ministry"};
  v1::Figure killed;
  killed.set_counted("killed");
  killed.set_low(164);
  killed.set_best(164);
  killed.set_high(164);
  edit.new_figures.push_back(killed);
  ASSERT_OK_AND_ASSIGN(const DocumentId statement,
                       client_->CreateStatement(room_.assignment(), edit));
  const DocumentId report = Report("Toll", "At least 164 people were killed.");
  ASSERT_OK_AND_ASSIGN(const View said, client_->Get(statement));
  v1::Action cite;
  cite.mutable_cite()->set_statement(statement.str());
  *cite.mutable_cite()->mutable_figure() = said.document.items(0).id();
  cite.mutable_cite()->set_start(9);
  cite.mutable_cite()->set_end(12);
  ASSERT_OK(client_->Act(report, cite));
  v1::Action withdraw;
  withdraw.mutable_withdraw()->set_how(v1::WITHDRAWAL_RETRACTED);
  withdraw.mutable_withdraw()->set_reason("technical error");
  ASSERT_OK(client_->Act(statement, withdraw));
  ASSERT_OK_AND_ASSIGN(const auto rows, client_->List({}));
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_TRUE(rows[0].withdrawn_figure);
  ASSERT_OK_AND_ASSIGN(const View view, client_->Get(report));
  ASSERT_THAT(view.withdrawals, SizeIs(1));
  EXPECT_EQ(view.withdrawals[0].statement(), statement.str());
}

TEST_F(OfflineTest, TwoHeadlinesWrittenApartAreBothOffered) {
  const DocumentId id = Report("One");
  client_.reset();
  room_.Carry(0, 1);
  auto desk = room_.Open(1);
  ASSERT_OK(desk->EditReport(id, {.headline = "Desk"}));
  desk.reset();
  client_ = room_.Open(0);
  ASSERT_OK(client_->EditReport(id, {.headline = "Almaty"}));
  client_.reset();
  room_.Carry(1, 0);
  client_ = room_.Open(0);
  ASSERT_OK_AND_ASSIGN(const auto conflicts, client_->Conflicts(std::nullopt));
  ASSERT_THAT(conflicts, SizeIs(1));
  EXPECT_EQ(conflicts[0].field_name(), "headline");
  EXPECT_THAT(conflicts[0].writes(), SizeIs(2));
  EXPECT_THAT(Headlines({.conflicts_only = true}), SizeIs(1));
  ASSERT_OK_AND_ASSIGN(const auto verified, client_->Verify());
  EXPECT_THAT(verified.problems, IsEmpty());
}

TEST_F(OfflineTest, EventsTellWhatChanged) {
  int wakes = 0;
  client_->SetWake([&] { ++wakes; });
  const DocumentId id = Report("One");
  EXPECT_EQ(wakes, 1);
  const auto events = client_->Poll();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].document, id);
  EXPECT_EQ(events[0].kind, Event::Kind::kDocument);
  EXPECT_THAT(client_->Poll(), IsEmpty());
}

TEST_F(OfflineTest, MoreEventsThanAreKeptBecomeOneForEverything) {
  client_.reset();
  client_ = room_.Open(0, {.events_max = 3});
  for (int i = 0; i < 3; ++i) Report("One");
  EXPECT_THAT(client_->Poll(), SizeIs(3));
  for (int i = 0; i < 4; ++i) Report("Two");
  const auto events = client_->Poll();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].document, DocumentId());
}

TEST_F(OfflineTest, VerifyFindsNothingWrongAndGivesADigest) {
  Report("One", "Body.");
  ASSERT_OK_AND_ASSIGN(const auto verified, client_->Verify());
  EXPECT_THAT(verified.problems, IsEmpty());
  EXPECT_EQ(verified.changes, 2u);
  EXPECT_EQ(verified.feeds, 2u);
  EXPECT_EQ(verified.documents, 1u);
  EXPECT_THAT(verified.view_digest_hex, SizeIs(64));
}

TEST(UnjoinedTest, AHomeThatHasNotJoinedSaysSo) {
  testing::TempDir dir;
  ASSERT_OK_AND_ASSIGN(auto client, Client::Open({.directory = dir / "h"}));
  EXPECT_THAT(client->WhoAmI(), Fails(v1::UNAUTHENTICATED));
  EXPECT_THAT(client->CreateReport(AssignmentId(), {.headline = "x"}),
              Fails(v1::UNAUTHENTICATED));
  EXPECT_THAT(client->Join("nonsense", "phone"), Fails(v1::BAD_REQUEST));
}

}  // namespace
}  // namespace dateline::client

// Everything that is not the author's words or values costs at most 48 bytes a
// change beside the signature (DESIGN 4), before compression. Words and values
// are the content as the author wrote it; all else of a pack is counted:
// tables, headers, salts, structures, lengths.
#include "gtest/gtest.h"
#include "sync/model/fields.h"
#include "sync/wire/pack.h"
#include "tests/support/status_matchers.h"
#include "tests/sync/compose/newsroom.h"
#include "tests/sync/wire/world.h"

namespace dateline::sync {
namespace {

using ::dateline::testing::ExactFigure;
using ::dateline::testing::Journalist;
using ::dateline::testing::MapIndex;
using ::dateline::testing::TextValue;

constexpr double kBytesPerChangeMax = 48;
// An action about a document of its own: 24 of these bytes are its id and a
// salt (sync/wire/adr/0001).
constexpr double kBytesPerActionMax = 60;

// What one push of `changes` costs: one run a lane, lanes in order, to a
// server that holds `held`.
struct Cost {
  size_t changes = 0;
  size_t pack = 0;     // bytes, uncompressed
  size_t zstd = 0;     // bytes of the frame
  size_t content = 0;  // words and values
  size_t signatures = 0;
  double PerChange() const {
    return static_cast<double>(pack - content - signatures) /
           static_cast<double>(changes);
  }
};
Cost CostOf(const std::vector<Change>& changes,
            const std::vector<Change>& held) {
  MapIndex index;
  for (const Change& change : held) index.Add(change);
  std::vector<RunOfChanges> runs;
  Cost cost;
  for (const Lane lane : kLanes) {
    RunOfChanges run;
    for (const Change& change : changes) {
      if (change.feed.lane != lane) continue;
      run.feed = change.feed;
      run.changes.push_back(change);
      cost.content += change.content.size();
    }
    if (!run.changes.empty()) runs.push_back(run);
  }
  cost.changes = changes.size();
  cost.signatures = runs.size() * Signature::kSize;
  cost.pack = EncodePack(runs, index, 0).pack().size();
  cost.zstd = EncodePack(runs, index, 3).pack().size();
  return cost;
}

void ExpectSmall(const char* what, const Cost& cost,
                 double bytes_max = kBytesPerChangeMax) {
  ::testing::Test::RecordProperty(what, absl::StrCat(cost.PerChange()));
  std::printf(
      "%-28s %3zu changes  %.1f B/change beside words and signature "
      "(%zu B in all, %zu B as zstd, %zu B of words)\n",
      what, cost.changes, cost.PerChange(), cost.pack, cost.zstd, cost.content);
  EXPECT_LE(cost.PerChange(), bytes_max) << what;
}

constexpr const char* kSentences[] = {
    "Shots were heard near the square until four in the morning. ",
    "Two bakeries on Abay Avenue are open, the queues are long. ",
    "The mobile network has been down since Wednesday. ",
    "Residents say that soldiers check documents at every crossing. "};

class BytesTest : public ::testing::Test {
 protected:
  void Take(const absl::StatusOr<std::vector<Change>>& changes,
            std::vector<Change>* out) {
    ASSERT_OK(changes);
    out->insert(out->end(), changes->begin(), changes->end());
  }
  DocumentEdit Report(int i) {
    DocumentEdit edit;
    edit.registers[kSlugline] = TextValue(absl::StrCat("almaty-", i));
    edit.registers[kHeadline] = TextValue("Quiet morning in Almaty");
    edit.registers[kByline] = TextValue("A. Reporter");
    edit.registers[kUrgency].set_number(3);
    edit.registers[kLanguage] = TextValue("en");
    edit.registers[kLocated].mutable_place()->set_name("Almaty");
    edit.registers[kContentCreated].set_time_ms(1641722400000);
    edit.texts[kBody] = absl::StrCat("ALMATY. ", kSentences[i % 4]);
    return edit;
  }
  // A statement of two figures.
  void AddStatement(const DocumentId& id, std::vector<Change>* out) {
    DocumentEdit edit;
    edit.registers[kStatementSourceName] = TextValue("Health Ministry");
    edit.registers[kChannel] = TextValue("Telegram");
    edit.new_figures = {ExactFigure("killed", "whole country", 164),
                        ExactFigure("killed", "Almaty", 103)};
    Take(almaty.Edit(id, DocumentKind::kStatement, edit), out);
  }
  v1::ItemId FigureOf(const DocumentId& id, int i) {
    return almaty.See(id).items(i).id();
  }

  Journalist home{1}, almaty{2};
};

TEST_F(BytesTest, TypedEdits) {
  const DocumentId report = DocumentId::Make(almaty.random);
  std::vector<Change> held, typed;
  Take(almaty.EditReport(report, Report(0)), &held);
  DocumentEdit edit = Report(0);
  for (int i = 1; i <= 20; ++i) {
    edit.texts[kBody] += kSentences[i % 4];
    Take(almaty.EditReport(report, edit), &typed);
  }
  ExpectSmall("typed_edits", CostOf(typed, held));
}

TEST_F(BytesTest, CorrectionsInTheMiddleOfALongText) {
  const DocumentId report = DocumentId::Make(almaty.random);
  std::vector<Change> held, typed;
  DocumentEdit edit = Report(0);
  for (int i = 0; i < 60; ++i) edit.texts[kBody] += kSentences[i % 4];
  Take(almaty.EditReport(report, edit), &held);
  for (int i = 0; i < 20; ++i) {
    std::string& body = edit.texts[kBody];
    const size_t at = body.find(i % 2 == 0 ? "four" : "Two", 100 * i);
    body.replace(at, i % 2 == 0 ? 4 : 3, i % 2 == 0 ? "five" : "Three");
    Take(almaty.EditReport(report, edit), &typed);
  }
  ExpectSmall("corrections_in_a_text", CostOf(typed, held));
}

TEST_F(BytesTest, NewReports) {
  std::vector<Change> written;
  for (int i = 0; i < 20; ++i) {
    Take(almaty.EditReport(DocumentId::Make(almaty.random), Report(i)),
         &written);
  }
  ExpectSmall("new_reports", CostOf(written, {}));
}

TEST_F(BytesTest, OneReportInAWindowOfItsOwn) {
  std::vector<Change> held, written;
  Take(almaty.EditReport(DocumentId::Make(almaty.random), Report(1)), &held);
  const DocumentId report = DocumentId::Make(almaty.random);
  Take(almaty.EditReport(report, Report(2)), &written);
  v1::Action submit;
  submit.mutable_submit();
  Take(almaty.Act(report, submit), &written);
  const Cost cost = CostOf(written, held);
  // Ids and feeds of three changes alone: said, not hidden.
  std::printf("one report alone: %.1f B/change\n", cost.PerChange());
  EXPECT_LE(cost.PerChange(), 100);
}

TEST_F(BytesTest, Citations) {
  const DocumentId statement = DocumentId::Make(almaty.random);
  const DocumentId report = DocumentId::Make(almaty.random);
  std::vector<Change> held, written;
  AddStatement(statement, &held);
  Take(almaty.EditReport(report, Report(0)), &held);
  for (int i = 0; i < 20; ++i) {
    v1::Action action;
    v1::Cite* cite = action.mutable_cite();
    cite->set_statement(statement.str());
    *cite->mutable_figure() = FigureOf(statement, i % 2);
    cite->set_start(8 + i);
    cite->set_end(20 + i);
    Take(almaty.Act(report, action), &written);
  }
  ExpectSmall("citations", CostOf(written, held));
}

TEST_F(BytesTest, Retractions) {
  std::vector<Change> held, written;
  for (int i = 0; i < 20; ++i) {
    const DocumentId statement = DocumentId::Make(almaty.random);
    AddStatement(statement, &held);
    v1::Action action;
    action.mutable_withdraw()->set_how(v1::WITHDRAWAL_RETRACTED);
    action.mutable_withdraw()->set_reason("published by mistake");
    if (i % 2 == 0) {
      *action.mutable_withdraw()->add_figures() = FigureOf(statement, 0);
    }
    Take(almaty.Act(statement, action), &written);
  }
  ExpectSmall("retractions", CostOf(written, held));
}

// What a desk says about 20 reports that all hold. The hash of the bytes that
// were read is what an approval states, and so is the hash of a change that
// was seen: words of their authors, though they stand in the structure.
class DeskBytesTest : public BytesTest {
 protected:
  DeskBytesTest() {
    for (int i = 0; i < 20; ++i) {
      reports.push_back(DocumentId::Make(almaty.random));
      Take(almaty.EditReport(reports.back(), Report(i)), &held);
    }
    v1::Action submit;
    submit.mutable_submit();
    for (const DocumentId& id : reports) {
      Take(almaty.Act(id, submit), &submitted);
    }
    home.Learn(almaty);
  }
  // One action about each report, by the desk.
  std::vector<Change> ActOnAll(const v1::Action& action) {
    std::vector<Change> written;
    for (const DocumentId& id : reports) Take(home.Act(id, action), &written);
    return written;
  }
  static Cost WithoutStated(Cost cost, size_t bytes_a_change) {
    cost.content += bytes_a_change * cost.changes;
    return cost;
  }
  std::vector<Change> Held(const std::vector<std::vector<Change>>& more) {
    std::vector<Change> all = held;
    for (const auto& one : more) all.insert(all.end(), one.begin(), one.end());
    return all;
  }

  std::vector<DocumentId> reports;
  std::vector<Change> held, submitted;
};

TEST_F(DeskBytesTest, Submissions) {
  ExpectSmall("submissions", CostOf(submitted, held), kBytesPerActionMax);
}

TEST_F(DeskBytesTest, ApprovalsRequestsAndDecisions) {
  v1::Action approve, publish;
  approve.mutable_approve();
  publish.mutable_publish();
  const std::vector<Change> approvals = ActOnAll(approve);
  ExpectSmall("approvals",
              WithoutStated(CostOf(approvals, Held({submitted})), Hash::kSize),
              kBytesPerActionMax);
  const std::vector<Change> requests = ActOnAll(publish);
  ExpectSmall("publish_requests",
              CostOf(requests, Held({submitted, approvals})),
              kBytesPerActionMax);
  std::vector<Change> decisions;
  for (const DocumentId& id : reports) Take(home.Decide(id), &decisions);
  ExpectSmall("decisions",
              CostOf(decisions, Held({submitted, approvals, requests})),
              kBytesPerActionMax);
}

TEST_F(DeskBytesTest, QuestionsAndStops) {
  v1::Action ask, hold;
  ask.mutable_ask()->set_text("Who counted?");
  hold.mutable_stop()->set_what(v1::STOP_KIND_HOLD);
  hold.mutable_stop()->set_reason("waiting for the ministry");
  const std::vector<Change> questions = ActOnAll(ask);
  ExpectSmall("questions", CostOf(questions, Held({submitted})),
              kBytesPerActionMax);
  ExpectSmall("stops", CostOf(ActOnAll(hold), Held({submitted, questions})));
}

// Many actions about one document name it once.
TEST_F(DeskBytesTest, ActionsAboutOneDocument) {
  v1::Action ask;
  ask.mutable_ask()->set_text("Who counted?");
  std::vector<Change> written;
  for (int i = 0; i < 20; ++i) Take(home.Act(reports[0], ask), &written);
  ExpectSmall("questions_about_one_report", CostOf(written, Held({submitted})));
}

}  // namespace
}  // namespace dateline::sync

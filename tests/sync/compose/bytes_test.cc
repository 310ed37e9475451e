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

void Expect48(const char* what, const Cost& cost) {
  ::testing::Test::RecordProperty(what, absl::StrCat(cost.PerChange()));
  std::printf(
      "%-28s %3zu changes  %.1f B/change beside words and signature "
      "(%zu B in all, %zu B as zstd, %zu B of words)\n",
      what, cost.changes, cost.PerChange(), cost.pack, cost.zstd, cost.content);
  EXPECT_LE(cost.PerChange(), kBytesPerChangeMax) << what;
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
  Expect48("typed_edits", CostOf(typed, held));
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
  Expect48("corrections_in_a_text", CostOf(typed, held));
}

TEST_F(BytesTest, NewReports) {
  std::vector<Change> written;
  for (int i = 0; i < 20; ++i) {
    Take(almaty.EditReport(DocumentId::Make(almaty.random), Report(i)),
         &written);
  }
  Expect48("new_reports", CostOf(written, {}));
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
  Expect48("citations", CostOf(written, held));
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
  Expect48("retractions", CostOf(written, held));
}

}  // namespace
}  // namespace dateline::sync

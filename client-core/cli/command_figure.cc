// cite, ledger, rivals, settle: figures and who uses them.
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client-core/cli/command_common.h"
#include "client-core/cli/failure.h"
#include "client-core/cli/figure_text.h"
#include "client-core/cli/program.h"
#include "client-core/cli/report_text.h"
#include "client-core/cli/table.h"
#include "client-core/cli/times.h"
#include "client-core/cli/view_json.h"
#include "client-core/cli/width.h"
#include "client-core/cli/words.h"
#include "sync/base/status_macros.h"
#include "sync/model/fields.h"

namespace dateline::cli {
namespace {

// --- cite ------------------------------------------------------------------

struct CiteArgs {
  std::string report;
  std::string figure;
  std::string words;
  std::optional<int> occurrence;
};

// Unicode scalar values in UTF-8.
uint32_t Scalars(absl::string_view utf8) {
  uint32_t count = 0;
  for (const char c : utf8) count += (c & 0xC0) != 0x80;
  return count;
}

// Every place of `words` in the body, outside open spans, in scalars of the
// merged text, which Cite counts in.
std::vector<uint32_t> PlacesOf(const v1::Document& report,
                               const std::string& words) {
  std::vector<uint32_t> places;
  for (const v1::Text& text : report.texts()) {
    if (text.field() != sync::kBody) continue;
    for (const v1::Segment& segment : text.segments()) {
      const std::string& plain = segment.text();  // of an open span: empty
      if (segment.folded()) continue;
      for (size_t at = plain.find(words); at != std::string::npos;
           at = plain.find(words, at + 1)) {
        places.push_back(segment.raw_start() +
                         Scalars(absl::string_view(plain).substr(0, at)));
      }
    }
  }
  return places;
}

// Where the words to cite stand: the Nth time, or the only one.
absl::Status FindSpan(const v1::Document& report, const CiteArgs& args,
                      v1::Cite* cite) {
  if (args.words.empty()) {
    return UsageError("--words says which words give the figure");
  }
  const std::vector<uint32_t> places = PlacesOf(report, args.words);
  if (places.size() > 1 && !args.occurrence) {
    return UsageError(absl::StrCat("\"", args.words, "\" stands ",
                                   places.size(),
                                   " times in the body; say --occurrence N"));
  }
  const int wanted = args.occurrence.value_or(1);
  if (wanted < 1 || wanted > places.size()) {
    return UsageError(absl::StrCat("the body has \"", args.words, "\" ",
                                   places.size(),
                                   " times outside its conflicts"));
  }
  cite->set_start(places[wanted - 1]);
  cite->set_end(cite->start() + Scalars(args.words));
  return absl::OkStatus();
}

absl::StatusOr<int> Cite(const CiteArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(
      const Opened report,
      OpenDocument(invocation, args.report, v1::DOCUMENT_KIND_REPORT));
  DATELINE_ASSIGN_OR_RETURN(
      const Opened statement,
      OpenDocument(invocation, args.figure, v1::DOCUMENT_KIND_STATEMENT));
  DATELINE_ASSIGN_OR_RETURN(
      const std::vector<v1::ItemId> figures,
      FiguresOf(statement.view.document, ParseReference(args.figure)));
  if (figures.size() != 1) {
    return UsageError("name one figure, such as 3fa9#1");
  }
  v1::Action action;
  v1::Cite* const cite = action.mutable_cite();
  cite->set_statement(statement.id.str());
  *cite->mutable_figure() = figures[0];
  DATELINE_RETURN_IF_ERROR(FindSpan(report.view.document, args, cite));
  return Act(invocation, report, action);
}

// --- ledger ----------------------------------------------------------------

struct LedgerArgs {
  std::string assignment;
};

std::string EntryFate(const v1::LedgerEntry& entry) {
  std::vector<std::string> words;
  if (entry.retracted()) words.push_back("✗ RETRACTED");
  if (entry.disavowed()) words.push_back("✗ DISAVOWED");
  if (entry.superseded()) words.push_back("superseded");
  if (entry.probably_withdrawn()) words.push_back("? probably withdrawn");
  if (entry.disputed()) words.push_back("disputed");
  if (entry.confirmed()) words.push_back("confirmed");
  if (entry.stands()) words.push_back("● stands");
  if (!entry.conflicting().empty()) words.push_back("≠ CONFLICT");
  if (words.empty() && entry.current()) words.push_back("current");
  std::string out;
  for (const std::string& word : words) {
    absl::StrAppend(&out, out.empty() ? "" : ", ", word);
  }
  return out;
}

std::string EntryValue(const v1::LedgerEntry& entry) {
  if (entry.conflicting().empty()) return FigureValue(entry.record());
  std::string out;
  for (const v1::Figure& record : entry.conflicting()) {
    absl::StrAppend(&out, out.empty() ? "" : " ≠ ", FigureValue(record));
  }
  return out;
}

std::string RowTitle(const v1::LedgerRow& row) {
  return absl::StrCat(row.counted(), row.place().empty() ? "" : ", ",
                      row.place(), row.period().empty() ? "" : ", ",
                      row.period());
}

std::string RowState(const v1::LedgerRow& row) {
  if (row.rivals()) return "  ≠ rivals: nobody has settled it";
  if (row.current().empty()) return "  ✗ no current value";
  return row.settled() ? "  ● settled" : "";
}

std::string RowText(const v1::LedgerRow& row, Invocation& invocation) {
  Table table({{"STATEMENT"},
               {"VALUE", true},
               {"SOURCE", false, true},
               {"CHANNEL", false, true},
               {"SAID"},
               {"BY"},
               {"FATE"},
               {"USES", true}});
  for (const v1::LedgerEntry& entry : row.entries()) {
    table.AddRow({ShortId(entry.statement()), EntryValue(entry), entry.source(),
                  entry.channel(), PeopleTime(entry.said_ms()),
                  invocation.PersonName(entry.by().actor()), EntryFate(entry),
                  absl::StrCat(entry.uses_size())},
                 entry.retracted() || entry.disavowed());
  }
  return absl::StrCat(invocation.style().Bold(Printable(RowTitle(row))),
                      RowState(row), "\n", table.Render(invocation.style()),
                      "\n");
}

std::string WarningText(const v1::Warning& warning) {
  if (warning.kind() == v1::WARNING_KIND_FALLING) {
    return absl::StrCat("! a count that can only grow fell from ",
                        warning.expected(), " to ", warning.got(), " [",
                        ShortId(warning.statement()), "]\n");
  }
  std::string sum;
  for (const int64_t part : warning.parts()) {
    absl::StrAppend(&sum, sum.empty() ? "" : "+", part);
  }
  return absl::StrCat("! the parts ", sum, " make ", warning.got(), ", not ",
                      warning.expected(), " [", ShortId(warning.statement()),
                      "]\n");
}

// `rivals_only`: the rows that somebody owes an answer.
absl::StatusOr<int> PrintLedger(const LedgerArgs& args, bool rivals_only,
                                Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(client::Client* const client, invocation.Joined());
  DATELINE_ASSIGN_OR_RETURN(const auto assignments,
                            AssignmentsOf(invocation, args.assignment));
  Json rows = Json::array(), warnings = Json::array();
  std::string people;
  for (const client::AssignmentId& assignment : assignments) {
    DATELINE_ASSIGN_OR_RETURN(const v1::Ledger ledger,
                              client->GetLedger(assignment));
    for (const v1::LedgerRow& row : ledger.rows()) {
      if (rivals_only && !row.rivals()) continue;
      rows.push_back(ToJson(row, invocation));
      absl::StrAppend(&people, RowText(row, invocation));
    }
    if (rivals_only) continue;
    for (const v1::Warning& warning : ledger.warnings()) {
      warnings.push_back(ToJson(warning));
      absl::StrAppend(&people, WarningText(warning));
    }
  }
  Json out = {{"rows", rows}};
  if (!rivals_only) out["warnings"] = warnings;
  invocation.Print(out, people);
  return kDone;
}

absl::StatusOr<int> Ledger(const LedgerArgs& args, Invocation& invocation) {
  return PrintLedger(args, /*rivals_only=*/false, invocation);
}

absl::StatusOr<int> Rivals(const LedgerArgs& args, Invocation& invocation) {
  return PrintLedger(args, /*rivals_only=*/true, invocation);
}

// --- settle ----------------------------------------------------------------

struct SettleArgs {
  std::string figure;
  std::string note;
};

absl::StatusOr<int> Settle(const SettleArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(
      const Opened statement,
      OpenDocument(invocation, args.figure, v1::DOCUMENT_KIND_STATEMENT));
  DATELINE_ASSIGN_OR_RETURN(
      const std::vector<v1::ItemId> figures,
      FiguresOf(statement.view.document, ParseReference(args.figure)));
  if (figures.size() != 1) {
    return UsageError("name the one figure that stands, such as 3fa9#1");
  }
  v1::Action action;
  v1::Settle* const settle = action.mutable_settle();
  for (const v1::Item* item :
       ItemsOf(statement.view.document, sync::kFigures)) {
    const v1::Figure* const record = RecordOf(*item, sync::kFigureRecord);
    if (!SameItem(item->id(), figures[0]) || record == nullptr) continue;
    settle->set_counted(record->counted());
    settle->set_place(record->place());
    settle->set_period(record->period());
  }
  settle->set_statement(statement.id.str());
  *settle->mutable_figure() = figures[0];
  settle->set_note(args.note);
  return Act(invocation, statement, action);
}

void DeclareLedger(Arguments& arguments, LedgerArgs& args) {
  arguments.Option("--assignment", &args.assignment, "Of one story");
}

}  // namespace

void AddFigureCommands(CommandTree::Group root) {
  root.Add<CiteArgs>(
      "cite", "Tie words of a report's body to a figure that a source gave",
      "dateline cite 5b7e 3fa9#1 --words 164",
      [](Arguments& arguments, CiteArgs& args) {
        arguments.Required("REPORT", &args.report, "The report's id");
        arguments.Required("FIGURE", &args.figure,
                           "A statement's id and figure: 3fa9#1");
        arguments.Option("--words", &args.words, "Words of the body");
        arguments.Option("--occurrence", &args.occurrence,
                         "Which one, where they stand there more than once");
      },
      Cite);
  root.Add<LedgerArgs>(
      "ledger", "What is said about what, by whom, and whether it stands",
      "dateline ledger --assignment almaty", DeclareLedger, Ledger);
  root.Add<LedgerArgs>("rivals",
                       "Figures that contradict each other and are not settled",
                       "dateline rivals", DeclareLedger, Rivals);
  root.Add<SettleArgs>(
      "settle", "Say which of the rivals stands (editors)",
      "dateline settle 3fa9#1 --note \"counted twice, with names\"",
      [](Arguments& arguments, SettleArgs& args) {
        arguments.Required("FIGURE", &args.figure,
                           "The figure that stands: 3fa9#1");
        arguments.Option("--note", &args.note, "Why");
      },
      Settle);
}

}  // namespace dateline::cli

// statement add|correct|supersede|retract|disavow|dispute|confirm|link|
// answer|list|show: who said what, and what became of it.
#include "absl/container/btree_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
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

using Words = std::optional<std::string>;

constexpr char kFigureHelp[] =
    "\"COUNTED | PLACE | PERIOD | VALUE\", more by name: part-of=N (the Nth "
    "--figure), as-of=, unit=; VALUE is 103, >=164 (at least), 100..120 or "
    "100..120~110 (best of a range)";

absl::StatusOr<Opened> OpenStatement(Invocation& invocation,
                                     const std::string& reference) {
  return OpenDocument(invocation, reference, v1::DOCUMENT_KIND_STATEMENT);
}

// --- add, correct ----------------------------------------------------------

struct EditArgs {
  std::string statement;  // correct only
  std::string assignment;
  Words source, channel, said, heard, evidence, quote, note;
  std::vector<std::string> figures;
};

void DeclareFields(Arguments& arguments, EditArgs& args) {
  arguments.Option("--channel", &args.channel, "Where it was said");
  arguments.Option("--said", &args.said, "When it was said");
  arguments.Option("--heard", &args.heard, "When you heard it");
  arguments.Option("--evidence", &args.evidence,
                   "What proves it: a link, a file, a recording");
  arguments.Option("--quote", &args.quote, "The words, as heard");
}

absl::Status SetTime(const Words& text, std::optional<absl::Time>* time) {
  if (!text) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(*time, ParseTime(*text));
  return absl::OkStatus();
}

absl::StatusOr<client::StatementEdit> EditOf(const EditArgs& args) {
  client::StatementEdit edit;
  edit.source = args.source;
  edit.channel = args.channel;
  edit.evidence = args.evidence;
  edit.quote = args.quote;
  DATELINE_RETURN_IF_ERROR(SetTime(args.said, &edit.said));
  DATELINE_RETURN_IF_ERROR(SetTime(args.heard, &edit.heard));
  return edit;
}

absl::StatusOr<int> Add(const EditArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(client::StatementEdit edit, EditOf(args));
  DATELINE_ASSIGN_OR_RETURN(edit.new_figures, ParseFigures(args.figures));
  if (!edit.source) return UsageError("--source says who said it");
  DATELINE_ASSIGN_OR_RETURN(const v1::Assignment assignment,
                            invocation.FindAssignment(args.assignment));
  DATELINE_ASSIGN_OR_RETURN(client::Client* const client, invocation.Joined());
  DATELINE_ASSIGN_OR_RETURN(const client::DocumentId id,
                            client->CreateStatement(IdOf(assignment), edit));
  invocation.Print({{"id", id.ToHex()}},
                   absl::StrCat(id.ToHex().substr(0, 8), "\n"));
  return kDone;
}

absl::StatusOr<int> CorrectFigure(const EditArgs& args, const Opened& opened,
                                  const v1::ItemId& figure,
                                  Invocation& invocation) {
  if (args.figures.size() != 1) {
    return UsageError("one --figure says what it should be");
  }
  DATELINE_ASSIGN_OR_RETURN(v1::Figure record, ParseFigure(args.figures[0]));
  for (const v1::Item* item : ItemsOf(opened.view.document, sync::kFigures)) {
    if (!SameItem(item->id(), figure)) continue;
    const v1::Figure* const before = RecordOf(*item, sync::kFigureRecord);
    record.clear_part_of();  // a number of this command's is no figure's
    if (before != nullptr && before->has_part_of()) {
      *record.mutable_part_of() = before->part_of();
    }
  }
  v1::Action action;
  auto* const correct = action.mutable_correct_figure();
  *correct->mutable_figure() = figure;
  *correct->mutable_record() = record;
  correct->set_note(args.note.value_or(""));
  return Act(invocation, opened, action);
}

absl::StatusOr<int> Correct(const EditArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened opened,
                            OpenStatement(invocation, args.statement));
  DATELINE_ASSIGN_OR_RETURN(
      const std::vector<v1::ItemId> figures,
      FiguresOf(opened.view.document, ParseReference(args.statement)));
  if (figures.size() > 1) return UsageError("correct one figure at a time");
  if (figures.size() == 1) {
    return CorrectFigure(args, opened, figures[0], invocation);
  }
  DATELINE_ASSIGN_OR_RETURN(client::StatementEdit edit, EditOf(args));
  DATELINE_ASSIGN_OR_RETURN(edit.new_figures, ParseFigures(args.figures));
  DATELINE_RETURN_IF_ERROR(opened.client->EditStatement(opened.id, edit));
  invocation.Print({{"id", opened.id.ToHex()}}, "");
  return kDone;
}

// --- what becomes of it ----------------------------------------------------

struct EventArgs {
  std::string statement;
  std::string other;
  std::string reason;
  bool apart = false;
};

absl::StatusOr<int> Withdraw(v1::Withdrawal how, const EventArgs& args,
                             Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened opened,
                            OpenStatement(invocation, args.statement));
  DATELINE_ASSIGN_OR_RETURN(
      const std::vector<v1::ItemId> figures,
      FiguresOf(opened.view.document, ParseReference(args.statement)));
  v1::Action action;
  auto* const withdraw = action.mutable_withdraw();
  withdraw->set_how(how);
  withdraw->mutable_figures()->Add(figures.begin(), figures.end());
  withdraw->set_reason(args.reason);
  return Act(invocation, opened, action);
}

absl::StatusOr<int> Retract(const EventArgs& args, Invocation& invocation) {
  return Withdraw(v1::WITHDRAWAL_RETRACTED, args, invocation);
}
absl::StatusOr<int> Disavow(const EventArgs& args, Invocation& invocation) {
  return Withdraw(v1::WITHDRAWAL_DISAVOWED, args, invocation);
}

absl::StatusOr<int> Attest(v1::Attestation what, const EventArgs& args,
                           Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened opened,
                            OpenStatement(invocation, args.statement));
  DATELINE_ASSIGN_OR_RETURN(
      const std::vector<v1::ItemId> figures,
      FiguresOf(opened.view.document, ParseReference(args.statement)));
  v1::Action action;
  auto* const attest = action.mutable_attest_figure();
  attest->set_what(what);
  attest->mutable_figures()->Add(figures.begin(), figures.end());
  attest->set_note(args.reason);
  return Act(invocation, opened, action);
}

absl::StatusOr<int> Dispute(const EventArgs& args, Invocation& invocation) {
  return Attest(v1::ATTESTATION_DISPUTED, args, invocation);
}
absl::StatusOr<int> Confirm(const EventArgs& args, Invocation& invocation) {
  return Attest(v1::ATTESTATION_CONFIRMED, args, invocation);
}

absl::StatusOr<int> Supersede(const EventArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened newer,
                            OpenStatement(invocation, args.statement));
  DATELINE_ASSIGN_OR_RETURN(const Opened older,
                            OpenStatement(invocation, args.other));
  DATELINE_ASSIGN_OR_RETURN(
      const std::vector<v1::ItemId> figures,
      FiguresOf(older.view.document, ParseReference(args.other)));
  v1::Action action;
  auto* const supersede = action.mutable_supersede();
  supersede->set_statement(older.id.str());
  supersede->mutable_figures()->Add(figures.begin(), figures.end());
  return Act(invocation, newer, action);
}

absl::StatusOr<int> Link(const EventArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened one,
                            OpenStatement(invocation, args.statement));
  DATELINE_ASSIGN_OR_RETURN(const Opened other,
                            OpenStatement(invocation, args.other));
  v1::Action action;
  action.mutable_same_as()->set_statement(other.id.str());
  action.mutable_same_as()->set_apart(args.apart);
  return Act(invocation, one, action);
}

// Finds an event by its number in `statement show`, or a prefix of its id.
absl::StatusOr<v1::ItemId> FindEvent(const v1::Document& statement,
                                     const std::string& name) {
  int number = 0;
  for (const v1::StatementEvent& event : statement.statement().events()) {
    if (name == absl::StrCat(++number) ||
        absl::StartsWith(ItemName(event.id()), name)) {
      return event.id();
    }
  }
  return UsageError(absl::StrCat("this statement has no event ", name));
}

absl::StatusOr<int> Answer(const EventArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened opened,
                            OpenStatement(invocation, args.statement));
  v1::Action action;
  DATELINE_ASSIGN_OR_RETURN(*action.mutable_answer_event()->mutable_event(),
                            FindEvent(opened.view.document, args.other));
  action.mutable_answer_event()->set_reason(args.reason);
  return Act(invocation, opened, action);
}

// --- reading ---------------------------------------------------------------

std::string EventsText(const v1::Document& statement, Invocation& invocation) {
  std::string out;
  int number = 0;
  for (const v1::StatementEvent& event : statement.statement().events()) {
    std::string which;
    for (const v1::ItemId& figure : event.figures()) {
      absl::StrAppend(&which, which.empty() ? " #" : ",",
                      FigureNumber(statement, figure));
    }
    absl::StrAppend(&out, "event ", ++number, ": ",
                    absl::AsciiStrToUpper(Word(event.kind())), which, " by ",
                    invocation.PersonName(event.by().actor()), ", ",
                    PeopleTime(event.by().wall_ms()),
                    event.reason().empty() ? "" : ": ", event.reason(),
                    event.answered() ? "  (said to be a mistake)" : "", "\n");
  }
  return out;
}

// "retracted", "superseded": what is in force about one figure.
std::string Fate(const v1::Document& statement, const v1::ItemId& figure,
                 bool* withdrawn) {
  std::string out;
  for (const v1::StatementEvent& event : statement.statement().events()) {
    bool about = event.figures().empty();
    for (const v1::ItemId& one : event.figures()) {
      about |= SameItem(one, figure);
    }
    const bool withdraws = event.kind() == v1::EVENT_KIND_RETRACTED ||
                           event.kind() == v1::EVENT_KIND_DISAVOWED;
    if (!about || event.answered() ||
        event.kind() == v1::EVENT_KIND_SUPERSEDED) {
      continue;
    }
    *withdrawn |= withdraws;
    absl::StrAppend(&out, out.empty() ? "" : ", ", withdraws ? "✗ " : "",
                    withdraws ? absl::AsciiStrToUpper(Word(event.kind()))
                              : Word(event.kind()));
  }
  return out;
}

std::string FiguresText(const v1::Document& statement, const Style& style) {
  Table table({{"#", true},
               {"COUNTED"},
               {"WHERE", false, true},
               {"PERIOD"},
               {"VALUE", true},
               {"FATE"}});
  int number = 0;
  for (const v1::Item* item : ItemsOf(statement, sync::kFigures)) {
    const v1::Figure* const record = RecordOf(*item, sync::kFigureRecord);
    const v1::Figure shown = record == nullptr ? v1::Figure() : *record;
    bool withdrawn = false;
    std::string fate = Fate(statement, item->id(), &withdrawn);
    for (const v1::Register& one : item->registers()) {
      if (one.writes_size() > 1) absl::StrAppend(&fate, " ≠ CONFLICT");
    }
    table.AddRow(
        {absl::StrCat(++number), shown.counted(), shown.place(), shown.period(),
         record == nullptr ? "(redacted)" : FigureValue(shown), fate},
        withdrawn);
  }
  return table.Render(style);
}

struct OneArgs {
  std::string statement;
};

absl::StatusOr<int> Show(const OneArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened opened,
                            OpenStatement(invocation, args.statement));
  const v1::Document& statement = opened.view.document;
  const std::string people = absl::StrCat(
      "statement  ", ShortId(statement.id()), "\nsource     ",
      Printable(TextOf(statement, sync::kStatementSourceName)), "\nchannel    ",
      Printable(TextOf(statement, sync::kChannel)), "\nsaid       ",
      PeopleTime(TimeOf(statement, sync::kSaidAt)), "\nquote      ",
      Printable(TextOf(statement, sync::kQuote)), "\n\n",
      FiguresText(statement, invocation.style()),
      PrintableLines(EventsText(statement, invocation)),
      HeldText(statement, invocation));
  invocation.Print(ToJson(opened.view, invocation), people);
  return kDone;
}

struct ListArgs {
  std::string assignment;
  std::string search;
};

// Marks the rows whose figures, by the ledger, no longer or hardly stand.
absl::Status MarkWithdrawn(client::Client* client,
                           const std::string& assignment,
                           Invocation& invocation,
                           std::vector<client::Row>* rows) {
  absl::btree_set<std::string> withdrawn, probably;
  DATELINE_ASSIGN_OR_RETURN(const auto assignments,
                            AssignmentsOf(invocation, assignment));
  for (const client::AssignmentId& one : assignments) {
    DATELINE_ASSIGN_OR_RETURN(const v1::Ledger ledger, client->GetLedger(one));
    for (const v1::LedgerRow& row : ledger.rows()) {
      for (const v1::LedgerEntry& entry : row.entries()) {
        if (entry.retracted() || entry.disavowed()) {
          withdrawn.insert(entry.statement());
        }
        if (entry.probably_withdrawn()) probably.insert(entry.statement());
      }
    }
  }
  for (client::Row& row : *rows) {
    row.withdrawn_figure = withdrawn.contains(row.id.str());
    row.probably_withdrawn = probably.contains(row.id.str());
  }
  return absl::OkStatus();
}

absl::StatusOr<int> List(const ListArgs& args, Invocation& invocation) {
  client::Query query;
  query.kind = v1::DOCUMENT_KIND_STATEMENT;
  query.limit = 0;
  query.text = args.search;
  if (!args.assignment.empty()) {
    DATELINE_ASSIGN_OR_RETURN(const v1::Assignment assignment,
                              invocation.FindAssignment(args.assignment));
    query.assignment = IdOf(assignment);
  }
  DATELINE_ASSIGN_OR_RETURN(client::Client* const client, invocation.Joined());
  DATELINE_ASSIGN_OR_RETURN(auto rows, client->List(query));
  DATELINE_RETURN_IF_ERROR(
      MarkWithdrawn(client, args.assignment, invocation, &rows));
  Table table({{"STATEMENT"}, {"SAID", false, true}, {"UPDATED"}, {"FLAGS"}});
  for (const client::Row& row : rows) {
    table.AddRow(
        {ShortId(row.id.str()), row.headline, PeopleTime(row.updated_ms),
         row.withdrawn_figure     ? "✗ WITHDRAWN"
         : row.probably_withdrawn ? "? probably withdrawn"
                                  : ""},
        row.withdrawn_figure);
  }
  invocation.Print({{"statements", ListOf(rows, invocation)}},
                   table.Render(invocation.style()));
  return kDone;
}

// --- declarations ----------------------------------------------------------

void DeclareEvent(Arguments& arguments, EventArgs& args) {
  arguments.Required("STATEMENT", &args.statement,
                     "Its id, with #N for one figure (3fa9#2 or 3fa9#1,3)");
  arguments.Option("--reason", &args.reason, "Why, as it was said");
}

void AddWriting(CommandTree::Group statement) {
  statement.Add<EditArgs>(
      "add", "Record what a source said, with its figures",
      "dateline statement add --assignment almaty --source \"Health Ministry\" "
      "\\\n      --channel Telegram --said 2022-01-09T12:00+06:00 \\\n"
      "      --figure \"killed | whole country | | >=164\" \\\n"
      "      --figure \"killed | Almaty | | 103 | part-of=1\"",
      [](Arguments& arguments, EditArgs& args) {
        arguments.Option("--assignment", &args.assignment,
                         "The story it belongs to; needed if there are more");
        arguments.Option("--source", &args.source, "Who said it");
        DeclareFields(arguments, args);
        arguments.Repeated("--figure", &args.figures, kFigureHelp);
      },
      Add);
  statement.Add<EditArgs>(
      "correct", "We had it wrong: write a figure or a field again",
      "dateline statement correct 3fa9#2 --figure \"killed | Almaty | | 113\" "
      "--note \"typing error\"\n"
      "dateline statement correct 3fa9 --channel \"radio\"",
      [](Arguments& arguments, EditArgs& args) {
        arguments.Required("STATEMENT", &args.statement,
                           "Its id, with #N for one figure (3fa9#2)");
        DeclareFields(arguments, args);
        arguments.Repeated("--figure", &args.figures,
                           "What the figure should be; without #N a new "
                           "figure. See statement add");
        arguments.Option("--note", &args.note, "Why");
      },
      Correct);
}

void AddEvents(CommandTree::Group statement) {
  statement.Add<EventArgs>(
      "retract", "The source takes it back",
      "dateline statement retract 3fa9 --reason \"technical error\"\n"
      "dateline statement retract 3fa9#1",
      DeclareEvent, Retract);
  statement.Add<EventArgs>(
      "disavow", "The source denies having said it",
      "dateline statement disavow 3fa9 --reason \"never gave the figure\"",
      DeclareEvent, Disavow);
  statement.Add<EventArgs>(
      "dispute", "Somebody doubts it (editors)",
      "dateline statement dispute 3fa9#1 --reason \"two hospitals disagree\"",
      DeclareEvent, Dispute);
  statement.Add<EventArgs>(
      "confirm", "A second, independent source bears it out (editors)",
      "dateline statement confirm 3fa9#1", DeclareEvent, Confirm);
  statement.Add<EventArgs>(
      "supersede", "A newer statement of the same source replaces an older one",
      "dateline statement supersede 81c0 3fa9#1",
      [](Arguments& arguments, EventArgs& args) {
        arguments.Required("NEWER", &args.statement, "The newer statement");
        arguments.Required("OLDER", &args.other,
                           "The older one, with #N for one figure");
      },
      Supersede);
  statement.Add<EventArgs>(
      "link", "Two statements are one utterance, heard twice (editors)",
      "dateline statement link 3fa9 77ab\n"
      "dateline statement link 3fa9 77ab --apart",
      [](Arguments& arguments, EventArgs& args) {
        arguments.Required("STATEMENT", &args.statement, "One of them");
        arguments.Required("OTHER", &args.other, "The other");
        arguments.Flag("--apart", &args.apart, "Take the link back");
      },
      Link);
  statement.Add<EventArgs>(
      "answer", "An event was recorded by mistake (editors)",
      "dateline statement answer 3fa9 1 --reason \"wrong post\"",
      [](Arguments& arguments, EventArgs& args) {
        arguments.Required("STATEMENT", &args.statement, "Its id");
        arguments.Required("EVENT", &args.other,
                           "The event's number in statement show");
        arguments.Option("--reason", &args.reason, "Why it was a mistake");
      },
      Answer);
}

}  // namespace

void AddStatementCommands(CommandTree::Group root) {
  CommandTree::Group statement =
      root.AddGroup("statement", "Who said what, and what became of it");
  AddWriting(statement);
  AddEvents(statement);
  statement.Add<ListArgs>(
      "list", "Statements on this device",
      "dateline statement list --search министерство",
      [](Arguments& arguments, ListArgs& args) {
        arguments.Option("--assignment", &args.assignment, "Of one story");
        arguments.Option("--search", &args.search, "Words, in any script");
      },
      List);
  statement.Add<OneArgs>(
      "show", "A statement with its figures, records and events",
      "dateline statement show 3fa9",
      [](Arguments& arguments, OneArgs& args) {
        arguments.Required("STATEMENT", &args.statement, "Its id");
      },
      Show);
}

}  // namespace dateline::cli

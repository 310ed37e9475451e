// conflicts, resolve: two people changed the same thing apart.
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client-core/cli/command_common.h"
#include "client-core/cli/failure.h"
#include "client-core/cli/figure_text.h"
#include "client-core/cli/input.h"
#include "client-core/cli/program.h"
#include "client-core/cli/report_text.h"
#include "client-core/cli/times.h"
#include "client-core/cli/view_json.h"
#include "client-core/cli/width.h"
#include "client-core/cli/words.h"
#include "sync/base/status_macros.h"
#include "sync/model/fields.h"

namespace dateline::cli {
namespace {

// One competing value, of a register or of a text's open span.
struct Choice {
  std::string text;
  v1::Authored by;
};

std::vector<Choice> ChoicesOf(const v1::ConflictRow& conflict) {
  std::vector<Choice> out;
  for (const v1::Write& write : conflict.writes()) {
    out.push_back({ValueText(write.value()), write.by()});
  }
  for (const v1::Original& original : conflict.span().originals()) {
    out.push_back({original.text(),
                   original.by().empty() ? v1::Authored() : original.by(0)});
  }
  return out;
}

std::string ConflictText(const v1::ConflictRow& conflict, int number,
                         Invocation& invocation) {
  std::string out =
      absl::StrCat("conflict ", number, " of ", ShortId(conflict.document()),
                   " ", Printable(conflict.slugline()), ": ",
                   invocation.style().Bold(conflict.field_name()), "\n");
  int choice = 0;
  for (const Choice& one : ChoicesOf(conflict)) {
    absl::StrAppend(&out, "  ", ++choice, ") ", Printable(one.text), "   (",
                    Printable(invocation.PersonName(one.by.actor())), ", ",
                    PeopleTime(one.by.wall_ms()), ")\n");
  }
  return out;
}

struct ConflictsArgs {
  std::string assignment;
  std::string document;
};

absl::StatusOr<int> Conflicts(const ConflictsArgs& args,
                              Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(client::Client* const client, invocation.Joined());
  std::optional<client::AssignmentId> assignment;
  if (!args.assignment.empty()) {
    DATELINE_ASSIGN_OR_RETURN(const v1::Assignment found,
                              invocation.FindAssignment(args.assignment));
    assignment = IdOf(found);
  }
  DATELINE_ASSIGN_OR_RETURN(const auto all, client->Conflicts(assignment));
  std::string only;
  if (!args.document.empty()) {
    DATELINE_ASSIGN_OR_RETURN(const auto id, client->Find(args.document));
    only = id.str();
  }
  Json rows = Json::array();
  std::string people, document;
  int number = 0;  // within its document: what `resolve --conflict` takes
  for (const v1::ConflictRow& one : all) {
    if (!only.empty() && one.document() != only) continue;
    number = one.document() == document ? number + 1 : 1;
    document = one.document();
    Json row = ToJson(one, invocation);
    row["number"] = number;
    rows.push_back(row);
    absl::StrAppend(&people, ConflictText(one, number, invocation));
  }
  invocation.Print({{"conflicts", rows}}, people);
  return kDone;
}

// --- resolve ---------------------------------------------------------------

struct ResolveArgs {
  std::string document;
  std::string field;
  std::optional<int> conflict;
  std::optional<int> take;
  std::optional<std::string> value;
  std::optional<std::string> text;
  std::string note;
};

// The one conflict of the document that the line names.
absl::StatusOr<v1::ConflictRow> FindConflict(const Opened& opened,
                                             const ResolveArgs& args) {
  DATELINE_ASSIGN_OR_RETURN(const auto all,
                            opened.client->Conflicts(opened.view.assignment));
  std::vector<v1::ConflictRow> found;
  int number = 0;
  for (const v1::ConflictRow& one : all) {
    if (one.document() != opened.id.str()) continue;
    ++number;
    if (args.conflict && *args.conflict != number) continue;
    if (!args.field.empty() && one.field_name() != args.field) continue;
    found.push_back(one);
  }
  if (found.size() == 1) return found[0];
  if (number == 0) {
    return FailedError(v1::NOT_FOUND,
                       absl::StrCat(args.document, " has no open conflict"));
  }
  return UsageError(absl::StrCat(
      found.empty() ? "no such conflict; " : "that fits several conflicts; ",
      args.document, " has ", number,
      ": name the field, or --conflict N (dateline conflicts)"));
}

// What was typed with --value, as the kind that the field holds.
absl::StatusOr<v1::Value> ParseValueFor(const v1::ConflictRow& conflict,
                                        const std::string& text) {
  v1::Value value;
  if (conflict.writes().empty()) {
    value.set_text(text);
    return value;
  }
  switch (conflict.writes(0).value().kind_case()) {
    case v1::Value::kNumber: {
      int64_t number = 0;
      if (!absl::SimpleAtoi(text, &number)) {
        return UsageError(absl::StrCat("\"", text, "\" is no number"));
      }
      value.set_number(number);
      return value;
    }
    case v1::Value::kPlace:
      value.mutable_place()->set_name(text);
      return value;
    case v1::Value::kTimeMs: {
      DATELINE_ASSIGN_OR_RETURN(const absl::Time time, ParseTime(text));
      value.set_time_ms(absl::ToUnixMillis(time));
      return value;
    }
    case v1::Value::kFigure: {
      DATELINE_ASSIGN_OR_RETURN(*value.mutable_figure(), ParseFigure(text));
      value.mutable_figure()->clear_part_of();
      const v1::Figure& before = conflict.writes(0).value().figure();
      if (before.has_part_of()) {
        *value.mutable_figure()->mutable_part_of() = before.part_of();
      }
      return value;
    }
    default:
      value.set_text(text);
      return value;
  }
}

absl::StatusOr<v1::Value> ChosenValue(const v1::ConflictRow& conflict,
                                      const ResolveArgs& args,
                                      Invocation& invocation) {
  if (args.take) {
    const int choices =
        conflict.writes_size() + conflict.span().originals_size();
    if (*args.take < 1 || *args.take > choices) {
      return UsageError(absl::StrCat("--take ", *args.take, ": there are ",
                                     choices, " values"));
    }
    if (*args.take <= conflict.writes_size()) {
      return conflict.writes(*args.take - 1).value();
    }
    v1::Value value;
    value.set_text(conflict.span().originals(*args.take - 1).text());
    return value;
  }
  if (args.value) return ParseValueFor(conflict, *args.value);
  if (!args.text) {
    return UsageError("say --take N, --value WORDS or --text FILE");
  }
  DATELINE_ASSIGN_OR_RETURN(const std::string text,
                            ReadText(invocation, *args.text));
  return ParseValueFor(conflict, text);
}

v1::Action ActionFor(const v1::ConflictRow& conflict, const v1::Value& value,
                     const std::string& note) {
  v1::Action action;
  if (conflict.has_span()) {
    v1::ResolveText* const resolve = action.mutable_resolve_text();
    resolve->set_field(conflict.field());
    for (const v1::Original& original : conflict.span().originals()) {
      resolve->mutable_edits()->MergeFrom(original.edits());
    }
    resolve->set_text(value.text());
    resolve->set_note(note);
    return action;
  }
  v1::ResolveRegister* const resolve = action.mutable_resolve_register();
  resolve->set_field(conflict.field());
  if (conflict.has_item()) *resolve->mutable_item() = conflict.item();
  for (const v1::Write& write : conflict.writes()) {
    v1::ItemId* const id = resolve->add_writes();
    id->set_change(write.by().change());
    id->set_op(write.op());
  }
  *resolve->mutable_value() = value;
  resolve->set_note(note);
  return action;
}

absl::StatusOr<int> Resolve(const ResolveArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened opened,
                            OpenAny(invocation, args.document));
  DATELINE_ASSIGN_OR_RETURN(const v1::ConflictRow conflict,
                            FindConflict(opened, args));
  DATELINE_ASSIGN_OR_RETURN(const v1::Value value,
                            ChosenValue(conflict, args, invocation));
  return Act(invocation, opened, ActionFor(conflict, value, args.note));
}

}  // namespace

void AddConflictCommands(CommandTree::Group root) {
  root.Add<ConflictsArgs>(
      "conflicts", "Everything that two people changed apart, with all values",
      "dateline conflicts\ndateline conflicts 3fa9",
      [](Arguments& arguments, ConflictsArgs& args) {
        arguments.Optional("DOCUMENT", &args.document, "Of one document");
        arguments.Option("--assignment", &args.assignment, "Of one story");
      },
      Conflicts);
  root.Add<ResolveArgs>(
      "resolve", "Settle a conflict by naming the value that stands",
      "dateline resolve 3fa9 headline --take 2\n"
      "dateline resolve 3fa9 body --value \"12 bodies\" --note \"counted "
      "again\"",
      [](Arguments& arguments, ResolveArgs& args) {
        arguments.Required("DOCUMENT", &args.document, "Its id");
        arguments.Optional("FIELD", &args.field,
                           "headline, body ...; not needed if it has one");
        arguments.Option("--conflict", &args.conflict,
                         "Its number in `dateline conflicts`");
        arguments.Option("--take", &args.take, "The number of a value");
        arguments.Option("--value", &args.value, "Another value");
        arguments.Option("--text", &args.text,
                         "File with the words; - reads standard input");
        arguments.Option("--note", &args.note,
                         "Why; owed where numbers, names or places differ");
      },
      Resolve);
}

}  // namespace dateline::cli

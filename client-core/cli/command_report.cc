// report new|edit|show|list|log|diff|submit|take-back|delete
#include <algorithm>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "client-core/cli/command_common.h"
#include "client-core/cli/editing.h"
#include "client-core/cli/failure.h"
#include "client-core/cli/input.h"
#include "client-core/cli/program.h"
#include "client-core/cli/report_text.h"
#include "client-core/cli/table.h"
#include "client-core/cli/times.h"
#include "client-core/cli/view_json.h"
#include "client-core/cli/words.h"
#include "sync/base/status_macros.h"
#include "sync/compose/action.h"
#include "sync/model/fields.h"

namespace dateline::cli {
namespace {

using Words = std::optional<std::string>;

// What `new` and `edit` share.
struct EditArgs {
  std::string report;  // edit only
  std::string assignment;
  Words slugline, headline, located, country, byline, ed_note, language;
  Words embargoed_until, content_created, text, notes;
  std::optional<int> urgency;
  std::vector<std::string> subjects;
  bool submit = false;
  bool drop_draft = false;  // edit only
};

void DeclareFields(Arguments& arguments, EditArgs& args) {
  arguments.Option("--slugline", &args.slugline, "Its short name at the desk");
  arguments.Option("--headline", &args.headline, "The headline");
  arguments.Option("--located", &args.located, "Place of the dateline");
  arguments.Option("--country", &args.country, "Of --located: KZ, KG ...");
  arguments.Option("--byline", &args.byline, "Who wrote it, for print");
  arguments.Option("--urgency", &args.urgency, "1 (most urgent) to 9");
  arguments.Option("--ed-note", &args.ed_note, "A note to editors");
  arguments.Option("--language", &args.language, "BCP 47: en, ru, kk ...");
  arguments.Option("--embargoed-until", &args.embargoed_until,
                   "Not to be published before this time");
  arguments.Option("--content-created", &args.content_created,
                   "When it happened or was written");
  arguments.Repeated("--subject", &args.subjects,
                     "A subject; once for each, replaces all of them");
  arguments.Option("--text", &args.text,
                   "File with the body; - reads standard input");
  arguments.Option("--notes", &args.notes, "File with notes, not for print");
  arguments.Flag("--submit", &args.submit, "Submit it to the desk as well");
}

absl::Status SetPlace(const EditArgs& args, client::ReportEdit* edit) {
  if (!args.located) {
    return args.country ? UsageError("--country goes with --located")
                        : absl::OkStatus();
  }
  v1::Place place;
  place.set_name(*args.located);
  place.set_country(args.country.value_or(""));
  edit->located = place;
  return absl::OkStatus();
}

absl::Status SetTime(const Words& text, std::optional<absl::Time>* time) {
  if (!text) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(*time, ParseTime(*text));
  return absl::OkStatus();
}

absl::Status SetText(const Words& path, Invocation& invocation, Words* text) {
  if (!path) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(*text, ReadText(invocation, *path));
  return absl::OkStatus();
}

absl::StatusOr<client::ReportEdit> EditOf(const EditArgs& args,
                                          Invocation& invocation) {
  client::ReportEdit edit;
  edit.slugline = args.slugline;
  edit.headline = args.headline;
  edit.byline = args.byline;
  edit.urgency = args.urgency;
  edit.ed_note = args.ed_note;
  edit.language = args.language;
  if (!args.subjects.empty()) edit.subjects = args.subjects;
  DATELINE_RETURN_IF_ERROR(SetPlace(args, &edit));
  DATELINE_RETURN_IF_ERROR(
      SetTime(args.embargoed_until, &edit.embargoed_until));
  DATELINE_RETURN_IF_ERROR(
      SetTime(args.content_created, &edit.content_created));
  DATELINE_RETURN_IF_ERROR(SetText(args.text, invocation, &edit.body));
  DATELINE_RETURN_IF_ERROR(SetText(args.notes, invocation, &edit.notes));
  return edit;
}

bool SaysAnything(const EditArgs& args) {
  return args.slugline || args.headline || args.located || args.byline ||
         args.urgency || args.ed_note || args.language || args.text ||
         args.notes || args.embargoed_until || args.content_created ||
         !args.subjects.empty();
}

// Files it with the words that wait on this device.
absl::StatusOr<v1::Document> SubmitNow(const std::string& note,
                                       const Opened& opened,
                                       Invocation& invocation) {
  DATELINE_RETURN_IF_ERROR(TakeUpLeftWords(invocation, opened));
  v1::Action action;
  action.mutable_submit()->set_note(note);
  return opened.client->Act(opened.id, action);
}

absl::Status Create(const v1::Assignment& assignment,
                    const client::ReportEdit& edit, Invocation& invocation,
                    client::DocumentId* id) {
  DATELINE_ASSIGN_OR_RETURN(client::Client* const client, invocation.Joined());
  DATELINE_ASSIGN_OR_RETURN(*id, client->CreateReport(IdOf(assignment), edit));
  return absl::OkStatus();
}

absl::StatusOr<int> New(const EditArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const v1::Assignment assignment,
                            invocation.FindAssignment(args.assignment));
  DATELINE_ASSIGN_OR_RETURN(client::ReportEdit edit, EditOf(args, invocation));
  client::DocumentId id;
  const auto create = [&](const std::string& words) {
    edit.body = words;
    return Create(assignment, edit, invocation, &id);
  };
  DATELINE_RETURN_IF_ERROR(!edit.body && invocation.terminal().in_is_terminal
                               ? WriteInEditor(invocation, create)
                               : Create(assignment, edit, invocation, &id));
  if (args.submit) {
    invocation.set_saved(
        absl::StrCat("report ", id.ToHex().substr(0, 8), " is on this device"));
    DATELINE_ASSIGN_OR_RETURN(const Opened opened,
                              OpenAny(invocation, id.ToHex()));
    DATELINE_RETURN_IF_ERROR(SubmitNow("", opened, invocation).status());
  }
  invocation.Print({{"id", id.ToHex()}},
                   absl::StrCat(id.ToHex().substr(0, 8), "\n"));
  return kDone;
}

absl::StatusOr<int> Edit(const EditArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(
      Opened opened,
      OpenDocument(invocation, args.report, v1::DOCUMENT_KIND_REPORT));
  DATELINE_ASSIGN_OR_RETURN(const client::ReportEdit edit,
                            EditOf(args, invocation));
  if (args.drop_draft) {
    DATELINE_RETURN_IF_ERROR(DropWords(invocation, opened));
  }
  if (SaysAnything(args)) {
    DATELINE_RETURN_IF_ERROR(opened.client->EditReport(opened.id, edit));
  } else if (invocation.terminal().in_is_terminal && !args.drop_draft) {
    DATELINE_RETURN_IF_ERROR(EditBody(invocation, opened));
    DATELINE_ASSIGN_OR_RETURN(opened.client, invocation.Joined());
  } else if (!args.submit && !args.drop_draft) {
    return UsageError("say what to change, for example --headline or --text");
  }
  if (args.submit) {
    DATELINE_RETURN_IF_ERROR(SubmitNow("", opened, invocation).status());
  }
  invocation.Print({{"id", opened.id.ToHex()}}, "");
  return kDone;
}

// --- reading ---------------------------------------------------------------

struct ShowArgs {
  std::string report;
  std::string at;
};

absl::StatusOr<int> Show(const ShowArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(
      Opened opened,
      OpenDocument(invocation, args.report, v1::DOCUMENT_KIND_REPORT));
  if (!args.at.empty()) {
    DATELINE_ASSIGN_OR_RETURN(const auto history,
                              opened.client->History(opened.id));
    DATELINE_ASSIGN_OR_RETURN(const auto heads,
                              FindVersion(opened, history, args.at));
    DATELINE_ASSIGN_OR_RETURN(opened.view.document,
                              opened.client->GetAt(opened.id, heads));
  }
  invocation.Print(ToJson(opened.view, invocation),
                   ReportText(opened.view, invocation));
  return kDone;
}

struct ListArgs {
  std::string assignment;
  std::string search;
  bool conflicts = false;
  std::optional<int> limit;
};

std::string Flags(const client::Row& row) {
  std::string out;
  if (row.draft) absl::StrAppend(&out, "✎ draft  ");
  if (row.withdrawn_figure) absl::StrAppend(&out, "✗ WITHDRAWN FIGURE  ");
  if (row.probably_withdrawn) absl::StrAppend(&out, "? probably withdrawn  ");
  if (row.conflicts > 0) {
    absl::StrAppend(&out, "≠ ", Count(row.conflicts, "conflict"));
  }
  return out;
}

absl::StatusOr<int> List(const ListArgs& args, Invocation& invocation) {
  client::Query query;
  if (!args.assignment.empty()) {
    DATELINE_ASSIGN_OR_RETURN(const v1::Assignment assignment,
                              invocation.FindAssignment(args.assignment));
    query.assignment = IdOf(assignment);
  }
  query.text = args.search;
  query.conflicts_only = args.conflicts;
  query.limit = static_cast<size_t>(std::max(0, args.limit.value_or(100)));
  DATELINE_ASSIGN_OR_RETURN(client::Client* const client, invocation.Joined());
  DATELINE_ASSIGN_OR_RETURN(const auto rows, client->List(query));
  Table table({{"REPORT"},
               {"SLUGLINE", false, true},
               {"HEADLINE", false, true},
               {"STATUS"},
               {"WHERE"},
               {"UPDATED"},
               {"FLAGS"}});
  for (const client::Row& row : rows) {
    table.AddRow({ShortId(row.id.str()), row.slugline, row.headline,
                  Word(row.status), Word(row.where), PeopleTime(row.updated_ms),
                  Flags(row)});
  }
  invocation.Print({{"reports", ListOf(rows, invocation)}},
                   table.Render(invocation.style()));
  return kDone;
}

struct OneArgs {
  std::string report;
};

absl::StatusOr<int> Log(const OneArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened opened,
                            OpenAny(invocation, args.report));
  DATELINE_ASSIGN_OR_RETURN(const auto history,
                            opened.client->History(opened.id));
  Table table({{"VERSION", true},
               {"BY"},
               {"WRITTEN"},
               {"CHANGED", false, true},
               {"FLAGS"}});
  for (const v1::VersionRow& row : history) {
    std::string changed;
    for (const std::string& name : row.changed()) {
      absl::StrAppend(&changed, changed.empty() ? "" : ", ", name);
    }
    table.AddRow({absl::StrCat(table.size() + 1),
                  invocation.PersonName(row.by().actor()),
                  PeopleTime(row.by().wall_ms()), changed,
                  absl::StrCat(row.approved() ? "✓ approved " : "",
                               row.published() ? "published" : "")});
  }
  invocation.Print({{"versions", ListOf(history, invocation)}},
                   table.Render(invocation.style()));
  return kDone;
}

struct DiffArgs {
  std::string report;
  std::string from;
  std::string to = "now";
};

absl::StatusOr<int> Diff(const DiffArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened opened,
                            OpenAny(invocation, args.report));
  DATELINE_ASSIGN_OR_RETURN(const auto history,
                            opened.client->History(opened.id));
  DATELINE_ASSIGN_OR_RETURN(const auto from,
                            FindVersion(opened, history, args.from));
  DATELINE_ASSIGN_OR_RETURN(const auto to,
                            FindVersion(opened, history, args.to));
  DATELINE_ASSIGN_OR_RETURN(const auto fields,
                            opened.client->Diff(opened.id, from, to));
  invocation.Print({{"fields", ListOf(fields)}},
                   DiffText(fields, invocation.style()));
  return kDone;
}

// --- filing ----------------------------------------------------------------

struct NoteArgs {
  std::string report;
  std::string note;
  bool restore = false;
};

absl::StatusOr<int> Submit(const NoteArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(
      const Opened opened,
      OpenDocument(invocation, args.report, v1::DOCUMENT_KIND_REPORT));
  DATELINE_ASSIGN_OR_RETURN(const v1::Document filed,
                            SubmitNow(args.note, opened, invocation));
  return PrintActed(invocation, opened.id, filed);
}

absl::StatusOr<int> TakeBack(const OneArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(
      const Opened opened,
      OpenDocument(invocation, args.report, v1::DOCUMENT_KIND_REPORT));
  DATELINE_RETURN_IF_ERROR(opened.client->TakeBack(opened.id));
  invocation.Print({{"id", opened.id.ToHex()}}, "");
  return kDone;
}

absl::StatusOr<int> Delete(const NoteArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened opened,
                            OpenAny(invocation, args.report));
  v1::Action action;
  action.mutable_delete_()->set_restore(args.restore);
  return Act(invocation, opened, action);
}

void DeclareOne(Arguments& arguments, OneArgs& args) {
  arguments.Required("REPORT", &args.report, "Its id");
}

void AddWriting(CommandTree::Group report) {
  report.Add<EditArgs>(
      "new", "Write a report; it is safe here when this returns",
      "dateline report new --headline \"Airport closed\" --located Almaty "
      "--text story.txt --submit\n"
      "echo \"Shots near the square.\" | dateline report new --slugline "
      "almaty-1 --text -",
      [](Arguments& arguments, EditArgs& args) {
        arguments.Option("--assignment", &args.assignment,
                         "The story it belongs to; needed if there are more");
        DeclareFields(arguments, args);
      },
      New);
  report.Add<EditArgs>(
      "edit", "Change a report; without options, its body in $EDITOR",
      "dateline report edit 3fa9c1d2\n"
      "dateline report edit 3fa9 --headline \"Airport reopened\"\n"
      "dateline report edit 3fa9 --drop-draft",
      [](Arguments& arguments, EditArgs& args) {
        arguments.Required("REPORT", &args.report, "Its id");
        DeclareFields(arguments, args);
        arguments.Flag("--drop-draft", &args.drop_draft,
                       "Throw away what was typed and not yet saved");
      },
      Edit);
  report.Add<NoteArgs>(
      "submit", "File it: the desk sees it after the next sync",
      "dateline report submit 3fa9 --note \"second source is on the way\"",
      [](Arguments& arguments, NoteArgs& args) {
        arguments.Required("REPORT", &args.report, "Its id");
        arguments.Option("--note", &args.note, "A word to the desk");
      },
      Submit);
  report.Add<OneArgs>("take-back",
                      "Take a submission back; unsent, nobody ever sees it",
                      "dateline report take-back 3fa9", DeclareOne, TakeBack);
  report.Add<NoteArgs>(
      "delete", "Delete a report; a concurrent edit brings it back",
      "dateline report delete 3fa9\ndateline report delete 3fa9 --restore",
      [](Arguments& arguments, NoteArgs& args) {
        arguments.Required("REPORT", &args.report, "Its id");
        arguments.Flag("--restore", &args.restore, "Bring it back");
      },
      Delete);
}

void AddReading(CommandTree::Group report) {
  report.Add<ShowArgs>(
      "show", "A report with its text, figures, approvals and conflicts",
      "dateline report show 3fa9\ndateline report show 3fa9 --at 2",
      [](Arguments& arguments, ShowArgs& args) {
        arguments.Required("REPORT", &args.report, "Its id");
        arguments.Option("--at", &args.at,
                         "As it was at a version (report log)");
      },
      Show);
  report.Add<ListArgs>(
      "list", "Reports on this device, newest first",
      "dateline report list --search аэропорт\n"
      "dateline report list --conflicts --json",
      [](Arguments& arguments, ListArgs& args) {
        arguments.Option("--assignment", &args.assignment, "Of one story");
        arguments.Option("--search", &args.search, "Words, in any script");
        arguments.Flag("--conflicts", &args.conflicts, "In conflict only");
        arguments.Option("--limit", &args.limit,
                         "At most this many (default 100; 0: all)");
      },
      List);
  report.Add<OneArgs>("log", "Its versions: who changed what, when",
                      "dateline report log 3fa9", DeclareOne, Log);
  report.Add<DiffArgs>(
      "diff", "What changed between two versions",
      "dateline report diff 3fa9 1\ndateline report diff 3fa9 1 3",
      [](Arguments& arguments, DiffArgs& args) {
        arguments.Required("REPORT", &args.report, "Its id");
        arguments.Required("FROM", &args.from, "A number of report log");
        arguments.Optional("TO", &args.to, "Likewise (default: now)");
      },
      Diff);
}

}  // namespace

void AddReportCommands(CommandTree::Group root) {
  const CommandTree::Group report =
      root.AddGroup("report", "Write, read and file reports");
  AddWriting(report);
  AddReading(report);
}

}  // namespace dateline::cli

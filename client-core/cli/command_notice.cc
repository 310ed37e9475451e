// notices, ack: what was withdrawn, stopped or asked, and that it was seen.
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client-core/cli/command_common.h"
#include "client-core/cli/failure.h"
#include "client-core/cli/program.h"
#include "client-core/cli/report_text.h"
#include "client-core/cli/times.h"
#include "client-core/cli/view_json.h"
#include "client-core/cli/width.h"
#include "client-core/cli/words.h"
#include "sync/base/status_macros.h"

namespace dateline::cli {
namespace {

// One thing to be told, and how to say that it was seen.
struct Notice {
  std::string document;  // whose lane 0 (or request) it is
  std::string change;    // what an acknowledgement names
  bool owed_by_me = false;
  Json json;
  std::string people;
};

std::string UsesText(const v1::WithdrawalView& withdrawal,
                     Invocation& invocation) {
  std::string out;
  for (const v1::Use& use : withdrawal.uses()) {
    absl::StrAppend(&out, "    ", use.probable() ? "probably used" : "used",
                    " in ", ShortId(use.report()), " ",
                    Printable(use.headline()), " (", Word(use.status()),
                    use.in_approved() ? ", in an approved version" : "",
                    use.in_published() ? ", PUBLISHED" : "", "; ",
                    Word(use.state()), ")\n");
  }
  for (const v1::Acknowledgement& seen : withdrawal.acknowledged()) {
    absl::StrAppend(&out, "    seen by ",
                    Printable(invocation.PersonName(seen.person())), ", ",
                    PeopleTime(seen.wall_ms()), "\n");
  }
  for (const std::string& person : withdrawal.owed()) {
    absl::StrAppend(&out, "    not yet seen by ",
                    Printable(invocation.PersonName(person)), "\n");
  }
  return out;
}

Notice WithdrawalNotice(const v1::WithdrawalView& withdrawal,
                        const std::string& me, Invocation& invocation) {
  Notice notice;
  notice.document = withdrawal.statement();
  notice.change = withdrawal.id().change();
  for (const std::string& person : withdrawal.owed()) {
    notice.owed_by_me |= person == me;
  }
  notice.json = ToJson(withdrawal, invocation);
  notice.json["owedByMe"] = notice.owed_by_me;
  notice.people = absl::StrCat(ShortId(withdrawal.statement()), "  ",
                               WithdrawalText(withdrawal, invocation.style()),
                               "\n", UsesText(withdrawal, invocation));
  return notice;
}

Notice StopNotice(const v1::Document& report, const v1::StopState& stop,
                  Invocation& invocation) {
  Notice notice;
  notice.document = report.id();
  notice.change = stop.id().change();
  notice.json = {
      {"id", ItemName(stop.id())},           {"report", Hex(report.id())},
      {"kind", Camel(Word(stop.what()))},    {"reason", stop.reason()},
      {"by", ToJson(stop.by(), invocation)}, {"owedByMe", false}};
  notice.people =
      absl::StrCat(ShortId(report.id()), "  ",
                   invocation.style().Alarm(absl::StrCat(
                       "■ ", absl::AsciiStrToUpper(Word(stop.what())))),
                   ": ", Printable(stop.reason()), "\n");
  return notice;
}

Notice AskNotice(const v1::Document& report, const v1::RequestState& ask,
                 Invocation& invocation) {
  Notice notice;
  notice.document = report.id();
  notice.change = ask.id().change();
  notice.json = {{"id", ItemName(ask.id())},
                 {"report", Hex(report.id())},
                 {"kind", "ask"},
                 {"text", ask.text()},
                 {"by", ToJson(ask.by(), invocation)},
                 {"owedByMe", false}};
  notice.people =
      absl::StrCat(ShortId(report.id()), "  ? ",
                   Printable(invocation.PersonName(ask.by().actor())),
                   " asks: ", Printable(ask.text()), "\n");
  return notice;
}

absl::Status AddReports(client::Client* client,
                        const client::AssignmentId& assignment,
                        Invocation& invocation, std::vector<Notice>* out) {
  client::Query query;
  query.assignment = assignment;
  query.limit = 0;
  DATELINE_ASSIGN_OR_RETURN(const auto rows, client->List(query));
  for (const client::Row& row : rows) {
    const bool stopped =
        row.status == v1::STATUS_HELD || row.status == v1::STATUS_KILLED;
    const bool asked = row.where == client::Whereabouts::kQuestionForYou ||
                       row.status == v1::STATUS_ASKED;
    if (!stopped && !asked) continue;
    DATELINE_ASSIGN_OR_RETURN(const client::View view, client->Get(row.id));
    for (const auto& stop : view.document.workflow().stops()) {
      if (!stop.in_force()) continue;
      out->push_back(StopNotice(view.document, stop, invocation));
    }
    for (const auto& request : view.document.workflow().requests()) {
      if (request.what() != v1::REQUEST_KIND_ASK || !request.open()) continue;
      out->push_back(AskNotice(view.document, request, invocation));
    }
  }
  return absl::OkStatus();
}

// Withdrawals first: DESIGN's fifth promise.
absl::StatusOr<std::vector<Notice>> AllNotices(const std::string& assignment,
                                               Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(client::Client* const client, invocation.Joined());
  DATELINE_ASSIGN_OR_RETURN(const client::Identity me, client->WhoAmI());
  DATELINE_ASSIGN_OR_RETURN(const auto assignments,
                            AssignmentsOf(invocation, assignment));
  std::vector<Notice> out;
  for (const client::AssignmentId& one : assignments) {
    DATELINE_ASSIGN_OR_RETURN(const v1::Ledger ledger, client->GetLedger(one));
    for (const v1::WithdrawalView& withdrawal : ledger.withdrawals()) {
      out.push_back(WithdrawalNotice(withdrawal, me.person.str(), invocation));
    }
  }
  for (const client::AssignmentId& one : assignments) {
    DATELINE_RETURN_IF_ERROR(AddReports(client, one, invocation, &out));
  }
  return out;
}

struct NoticesArgs {
  std::string assignment;
};

absl::StatusOr<int> Notices(const NoticesArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<Notice> notices,
                            AllNotices(args.assignment, invocation));
  Json rows = Json::array();
  std::string people;
  for (const Notice& notice : notices) {
    rows.push_back(notice.json);
    absl::StrAppend(&people, notice.people,
                    notice.owed_by_me
                        ? absl::StrCat("    you have not said that you saw "
                                       "it: dateline ack ",
                                       ShortId(notice.document), "\n")
                        : "");
  }
  invocation.Print({{"notices", rows}}, people);
  return kDone;
}

struct AckArgs {
  std::vector<std::string> notices;
};

bool Names(const std::string& prefix, const Notice& notice) {
  return absl::StartsWith(Hex(notice.document), prefix) ||
         absl::StartsWith(Hex(notice.change), prefix);
}

absl::StatusOr<int> Acknowledge(const AckArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<Notice> notices,
                            AllNotices("", invocation));
  DATELINE_ASSIGN_OR_RETURN(client::Client* const client, invocation.Joined());
  uint64_t count = 0;
  for (const std::string& name : args.notices) {
    bool found = false;
    for (const Notice& notice : notices) found |= Names(name, notice);
    if (!found) return UsageError(absl::StrCat("there is no notice ", name));
  }
  for (const Notice& notice : notices) {
    bool wanted = args.notices.empty() && notice.owed_by_me;
    for (const std::string& name : args.notices) {
      wanted |= Names(name, notice);
    }
    if (!wanted) continue;
    v1::Action action;
    action.mutable_acknowledge()->add_changes(notice.change);
    DATELINE_RETURN_IF_ERROR(
        client->Act(DocumentIdOf(notice.document), action).status());
    ++count;
  }
  invocation.Print({{"acknowledged", count}}, "");
  return kDone;
}

}  // namespace

void AddNoticeCommands(CommandTree::Group root) {
  root.Add<NoticesArgs>(
      "notices", "What was withdrawn, stopped or asked, and who knows of it",
      "dateline notices",
      [](Arguments& arguments, NoticesArgs& args) {
        arguments.Option("--assignment", &args.assignment, "Of one story");
      },
      Notices);
  root.Add<AckArgs>(
      "ack", "Say that you have seen notices; without an id, all you owe",
      "dateline ack\ndateline ack 3fa9c1d2",
      [](Arguments& arguments, AckArgs& args) {
        arguments.Rest("NOTICE", &args.notices,
                       "The statement or report that `notices` shows");
      },
      Acknowledge);
}

}  // namespace dateline::cli

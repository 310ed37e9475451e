// review approve|ask|answer|hold|release|publish|correct|kill|spike|check
#include "absl/strings/str_cat.h"
#include "client-core/cli/command_common.h"
#include "client-core/cli/failure.h"
#include "client-core/cli/program.h"
#include "sync/base/status_macros.h"

namespace dateline::cli {
namespace {

struct ReviewArgs {
  std::string report;
  std::string at = "now";  // approve: a version of the log
  std::string words;       // a reason, a question, an answer, a public note
  bool despite_stops = false;
  bool despite_withdrawn = false;
  bool despite_newer = false;
};

absl::StatusOr<Opened> OpenReport(Invocation& invocation,
                                  const ReviewArgs& args) {
  return OpenDocument(invocation, args.report, v1::DOCUMENT_KIND_REPORT);
}

// Names the version that the editor read: what is on this device now, or an
// older one.
absl::StatusOr<int> Approve(const ReviewArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened opened, OpenReport(invocation, args));
  DATELINE_ASSIGN_OR_RETURN(const auto history,
                            opened.client->History(opened.id));
  DATELINE_ASSIGN_OR_RETURN(const auto version,
                            FindVersion(opened, history, args.at));
  v1::Action action;
  action.mutable_approve()->mutable_version()->Assign(version.begin(),
                                                      version.end());
  action.mutable_approve()->set_note(args.words);
  return Act(invocation, opened, action);
}

absl::StatusOr<int> Ask(const ReviewArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened opened, OpenReport(invocation, args));
  v1::Action action;
  action.mutable_ask()->set_text(args.words);
  return Act(invocation, opened, action);
}

absl::StatusOr<int> Answer(const ReviewArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened opened, OpenReport(invocation, args));
  v1::Action action;
  for (const v1::RequestState& request :
       opened.view.document.workflow().requests()) {
    if (request.what() == v1::REQUEST_KIND_ASK && request.open()) {
      *action.mutable_answer_ask()->mutable_ask() = request.id();
    }
  }
  if (!action.has_answer_ask()) {
    return FailedError(v1::NOT_FOUND,
                       absl::StrCat(args.report, " has no open question"));
  }
  action.mutable_answer_ask()->set_text(args.words);
  return Act(invocation, opened, action);
}

absl::StatusOr<int> Stop(v1::StopKind what, const ReviewArgs& args,
                         Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened opened, OpenReport(invocation, args));
  v1::Action action;
  action.mutable_stop()->set_what(what);
  action.mutable_stop()->set_reason(args.words);
  return Act(invocation, opened, action);
}

absl::StatusOr<int> Hold(const ReviewArgs& args, Invocation& invocation) {
  return Stop(v1::STOP_KIND_HOLD, args, invocation);
}

absl::StatusOr<int> Kill(const ReviewArgs& args, Invocation& invocation) {
  return Stop(v1::STOP_KIND_KILL, args, invocation);
}

absl::StatusOr<int> Release(const ReviewArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened opened, OpenReport(invocation, args));
  v1::Action action;
  for (const v1::StopState& stop : opened.view.document.workflow().stops()) {
    if (stop.in_force()) *action.mutable_release()->add_stops() = stop.id();
  }
  if (action.release().stops().empty()) {
    return FailedError(v1::NOT_FOUND,
                       absl::StrCat("nothing holds ", args.report));
  }
  action.mutable_release()->set_reason(args.words);
  return Act(invocation, opened, action);
}

absl::StatusOr<int> Publish(const ReviewArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened opened, OpenReport(invocation, args));
  v1::Action action;
  action.mutable_publish()->set_despite_stops(args.despite_stops);
  action.mutable_publish()->set_despite_withdrawn(args.despite_withdrawn);
  action.mutable_publish()->set_despite_newer(args.despite_newer);
  return Act(invocation, opened, action);
}

absl::StatusOr<int> Correct(const ReviewArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened opened, OpenReport(invocation, args));
  v1::Action action;
  action.mutable_correct()->set_public_note(args.words);
  action.mutable_correct()->set_despite_withdrawn(args.despite_withdrawn);
  action.mutable_correct()->set_despite_newer(args.despite_newer);
  return Act(invocation, opened, action);
}

absl::StatusOr<int> Spike(const ReviewArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened opened, OpenReport(invocation, args));
  v1::Action action;
  action.mutable_spike()->set_reason(args.words);
  return Act(invocation, opened, action);
}

// A use of a withdrawn figure was looked at: lists show it as dealt with.
absl::StatusOr<int> Check(const ReviewArgs& args, Invocation& invocation) {
  DATELINE_ASSIGN_OR_RETURN(const Opened opened, OpenReport(invocation, args));
  v1::Action action;
  auto* const attest = action.mutable_attest_figure();
  attest->set_what(v1::ATTESTATION_CHECKED);
  attest->set_note(args.words);
  for (const v1::WithdrawalView& withdrawal : opened.view.withdrawals) {
    attest->mutable_figures()->MergeFrom(withdrawal.figures());
  }
  return Act(invocation, opened, action);
}

void DeclareReport(Arguments& arguments, ReviewArgs& args) {
  arguments.Required("REPORT", &args.report, "Its id");
}

// REPORT and an option for words.
template <const char* flag, const char* help>
void DeclareWith(Arguments& arguments, ReviewArgs& args) {
  DeclareReport(arguments, args);
  arguments.Option(flag, &args.words, help);
}
constexpr char kReason[] = "--reason";
constexpr char kReasonHelp[] = "Why; the reporter reads it";
constexpr char kNote[] = "--note";
constexpr char kNoteHelp[] = "A word to others at the desk";

void DeclareWords(Arguments& arguments, ReviewArgs& args) {
  DeclareReport(arguments, args);
  arguments.Required("WORDS", &args.words, "What to say");
}

void DeclareDespite(Arguments& arguments, ReviewArgs& args) {
  arguments.Flag("--despite-withdrawn", &args.despite_withdrawn,
                 "I know that it cites a withdrawn figure");
  arguments.Flag("--despite-newer", &args.despite_newer,
                 "I know that there is a newer version");
}

void AddTalk(CommandTree::Group review) {
  review.Add<ReviewArgs>(
      "approve", "Approve exactly the version on this device, or an older one",
      "dateline review approve 3fa9\ndateline review approve 3fa9 --at 2",
      [](Arguments& arguments, ReviewArgs& args) {
        DeclareReport(arguments, args);
        arguments.Option("--at", &args.at,
                         "The version that was read (report log; default: "
                         "now)");
        arguments.Option(kNote, &args.words, kNoteHelp);
      },
      Approve);
  review.Add<ReviewArgs>("ask", "Ask the reporter",
                         "dateline review ask 3fa9 \"Who counted the 12?\"",
                         DeclareWords, Ask);
  review.Add<ReviewArgs>("answer", "Answer the desk's question",
                         "dateline review answer 3fa9 \"The duty doctor.\"",
                         DeclareWords, Answer);
  review.Add<ReviewArgs>(
      "check", "Mark its use of withdrawn figures as looked at",
      "dateline review check 3fa9 --note \"says itself that it was denied\"",
      DeclareWith<kNote, kNoteHelp>, Check);
}

void AddStops(CommandTree::Group review) {
  review.Add<ReviewArgs>("hold", "Stop it until it is released",
                         "dateline review hold 3fa9 --reason \"one source\"",
                         DeclareWith<kReason, kReasonHelp>, Hold);
  review.Add<ReviewArgs>("kill", "Withdraw it, published or not",
                         "dateline review kill 3fa9 --reason \"denied\"",
                         DeclareWith<kReason, kReasonHelp>, Kill);
  review.Add<ReviewArgs>("release", "Ask home to lift every hold and kill",
                         "dateline review release 3fa9",
                         DeclareWith<kReason, kReasonHelp>, Release);
  review.Add<ReviewArgs>("spike", "Drop it before publication",
                         "dateline review spike 3fa9 --reason \"overtaken\"",
                         DeclareWith<kReason, kReasonHelp>, Spike);
}

void AddPublishing(CommandTree::Group review) {
  review.Add<ReviewArgs>(
      "publish", "Ask home to publish the newest approval",
      "dateline review publish 3fa9\n"
      "dateline review publish 3fa9 --despite-newer",
      [](Arguments& arguments, ReviewArgs& args) {
        DeclareReport(arguments, args);
        arguments.Flag("--despite-stops", &args.despite_stops,
                       "I know what holds it");
        DeclareDespite(arguments, args);
      },
      Publish);
  review.Add<ReviewArgs>(
      "correct", "Ask home to publish the newest approval as a correction",
      "dateline review correct 3fa9 --note \"An earlier version gave a toll "
      "that was withdrawn.\"",
      [](Arguments& arguments, ReviewArgs& args) {
        DeclareReport(arguments, args);
        arguments.Option("--note", &args.words,
                         "The public note: what was wrong");
        DeclareDespite(arguments, args);
      },
      Correct);
}

}  // namespace

void AddReviewCommands(CommandTree::Group root) {
  const CommandTree::Group review =
      root.AddGroup("review", "What the desk does with a report");
  AddTalk(review);
  AddStops(review);
  AddPublishing(review);
}

}  // namespace dateline::cli

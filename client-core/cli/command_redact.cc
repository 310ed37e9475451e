// redact: words that must be nowhere any more
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client-core/cli/command_common.h"
#include "client-core/cli/failure.h"
#include "client-core/cli/program.h"
#include "client-core/cli/view_json.h"
#include "client-core/cli/words.h"
#include "sync/base/status_macros.h"
#include "sync/compose/action.h"

namespace dateline::cli {
namespace {

using client::WordsOfChange;

struct RedactArgs {
  std::string document;
  std::vector<std::string> changes;  // beginnings of their hashes
  std::string containing;
  std::string reason;
  bool all = false;
};

constexpr size_t kHashDigitsMin = 8;  // shorter is a slip of the hand

bool IsRedaction(const WordsOfChange& change, const v1::Document& document) {
  for (const v1::Redaction& redaction : document.redactions()) {
    if (redaction.by().change() == change.change) return true;
  }
  return false;
}

absl::StatusOr<std::string> FindChange(
    const std::vector<WordsOfChange>& changes, const std::string& prefix) {
  std::string found;
  for (const WordsOfChange& change : changes) {
    if (prefix.size() < kHashDigitsMin ||
        !absl::StartsWithIgnoreCase(Hex(change.change), prefix)) {
      continue;
    }
    if (!found.empty()) {
      return UsageError(
          absl::StrCat("several changes begin with \"", prefix, "\""));
    }
    found = change.change;
  }
  if (!found.empty()) return found;
  return UsageError(absl::StrCat(
      "no change with words of it begins with \"", prefix, "\" (at least ",
      kHashDigitsMin, " digits; dateline report log --json lists them)"));
}

// Hashes of what is to be erased.
absl::StatusOr<std::vector<std::string>> Chosen(const Opened& opened,
                                                const RedactArgs& args) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<WordsOfChange> all,
                            opened.client->FindWords(opened.id, ""));
  std::vector<std::string> chosen;
  for (const std::string& prefix : args.changes) {
    DATELINE_ASSIGN_OR_RETURN(chosen.emplace_back(), FindChange(all, prefix));
  }
  if (!args.all && args.containing.empty()) return chosen;
  DATELINE_ASSIGN_OR_RETURN(
      const std::vector<WordsOfChange> found,
      opened.client->FindWords(opened.id, args.all ? "" : args.containing));
  for (const WordsOfChange& change : found) {
    if (args.all && IsRedaction(change, opened.view.document)) continue;
    chosen.push_back(change.change);
  }
  return chosen;
}

// The same words in other documents: a redaction covers one.
absl::StatusOr<std::map<client::DocumentId, int>> Elsewhere(
    const Opened& opened, const std::string& words) {
  std::map<client::DocumentId, int> elsewhere;
  if (words.empty()) return elsewhere;
  DATELINE_ASSIGN_OR_RETURN(const std::vector<WordsOfChange> found,
                            opened.client->FindWords(std::nullopt, words));
  for (const WordsOfChange& change : found) {
    if (change.document != opened.id) ++elsewhere[change.document];
  }
  return elsewhere;
}

// A notice is small: several, if need be.
absl::Status Write(const Opened& opened, const RedactArgs& args,
                   const std::vector<std::string>& chosen) {
  for (size_t i = 0; i < chosen.size(); i += sync::kRedactedPerNoticeMax) {
    v1::Action action;
    const size_t end = std::min(i + sync::kRedactedPerNoticeMax, chosen.size());
    action.mutable_redact()->mutable_changes()->Assign(chosen.begin() + i,
                                                       chosen.begin() + end);
    action.mutable_redact()->set_reason(args.reason);
    DATELINE_RETURN_IF_ERROR(opened.client->Act(opened.id, action).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Redact(const RedactArgs& args, Invocation& invocation) {
  const bool by_words = args.all || !args.containing.empty();
  if (args.changes.empty() && !by_words) {
    return UsageError(
        "say what to erase: CHANGE..., --containing WORDS or --all");
  }
  DATELINE_ASSIGN_OR_RETURN(const Opened opened,
                            OpenAny(invocation, args.document));
  DATELINE_ASSIGN_OR_RETURN(const std::vector<std::string> chosen,
                            Chosen(opened, args));
  if (chosen.empty()) {
    return FailedError(v1::NOT_FOUND,
                       absl::StrCat("no change of ", args.document,
                                    " on this device holds these words"));
  }
  DATELINE_RETURN_IF_ERROR(Write(opened, args, chosen));
  DATELINE_ASSIGN_OR_RETURN(const auto elsewhere,
                            Elsewhere(opened, args.containing));
  Json changes = Json::array(), others = Json::array();
  for (const std::string& change : chosen) changes.push_back(Hex(change));
  for (const auto& [document, count] : elsewhere) {
    others.push_back({{"id", document.ToHex()}, {"changes", count}});
    invocation.Say(absl::StrCat(
        "note:  the same words are in ", Count(count, "change"), " of ",
        ShortId(document.str()), ": redact them there, too"));
  }
  invocation.Say(absl::StrCat(
      "next:  dateline sync; home erases ", Count(chosen.size(), "change"),
      " everywhere if you are an admin, and holds it for one if not"));
  invocation.Print(
      {{"id", opened.id.ToHex()}, {"changes", changes}, {"elsewhere", others}},
      "");
  return kDone;
}

}  // namespace

void AddRedactCommand(CommandTree::Group root) {
  root.Add<RedactArgs>(
      "redact", "Erase words of a report or statement, everywhere and for good",
      "dateline redact 3fa9 --containing \"Aigul S.\" --reason \"a minor\"\n"
      "dateline redact 3fa9 1c02b7d45e9f --reason \"a phone number\"\n"
      "dateline redact 3fa9 --all --reason \"endangers the source\"",
      [](Arguments& arguments, RedactArgs& args) {
        arguments.Required("DOCUMENT", &args.document,
                           "The id of a report or statement");
        arguments.Rest("CHANGE", &args.changes,
                       "Beginnings of hashes of its changes (report log "
                       "--json)");
        arguments.Option("--containing", &args.containing,
                         "Every change of it that holds these words as "
                         "written");
        arguments.Flag("--all", &args.all, "Every word of it");
        arguments.Option("--reason", &args.reason,
                         "Why; everybody reads it, so not the words");
      },
      Redact);
}

}  // namespace dateline::cli

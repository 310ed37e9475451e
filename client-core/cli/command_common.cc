#include "client-core/cli/command_common.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client-core/cli/failure.h"
#include "client-core/cli/view_json.h"
#include "client-core/cli/words.h"
#include "sync/base/status_macros.h"

namespace dateline::cli {

absl::StatusOr<Opened> OpenAny(Invocation& invocation,
                               const std::string& prefix) {
  DATELINE_ASSIGN_OR_RETURN(client::Client* const client, invocation.Joined());
  DATELINE_ASSIGN_OR_RETURN(const client::DocumentId id,
                            client->Find(ParseReference(prefix).document));
  DATELINE_ASSIGN_OR_RETURN(client::View view, client->Get(id));
  return Opened{.client = client, .id = id, .view = std::move(view)};
}

absl::StatusOr<Opened> OpenDocument(Invocation& invocation,
                                    const std::string& prefix,
                                    v1::DocumentKind kind) {
  DATELINE_ASSIGN_OR_RETURN(Opened opened, OpenAny(invocation, prefix));
  if (opened.view.document.kind() != kind) {
    return UsageError(absl::StrCat(prefix, " is a ",
                                   Word(opened.view.document.kind()),
                                   ", not a ", Word(kind)));
  }
  return opened;
}

absl::StatusOr<int> Act(Invocation& invocation, const Opened& opened,
                        const v1::Action& action) {
  DATELINE_ASSIGN_OR_RETURN(const v1::Document document,
                            opened.client->Act(opened.id, action));
  return PrintActed(invocation, opened.id, document);
}

int PrintActed(Invocation& invocation, const client::DocumentId& id,
               const v1::Document& document) {
  Json out = {{"id", id.ToHex()}};
  if (document.kind() == v1::DOCUMENT_KIND_REPORT) {
    out["status"] = Camel(Word(document.workflow().status()));
  }
  out["conflicts"] = document.conflicts();
  invocation.Print(out, "");
  return kDone;
}

absl::StatusOr<std::vector<std::string>> FindVersion(
    const Opened& opened, const std::vector<v1::VersionRow>& history,
    const std::string& name) {
  const auto& now = opened.view.document.version().heads();
  if (name == "now") return std::vector<std::string>(now.begin(), now.end());
  int number = 0;
  if (absl::SimpleAtoi(name, &number) && number >= 1 &&
      number <= history.size()) {
    const auto& heads = history[number - 1].heads();
    return std::vector<std::string>(heads.begin(), heads.end());
  }
  // An approval must never land on a version that merely begins with a number
  // that was mistyped.
  constexpr size_t kHashDigitsMin = 8;
  for (const v1::VersionRow& row : history) {
    if (name.size() < kHashDigitsMin) break;
    if (absl::StartsWith(absl::BytesToHexString(row.by().change()), name)) {
      return std::vector<std::string>(row.heads().begin(), row.heads().end());
    }
  }
  return UsageError(absl::StrCat("there is no version \"", name,
                                 "\"; dateline report log lists 1 to ",
                                 history.size()));
}

absl::StatusOr<std::vector<client::AssignmentId>> AssignmentsOf(
    Invocation& invocation, const std::string& name) {
  std::vector<client::AssignmentId> out;
  if (!name.empty()) {
    DATELINE_ASSIGN_OR_RETURN(const v1::Assignment one,
                              invocation.FindAssignment(name));
    out.push_back(IdOf(one));
    return out;
  }
  DATELINE_ASSIGN_OR_RETURN(client::Client* const client, invocation.Joined());
  DATELINE_ASSIGN_OR_RETURN(const std::vector<v1::Assignment> all,
                            client->Assignments());
  for (const v1::Assignment& one : all) out.push_back(IdOf(one));
  return out;
}

client::AssignmentId IdOf(const v1::Assignment& assignment) {
  return client::AssignmentId::FromBytes(assignment.id())
      .value_or(client::AssignmentId());
}

client::DocumentId DocumentIdOf(const std::string& bytes) {
  return client::DocumentId::FromBytes(bytes).value_or(client::DocumentId());
}

}  // namespace dateline::cli

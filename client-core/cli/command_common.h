// What the commands of several nouns share.
#ifndef DATELINE_CLIENT_CORE_CLI_COMMAND_COMMON_H_
#define DATELINE_CLIENT_CORE_CLI_COMMAND_COMMON_H_

#include <string>
#include <vector>

#include "client-core/cli/document.h"
#include "client-core/cli/invocation.h"

namespace dateline::cli {

// A document that a person named by a prefix of its id, opened.
struct Opened {
  client::Client* client;  // not owned; the invocation's
  client::DocumentId id;
  client::View view;
};
// A usage error if it is not of `kind`: the two share one space of ids.
absl::StatusOr<Opened> OpenDocument(Invocation& invocation,
                                    const std::string& prefix,
                                    v1::DocumentKind kind);
absl::StatusOr<Opened> OpenAny(Invocation& invocation,
                               const std::string& prefix);

// Acts, then prints {"id", "status"} under --json and nothing to people.
absl::StatusOr<int> Act(Invocation& invocation, const Opened& opened,
                        const v1::Action& action);

int PrintActed(Invocation& invocation, const client::DocumentId& id,
               const v1::Document& document);

// The heads of a version as a person names it: its number in the log, "now",
// or a prefix of one of its changes. A usage error if there is none.
absl::StatusOr<std::vector<std::string>> FindVersion(
    const Opened& opened, const std::vector<v1::VersionRow>& history,
    const std::string& name);

// Every statement's and report's assignments: one of them, or all.
absl::StatusOr<std::vector<client::AssignmentId>> AssignmentsOf(
    Invocation& invocation, const std::string& name);

client::AssignmentId IdOf(const v1::Assignment& assignment);
client::DocumentId DocumentIdOf(const std::string& bytes);

}  // namespace dateline::cli

#endif  // DATELINE_CLIENT_CORE_CLI_COMMAND_COMMON_H_

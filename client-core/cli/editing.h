// A text in $EDITOR. While the person types, the store is free for other
// commands, and the words are in a file below the store's folder that goes
// away only once they are kept elsewhere: whatever fails or is killed, the
// next `report edit` or `report new` goes on with what the editor had written.
#ifndef DATELINE_CLIENT_CORE_CLI_EDITING_H_
#define DATELINE_CLIENT_CORE_CLI_EDITING_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "client-core/cli/command_common.h"
#include "client-core/cli/invocation.h"

namespace dateline::cli {

// Lets the person write a new text in $VISUAL, else $EDITOR, else vi, then
// calls `keep` with it. The store is closed meanwhile: what the caller had of
// it must be opened again. STORE_IN_USE: too many editors are open.
absl::Status WriteInEditor(
    Invocation& invocation,
    const std::function<absl::Status(const std::string& words)>& keep);

// Lets the person edit the body of a report: what is shown becomes a draft,
// so that what others write meanwhile merges; the draft is sealed at the end.
// Where that is refused the draft stays, and the failure says so.
// STORE_IN_USE: this report is open in another editor.
absl::Status EditBody(Invocation& invocation, const Opened& opened);

// What an editor that was cut off had written of the report becomes its
// draft. STORE_IN_USE: an editor has it.
absl::Status TakeUpLeftWords(Invocation& invocation, const Opened& opened);

// Throws away the draft of the report's body and what an editor left of it.
absl::Status DropWords(Invocation& invocation, const Opened& opened);

// New reports whose words are in an editor, or were left by one.
int UnfinishedReports(const std::string& home);

}  // namespace dateline::cli

#endif  // DATELINE_CLIENT_CORE_CLI_EDITING_H_

// Erases from the truth what redactions in force name (DESIGN 4), with every
// copy that the truth keeps: approved bytes. The view follows by itself.
#ifndef DATELINE_SERVER_INGEST_REDACTION_H_
#define DATELINE_SERVER_INGEST_REDACTION_H_

#include "absl/status/status.h"
#include "server/ingest/intake.h"
#include "server/storage/truth.h"
#include "sync/merge/document.h"

namespace dateline::server {

// Nothing, unless a redaction of the document has come of which it is not yet
// known whether it is in force. Errors are the storage's.
absl::Status EraseRedacted(const DocumentKey& key,
                           const sync::Authority& authority,
                           TruthWriter& truth);

}  // namespace dateline::server

#endif  // DATELINE_SERVER_INGEST_REDACTION_H_

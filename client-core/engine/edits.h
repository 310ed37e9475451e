// A reporter's words (client.h) to fields (sync/compose).
#ifndef DATELINE_CLIENT_CORE_ENGINE_EDITS_H_
#define DATELINE_CLIENT_CORE_ENGINE_EDITS_H_

#include "dateline/client.h"
#include "sync/compose/action.h"

namespace dateline::client {

sync::DocumentEdit ToDocumentEdit(const ReportEdit& edit);
sync::DocumentEdit ToDocumentEdit(const StatementEdit& edit);

// BAD_UTF8, naming the field, before such words get into a message.
absl::Status CheckWords(const sync::DocumentEdit& edit);

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_CORE_ENGINE_EDITS_H_

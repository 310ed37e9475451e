// Erases on this device what redactions in force name (DESIGN 4): the truth
// and drafts. Views and search words follow where they are merged again.
#ifndef DATELINE_CLIENT_CORE_ENGINE_REDACTING_H_
#define DATELINE_CLIENT_CORE_ENGINE_REDACTING_H_

#include <vector>

#include "absl/status/statusor.h"
#include "client-core/store/store.h"
#include "dateline/v1/document.pb.h"
#include "sync/model/change.h"

namespace dateline::client {

// Inside the caller's transaction. `merged` is what `changes`, a document's
// whole truth, give. True if anything was erased. Errors are the store's.
absl::StatusOr<bool> EraseRedacted(const v1::Document& merged,
                                   const std::vector<sync::Change>& changes,
                                   Store& store);

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_CORE_ENGINE_REDACTING_H_

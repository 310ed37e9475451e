// The one materializer: changes in, what people see out. The same function on
// the phone, on the server and in the simulator, so that replicas that hold
// the same changes show the same bytes (DESIGN 5, 6). Pure.
#ifndef DATELINE_SYNC_MERGE_DOCUMENT_H_
#define DATELINE_SYNC_MERGE_DOCUMENT_H_

#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/status/statusor.h"
#include "dateline/v1/document.pb.h"
#include "dateline/v1/ledger.pb.h"
#include "sync/base/ids.h"
#include "sync/model/change.h"

namespace dateline::sync {

// Whose decisions and verdicts count.
struct Authority {
  absl::btree_set<DeviceId> homes;
};

// Merges all changes of one document, in any order; duplicates (by hash) are
// dropped, a change whose deps are missing is parked. Never fails on data: a
// change that cannot be parsed has no effect and is listed in unknown_ops.
v1::Document MergeDocument(const DocumentId& id,
                           const std::vector<const Change*>& changes,
                           const Authority& authority);

// The document as it was at a version: the content changes in the causal past
// of `heads`. FailedPrecondition (INCOMPLETE_VERSION) where some are missing.
absl::StatusOr<v1::Document> MergeDocumentAt(
    const DocumentId& id, const std::vector<const Change*>& changes,
    const Authority& authority, const std::vector<Hash>& heads);

// What the redactions in force name, ascending: every replica erases content
// and salt of these, if they are changes of this document (adr/0003).
std::vector<Hash> RedactedIn(const v1::Document& document);

// The canonical bytes that an approval covers, and their number
// (protos/README.md): fields, items and texts, nothing of workflow.
constexpr uint32_t kRenderingNow = 1;
std::string Rendering(const v1::Document& document);
Hash RenderingHash(const v1::Document& document);

// Digest of what every replica must agree on (without lane 3: receipts are
// served to desks only).
Hash ViewDigest(const std::vector<const v1::Document*>& documents,
                const v1::Ledger& ledger);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_DOCUMENT_H_

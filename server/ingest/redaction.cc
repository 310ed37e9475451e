#include "server/ingest/redaction.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "sync/base/status_macros.h"

namespace dateline::server {
namespace {

using sync::Change;
using sync::Hash;

// An approval whose version reads otherwise now has no bytes to ship.
absl::Status DropStaleBytes(const sync::DocumentId& id,
                            const v1::Document& document,
                            const std::vector<const Change*>& changes,
                            const sync::Authority& authority,
                            TruthWriter& truth) {
  for (const v1::ApprovalState& approval : document.workflow().approvals()) {
    const auto change = Hash::FromBytes(approval.id().change());
    if (!change.ok()) continue;
    DATELINE_ASSIGN_OR_RETURN(
        const std::optional<ApprovedBytes> kept,
        truth.read().Approved(*change, approval.id().op()));
    if (!kept) continue;
    std::vector<Hash> heads;
    for (const std::string& head : approval.version()) {
      if (const auto hash = Hash::FromBytes(head); hash.ok()) {
        heads.push_back(*hash);
      }
    }
    const auto then = sync::MergeDocumentAt(id, changes, authority, heads);
    if (then.ok() && sync::Rendering(*then) == kept->bytes) continue;
    DATELINE_RETURN_IF_ERROR(truth.DropApproved(*change, approval.id().op()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status EraseRedacted(const DocumentKey& key,
                           const sync::Authority& authority,
                           TruthWriter& truth) {
  const auto& [assignment, id] = key;
  DATELINE_ASSIGN_OR_RETURN(const bool open,
                            truth.read().HasOpenRedaction(assignment, id));
  if (!open) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(const std::vector<Change> changes,
                            truth.read().ChangesOf(assignment, id));
  std::vector<const Change*> pointers;
  for (const Change& change : changes) pointers.push_back(&change);
  const v1::Document document = sync::MergeDocument(id, pointers, authority);
  const std::vector<Hash> redacted = sync::RedactedIn(document);
  for (const Hash& hash : redacted) {
    DATELINE_RETURN_IF_ERROR(
        truth.PutRedaction(assignment, id, hash, /*in_force=*/true));
  }
  for (const Change& change : changes) {
    if (!std::binary_search(redacted.begin(), redacted.end(), change.hash)) {
      continue;
    }
    DATELINE_RETURN_IF_ERROR(truth.EraseContent(change.hash));
  }
  if (redacted.empty()) return absl::OkStatus();
  return DropStaleBytes(id, document, pointers, authority, truth);
}

}  // namespace dateline::server

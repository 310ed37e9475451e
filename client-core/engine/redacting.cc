#include "client-core/engine/redacting.h"

#include <algorithm>

#include "client-core/engine/materializer.h"
#include "sync/base/status_macros.h"
#include "sync/compose/action.h"
#include "sync/merge/document.h"
#include "sync/text/draft.h"

namespace dateline::client {
namespace {

using sync::Change;
using sync::Hash;

// The document as it was before any redaction: what a draft was opened on.
std::vector<const Change*> WithoutRedactions(
    const v1::Document& merged, const std::vector<Change>& changes) {
  std::vector<const Change*> rest;
  for (const Change& change : changes) {
    const bool redacts =
        std::any_of(merged.redactions().begin(), merged.redactions().end(),
                    [&](const v1::Redaction& one) {
                      return one.by().change() == change.hash.view();
                    });
    if (!redacts) rest.push_back(&change);
  }
  return rest;
}

// Takes out of a draft the words of its base that are erased; what its author
// typed stays, and so does what it will be sealed against.
absl::Status RewriteDraft(const v1::Document& merged,
                          const std::vector<Change>& changes, StoredDraft draft,
                          Store& store) {
  const DocumentId& id = draft.draft.document;
  std::vector<Hash> heads;
  for (const std::string& head : draft.draft.opened_on) {
    DATELINE_ASSIGN_OR_RETURN(heads.emplace_back(), Hash::FromBytes(head));
  }
  const sync::Authority& authority = store.self()->authority;
  DATELINE_ASSIGN_OR_RETURN(
      const v1::Document base,
      sync::MergeDocumentAt(id, WithoutRedactions(merged, changes), authority,
                            heads));
  DATELINE_ASSIGN_OR_RETURN(
      const v1::Document now,
      sync::MergeDocumentAt(id, Pointers(changes), authority, heads));
  const auto read = [&](const v1::Document& document) {
    return sync::text::ToScalars(sync::ReaderText(document, draft.draft.field));
  };
  DATELINE_ASSIGN_OR_RETURN(const std::u32string before, read(base));
  DATELINE_ASSIGN_OR_RETURN(const std::u32string after, read(now));
  DATELINE_ASSIGN_OR_RETURN(const std::u32string typed,
                            sync::text::ToScalars(draft.draft.text));
  draft.draft.text =
      sync::text::ToUtf8(sync::text::WithoutErased(before, after, typed));
  return store.drafts().Put(draft);
}

}  // namespace

absl::StatusOr<bool> EraseRedacted(const v1::Document& merged,
                                   const std::vector<Change>& changes,
                                   Store& store) {
  const std::vector<Hash> redacted = sync::RedactedIn(merged);
  std::vector<const Change*> erased;
  for (const Change& change : changes) {
    if (change.holding == sync::Holding::kWhole &&
        std::binary_search(redacted.begin(), redacted.end(), change.hash)) {
      erased.push_back(&change);
    }
  }
  if (erased.empty()) return false;
  DATELINE_ASSIGN_OR_RETURN(const auto id, DocumentId::FromBytes(merged.id()));
  DATELINE_ASSIGN_OR_RETURN(std::vector<StoredDraft> drafts,
                            store.drafts().OfDocument(id));
  for (StoredDraft& draft : drafts) {
    DATELINE_RETURN_IF_ERROR(
        RewriteDraft(merged, changes, std::move(draft), store));
  }
  for (const Change* change : erased) {
    DATELINE_RETURN_IF_ERROR(store.truth().Erase(*change));
  }
  store.NoteErased();
  return true;
}

}  // namespace dateline::client

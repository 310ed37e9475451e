// What home alone writes: decisions on requests, and verdicts on changes that
// admission did not let through. Pure; the server calls it in the transaction
// that took the request or change in.
#ifndef DATELINE_SYNC_COMPOSE_DECISION_H_
#define DATELINE_SYNC_COMPOSE_DECISION_H_

#include "absl/status/statusor.h"
#include "dateline/v1/document.pb.h"
#include "dateline/v1/ledger.pb.h"
#include "sync/compose/part.h"

namespace dateline::sync {

// What home holds when it decides.
struct HomeView {
  const v1::Document& document;  // as it is now
  const v1::Ledger& ledger;      // of the assignment
  // The document at the version that the request's approval names
  // (MergeDocumentAt); nullptr where a part of it has not arrived. Read for
  // publish and correct only.
  const v1::Document* approved = nullptr;  // not owned
};

// Answers one request of `view.document` that is open and is one of publish,
// correct, release or spike: with what was asked, or REFUSED and the reason.
// BAD_REQUEST for any other; NOT_FOUND if the document has no such request.
absl::StatusOr<Part> ComposeDecision(const v1::ItemId& request,
                                     const HomeView& view);

// Holds or releases `change` of `document` (a document that is not known yet:
// id, kind and no heads). `number` is one more than that of the last verdict
// about the change, from 1; `why` may be 0 for a release.
Part ComposeVerdict(const v1::Document& document, const Hash& change,
                    v1::Admission what, v1::HeldReason why, uint32_t number);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_COMPOSE_DECISION_H_

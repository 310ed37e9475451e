#include "client-core/engine/materializer.h"

#include "client-core/engine/redacting.h"
#include "client-core/store/schema.h"
#include "sync/base/status_macros.h"
#include "sync/merge/ledger.h"

namespace dateline::client {
namespace {

// Words are indexed when somebody searches; a batch this large at once, so
// that nobody waits long for his first search.
constexpr int64_t kUnindexedMax = 64;

}  // namespace

absl::Status Materializer::RefreshFrom(const DocumentId& document,
                                       const std::vector<sync::Change>& changes,
                                       std::vector<Event>* events) {
  DATELINE_ASSIGN_OR_RETURN(const auto before,
                            store_.views().FindRow(document));
  if (changes.empty()) {  // all of it was taken back before it left
    if (!before) return absl::OkStatus();
    if (before->in_ledger) stale_ledgers_.insert(before->assignment);
    return store_.views().Remove(*before);
  }
  return Put(document, changes, before, events);
}

absl::Status Materializer::Begin(const DocumentId& document,
                                 const std::vector<sync::Change>& changes,
                                 std::vector<Event>* events) {
  return Put(document, changes, /*before=*/std::nullopt, events);
}

absl::Status Materializer::Put(const DocumentId& document,
                               const std::vector<sync::Change>& changes,
                               const std::optional<DocumentRow>& before,
                               std::vector<Event>* events) {
  DATELINE_ASSIGN_OR_RETURN(const Self* self, store_.Joined());
  const v1::Document merged =
      sync::MergeDocument(document, Pointers(changes), self->authority);
  DATELINE_ASSIGN_OR_RETURN(const bool erased,
                            EraseRedacted(merged, changes, store_));
  erased_ |= erased;
  const AssignmentId assignment = changes[0].feed.assignment;
  DATELINE_RETURN_IF_ERROR(
      store_.views().Put(assignment, merged, self->person, before, keep_));
  if (sync::TakesPartInLedger(merged) || (before && before->in_ledger)) {
    stale_ledgers_.insert(assignment);
  }
  events->push_back({Event::Kind::kDocument, document, assignment});
  return absl::OkStatus();
}

absl::Status Materializer::FinishLedgers(std::vector<Event>* events) {
  for (const AssignmentId& assignment : stale_ledgers_) {
    DATELINE_ASSIGN_OR_RETURN(const std::vector<v1::Document> documents,
                              store_.views().LedgerDocuments(assignment));
    DATELINE_RETURN_IF_ERROR(store_.views().PutLedger(
        assignment, sync::MergeLedger(Pointers(documents))));
    events->push_back({Event::Kind::kLedger, DocumentId(), assignment});
  }
  stale_ledgers_.clear();
  // Not left to whoever searches next: the index has them until it is told.
  return erased_ ? store_.views().ForgetWords() : absl::OkStatus();
}

absl::Status Materializer::Finish(std::vector<Event>* events) {
  DATELINE_RETURN_IF_ERROR(FinishLedgers(events));
  DATELINE_ASSIGN_OR_RETURN(const int64_t unindexed,
                            store_.views().UnindexedDocuments());
  if (unindexed < kUnindexedMax) return absl::OkStatus();
  return store_.views().IndexWords();
}

absl::Status Materializer::RefreshAll(
    const absl::btree_set<DocumentId>& documents, std::vector<Event>* events) {
  for (const DocumentId& document : documents) {
    DATELINE_ASSIGN_OR_RETURN(const std::vector<sync::Change> changes,
                              store_.truth().OfDocument(document));
    DATELINE_RETURN_IF_ERROR(RefreshFrom(document, changes, events));
  }
  return absl::OkStatus();
}

absl::Status Materializer::Refresh(const absl::btree_set<DocumentId>& documents,
                                   std::vector<Event>* events) {
  DATELINE_RETURN_IF_ERROR(RefreshAll(documents, events));
  return Finish(events);
}

absl::Status Materializer::RefreshPulled(
    const absl::btree_set<DocumentId>& documents, std::vector<Event>* events) {
  DATELINE_RETURN_IF_ERROR(RefreshAll(documents, events));
  return FinishLedgers(events);
}

absl::Status Materializer::CatchUp(std::vector<Event>* events) {
  DATELINE_ASSIGN_OR_RETURN(const int64_t version, store_.views().Version());
  return version == kViewVersion ? absl::OkStatus() : Rebuild(events);
}

absl::Status Materializer::Rebuild(std::vector<Event>* events) {
  DATELINE_RETURN_IF_ERROR(store_.views().Clear());
  DATELINE_ASSIGN_OR_RETURN(const auto documents,
                            store_.truth().AllDocuments());
  DATELINE_RETURN_IF_ERROR(store_.views().PutVersion(kViewVersion));
  keep_ = Views::Keep::kNow;
  return Refresh({documents.begin(), documents.end()}, events);
}

}  // namespace dateline::client

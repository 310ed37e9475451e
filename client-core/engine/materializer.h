// Keeps the view in step with the truth, in the transaction that changed it.
#ifndef DATELINE_CLIENT_CORE_ENGINE_MATERIALIZER_H_
#define DATELINE_CLIENT_CORE_ENGINE_MATERIALIZER_H_

#include <vector>

#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "client-core/store/store.h"

namespace dateline::client {

// Borrows *store. Thread-compatible. Every call runs inside the caller's
// Store::Transact and appends what changed to *events.
class Materializer {
 public:
  // `keep`: kNow for many documents that will be read soon, as by an index.
  explicit Materializer(Store* store, Views::Keep keep = Views::Keep::kLater)
      : store_(*store), keep_(keep) {}

  // Merges these documents again, then the ledgers that they take part in.
  absl::Status Refresh(const absl::btree_set<DocumentId>& documents,
                       std::vector<Event>* events);
  // The same for what comes in one lane after the other: its words wait for
  // Views::IndexSomeWords.
  absl::Status RefreshPulled(const absl::btree_set<DocumentId>& documents,
                             std::vector<Event>* events);
  // The same, from changes at hand: a document's whole truth.
  absl::Status RefreshFrom(const DocumentId& document,
                           const std::vector<sync::Change>& changes,
                           std::vector<Event>* events);
  // The same for a document that these changes began.
  absl::Status Begin(const DocumentId& document,
                     const std::vector<sync::Change>& changes,
                     std::vector<Event>* events);
  // Ledgers of the documents of RefreshFrom; search words of a batch.
  absl::Status Finish(std::vector<Event>* events);

  // At opening: builds the view that another program left.
  absl::Status CatchUp(std::vector<Event>* events);
  // Forgets the view and builds all of it.
  absl::Status Rebuild(std::vector<Event>* events);

 private:
  absl::Status Put(const DocumentId& document,
                   const std::vector<sync::Change>& changes,
                   const std::optional<DocumentRow>& before,
                   std::vector<Event>* events);
  absl::Status RefreshAll(const absl::btree_set<DocumentId>& documents,
                          std::vector<Event>* events);
  absl::Status FinishLedgers(std::vector<Event>* events);

  Store& store_;
  Views::Keep keep_;
  absl::btree_set<AssignmentId> stale_ledgers_;
  bool erased_ = false;  // words, of any of them
};

// Pointers to all of them, for the merge functions.
template <typename T>
std::vector<const T*> Pointers(const std::vector<T>& values) {
  std::vector<const T*> out;
  out.reserve(values.size());
  for (const T& value : values) out.push_back(&value);
  return out;
}

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_CORE_ENGINE_MATERIALIZER_H_

// Texts as they are being typed. A draft is neither truth nor view: nobody
// else ever sees one, and sealing turns it into a change.
#ifndef DATELINE_CLIENT_CORE_STORE_DRAFTS_H_
#define DATELINE_CLIENT_CORE_STORE_DRAFTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/status/statusor.h"
#include "dateline/client.h"
#include "sync/host/sqlite.h"

namespace dateline::client {

struct StoredDraft {
  Draft draft;
  uint64_t strokes = 0;  // since it was opened or last sealed; 0: nothing typed
};

// Borrows *db. Thread-compatible. Errors are the store's.
class Drafts {
 public:
  explicit Drafts(host::Database* db) : db_(*db) {}

  absl::Status Put(const StoredDraft& draft);
  absl::StatusOr<std::optional<StoredDraft>> Find(const DocumentId& document,
                                                  uint32_t field);
  // By document and field.
  absl::StatusOr<std::vector<StoredDraft>> All();
  // Those not typed in since `until`, or with `strokes` or more.
  absl::StatusOr<std::vector<StoredDraft>> Due(absl::Time until,
                                               uint64_t strokes);
  absl::StatusOr<std::vector<StoredDraft>> OfDocument(
      const DocumentId& document);
  // Of any field, with strokes that are not sealed.
  absl::StatusOr<absl::btree_set<DocumentId>> Documents();
  absl::Status Remove(const DocumentId& document, uint32_t field);

 private:
  host::Database& db_;
};

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_CORE_STORE_DRAFTS_H_

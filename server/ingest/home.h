// Home's answers: decisions about requests, and the exact bytes of approvals.
// Nothing else in the system may let something go (DESIGN 5).
#ifndef DATELINE_SERVER_INGEST_HOME_H_
#define DATELINE_SERVER_INGEST_HOME_H_

#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "server/ingest/intake.h"
#include "server/storage/truth.h"

namespace dateline::server {

// Answers the open requests about `touched` documents (all, if it is empty)
// whose versions are here; the others stay open until they are. Decides on
// what the truth holds in this very transaction.
absl::Status AnswerOpenRequests(const absl::btree_set<DocumentKey>& touched,
                                Intake& intake, TruthWriter& truth);

// Where a document has more heads than one change may stand on, home brings
// them together, so that somebody can go on. Before composing anything.
absl::Status JoinHeads(const DocumentKey& key, Intake& intake,
                       TruthWriter& truth);

}  // namespace dateline::server

#endif  // DATELINE_SERVER_INGEST_HOME_H_

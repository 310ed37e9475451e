// Which changes home holds, and which are redacted (DESIGN 4): both are
// changes of lane 0 and inputs of the materializer.
#ifndef DATELINE_SYNC_MERGE_VERDICTS_H_
#define DATELINE_SYNC_MERGE_VERDICTS_H_

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "sync/merge/history.h"

namespace dateline::sync {

// True if home wrote `node` and it judges a change. Such a change cannot be
// held itself, so that verdicts never depend on verdicts.
bool CarriesVerdict(const Node& node);

// Of the verdicts from home about each change the one with the highest number;
// two of one number (two homes, or a fork): the later by (lamport, hash).
absl::btree_map<Hash, Verdict> VerdictsInForce(const History& history);

// What changes of class administer that are not held redact.
absl::btree_set<Hash> Redacted(const History& history);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_VERDICTS_H_

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

// A redaction lets go of words for ever, so that it needs home: it is in force
// where home wrote it, or released it by a verdict (adr/0003). `node` carries a
// RedactOp or it does not; false if not.
bool RedactsInForce(const History& history, int node);
// What redactions in force name.
absl::btree_set<Hash> Redacted(const History& history);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_VERDICTS_H_

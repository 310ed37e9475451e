// Versions: the maximal content changes, what a version covers, and whether
// the document is deleted (DESIGN 4, 5).
#ifndef DATELINE_SYNC_MERGE_VERSIONS_H_
#define DATELINE_SYNC_MERGE_VERSIONS_H_

#include <vector>

#include "dateline/v1/document.pb.h"
#include "sync/merge/history.h"

namespace dateline::sync {

// Nodes with effect that have a content op, whatever class they claim: else
// words could change under an approval.
std::vector<int> ContentNodes(const History& history);

// Of `content` in each lane those that no other saw; ascending.
std::vector<int> VersionHeads(const History& history,
                              const std::vector<int>& content);

// True if each content change, not only the last ones, has the changes of its
// save in all other lanes (but receipts, which not everybody is served).
bool SavesComplete(const History& history, const std::vector<int>& content);

Hash VersionId(const std::vector<Hash>& heads);

struct Life {
  bool deleted = false;
  bool brought_back = false;  // by an edit or restore that a delete never saw
};
// A delete is evaluated once all versions that it names are here.
Life LifeOf(const History& history, const std::vector<int>& content);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_VERSIONS_H_

// One change's edits of its text fields, taken from its TextOps and
// TextResolveOps.
#ifndef DATELINE_SYNC_MERGE_EDITS_H_
#define DATELINE_SYNC_MERGE_EDITS_H_

#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "sync/merge/history.h"
#include "sync/text/merge.h"

namespace dateline::sync {

struct FieldEdit {
  text::Edit edit;            // without parents and resolves
  uint32_t op = 0;            // the first op of the field
  std::vector<int> resolves;  // nodes; those that have not arrived are left out
};

// By field. Several TextOps of one field make one edit, since touched ranges
// are all in the text that the change's author saw.
absl::btree_map<uint32_t, FieldEdit> EditsOf(const History& history, int node);

// UTF-8 of what is left beside redacted scalars.
std::string WithoutBlanks(const std::u32string& scalars);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_EDITS_H_

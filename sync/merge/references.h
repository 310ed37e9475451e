// What ops name of this document that has not arrived: people see "names a
// version that has not arrived yet" until it has (DESIGN 4).
#ifndef DATELINE_SYNC_MERGE_REFERENCES_H_
#define DATELINE_SYNC_MERGE_REFERENCES_H_

#include <vector>

#include "dateline/v1/document.pb.h"
#include "sync/merge/history.h"

namespace dateline::sync {

// The hashes that `op` names as changes of its own document. What it names of
// other documents (a citation's figure, rivals of a settlement) is not known
// here and not listed.
std::vector<Hash> NamedHere(const History& history, const OpView& op);

// Of `names` (indexes from 1 into the names of `node`) the hashes, ascending.
std::vector<Hash> HashesOf(
    const History& history, int node,
    const google::protobuf::RepeatedField<uint32_t>& names);

// By change. Receipts are left out: not everybody is served them.
void EmitUnresolved(const History& history,
                    google::protobuf::RepeatedPtrField<v1::Note>* out);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_REFERENCES_H_

// What somebody who publishes an approved version must have seen. The author's
// device names it in the request; home compares it with what it holds.
#ifndef DATELINE_SYNC_COMPOSE_OWED_H_
#define DATELINE_SYNC_COMPOSE_OWED_H_

#include <vector>

#include "dateline/v1/document.pb.h"
#include "dateline/v1/ledger.pb.h"
#include "sync/base/digest.h"

namespace dateline::sync {

// A value, in the order in which the document shows it.
struct Owed {
  std::vector<v1::ItemId> stops;      // in force
  std::vector<v1::ItemId> withdrawn;  // figures that the version cites
  std::vector<Hash> newer;            // content heads past the version
};
Owed OwedBy(const v1::ApprovalState& approval, const v1::Document& document,
            const v1::Ledger& ledger);

// The approval named; the newest one where `id` is empty; nullptr: none.
const v1::ApprovalState* FindApproval(const v1::Document& document,
                                      const v1::ItemId& id);

bool SameItem(const v1::ItemId& a, const v1::ItemId& b);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_COMPOSE_OWED_H_

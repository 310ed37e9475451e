#include "sync/compose/owed.h"

#include <algorithm>

#include "sync/compose/part_builder.h"

namespace dateline::sync {
namespace {

bool IsWithdrawn(const v1::Cited& cited, const v1::Ledger& ledger) {
  for (const v1::LedgerRow& row : ledger.rows()) {
    for (const v1::LedgerEntry& entry : row.entries()) {
      if (entry.statement() == cited.target() &&
          SameItem(entry.figure(), cited.target_item())) {
        return entry.retracted() || entry.disavowed();
      }
    }
  }
  return false;
}

}  // namespace

bool SameItem(const v1::ItemId& a, const v1::ItemId& b) {
  return a.change() == b.change() && a.op() == b.op();
}

Owed OwedBy(const v1::ApprovalState& approval, const v1::Document& document,
            const v1::Ledger& ledger) {
  Owed owed;
  for (const v1::StopState& stop : document.workflow().stops()) {
    if (stop.in_force()) owed.stops.push_back(stop.id());
  }
  for (const v1::Cited& cited : approval.citations()) {
    const bool named =
        std::ranges::any_of(owed.withdrawn, [&](const v1::ItemId& figure) {
          return SameItem(figure, cited.target_item());
        });
    if (!named && IsWithdrawn(cited, ledger)) {
      owed.withdrawn.push_back(cited.target_item());
    }
  }
  for (const std::string& head : document.version().heads()) {
    if (std::ranges::find(approval.version(), head) ==
        approval.version().end()) {
      owed.newer.push_back(HashFrom(head));
    }
  }
  return owed;
}

const v1::ApprovalState* FindApproval(const v1::Document& document,
                                      const v1::ItemId& id) {
  const v1::ApprovalState* found = nullptr;
  for (const v1::ApprovalState& approval : document.workflow().approvals()) {
    if (approval.what() != v1::ATTESTATION_APPROVED) continue;
    if (id.change().empty() || SameItem(approval.id(), id)) found = &approval;
  }
  return found;
}

}  // namespace dateline::sync

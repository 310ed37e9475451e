#include "sync/compose/owed.h"

#include <algorithm>

#include "sync/compose/part_builder.h"

namespace dateline::sync {
namespace {

// A withdrawal says it uses the citation: also where the statement no longer
// holds the figure, or has not told it yet.
bool IsUsed(const v1::Cited& cited, const v1::WithdrawalView& withdrawal) {
  return std::ranges::any_of(withdrawal.uses(), [&](const v1::Use& use) {
    return !use.probable() && SameItem(use.citation(), cited.id());
  });
}

bool IsWithdrawn(const v1::Cited& cited, const v1::Ledger& ledger) {
  for (const v1::WithdrawalView& withdrawal : ledger.withdrawals()) {
    if (!withdrawal.answered() && IsUsed(cited, withdrawal)) return true;
  }
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
    // What cites no one figure is named by the citation itself.
    const v1::ItemId& name =
        cited.target_item().change().empty() ? cited.id() : cited.target_item();
    const bool named = std::ranges::any_of(
        owed.withdrawn,
        [&](const v1::ItemId& figure) { return SameItem(figure, name); });
    if (!named && IsWithdrawn(cited, ledger)) {
      owed.withdrawn.push_back(name);
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

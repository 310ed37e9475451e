#include <algorithm>
#include <vector>

#include "sync/base/digest.h"
#include "sync/merge/document.h"

namespace dateline::sync {
namespace {

v1::Document WithoutReceipts(v1::Document document) {
  document.clear_acknowledged();
  const auto receipts = [](const v1::LaneHeads& heads) {
    return heads.lane() == v1::LANE_RECEIPT;
  };
  auto* const heads = document.mutable_heads();
  heads->erase(std::remove_if(heads->begin(), heads->end(), receipts),
               heads->end());
  return document;
}

v1::Ledger WithoutReceipts(v1::Ledger ledger) {
  for (v1::WithdrawalView& withdrawal : *ledger.mutable_withdrawals()) {
    withdrawal.clear_acknowledged();
    withdrawal.clear_owed();
  }
  return ledger;
}

}  // namespace

Hash ViewDigest(const std::vector<const v1::Document*>& documents,
                const v1::Ledger& ledger) {
  std::vector<const v1::Document*> sorted = documents;
  std::ranges::sort(sorted, {}, [](const v1::Document* d) { return d->id(); });
  Digest digest("dateline/assignment-view/1");
  for (const v1::Document* document : sorted) {
    digest.AddSized(WithoutReceipts(*document).SerializeAsString());
  }
  return digest.AddSized(WithoutReceipts(ledger).SerializeAsString()).Finish();
}

}  // namespace dateline::sync

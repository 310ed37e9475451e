#include "sync/merge/ledger.h"

#include <algorithm>

#include "sync/merge/ledger_book.h"
#include "sync/merge/ledger_rows.h"
#include "sync/merge/ledger_uses.h"
#include "sync/merge/ledger_warnings.h"
#include "sync/merge/ledger_withdrawals.h"
#include "sync/model/fields.h"

namespace dateline::sync {

v1::Ledger MergeLedger(const std::vector<const v1::Document*>& documents) {
  v1::Ledger ledger;
  Book book(documents);
  const Uses uses(documents);
  EmitWithdrawals(uses, &book, &ledger);
  EmitRows(book, &ledger);
  EmitWarnings(book, &ledger);
  for (const v1::Lookalike& lookalike : book.lookalikes()) {
    *ledger.add_lookalikes() = lookalike;
  }
  return ledger;
}

bool TakesPartInLedger(const v1::Document& document) {
  if (document.kind() == v1::DOCUMENT_KIND_STATEMENT ||
      document.kind() == v1::DOCUMENT_KIND_SOURCE) {
    return true;
  }
  const v1::Workflow& workflow = document.workflow();
  return std::ranges::any_of(document.items(),
                             [](const v1::Item& item) {
                               return item.list() == kCitations ||
                                      item.list() == kCorrections;
                             }) ||
         std::ranges::any_of(workflow.approvals(),
                             [](const auto& approval) {
                               return approval.citations_size() > 0;
                             }) ||
         std::ranges::any_of(workflow.decisions(), [](const auto& decision) {
           return decision.citations_size() > 0;
         });
}

}  // namespace dateline::sync

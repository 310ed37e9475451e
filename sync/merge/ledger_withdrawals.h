// What was taken back, who used it and who has not said that he knows.
#ifndef DATELINE_SYNC_MERGE_LEDGER_WITHDRAWALS_H_
#define DATELINE_SYNC_MERGE_LEDGER_WITHDRAWALS_H_

#include "dateline/v1/ledger.pb.h"
#include "sync/merge/ledger_book.h"
#include "sync/merge/ledger_uses.h"

namespace dateline::sync {

// Fills ledger.withdrawals, and the uses of the book's entries.
void EmitWithdrawals(const Uses& uses, Book* book, v1::Ledger* ledger);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_LEDGER_WITHDRAWALS_H_

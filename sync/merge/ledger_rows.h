// Lays the figures out by question: what stands, what rivals what, whether it
// is settled, and how many independent origins say so (DESIGN 6).
#ifndef DATELINE_SYNC_MERGE_LEDGER_ROWS_H_
#define DATELINE_SYNC_MERGE_LEDGER_ROWS_H_

#include "dateline/v1/ledger.pb.h"
#include "sync/merge/ledger_book.h"

namespace dateline::sync {

// Fills ledger.rows.
void EmitRows(const Book& book, v1::Ledger* ledger);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_LEDGER_ROWS_H_

// Arithmetic that does not add up. It warns; it never rewrites (DESIGN 6).
#ifndef DATELINE_SYNC_MERGE_LEDGER_WARNINGS_H_
#define DATELINE_SYNC_MERGE_LEDGER_WARNINGS_H_

#include "dateline/v1/ledger.pb.h"
#include "sync/merge/ledger_book.h"

namespace dateline::sync {

// Fills ledger.warnings, by (kind, statement, figure):
//   parts differ  the parts of a total, counting the same thing in the same
//                 statement, cannot make it; one part alone may only be too
//                 large, for nobody said that it is all
//   falling       one source's later count is below its earlier one; later as
//                 the source said it (the time said), or by superseding it
void EmitWarnings(const Book& book, v1::Ledger* ledger);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_LEDGER_WARNINGS_H_

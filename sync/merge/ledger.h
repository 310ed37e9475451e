// What is said about X, by whom, since when, does it stand, who uses it.
// Derived from the statements of an assignment and the reports that cite them.
#ifndef DATELINE_SYNC_MERGE_LEDGER_H_
#define DATELINE_SYNC_MERGE_LEDGER_H_

#include <vector>

#include "dateline/v1/document.pb.h"
#include "dateline/v1/ledger.pb.h"

namespace dateline::sync {

// `documents`: every statement and source of one assignment and every report
// that has citations or corrections; others change nothing. Any order. Pure.
v1::Ledger MergeLedger(const std::vector<const v1::Document*>& documents);

// True if MergeLedger must see `document`.
bool TakesPartInLedger(const v1::Document& document);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_LEDGER_H_

// What a desk's caller may see and do. Pure, but for the roster given.
#ifndef DATELINE_SERVER_DESK_ACCESS_H_
#define DATELINE_SERVER_DESK_ACCESS_H_

#include <vector>

#include "absl/status/status.h"
#include "dateline/v1/document.pb.h"
#include "dateline/v1/ledger.pb.h"
#include "server/trust/roster.h"
#include "sync/base/ids.h"
#include "sync/compose/part.h"

namespace dateline::server {

// One answer for what is not there and for what is another's.
absl::Status NotFound(const char* field);

// DENIED unless a person of this role may write these parts.
absl::Status CheckMayWrite(v1::Role role, const std::vector<sync::Part>& parts);

// Takes out what only desks are served: who has seen what.
void HideReceipts(v1::Document* document);
void HideReceipts(v1::WithdrawalView* withdrawal);

// True if the report uses one of the withdrawn figures.
bool Touches(const v1::WithdrawalView& withdrawal,
             const v1::Document& document);

}  // namespace dateline::server

#endif  // DATELINE_SERVER_DESK_ACCESS_H_

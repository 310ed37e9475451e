#include "server/desk/access.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/ingest/admission.h"
#include "sync/base/errors.h"
#include "sync/wire/check.h"

namespace dateline::server {

absl::Status NotFound(const char* field) {
  return sync::MakeError(v1::NOT_FOUND,
                         "it does not exist, or is not yours to see",
                         {.field = field});
}

absl::Status CheckMayWrite(v1::Role role,
                           const std::vector<sync::Part>& parts) {
  const sync::PermissionClass highest = HighestClassOf(role);
  for (const sync::Part& part : parts) {
    const sync::PermissionClass needed = std::max(
        part.permission, sync::RequiredClass(part.structure, part.kind));
    if (needed <= highest && !HasHomeOps(part.structure)) continue;
    return sync::MakeError(v1::DENIED,
                           "your role does not allow this; ask an editor",
                           {.field = "action"});
  }
  return absl::OkStatus();
}

void HideReceipts(v1::Document* document) { document->clear_acknowledged(); }

void HideReceipts(v1::WithdrawalView* withdrawal) {
  withdrawal->clear_acknowledged();
  withdrawal->clear_owed();
}

bool Touches(const v1::WithdrawalView& withdrawal,
             const v1::Document& document) {
  if (withdrawal.statement() == document.id()) return true;
  return std::any_of(
      withdrawal.uses().begin(), withdrawal.uses().end(),
      [&](const v1::Use& use) { return use.report() == document.id(); });
}

}  // namespace dateline::server

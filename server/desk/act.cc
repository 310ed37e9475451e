// What people do at the desk, and what they are shown as it happens.
#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/desk/access.h"
#include "server/desk/desk.h"
#include "server/ingest/home.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/compose/action.h"

namespace dateline::server {
namespace {

absl::Status CheckSameAssignment(const v1::ActRequest& request,
                                 const sync::AssignmentId& assignment) {
  if (request.assignment().empty() ||
      request.assignment() == assignment.view()) {
    return absl::OkStatus();
  }
  return NotFound("assignment");
}

}  // namespace

absl::StatusOr<std::vector<sync::Part>> Desk::Compose(const Caller& caller,
                                                      const Located& at,
                                                      const v1::Action& action,
                                                      TruthReader& truth) {
  DATELINE_ASSIGN_OR_RETURN(v1::Document document, MergeNow(at, truth));
  if (!sync::OlderVersion(action, document).empty()) {
    DATELINE_ASSIGN_OR_RETURN(v1::Document then,
                              MergeAt(at, action.approve().version(), truth));
    then.mutable_heads()->Swap(document.mutable_heads());
    document = std::move(then);
  }
  DATELINE_ASSIGN_OR_RETURN(const v1::Ledger ledger, LedgerFor(at.assignment));
  DATELINE_ASSIGN_OR_RETURN(
      std::vector<sync::Part> parts,
      sync::ComposeAction(
          action,
          {.document = document, .ledger = ledger, .actor = caller.person}));
  DATELINE_RETURN_IF_ERROR(CheckMayWrite(at.role, parts));
  return parts;
}

absl::StatusOr<v1::ActResponse> Desk::Act(const Caller& caller,
                                          const v1::ActRequest& request) {
  std::vector<sync::Change> written;
  Located at;
  // Composed in the writer's transaction: on what is there and nothing older.
  DATELINE_RETURN_IF_ERROR(options_.ingest->Run(
      [&](Intake& intake, TruthWriter& truth) -> absl::Status {
        DATELINE_ASSIGN_OR_RETURN(
            at, Locate(caller, request.document(), truth.read()));
        DATELINE_RETURN_IF_ERROR(CheckSameAssignment(request, at.assignment));
        DATELINE_RETURN_IF_ERROR(
            JoinHeads({at.assignment, at.document}, intake, truth));
        DATELINE_ASSIGN_OR_RETURN(
            const std::vector<sync::Part> parts,
            Compose(caller, at, request.action(), truth.read()));
        DATELINE_ASSIGN_OR_RETURN(
            written, intake.Append(at.assignment, caller.person, parts));
        return absl::OkStatus();
      }));
  options_.view_worker->WaitUntilCurrent(kActViewWait);
  v1::ActResponse response;
  for (const sync::Change& change : written) {
    response.add_changes(change.hash.str());
  }
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<TruthReader> truth,
                            options_.truth->Snapshot());
  DATELINE_ASSIGN_OR_RETURN(*response.mutable_document(), MergeNow(at, *truth));
  return response;
}

absl::StatusOr<std::vector<v1::WatchEvent>> Desk::WatchOnce(
    const Caller& caller, const v1::WatchRequest& request, uint64_t after) {
  DATELINE_ASSIGN_OR_RETURN(const QueueFilter filter,
                            FilterFor(caller, request.assignment()));
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<ViewReader> view,
                            options_.view->Snapshot());
  DATELINE_ASSIGN_OR_RETURN(const uint64_t last, view->LastTouched());
  // A number that this view never gave: of one that was lost. From the start.
  if (after > last) after = 0;
  DATELINE_ASSIGN_OR_RETURN(
      std::vector<TouchedRow> rows,
      view->TouchedAfter(filter, after, kWatchRowsPerRound));
  std::vector<v1::WatchEvent> events;
  for (TouchedRow& row : rows) {
    v1::WatchEvent& event = events.emplace_back();
    event.set_position(row.touched);
    *event.mutable_row() = std::move(row.row);
  }
  // A full round stops at its last row; ledgers behind it wait their turn.
  const uint64_t until = rows.size() == kWatchRowsPerRound
                             ? rows.back().touched
                             : std::numeric_limits<uint64_t>::max();
  if (filter.creator) return events;  // ledgers are not for stringers
  for (const sync::AssignmentId& assignment : filter.assignments) {
    DATELINE_ASSIGN_OR_RETURN(const uint64_t touched,
                              view->LedgerTouched(assignment));
    if (touched <= after || touched > until) continue;
    DATELINE_RETURN_IF_ERROR(
        AddLedgerEvents(caller, assignment, touched, *view, &events));
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const v1::WatchEvent& a, const v1::WatchEvent& b) {
                     return a.position() < b.position();
                   });
  return events;
}

// Withdrawals stand one number before the ledger's: whoever is cut off between
// them gets the ledger again.
absl::Status Desk::AddLedgerEvents(const Caller& caller,
                                   const sync::AssignmentId& assignment,
                                   uint64_t touched, ViewReader& view,
                                   std::vector<v1::WatchEvent>* events) const {
  DATELINE_ASSIGN_OR_RETURN(v1::Ledger ledger, view.LedgerOf(assignment));
  const bool is_desk =
      IsDesk(options_.roster->Get()->RoleOf(caller.person, assignment));
  for (v1::WithdrawalView& withdrawal : *ledger.mutable_withdrawals()) {
    if (withdrawal.answered() || withdrawal.owed().empty()) continue;
    if (!is_desk) HideReceipts(&withdrawal);
    v1::WatchEvent& event = events->emplace_back();
    event.set_position(touched - 1);
    *event.mutable_withdrawal() = std::move(withdrawal);
  }
  v1::WatchEvent& event = events->emplace_back();
  event.set_position(touched);
  event.set_ledger_changed(assignment.str());
  return absl::OkStatus();
}

}  // namespace dateline::server

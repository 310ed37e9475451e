// SyncOnce and the loop's calls, and what a sync came to.
#include <utility>

#include "client-core/engine/client_impl.h"
#include "client-core/transport/sync_host.h"
#include "client-core/transport/sync_loop.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"

namespace dateline::client {
namespace {

// A withdrawal is news to whoever used the figure or typed the statement,
// unless it is his own.
bool Concerns(const v1::WithdrawalView& withdrawal, const sync::PersonId& me,
              const std::optional<StoredRow>& statement) {
  if (withdrawal.by().actor() == me.view()) return false;
  for (const std::string& person : withdrawal.owed()) {
    if (person == me.view()) return true;
  }
  for (const v1::Use& use : withdrawal.uses()) {
    if (use.author() == me.view()) return true;
  }
  return statement && statement->row.mine;
}

}  // namespace

absl::StatusOr<ClientImpl::Dialled> ClientImpl::Dial(const SyncOptions& options,
                                                     bool watch) {
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  DATELINE_ASSIGN_OR_RETURN(const Self* self, store_->Joined());
  DATELINE_ASSIGN_OR_RETURN(sync::SigningKey key, store_->LoadKey());
  Dialled out;
  out.host = std::make_unique<SyncHost>(this, std::move(key));
  sync::StreamClientOptions stream{.address = options_.server_address.empty()
                                                  ? self->enrolment.address
                                                  : options_.server_address,
                                   .ca_pem = self->enrolment.ca_pem,
                                   .deadline = options.deadline,
                                   .watch = watch};
  out.stream =
      std::make_unique<sync::StreamClient>(std::move(stream), out.host.get());
  return out;
}

absl::Status ClientImpl::CollectNews(std::vector<v1::WithdrawalView>* news) {
  DATELINE_ASSIGN_OR_RETURN(const Self* self, store_->Joined());
  DATELINE_ASSIGN_OR_RETURN(const std::vector<AssignmentId> assignments,
                            store_->views().LedgerAssignments());
  return store_->Transact([&]() -> absl::Status {
    mu_.AssertHeld();
    for (const AssignmentId& assignment : assignments) {
      DATELINE_ASSIGN_OR_RETURN(const v1::Ledger ledger,
                                store_->views().Ledger(assignment));
      for (const v1::WithdrawalView& withdrawal : ledger.withdrawals()) {
        std::optional<StoredRow> statement;
        if (const auto id = DocumentId::FromBytes(withdrawal.statement());
            id.ok()) {
          DATELINE_ASSIGN_OR_RETURN(statement, store_->views().RowOf(*id));
        }
        if (!Concerns(withdrawal, self->person, statement)) continue;
        DATELINE_ASSIGN_OR_RETURN(const bool is_new,
                                  store_->settings().Tell(withdrawal.id()));
        if (is_new) news->push_back(withdrawal);
      }
    }
    return absl::OkStatus();
  });
}

absl::Status ClientImpl::FinishSync(const sync::StreamResult& result) {
  SyncReport report{.sent_changes = result.sent_changes,
                    .received_changes = result.received_changes,
                    .sent_bytes = result.sent_bytes,
                    .received_bytes = result.received_bytes,
                    .new_incarnation = result.new_incarnation,
                    .new_epoch = result.new_epoch};
  {
    sync::MutexLock lock(&mu_);
    DATELINE_RETURN_IF_ERROR(EnsureStore());
    DATELINE_ASSIGN_OR_RETURN(const Self* self, store_->Joined());
    DATELINE_ASSIGN_OR_RETURN(report.unsent_changes,
                              store_->truth().UnsentChanges());
    DATELINE_ASSIGN_OR_RETURN(report.held_changes,
                              store_->views().HeldChanges(self->device));
    DATELINE_RETURN_IF_ERROR(CollectNews(&report.news));
    last_sync_ = report;
  }
  Announce({{Event::Kind::kSync, DocumentId(), AssignmentId()}});
  return absl::OkStatus();
}

absl::StatusOr<SyncReport> ClientImpl::SyncOnce(const SyncOptions& options) {
  {
    sync::MutexLock lock(&loop_mu_);
    if (loop_ != nullptr) {
      return sync::MakeError(v1::CONFLICT, "a sync loop is running already");
    }
  }
  DATELINE_ASSIGN_OR_RETURN(const Dialled dialled,
                            Dial(options, /*watch=*/false));
  const sync::StreamResult result = dialled.stream->Run();
  DATELINE_RETURN_IF_ERROR(FinishSync(result));
  DATELINE_RETURN_IF_ERROR(result.status);
  return LastSync();
}

absl::StatusOr<SyncReport> ClientImpl::LastSync() {
  sync::MutexLock lock(&mu_);
  if (last_sync_) return *last_sync_;
  return sync::MakeError(v1::NOT_FOUND, "this device has not synced yet");
}

absl::Status ClientImpl::StartLoop() {
  {
    sync::MutexLock lock(&mu_);
    DATELINE_RETURN_IF_ERROR(EnsureStore());
    DATELINE_RETURN_IF_ERROR(store_->Joined().status());
  }
  sync::MutexLock lock(&loop_mu_);
  if (loop_ == nullptr) loop_ = std::make_unique<SyncLoop>(this);
  return absl::OkStatus();
}

void ClientImpl::StopLoop() {
  std::unique_ptr<SyncLoop> ending;
  {
    sync::MutexLock lock(&loop_mu_);
    ending = std::move(loop_);
  }
}

void ClientImpl::SetHints(const LinkHints& hints) {
  sync::MutexLock lock(&loop_mu_);
  if (loop_ != nullptr) loop_->SetHints(hints);
}

void ClientImpl::WakeLoop() {
  sync::MutexLock lock(&loop_mu_);
  if (loop_ != nullptr) loop_->Wake();
}

}  // namespace dateline::client

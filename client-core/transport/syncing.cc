// SyncOnce and the loop's calls, and what a sync came to.
#include <utility>

#include "absl/strings/str_cat.h"
#include "client-core/engine/client_impl.h"
#include "client-core/transport/door.h"
#include "client-core/transport/sync_host.h"
#include "client-core/transport/sync_loop.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/stream/steady.h"

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

// For the log.
std::string StateOf(const absl::Status& status) {
  return status.ok() ? "in step"
                     : sync::CodeName(sync::ErrorOf(status).reason());
}

// Counters of `now` without those of `before`, an earlier state of the same
// session.
sync::StreamResult Since(const sync::StreamResult& before,
                         sync::StreamResult now) {
  now.sent_changes -= before.sent_changes;
  now.received_changes -= before.received_changes;
  now.sent_bytes -= before.sent_bytes;
  now.received_bytes -= before.received_bytes;
  return now;
}

// The sessions of one sync that had to lend the store in between.
void Add(const sync::StreamResult& next, sync::StreamResult* all) {
  all->status = next.status;
  all->sent_changes += next.sent_changes;
  all->received_changes += next.received_changes;
  all->sent_bytes += next.sent_bytes;
  all->received_bytes += next.received_bytes;
  all->push_time += next.push_time;
  all->new_incarnation = all->new_incarnation || next.new_incarnation;
  all->new_epoch = all->new_epoch || next.new_epoch;
}

}  // namespace

absl::StatusOr<ClientImpl::Dialled> ClientImpl::Dial(absl::Duration deadline,
                                                     bool watch) {
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  DATELINE_ASSIGN_OR_RETURN(const Self* self, store_->Joined());
  DATELINE_ASSIGN_OR_RETURN(sync::SigningKey key, store_->LoadKey());
  Dialled out;
  out.reported = std::make_unique<sync::StreamResult>();
  auto host = std::make_unique<SyncHost>(this, std::move(key));
  sync::StreamClientOptions stream{.address = options_.server_address.empty()
                                                  ? self->enrolment.address
                                                  : options_.server_address,
                                   .ca_pem = self->enrolment.ca_pem,
                                   .deadline = deadline,
                                   .watch = watch};
  if (watch) {  // a session of hours tells what it brought as it comes
    stream.progress = [this, host = host.get(), reported = out.reported.get()](
                          const sync::StreamResult& so_far) {
      if (!host->TakeCaughtUp()) return;
      Report(Since(*reported, so_far)).IgnoreError();
      *reported = so_far;
    };
  }
  out.stream =
      std::make_unique<sync::StreamClient>(std::move(stream), host.get());
  out.host = std::move(host);
  return out;
}

absl::Status ClientImpl::CollectNews(std::vector<Event>* events) {
  DATELINE_ASSIGN_OR_RETURN(const Self* self, store_->Joined());
  DATELINE_ASSIGN_OR_RETURN(const std::vector<AssignmentId> assignments,
                            store_->views().LedgerAssignments());
  std::vector<v1::WithdrawalView> found;
  DATELINE_RETURN_IF_ERROR(store_->Transact([&]() -> absl::Status {
    mu_.AssertHeld();
    for (const AssignmentId& assignment : assignments) {
      DATELINE_ASSIGN_OR_RETURN(const v1::Ledger ledger,
                                store_->views().Ledger(assignment));
      for (const v1::WithdrawalView& withdrawal : ledger.withdrawals()) {
        const auto id = DocumentId::FromBytes(withdrawal.statement());
        std::optional<StoredRow> statement;
        if (id.ok()) {
          DATELINE_ASSIGN_OR_RETURN(statement, store_->views().RowOf(*id));
        }
        if (!Concerns(withdrawal, self->person, statement)) continue;
        DATELINE_ASSIGN_OR_RETURN(const bool is_new,
                                  store_->settings().Tell(withdrawal.id()));
        if (!is_new) continue;
        found.push_back(withdrawal);
        events->push_back({Event::Kind::kWithdrawal,
                           id.ok() ? *id : DocumentId(), assignment});
      }
    }
    return absl::OkStatus();
  }));
  news_.insert(news_.end(), found.begin(), found.end());
  return absl::OkStatus();
}

absl::Status ClientImpl::TellNews() {
  std::vector<Event> events;
  absl::Status status;
  {
    sync::MutexLock lock(&mu_);
    DATELINE_RETURN_IF_ERROR(EnsureStore());
    status = CollectNews(&events);
  }
  if (status.ok()) Announce(std::move(events));
  return status;
}

absl::Status ClientImpl::FillReport(SyncReport* report) {
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  DATELINE_ASSIGN_OR_RETURN(const Self* self, store_->Joined());
  DATELINE_ASSIGN_OR_RETURN(report->unsent_changes,
                            store_->truth().UnsentChanges());
  DATELINE_ASSIGN_OR_RETURN(report->held_changes,
                            store_->views().HeldChanges(self->device));
  report->news = std::exchange(news_, {});
  return absl::OkStatus();
}

absl::Status ClientImpl::Report(const sync::StreamResult& result) {
  absl::Status status = TellNews();
  SyncReport report{.status = result.status,
                    .sent_changes = result.sent_changes,
                    .received_changes = result.received_changes,
                    .sent_bytes = result.sent_bytes,
                    .received_bytes = result.received_bytes,
                    .push_time = result.push_time,
                    .new_incarnation = result.new_incarnation,
                    .new_epoch = result.new_epoch};
  std::string before;
  {
    sync::MutexLock lock(&mu_);
    const absl::Status last =
        last_sync_ ? last_sync_->status : absl::OkStatus();
    before = StateOf(last);
    if (absl::IsCancelled(report.status)) report.status = last;
    status.Update(FillReport(&report));
    report.status.Update(status);
    last_sync_ = report;
  }
  const std::string now = StateOf(report.status);
  if (now != before && options_.log) options_.log(absl::StrCat("sync: ", now));
  Announce({{Event::Kind::kSync, DocumentId(), AssignmentId()}});
  return status;
}

sync::StreamResult ClientImpl::RunWatch(Door* door, bool* lent) {
  *lent = false;
  sync::StreamResult result;
  auto dialled = Dial(absl::InfiniteDuration(), /*watch=*/true);
  if (!dialled.ok()) {
    result.status = dialled.status();
    Report(result).IgnoreError();  // it is in the report
    return result;
  }
  result = door->Run(dialled->stream.get(), lent);
  Report(Since(*dialled->reported, result)).IgnoreError();
  return result;
}

absl::StatusOr<SyncReport> ClientImpl::SyncOnce(const SyncOptions& options) {
  {
    sync::MutexLock lock(&loop_mu_);
    if (loop_ != nullptr) {
      return sync::MakeError(v1::CONFLICT, "a sync loop is running already");
    }
  }
  Door door(this);
  const absl::Time deadline = sync::SteadyNow() + options.deadline;
  sync::StreamResult all;
  for (bool lent = true; lent;) {
    DATELINE_ASSIGN_OR_RETURN(
        const Dialled dialled,
        Dial(deadline - sync::SteadyNow(), /*watch=*/false));
    Add(door.Run(dialled.stream.get(), &lent), &all);
  }
  DATELINE_RETURN_IF_ERROR(Report(all));
  DATELINE_RETURN_IF_ERROR(all.status);
  return LastSync();
}

absl::StatusOr<SyncReport> ClientImpl::LastSync() {
  sync::MutexLock lock(&mu_);
  if (last_sync_) return *last_sync_;
  return sync::MakeError(v1::NOT_FOUND, "this device has not synced yet");
}

absl::Status ClientImpl::StartLoop() {
  uint64_t seed = 0;
  {
    sync::MutexLock lock(&mu_);
    DATELINE_RETURN_IF_ERROR(EnsureStore());
    DATELINE_RETURN_IF_ERROR(store_->Joined().status());
    seed = random_.Next();
  }
  sync::MutexLock lock(&loop_mu_);
  if (loop_ == nullptr) loop_ = std::make_unique<SyncLoop>(this, hints_, seed);
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
  hints_ = hints;
  if (loop_ != nullptr) loop_->SetHints(hints);
}

void ClientImpl::WakeLoop() {
  sync::MutexLock lock(&loop_mu_);
  if (loop_ != nullptr) loop_->Wake();
}

}  // namespace dateline::client

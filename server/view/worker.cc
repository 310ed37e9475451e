#include "server/view/worker.h"

#include <algorithm>
#include <utility>

#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/merge/document.h"
#include "sync/merge/ledger.h"

namespace dateline::server {
namespace {

absl::Status GoingDown() {
  return sync::MakeError(v1::UNAVAILABLE_NOW,
                         "the server is going down; the view is as it was",
                         {.retry = true});
}

bool IsDamage(const absl::Status& status) {
  return sync::ReasonOf(status) == v1::STORAGE_DAMAGED;
}

}  // namespace

void ViewWorker::Stop() {
  {
    const sync::MutexLock lock(&mu_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void ViewWorker::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void ViewWorker::Notify() {
  const sync::MutexLock lock(&mu_);
  ++notified_;
  notified_last_ = absl::Now();
  changed_.NotifyAll();
}

bool ViewWorker::WaitUntilCurrent(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  const sync::MutexLock lock(&mu_);
  const uint64_t wanted = notified_;
  ++readers_waiting_;
  changed_.NotifyAll();
  while (current_at_ < wanted && !stopping_) {
    if (!changed_.WaitFor(&mu_, deadline - absl::Now())) break;
  }
  --readers_waiting_;
  return current_at_ >= wanted;
}

absl::Status ViewWorker::Rebuild() {
  const sync::MutexLock lock(&mu_);
  const uint64_t wanted = ++rebuilds_wanted_;
  changed_.NotifyAll();
  while (rebuilds_done_ < wanted && !stopping_) changed_.Wait(&mu_);
  return rebuilds_done_ >= wanted ? rebuilt_ : GoingDown();
}

void ViewWorker::Check() {
  const sync::MutexLock lock(&mu_);
  check_ = true;
  changed_.NotifyAll();
}

bool ViewWorker::HasWork() const {
  return current_at_ < notified_ || rebuilds_done_ < rebuilds_wanted_ || check_;
}

void ViewWorker::AwaitQuiet() {
  const absl::Time latest = absl::Now() + kViewPatience;
  while (!stopping_ && !check_ && readers_waiting_ == 0 &&
         rebuilds_done_ == rebuilds_wanted_) {
    const absl::Time until = std::min(latest, notified_last_ + kViewQuiet);
    const absl::Duration left = until - absl::Now();
    if (left <= absl::ZeroDuration()) return;
    changed_.WaitFor(&mu_, left);
  }
}

// Meanwhile, at rest, tries to scrub what a reader kept it from.
bool ViewWorker::WaitForWork(Work* work) {
  const sync::MutexLock lock(&mu_);
  // Under steady load it goes on until it is current.
  const bool rests = !HasWork();
  while (!HasWork() && !stopping_) {
    if (!options_.view->scrub_owed()) {
      changed_.Wait(&mu_);
    } else if (!changed_.WaitFor(&mu_, kViewRetry)) {
      mu_.Unlock();
      options_.view->Scrub().IgnoreError();  // owed until it is done
      mu_.Lock();
    }
  }
  if (rests) AwaitQuiet();
  *work = {.notified = notified_,
           .rebuild = rebuilds_done_ < rebuilds_wanted_ ? rebuilds_wanted_ : 0,
           .check = std::exchange(check_, false)};
  return !stopping_;
}

bool ViewWorker::stopping() {
  const sync::MutexLock lock(&mu_);
  return stopping_;
}

void ViewWorker::Loop() {
  Work work;
  while (WaitForWork(&work)) {
    if (work.check) SetAsideIfDamaged();
    if (work.rebuild > 0) DoRebuild(work.rebuild);
    const absl::StatusOr<bool> more = Step();
    NoteLag(more.ok() && !*more);
    const sync::MutexLock lock(&mu_);
    if (!more.ok()) {
      changed_.WaitFor(&mu_, kViewRetry);
    } else if (!*more) {
      current_at_ = work.notified;
      changed_.NotifyAll();
    }
  }
}

void ViewWorker::NoteLag(bool current) {
  const absl::Time now = absl::Now();
  if (current) behind_since_ = absl::InfiniteFuture();
  if (now - behind_since_ >= options_.lag_noted) {
    LogNote(options_.log, Severity::kWarning, "view.lag",
            "the view has been behind the truth for long");
    behind_since_ = now;
  }
  if (!current) behind_since_ = std::min(behind_since_, now);
}

absl::StatusOr<bool> ViewWorker::Step() {
  absl::StatusOr<bool> more = ApplyBatch();
  if (!more.ok()) {
    LogFailed(options_.log, "view.apply", more.status());
    if (IsDamage(more.status())) SetAsideIfDamaged();
  } else if (*more) {
    for (const auto& listener : listeners_) listener();
  }
  return more;
}

void ViewWorker::DoRebuild(uint64_t number) {
  absl::Status status = BuildAnew();
  if (IsDamage(status) && SetAsideIfDamaged()) status = BuildAnew();
  if (status.ok()) {
    for (const auto& listener : listeners_) listener();
  } else {
    LogFailed(options_.log, "view.rebuild", status);
  }
  const sync::MutexLock lock(&mu_);
  rebuilds_done_ = number;
  rebuilt_ = status;
  changed_.NotifyAll();
}

// From one snapshot, so that it ends however much is written meanwhile.
absl::Status ViewWorker::BuildAnew() {
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<TruthReader> truth,
                            options_.truth->Snapshot());
  return options_.view->Write([&](ViewWriter& view) -> absl::Status {
    DATELINE_RETURN_IF_ERROR(view.Clear());
    while (true) {
      if (stopping()) return GoingDown();
      DATELINE_ASSIGN_OR_RETURN(const Batch batch,
                                ReadBatch(*truth, view.read()));
      if (batch.cursors.empty()) return absl::OkStatus();
      DATELINE_RETURN_IF_ERROR(Apply(batch, *truth, view));
    }
  });
}

// The damage may be the truth's, which nothing here heals.
bool ViewWorker::SetAsideIfDamaged() {
  if (!IsDamage(options_.view->CheckIntegrity())) return false;
  const absl::Status status = options_.view->SetAside(
      static_cast<uint64_t>(absl::ToUnixMillis(options_.clock->Now())));
  if (!status.ok()) {
    LogFailed(options_.log, "view.set_aside", status);
    return false;
  }
  LogNote(options_.log, Severity::kWarning, "view.set_aside", kViewSetAside);
  Notify();  // all is to be applied again
  return true;
}

absl::StatusOr<bool> ViewWorker::ApplyBatch() {
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<TruthReader> truth,
                            options_.truth->Snapshot());
  Batch batch;
  {
    DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<ViewReader> view,
                              options_.view->Snapshot());
    DATELINE_ASSIGN_OR_RETURN(batch, ReadBatch(*truth, *view));
  }
  if (batch.cursors.empty()) return false;
  DATELINE_RETURN_IF_ERROR(options_.view->Write(
      [&](ViewWriter& view) { return Apply(batch, *truth, view); }));
  return true;
}

absl::StatusOr<ViewWorker::Batch> ViewWorker::ReadBatch(TruthReader& truth,
                                                        ViewReader& view) {
  Batch batch;
  DATELINE_ASSIGN_OR_RETURN(const std::vector<sync::Cursor> lasts,
                            truth.LastPositions());
  for (const sync::Cursor& last : lasts) {
    DATELINE_ASSIGN_OR_RETURN(sync::Cursor applied,
                              view.Applied(last.assignment, last.lane));
    if (applied.position >= last.position) continue;
    DATELINE_ASSIGN_OR_RETURN(
        const std::vector<TouchedDocument> touched,
        truth.TouchedAfter(last.assignment, last.lane, applied.position,
                           kViewBatchRows));
    for (const TouchedDocument& row : touched) {
      applied.position = row.position;
      applied.digest = row.digest;
      if (row.document.IsZero()) continue;
      int64_t& received = batch.dirty[last.assignment].documents[row.document];
      received = std::max(received, row.received_ms);
    }
    batch.cursors.push_back(applied);
  }
  return batch;
}

absl::Status ViewWorker::Apply(const Batch& batch, TruthReader& truth,
                               ViewWriter& view) {
  for (const auto& [assignment, documents] : batch.dirty) {
    Dirty dirty = documents;
    for (const auto& [document, received_ms] : documents.documents) {
      DATELINE_RETURN_IF_ERROR(ApplyDocument(assignment, document, received_ms,
                                             &dirty, truth, view));
    }
    if (dirty.ledger) DATELINE_RETURN_IF_ERROR(ApplyLedger(assignment, view));
    if (dirty.redacted) DATELINE_RETURN_IF_ERROR(view.ForgetWords());
  }
  for (const sync::Cursor& cursor : batch.cursors) {
    DATELINE_RETURN_IF_ERROR(view.PutApplied(cursor));
  }
  return absl::OkStatus();
}

absl::Status ViewWorker::ApplyDocument(const sync::AssignmentId& assignment,
                                       const sync::DocumentId& document,
                                       int64_t received_ms, Dirty* dirty,
                                       TruthReader& truth, ViewWriter& view) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<sync::Change> changes,
                            truth.ChangesOf(assignment, document));
  std::vector<const sync::Change*> pointers;
  for (const sync::Change& change : changes) pointers.push_back(&change);
  const std::shared_ptr<const Roster> roster = options_.roster->Get();
  ViewDocument now;
  now.assignment = assignment;
  now.document =
      sync::MergeDocument(document, pointers, {.homes = roster->homes()});
  now.in_ledger = sync::TakesPartInLedger(now.document);
  DATELINE_ASSIGN_OR_RETURN(const std::optional<ViewDocument> before,
                            view.read().Find(assignment, document));
  now.received_ms =
      std::max(received_ms, before ? before->received_ms : int64_t{0});
  dirty->ledger |= now.in_ledger || (before && before->in_ledger);
  dirty->redacted |= before && sync::RedactedIn(before->document) !=
                                   sync::RedactedIn(now.document);
  DATELINE_RETURN_IF_ERROR(view.PutDocument(now));
  UseFlags flags;
  DATELINE_ASSIGN_OR_RETURN(const std::optional<v1::QueueRow> row,
                            view.read().RowOf(assignment, document));
  if (row) flags = {row->withdrawn_figure(), row->probably_withdrawn()};
  DATELINE_RETURN_IF_ERROR(view.PutRow(RowOf(now, flags, *roster)));
  const SearchText text = SearchTextOf(now.document);
  return view.PutSearch(assignment, document, text.title, text.words);
}

// The ledger anew, and the rows of reports whose figures it says withdrawn.
absl::Status ViewWorker::ApplyLedger(const sync::AssignmentId& assignment,
                                     ViewWriter& view) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<ViewDocument> documents,
                            view.read().Documents(assignment, true));
  std::vector<const v1::Document*> pointers;
  for (const ViewDocument& one : documents) pointers.push_back(&one.document);
  const v1::Ledger ledger = sync::MergeLedger(pointers);
  DATELINE_ASSIGN_OR_RETURN(const v1::Ledger before,
                            view.read().LedgerOf(assignment));
  DATELINE_RETURN_IF_ERROR(view.PutLedger(assignment, ledger));
  const FlagsByReport flags = FlagsOf(ledger);
  FlagsByReport concerned = FlagsOf(before);
  concerned.insert(flags.begin(), flags.end());
  for (const auto& [report, ignored] : concerned) {
    DATELINE_ASSIGN_OR_RETURN(const auto id,
                              sync::DocumentId::FromBytes(report));
    DATELINE_ASSIGN_OR_RETURN(std::optional<v1::QueueRow> row,
                              view.read().RowOf(assignment, id));
    const auto flag = flags.find(report);
    const UseFlags wanted = flag == flags.end() ? UseFlags() : flag->second;
    if (!row || UseFlags{row->withdrawn_figure(), row->probably_withdrawn()} ==
                    wanted) {
      continue;
    }
    row->set_withdrawn_figure(wanted.withdrawn);
    row->set_probably_withdrawn(wanted.probably);
    DATELINE_RETURN_IF_ERROR(view.PutRow(*row));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ViewDigestHex(const sync::AssignmentId& assignment,
                                          ViewReader& view) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<ViewDocument> documents,
                            view.Documents(assignment, false));
  std::vector<const v1::Document*> pointers;
  for (const ViewDocument& one : documents) pointers.push_back(&one.document);
  DATELINE_ASSIGN_OR_RETURN(const v1::Ledger ledger, view.LedgerOf(assignment));
  return sync::ViewDigest(pointers, ledger).ToHex();
}

}  // namespace dateline::server

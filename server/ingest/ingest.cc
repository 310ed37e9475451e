#include "server/ingest/ingest.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "server/ingest/home.h"
#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"

namespace dateline::server {
namespace {

constexpr absl::Duration kGroupDelay =
    absl::Milliseconds(sync::kGroupCommitDelayMs);

constexpr absl::Duration kScrubRetry = absl::Seconds(1);

// Home owes an answer about one of these documents.
absl::StatusOr<bool> IsAsked(const absl::btree_set<DocumentKey>& touched,
                             TruthReader& truth) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<OpenRequest> requests,
                            truth.OpenRequests());
  return std::any_of(
      requests.begin(), requests.end(), [&](const OpenRequest& request) {
        return touched.contains({request.assignment, request.document});
      });
}

// The documents that have open requests.
absl::btree_set<DocumentKey> AskedAbout(Truth& truth) {
  absl::btree_set<DocumentKey> documents;
  const auto snapshot = truth.Snapshot();
  if (!snapshot.ok()) return documents;
  const auto requests = (*snapshot)->OpenRequests();
  if (!requests.ok()) return documents;
  for (const OpenRequest& request : *requests) {
    documents.insert({request.assignment, request.document});
  }
  return documents;
}

}  // namespace

Ingest::Ingest(const Options& options) : options_(options) {}

void Ingest::Stop() {
  {
    const sync::MutexLock lock(&mu_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void Ingest::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Ingest::Submit(size_t changes, Body body, Done done) {
  {
    const sync::MutexLock lock(&mu_);
    if (waiting_.size() < options_.tasks_max && !stopping_) {
      if (waiting_.empty()) waiting_since_ = absl::Now();
      waiting_.push_back({changes, std::move(body), std::move(done)});
      changes_waiting_ += changes;
      wake_.NotifyAll();
      return;
    }
  }
  const std::string limit =
      absl::StrCat("kTasksWaitingMax=", options_.tasks_max);
  LogNote(options_.log, Severity::kWarning, "ingest.turned_away", limit);
  done(sync::MakeError(v1::UNAVAILABLE_NOW,
                       "the server is too busy to store more just now",
                       {.limit = limit, .retry = true}));
}

void Ingest::SubmitRuns(std::vector<sync::RunOfChanges> runs, Done done) {
  size_t changes = 0;
  for (sync::RunOfChanges& run : runs) {
    changes += run.changes.size();
    run.changes.back().signature = run.signature;
  }
  auto shared =
      std::make_shared<const std::vector<sync::RunOfChanges>>(std::move(runs));
  Submit(
      changes,
      [shared](Intake& intake, TruthWriter&) { return intake.Store(*shared); },
      std::move(done));
}

void Ingest::Hurry() {
  const sync::MutexLock lock(&mu_);
  if (waiting_.empty()) return;
  hurried_ = true;
  wake_.NotifyAll();
}

absl::Status Ingest::Run(const Body& body) {
  sync::Mutex mu;
  sync::CondVar finished;
  bool done = false;
  absl::Status result;
  Submit(1, body, [&](const absl::Status& status) {
    const sync::MutexLock lock(&mu);
    result = status;
    done = true;
    finished.NotifyAll();
  });
  const sync::MutexLock lock(&mu);
  while (!done) finished.Wait(&mu);
  return result;
}

// Meanwhile, at rest, tries to scrub what a reader kept the truth from.
void Ingest::WaitForTask() {
  while (waiting_.empty() && !stopping_) {
    if (!options_.truth->scrub_owed()) {
      wake_.Wait(&mu_);
    } else if (!wake_.WaitFor(&mu_, kScrubRetry)) {
      mu_.Unlock();
      options_.truth->Scrub().IgnoreError();  // owed until it is done
      mu_.Lock();
    }
  }
}

// Waits for work. A server at rest commits the first task at once; under load
// the first task waits for others for kGroupCommitDelayMs, while the group
// before it is committed too.
bool Ingest::Collect(std::vector<Task>* group) {
  const sync::MutexLock lock(&mu_);
  WaitForTask();
  const bool at_rest = waiting_since_ - last_commit_ > kGroupDelay;
  while (!at_rest && !hurried_ && !stopping_ &&
         changes_waiting_ < sync::kGroupCommitChangesMax) {
    const absl::Duration left = waiting_since_ + kGroupDelay - absl::Now();
    if (left <= absl::ZeroDuration()) break;
    wake_.WaitFor(&mu_, left);
  }
  hurried_ = false;
  group->swap(waiting_);
  changes_waiting_ = 0;
  return !group->empty();
}

void Ingest::Loop() {
  Evaluate({});
  std::vector<Task> group;
  while (Collect(&group)) {
    CommitGroup(&group);
    last_commit_ = absl::Now();
    group.clear();
  }
}

// One task that cannot be done must not take the others with it.
void Ingest::CommitGroup(std::vector<Task>* group) {
  const absl::Status together = Commit(*group);
  if (together.ok() || group->size() == 1) {
    for (const Task& task : *group) task.done(together);
    return;
  }
  for (Task& task : *group) {
    std::vector<Task> alone(1);
    alone[0] = std::move(task);
    const absl::Status status = Commit(alone);
    alone[0].done(status);
  }
}

absl::Status Ingest::Commit(const std::vector<Task>& group) {
  Committed committed;
  DATELINE_RETURN_IF_ERROR(
      options_.truth->Write([&](TruthWriter& truth) -> absl::Status {
        Intake intake({.identity = *options_.identity,
                       .roster = options_.roster->Get(),
                       .random = options_.random,
                       .now = options_.clock->Now()},
                      &truth);
        for (const Task& task : group) {
          DATELINE_RETURN_IF_ERROR(task.body(intake, truth));
        }
        DATELINE_RETURN_IF_ERROR(intake.Finish());
        committed = {intake.touched(), intake.placed(), intake.new_roster()};
        DATELINE_ASSIGN_OR_RETURN(committed.asked,
                                  IsAsked(intake.touched(), truth.read()));
        return absl::OkStatus();
      }));
  Publish(committed);
  // Before the tasks are told, so that whoever asked finds the answer in the
  // same session; nobody else waits for it.
  if (committed.asked) Evaluate(committed.touched);
  return absl::OkStatus();
}

void Ingest::Publish(const Committed& committed) {
  if (committed.roster != nullptr) options_.roster->Set(committed.roster);
  if (!committed.placed && committed.roster == nullptr) return;
  for (const Listener& listener : listeners_) listener(committed.touched);
}

// Home answers what is open about these documents (all, if none is named).
// A failure leaves it open: the document's next change tries again. A document
// that cannot be answered about must not take the others with it.
void Ingest::Evaluate(const absl::btree_set<DocumentKey>& touched) {
  if (Answer(touched).ok() || touched.size() == 1) return;
  for (const DocumentKey& document : AskedAbout(*options_.truth)) {
    if (!touched.empty() && !touched.contains(document)) continue;
    Answer({document}).IgnoreError();
  }
}

absl::Status Ingest::Answer(const absl::btree_set<DocumentKey>& touched) {
  Committed committed;
  const absl::Status status =
      options_.truth->Write([&](TruthWriter& truth) -> absl::Status {
        Intake intake({.identity = *options_.identity,
                       .roster = options_.roster->Get(),
                       .random = options_.random,
                       .now = options_.clock->Now()},
                      &truth);
        DATELINE_RETURN_IF_ERROR(AnswerOpenRequests(touched, intake, truth));
        DATELINE_RETURN_IF_ERROR(intake.Finish());
        committed = {intake.touched(), intake.placed(), nullptr};
        return absl::OkStatus();
      });
  if (status.ok()) {
    Publish(committed);
  } else {
    LogFailed(options_.log, "home.answer", status,
              touched.size() == 1 ? touched.begin()->second.ToHex() : "",
              Severity::kWarning);
  }
  return status;
}

}  // namespace dateline::server

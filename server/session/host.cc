#include "server/session/host.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/session/serving_log.h"
#include "server/trust/roster_history.h"
#include "sync/base/status_macros.h"

namespace dateline::server {

sync::ServerSessionOptions SessionHost::SessionOptions() {
  sync::ServerSessionOptions options;
  options.server = core_->identity().server;
  options.epoch = epoch_;
  options.home = true;
  return options;
}

const sync::SigningKey& SessionHost::key() {
  return core_->identity().home_key;
}

std::unique_ptr<sync::ServingLog> SessionHost::NewLog() {
  return std::make_unique<TruthServingLog>(&core_->truth(), &core_->roster());
}

void SessionHost::SessionFailed(const sync::DeviceId& device,
                                const absl::Status& why) {
  LogFailed(core_->log(), "session", why,
            device.IsZero() ? "" : absl::StrCat("device ", device.ToHex()));
}

void SessionHost::TurnedAway(const std::string& limit) {
  LogNote(core_->log(), Severity::kWarning, "session.turned_away", limit);
}

void SessionHost::Commit(const sync::HealRoster& heal,
                         std::function<void(absl::Status)> done) {
  core_->ingest().Submit(
      0,
      [core = core_, heal](Intake& intake, TruthWriter& truth) -> absl::Status {
        DATELINE_ASSIGN_OR_RETURN(std::shared_ptr<const Roster> roster,
                                  HealRoster(heal.signed_roster, heal.roster,
                                             core->identity(), truth));
        intake.PutRoster(std::move(roster));
        return absl::OkStatus();
      },
      std::move(done));
}

void SessionHost::Commit(
    const sync::CommitCounter& counter,
    std::function<void(absl::StatusOr<sync::CounterCommitted>)> done) {
  auto result = std::make_shared<sync::CounterCommitted>();
  core_->ingest().Submit(
      0,
      [counter, result](Intake&, TruthWriter& truth) -> absl::Status {
        DATELINE_ASSIGN_OR_RETURN(
            const uint64_t last,
            truth.read().SessionCounter(counter.device, counter.incarnation));
        *result = {.committed = counter.counter > last, .last = last};
        if (!result->committed) return absl::OkStatus();
        return truth.PutSessionCounter(counter.device, counter.incarnation,
                                       counter.counter);
      },
      [result, done = std::move(done)](const absl::Status& status) {
        if (!status.ok()) return done(status);
        done(*result);
      });
}

// What `rejected` names never reached the log's door and is not kept.
void SessionHost::Commit(sync::StorePushed store,
                         std::function<void(absl::Status)> done) {
  core_->ingest().SubmitRuns(std::move(store.runs), std::move(done));
}

void SessionHost::CommitNow() { core_->ingest().Hurry(); }

}  // namespace dateline::server

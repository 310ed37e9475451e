// The truth as sync sessions use it (sync/stream/server_host.h).
#ifndef DATELINE_SERVER_SESSION_HOST_H_
#define DATELINE_SERVER_SESSION_HOST_H_

#include <functional>
#include <memory>
#include <string>

#include "server/app/core.h"
#include "sync/stream/server_host.h"

namespace dateline::server {

// Thread-safe.
class SessionHost : public sync::ServerHost {
 public:
  // Borrows *core, whose epoch does not change while it is open.
  SessionHost(Core* core, const sync::EpochId& epoch)
      : core_(core), epoch_(epoch) {}

  sync::ServerSessionOptions SessionOptions() override;
  const sync::SigningKey& key() override;
  std::unique_ptr<sync::ServingLog> NewLog() override;
  void SessionFailed(const sync::DeviceId& device,
                     const absl::Status& why) override;
  void TurnedAway(const std::string& limit) override;
  void Commit(const sync::HealRoster& heal,
              std::function<void(absl::Status)> done) override;
  void Commit(const sync::CommitCounter& counter,
              std::function<void(absl::StatusOr<sync::CounterCommitted>)> done)
      override;
  void Commit(sync::StorePushed store,
              std::function<void(absl::Status)> done) override;
  void CommitNow() override;

 private:
  Core* const core_;  // not owned
  const sync::EpochId epoch_;
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_SESSION_HOST_H_

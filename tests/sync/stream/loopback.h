// The newsroom of tests/sync/protocol over real sockets: hosts for its desk
// and phones, and a server on port 0.
#ifndef DATELINE_TESTS_SYNC_STREAM_LOOPBACK_H_
#define DATELINE_TESTS_SYNC_STREAM_LOOPBACK_H_

#include <grpcpp/grpcpp.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "sync/base/mutex.h"
#include "sync/stream/client_host.h"
#include "sync/stream/server_host.h"
#include "sync/stream/stream_client.h"
#include "sync/stream/sync_stream_service.h"
#include "tests/sync/protocol/newsroom.h"
#include "tests/sync/stream/test_ca.h"

namespace dateline::testing {

class PhoneHost : public sync::ClientHost {
 public:
  PhoneHost(Newsroom* room, Phone* phone) : room_(room), phone_(phone) {}

  absl::StatusOr<sync::ClientState> Begin() override;
  sync::ChangeLog& log() override { return phone_->log; }
  const sync::SigningKey& key() override { return room_->KeyOf(*phone_); }
  absl::Status Carry(const sync::StorePulled& store) override;
  absl::Status Carry(const sync::NoteAcked& acked) override;
  absl::Status Carry(const sync::NoteRejected& rejected) override;
  absl::Status Carry(const sync::AdoptRoster& roster) override;
  absl::Status Carry(const sync::AdoptEpoch& epoch) override;
  absl::Status Carry(const sync::BeginIncarnation& begin) override;
  absl::Status Carry(const sync::CaughtUp&) override;
  absl::StatusOr<std::vector<sync::OwnFeed>> Feeds() override;

  // Called within Feeds, on the session's thread: the place to write.
  std::function<void()> before_feeds;
  std::function<void()> on_caught_up;
  std::function<void(const sync::StorePulled&)> on_store;

 private:
  Newsroom* const room_;  // not owned
  Phone* const phone_;    // not owned
};

// Serves a newsroom's desk. Commits happen on a thread of their own, as a
// group commit does.
class DeskServer : public sync::ServerHost {
 public:
  explicit DeskServer(Newsroom* room, const TestCa& ca, int sessions_max = 100);
  ~DeskServer() override;

  const std::string& address() const { return address_; }
  sync::SyncStreamService& service() { return *service_; }
  size_t changes();
  // While held, nothing becomes durable.
  void HoldCommits(bool hold);
  // From now on what is pushed cannot be stored.
  void FailStores(const absl::Status& why);
  // What SessionFailed was told.
  std::vector<absl::Status> failures();

  sync::ServerSessionOptions SessionOptions() override;
  const sync::SigningKey& key() override { return room_->server_key; }
  std::unique_ptr<sync::ServingLog> NewLog() override;
  void Commit(const sync::HealRoster& heal,
              std::function<void(absl::Status)> done) override;
  void Commit(const sync::CommitCounter& counter,
              std::function<void(absl::StatusOr<sync::CounterCommitted>)> done)
      override;
  void Commit(sync::StorePushed store,
              std::function<void(absl::Status)> done) override;
  void SessionFailed(const sync::DeviceId& device,
                     const absl::Status& why) override;

 private:
  void RunWriter();
  absl::Status StoreFails();
  void Write(std::function<void()> work);

  Newsroom* const room_;  // not owned
  sync::Mutex desk_mu_;   // guards room_->desk
  sync::Mutex mu_;
  sync::CondVar changed_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mu_);
  bool hold_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status store_fails_ ABSL_GUARDED_BY(mu_);
  std::vector<absl::Status> failures_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread writer_;
  std::unique_ptr<sync::SyncStreamService> service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SYNC_STREAM_LOOPBACK_H_

#include "tests/sync/stream/loopback.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace dateline::testing {

using namespace sync;  // NOLINT: a test

// --- PhoneHost -------------------------------------------------------------

absl::StatusOr<ClientState> PhoneHost::Begin() {
  return phone_->BeginSession(*room_);
}
absl::Status PhoneHost::Carry(const StorePulled& store) {
  phone_->Carry(store);
  if (on_store) on_store(store);
  return absl::OkStatus();
}
absl::Status PhoneHost::Carry(const NoteAcked& acked) {
  phone_->Carry(acked);
  return absl::OkStatus();
}
absl::Status PhoneHost::Carry(const NoteRejected& rejected) {
  phone_->Carry(rejected);
  return absl::OkStatus();
}
absl::Status PhoneHost::Carry(const AdoptRoster& roster) {
  phone_->Carry(roster);
  return absl::OkStatus();
}
absl::Status PhoneHost::Carry(const AdoptEpoch& epoch) {
  phone_->Carry(epoch);
  return absl::OkStatus();
}
absl::Status PhoneHost::Carry(const BeginIncarnation& begin) {
  phone_->Carry(begin, room_->random);
  return absl::OkStatus();
}
absl::Status PhoneHost::Carry(const CaughtUp&) {
  if (on_caught_up) on_caught_up();
  return absl::OkStatus();
}
absl::StatusOr<std::vector<OwnFeed>> PhoneHost::Feeds() {
  if (before_feeds) before_feeds();
  return phone_->Feeds();
}

// --- DeskServer ------------------------------------------------------------

namespace {

// The desk's log under its lock, for one session.
class LockedLog : public ServingLog {
 public:
  LockedLog(MemoryLog* log, Mutex* mu) : log_(log), mu_(mu) {}

  std::optional<Hash> HashAt(const FeedId& feed, uint64_t seq) override {
    MutexLock lock(mu_);
    return log_->HashAt(feed, seq);
  }
  std::optional<FeedHead> PlaceOf(const Hash& hash) override {
    MutexLock lock(mu_);
    return log_->PlaceOf(hash);
  }
  bool Holds(const FeedHead& head) override {
    MutexLock lock(mu_);
    return log_->Holds(head);
  }
  absl::StatusOr<std::vector<FeedHead>> Heads(
      const AssignmentId& assignment) override {
    MutexLock lock(mu_);
    return log_->Heads(assignment);
  }
  absl::StatusOr<std::vector<RunOfChanges>> ReadFeed(
      const FeedId& feed, uint64_t after_seq, size_t bytes_max) override {
    MutexLock lock(mu_);
    return log_->ReadFeed(feed, after_seq, bytes_max);
  }
  std::optional<PublicKey> KeyOf(const DeviceId& device) override {
    MutexLock lock(mu_);
    return log_->KeyOf(device);
  }
  std::optional<Hash> DigestAt(const AssignmentId& assignment, Lane lane,
                               uint64_t position) override {
    MutexLock lock(mu_);
    return log_->DigestAt(assignment, lane, position);
  }
  absl::StatusOr<Page> ReadPositions(const Cursor& after, const Reader& reader,
                                     size_t bytes_max) override {
    MutexLock lock(mu_);
    return log_->ReadPositions(after, reader, bytes_max);
  }
  absl::StatusOr<std::vector<FeedHead>> OwnHeads(
      const DeviceId& device, uint64_t incarnation) override {
    MutexLock lock(mu_);
    return log_->OwnHeads(device, incarnation);
  }
  absl::StatusOr<std::vector<AssignmentId>> Scope(
      const DeviceId& device) override {
    MutexLock lock(mu_);
    return log_->Scope(device);
  }
  absl::StatusOr<v1::SignedRoster> Roster() override {
    MutexLock lock(mu_);
    return log_->Roster();
  }
  uint64_t RosterVersion() override {
    MutexLock lock(mu_);
    return log_->RosterVersion();
  }
  bool FollowsRoster(const v1::RosterMark& mark) override {
    MutexLock lock(mu_);
    return log_->FollowsRoster(mark);
  }

 private:
  MemoryLog* const log_;  // not owned
  Mutex* const mu_;       // not owned
};

}  // namespace

DeskServer::DeskServer(Newsroom* room, const TestCa& ca, int sessions_max)
    : room_(room), writer_([this] { RunWriter(); }) {
  service_ = std::make_unique<SyncStreamService>(
      SyncStreamService::Options{.threads = 2, .sessions_max = sessions_max},
      this);
  grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back({ca.server_key_pem, ca.server_pem});
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(tls),
                           &port);
  builder.RegisterService(service_->service());
  SyncStreamService::Configure(&builder);
  server_ = builder.BuildAndStart();
  address_ = absl::StrCat("127.0.0.1:", port);
}

DeskServer::~DeskServer() {
  service_->Drain(absl::Seconds(5));
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  {
    MutexLock lock(&mu_);
    stopping_ = true;
    hold_ = false;
    changed_.NotifyAll();
  }
  writer_.join();
  service_.reset();
}

size_t DeskServer::changes() {
  MutexLock lock(&desk_mu_);
  return room_->desk.log.Hashes().size();
}

void DeskServer::HoldCommits(bool hold) {
  MutexLock lock(&mu_);
  hold_ = hold;
  changed_.NotifyAll();
}

void DeskServer::FailStores(const absl::Status& why) {
  MutexLock lock(&mu_);
  store_fails_ = why;
}

absl::Status DeskServer::StoreFails() {
  MutexLock lock(&mu_);
  return store_fails_;
}

std::vector<absl::Status> DeskServer::failures() {
  MutexLock lock(&mu_);
  return failures_;
}

void DeskServer::SessionFailed(const DeviceId&, const absl::Status& why) {
  MutexLock lock(&mu_);
  failures_.push_back(why);
}

ServerSessionOptions DeskServer::SessionOptions() {
  return {.server = room_->server, .epoch = room_->desk.epoch};
}

std::unique_ptr<ServingLog> DeskServer::NewLog() {
  return std::make_unique<LockedLog>(&room_->desk.log, &desk_mu_);
}

void DeskServer::Commit(const HealRoster& heal,
                        std::function<void(absl::Status)> done) {
  Write([this, heal, done = std::move(done)] {
    {
      MutexLock lock(&desk_mu_);
      room_->desk.Heal(heal);
    }
    done(absl::OkStatus());
  });
}

void DeskServer::Commit(
    const CommitCounter& counter,
    std::function<void(absl::StatusOr<CounterCommitted>)> done) {
  Write([this, counter, done = std::move(done)] {
    CounterCommitted result;
    {
      MutexLock lock(&desk_mu_);
      result = room_->desk.Commit(counter);
    }
    done(result);
  });
}

void DeskServer::Commit(StorePushed store,
                        std::function<void(absl::Status)> done) {
  Write([this, store = std::move(store), done = std::move(done)] {
    if (const absl::Status why = StoreFails(); !why.ok()) return done(why);
    {
      MutexLock lock(&desk_mu_);
      for (const RunOfChanges& run : store.runs) room_->desk.log.Add(run);
    }
    done(absl::OkStatus());
    service_->NotifyAll();
  });
}

void DeskServer::Write(std::function<void()> work) {
  MutexLock lock(&mu_);
  queue_.push_back(std::move(work));
  changed_.NotifyAll();
}

void DeskServer::RunWriter() {
  while (true) {
    std::function<void()> work;
    {
      MutexLock lock(&mu_);
      while ((queue_.empty() || hold_) && !stopping_) changed_.Wait(&mu_);
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

}  // namespace dateline::testing

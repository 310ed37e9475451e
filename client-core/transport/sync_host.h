// What a sync session asks of the phone's store (sync/stream/client_host.h).
// Each call is one transaction under the client's lock.
#ifndef DATELINE_CLIENT_CORE_TRANSPORT_SYNC_HOST_H_
#define DATELINE_CLIENT_CORE_TRANSPORT_SYNC_HOST_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "client-core/engine/client_impl.h"
#include "sync/stream/client_host.h"

namespace dateline::client {

// Borrows *client. Used by one session's thread at a time.
class SyncHost : public sync::ClientHost, private sync::ChangeLog {
 public:
  SyncHost(ClientImpl* client, sync::SigningKey key)
      : client_(*client), key_(std::move(key)) {}

  absl::StatusOr<sync::ClientState> Begin() override;
  sync::ChangeLog& log() override { return *this; }
  const sync::SigningKey& key() override { return key_; }

  absl::Status Carry(const sync::StorePulled& store) override;
  absl::Status Carry(const sync::NoteAcked& acked) override;
  absl::Status Carry(const sync::NoteRejected& rejected) override;
  absl::Status Carry(const sync::AdoptRoster& roster) override;
  absl::Status Carry(const sync::AdoptEpoch& epoch) override;
  absl::Status Carry(const sync::BeginIncarnation& begin) override;
  absl::Status Carry(const sync::CaughtUp& caught_up) override;
  absl::StatusOr<std::vector<sync::OwnFeed>> Feeds() override;

  // True if the phone was in step with the server since the last call.
  bool TakeCaughtUp() { return std::exchange(caught_up_, false); }

 private:
  // sync::ChangeLog: the truth, under the client's lock.
  absl::StatusOr<std::vector<sync::FeedHead>> Heads(
      const AssignmentId& assignment) override;
  absl::StatusOr<std::vector<sync::RunOfChanges>> ReadFeed(
      const sync::FeedId& feed, uint64_t after_seq, size_t bytes_max) override;
  absl::StatusOr<std::vector<sync::FeedHead>> FirstPlaces(
      const AssignmentId& assignment) override;
  std::optional<sync::PublicKey> KeyOf(const DeviceId& device) override;
  std::optional<sync::Hash> HashAt(const sync::FeedId& feed,
                                   uint64_t seq) override;
  std::optional<sync::FeedHead> PlaceOf(const sync::Hash& hash) override;
  bool Holds(const sync::FeedHead& head) override;

  // Runs `body` in one transaction under the lock, then announces *events.
  absl::Status Transact(const std::function<absl::Status(
                            Store& store, std::vector<Event>* events)>& body,
                        bool lazily = false);
  void Log(const std::string& line);

  ClientImpl& client_;
  const sync::SigningKey key_;
  bool caught_up_ = false;
};

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_CORE_TRANSPORT_SYNC_HOST_H_

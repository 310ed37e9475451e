// What a phone's engine does for a session: reads and writes of its store.
#ifndef DATELINE_SYNC_STREAM_CLIENT_HOST_H_
#define DATELINE_SYNC_STREAM_CLIENT_HOST_H_

#include <vector>

#include "absl/status/statusor.h"
#include "sync/protocol/client_session.h"

namespace dateline::sync {

// Called by StreamClient on the thread that runs it, one call at a time; takes
// whatever lock the store needs, for the length of the call. What each action
// must do is said in sync/protocol/actions.h. A status that is not OK ends the
// session and is what Run() returns.
class ClientHost {
 public:
  virtual ~ClientHost() = default;

  // Raises the counter durably, then says all that Hello needs. Called before
  // every session, so again after AdoptEpoch or BeginIncarnation.
  virtual absl::StatusOr<ClientState> Begin() = 0;
  // Live as long as the host; used between Begin and the end of the session.
  virtual ChangeLog& log() = 0;
  virtual const SigningKey& key() = 0;

  // Durable when it returns OK.
  virtual absl::Status Carry(const StorePulled& store) = 0;
  virtual absl::Status Carry(const NoteAcked& acked) = 0;
  virtual absl::Status Carry(const NoteRejected& rejected) = 0;
  virtual absl::Status Carry(const AdoptRoster& roster) = 0;
  virtual absl::Status Carry(const AdoptEpoch& epoch) = 0;
  virtual absl::Status Carry(const BeginIncarnation& begin) = 0;
  virtual absl::Status Carry(const CaughtUp& caught_up) = 0;

  // After StreamClient::Wake: the feeds of this device as they are now.
  virtual absl::StatusOr<std::vector<OwnFeed>> Feeds() = 0;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_STREAM_CLIENT_HOST_H_

// The phone's side of one sync session (DESIGN 7): messages in, actions out.
// Pure; no I/O, clock or threads. The grammar is protos/README.md. A relay
// towards its home is a client too. Thread-compatible.
//
//   ClientSession session(state, options, &log, &key);
//   Carry out session.OnStart(now), then every input's actions in order,
//   until CloseSession.
//
// One session is one conversation: after CloseSession a new one is made, at
// once if `hello_again` (at most kHelloAgainMax times in a row), else after
// Backoff.
#ifndef DATELINE_SYNC_PROTOCOL_CLIENT_SESSION_H_
#define DATELINE_SYNC_PROTOCOL_CLIENT_SESSION_H_

#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sync/base/signature.h"
#include "sync/protocol/actions.h"
#include "sync/protocol/frame_size.h"
#include "sync/protocol/log.h"
#include "sync/protocol/peer_index.h"
#include "sync/protocol/progress.h"

namespace dateline::sync {

// A feed that this device wrote. seq 0: nothing acked.
struct OwnFeed {
  FeedHead head;
  FeedHead acked;
};

// What the client knows when it says Hello. The counter is already raised and
// durable, so that no two Hellos ever carry the same.
struct ClientState {
  DeviceId server;
  PublicKey server_key;  // pinned at enrolment; signs Welcome and the roster
  EpochId epoch;
  DeviceId device;
  uint64_t incarnation = 0;
  uint64_t counter = 0;
  std::vector<OwnFeed> feeds;   // of this device, all its incarnations
  std::vector<Cursor> cursors;  // those kept; absent: position 0
  v1::SignedRoster roster;      // the newest; absent: none
  v1::RosterMark roster_mark;
};

struct ClientSessionOptions {
  bool watch = false;         // stay after End
  bool bring_roster = false;  // the last session closed asking for it
  int zstd_level = 3;  // 0: packs go uncompressed; 1 at most on a fast link
  std::string app = "dateline";
};

class ClientSession {
 public:
  // Borrows *log and *key; both outlive the session. Every feed of
  // state.feeds is in the log, every feed of this device in state.feeds.
  ClientSession(ClientState state, ClientSessionOptions options, ChangeLog* log,
                const SigningKey* key);

  // Hello, the first pushes and, where all fit, ClientEnd: the first flight.
  [[nodiscard]] ClientActions OnStart(absl::Time now);
  // One message of the server, checked by ParseServerMessage.
  [[nodiscard]] ClientActions OnMessage(const v1::ServerMessage& message,
                                        absl::Time now);
  // A StorePulled is durable, or failed (ends the session with that error).
  [[nodiscard]] ClientActions OnStored(Token token, const absl::Status& result,
                                       absl::Time now);
  // One Send is off this session's hands; makes room for the next.
  [[nodiscard]] ClientActions OnSent(absl::Time now);
  // Watching: the device wrote something. `feeds` as in ClientState.
  [[nodiscard]] ClientActions OnLocalChanges(const std::vector<OwnFeed>& feeds,
                                             absl::Time now);
  // About once a second: the watchdog.
  [[nodiscard]] ClientActions OnTick(absl::Time now);

  // End came and all is stored.
  bool caught_up() const { return caught_up_; }
  bool closed() const { return closed_; }
  // Changes put into packs, and taken out of them and stored, so far.
  uint64_t sent_changes() const { return sent_changes_; }
  uint64_t received_changes() const { return received_changes_; }

 private:
  // Where the push of one feed stands.
  struct Push {
    FeedHead head;       // ours
    uint64_t next = 1;   // first seq to be sent
    uint64_t sent = 0;   // highest seq sent in this session
    bool whole = false;  // a fork: all branches from `next`, in one go
    FeedHead acked;
  };

  absl::Status Dispatch(const v1::ServerMessage& message, ClientActions* out);
  absl::Status Handle(const v1::Welcome& welcome, ClientActions* out);
  absl::Status Handle(const v1::Ack& ack, ClientActions* out);
  absl::Status Handle(const v1::PackFrame& frame, ClientActions* out);
  absl::Status Handle(const v1::Heads& heads, ClientActions* out);
  absl::Status Handle(const v1::Compare& compare, ClientActions* out);
  absl::Status Handle(const v1::SignedRoster& roster, ClientActions* out);
  absl::Status HandleEnd(ClientActions* out);

  v1::ClientMessage MakeHello();
  absl::Status OnRefusal(const v1::WelcomeBody& body, ClientActions* out);
  std::vector<Cursor> DoubtfulCursors() const;
  void MaybeCatchUp(ClientActions* out);
  bool WaitingForPeer() const;

  // client_push.cc
  absl::Status LoadPushes(const std::vector<OwnFeed>& feeds);
  absl::Status TakeHeld(const v1::WelcomeBody& body, ClientActions* out);
  absl::Status StartComparison(const std::string& assignment_bytes,
                               ClientActions* out);
  absl::Status FinishComparison(const AssignmentId& assignment,
                                const std::vector<FeedHead>& held,
                                ClientActions* out);
  FeedHead PlanPush(const std::vector<FeedHead>& ours,
                    const std::vector<FeedHead>& theirs, Push* push);
  // Sends frames while the link may take one; ClientEnd behind the last.
  void Pump(ClientActions* out);
  absl::StatusOr<bool> SendNextFrame(ClientActions* out);
  void SendRuns(std::vector<RunOfChanges> runs, ClientActions* out);
  void SendFrame(std::vector<RunOfChanges> runs, ClientActions* out);
  // A frame behind this is full enough.
  size_t FrameFull() const { return frames_.target() * 3 / 4; }
  bool MaySendFrame() const;
  bool Deferred(const FeedId& feed) const;

  void Send(v1::ClientMessage message, ClientActions* out);
  void Close(absl::Status status, ClientActions* out);
  void Close(CloseSession close, ClientActions* out);

  const ClientState state_;
  const ClientSessionOptions options_;
  ChangeLog* const log_;         // not owned
  const SigningKey* const key_;  // not owned
  std::string hello_signature_;
  EncodeIndex encode_index_;
  DecodeIndex decode_index_;
  Progress progress_;
  absl::Time now_;  // of the input at hand

  // By lane first: the order in which they go.
  absl::btree_map<std::pair<Lane, FeedId>, Push> pushes_;
  absl::btree_map<std::pair<AssignmentId, Lane>, Cursor> cursors_;
  // Open comparisons, from our Heads to the server's last: what it holds.
  absl::btree_map<AssignmentId, std::vector<FeedHead>> comparisons_;
  absl::btree_map<AssignmentId, int> comparison_counts_;
  absl::btree_set<AssignmentId> doubtful_;  // no pushes before a comparison
  absl::btree_set<AssignmentId> compared_;  // by Welcome: hashes come in full
  // Something was left out: their cursors stay doubtful, so that every session
  // compares until it has come.
  absl::btree_set<std::pair<AssignmentId, Lane>> incomplete_;
  uint64_t roster_version_ = 0;
  Token last_token_ = 0;
  size_t stores_pending_ = 0;
  size_t sends_pending_ = 0;
  FrameSize frames_{/*ahead=*/0};  // under way until its Ack: each gets one
  PackCompressor compressor_;
  uint64_t sent_changes_ = 0;
  uint64_t received_changes_ = 0;
  bool welcomed_ = false;
  bool home_ = false;     // what the server says here is home's receipt
  bool end_owed_ = true;  // a ClientEnd goes out once nothing is left to push
  bool ended_ = false;    // End came
  bool caught_up_ = false;
  bool closed_ = false;
};

// `cursor` so that it agrees with nothing: heads will be compared.
Cursor Doubtful(Cursor cursor);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_PROTOCOL_CLIENT_SESSION_H_

// The serving side of one sync session (DESIGN 7): messages in, actions out.
// Pure; no I/O, clock or threads. The grammar is protos/README.md. Who may
// write what is judged where changes are stored, not here. Thread-compatible.
//
// Nothing of a device is looked at before its Hello has passed and its counter
// is committed: the driver does not read while !may_read().
#ifndef DATELINE_SYNC_PROTOCOL_SERVER_SESSION_H_
#define DATELINE_SYNC_PROTOCOL_SERVER_SESSION_H_

#include <optional>
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

struct ServerSessionOptions {
  DeviceId server;
  EpochId epoch;
  bool home = true;    // false: a relay
  int zstd_level = 3;  // 0: packs go uncompressed
  // Under load: Hello is answered UNAVAILABLE_NOW, "not before this".
  absl::Duration turn_away = absl::ZeroDuration();
};

// What gRPC takes off our hands before the link has carried it: its window of
// 64 KiB, and as much again for what stands in front of it.
constexpr size_t kSentAheadBytes = 128 << 10;

class ServerSession {
 public:
  // Borrows *log and *key (of options.server); both outlive the session.
  ServerSession(const ServerSessionOptions& options, ServingLog* log,
                const SigningKey* key);

  // Starts the watchdog; a client that says nothing is closed.
  [[nodiscard]] ServerActions OnStart(absl::Time now);
  // One message of the client, checked by ParseClientMessage.
  [[nodiscard]] ServerActions OnMessage(const v1::ClientMessage& message,
                                        absl::Time now);
  // The client closed its half: nothing more will come.
  [[nodiscard]] ServerActions OnClientDone(absl::Time now);
  // Bytes that are no message (the error of ParseClientMessage).
  [[nodiscard]] ServerActions OnBadMessage(const absl::Status& why,
                                           absl::Time now);
  // A HealRoster is durable and in force, or failed (ends the session).
  [[nodiscard]] ServerActions OnRosterHealed(Token token,
                                             const absl::Status& result,
                                             absl::Time now);
  [[nodiscard]] ServerActions OnCounterCommitted(
      Token token, const absl::StatusOr<CounterCommitted>& result,
      absl::Time now);
  // A StorePushed is durable, or failed (ends the session with that error).
  [[nodiscard]] ServerActions OnStored(Token token, const absl::Status& result,
                                       absl::Time now);
  // One Send is off this session's hands; makes room for the next.
  [[nodiscard]] ServerActions OnSent(absl::Time now);
  // New positions, or a new roster, may be there to serve.
  [[nodiscard]] ServerActions OnLocalChanges(absl::Time now);
  // About once a second: the watchdog.
  [[nodiscard]] ServerActions OnTick(absl::Time now);
  // A newer session of the device has begun: ends this one (FENCED).
  [[nodiscard]] ServerActions Fence();
  // The server goes down: ends this one (UNAVAILABLE_NOW), pushes pending are
  // stored all the same but not acked.
  [[nodiscard]] ServerActions Drain();

  // False: do not read from the link now (Hello is being admitted, or too
  // much waits to be durable).
  bool may_read() const;
  bool closed() const { return closed_; }
  // Zero before Hello has passed.
  const DeviceId& device() const { return device_; }

 private:
  enum class Phase { kHello, kAdmitting, kOpen };
  // What the client said of an assignment that is being compared.
  struct Comparison {
    absl::btree_map<FeedId, std::vector<FeedHead>> theirs;
    size_t count = 0;
    bool complete = false;  // its last Heads came
    bool answered = false;
    bool closed = false;  // the ClientEnd behind its pushes came
  };
  // How far (assignment, lane) is served.
  struct Serving {
    Cursor cursor;
    bool exhausted = false;    // nothing was behind `cursor`
    bool comparing = false;    // what the client's heads show is left out
    bool cursor_owed = false;  // the client's own is behind `cursor`
    // Comparing: up to where a feed has been seen. What comes again below is
    // a change that was released, and is always served.
    absl::btree_map<FeedId, uint64_t> seen;
  };

  absl::Status Dispatch(const v1::ClientMessage& message, ServerActions* out);
  absl::Status Handle(const v1::Hello& hello, ServerActions* out);
  absl::Status Handle(const v1::PackFrame& frame, ServerActions* out);
  absl::Status Handle(const v1::Heads& heads, ServerActions* out);
  void HandleEnd();

  absl::Status CheckHello(const v1::Hello& hello);
  absl::StatusOr<std::optional<v1::Roster>> OpenBrought(const v1::Hello& hello);
  // The roster in force is, or follows, the one that Hello names.
  absl::Status CheckRoster();
  void AskForCounter(ServerActions* out);
  absl::Status OpenSession(ServerActions* out);
  absl::Status CheckOwnHeads(const std::vector<FeedHead>& held);
  absl::Status StartServing(v1::WelcomeBody* welcome);
  void Refuse(const absl::Status& why, uint64_t counter, ServerActions* out);
  void SendWelcome(v1::WelcomeBody body, ServerActions* out);

  void TakeRejected(DecodedPack* pack, v1::Ack* ack, ServerActions* out);
  // True if the client is being asked for its heads of the assignment.
  bool AskToCompare(const AssignmentId& assignment, v1::Compare* compare);

  // server_serve.cc
  // Sends what there is while the link may take one; End behind the last.
  void Pump(ServerActions* out);
  absl::Status AnswerComparisons(ServerActions* out);
  absl::StatusOr<bool> SendNextFrame(ServerActions* out);
  absl::StatusOr<bool> ServeOne(Serving* serving, ServerActions* out);
  absl::StatusOr<bool> SendNewRoster(ServerActions* out);
  void SendFrame(const std::vector<RunOfChanges>& runs, Serving* serving,
                 ServerActions* out);
  bool Wanted(const RunOfChanges& run, Serving* serving);
  bool ClientHolds(const FeedHead& last, const Comparison& comparison);
  bool HasWordsForPlaces(const RunOfChanges& run, const Comparison& comparison);
  bool Blocked(const Serving& serving) const;
  bool AllServed() const;
  bool MaySendFrame() const;

  // `bytes`: of the changes in it.
  void Send(v1::ServerMessage message, ServerActions* out, size_t bytes = 0);
  void Close(absl::Status status, ServerActions* out);
  bool WaitingForPeer() const;

  const ServerSessionOptions options_;
  ServingLog* const log_;        // not owned
  const SigningKey* const key_;  // not owned
  EncodeIndex encode_index_;
  DecodeIndex decode_index_;
  Progress progress_;

  Phase phase_ = Phase::kHello;
  DeviceId device_;
  std::optional<PublicKey> device_key_;  // that signed Hello
  std::optional<v1::Roster> lacked_;     // here; Hello brought it
  v1::HelloBody hello_;
  std::string hello_signature_;
  absl::btree_map<std::pair<Lane, AssignmentId>, Serving> serving_;
  absl::btree_map<AssignmentId, Comparison> comparisons_;
  absl::btree_map<AssignmentId, int> comparison_counts_;
  absl::btree_set<FeedHead> brought_;  // ends of runs that came from the client
  struct Owed {
    v1::Ack ack;
    size_t bytes = 0;  // that wait to be stored
  };
  absl::btree_map<Token, Owed> acks_;  // by the token that is being stored
  size_t bytes_storing_ = 0;
  uint64_t roster_version_ = 0;  // that the client has
  Token last_token_ = 0;
  FrameSize sends_{kSentAheadBytes};  // what is not off our hands
  PackCompressor compressor_;
  absl::Time now_;             // of the input at hand
  bool client_ended_ = false;  // said ClientEnd, and owes no answer
  bool end_sent_ = false;
  bool closed_ = false;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_PROTOCOL_SERVER_SESSION_H_

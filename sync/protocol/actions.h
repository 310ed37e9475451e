// What a session asks its driver to do. The driver carries actions out in the
// order given and before the session's next input; only StorePulled,
// StorePushed, HealRoster and CommitCounter may finish later, each kind in its
// order.
// After CloseSession there are no more.
#ifndef DATELINE_SYNC_PROTOCOL_ACTIONS_H_
#define DATELINE_SYNC_PROTOCOL_ACTIONS_H_

#include <optional>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "dateline/v1/session.pb.h"
#include "sync/wire/pack.h"

namespace dateline::sync {

// Names what finishes later until it is answered. From 1, ascending.
using Token = uint64_t;

// Puts a message on the link; then OnSent.
template <typename Message>
struct SendMessage {
  Message message;
};

// Ends the link. OK: the conversation is complete.
struct CloseSession {
  absl::Status status;
  // Client: open a new session at once, nothing is wrong with the link.
  bool hello_again = false;
  // Client: and say one's own roster in it (ClientSessionOptions), then and in
  // what follows at once.
  bool bring_roster = false;
  // Client: the server asked not to be called before this has passed.
  absl::Duration not_before = absl::ZeroDuration();
};

// A roster whose signature is verified and that is newer than ours.
struct AdoptRoster {
  v1::SignedRoster signed_roster;
  v1::Roster roster;  // parsed
};

// --- of the client ---------------------------------------------------------

// Verified changes to store, idempotent by hash, in one transaction with the
// cursor. Places (Holding::kPlaceOnly) never replace what is held, a stub
// never replaces a whole change, a whole change replaces a stub. Changes whose
// deps are missing are stored as any other. Then OnStored.
struct StorePulled {
  Token token = 0;
  std::vector<RunOfChanges> runs;  // all of cursor.assignment and cursor.lane
  Cursor cursor;                   // becomes this replica's; replaces any other
  // Left out of `runs`: bytes that no honest replica could accept. For a log.
  std::vector<DecodedPack::Rejected> rejected;
};

// The server holds the feed up to `head` durably: becomes the feed's acked
// head, though it be lower than what was known (a server gone back in time).
// All are feeds of this device, any incarnation.
struct NoteAcked {
  std::vector<FeedHead> heads;
  DeviceId by;
  bool home = false;  // false: a relay's; frees nothing
};

// The run that ends at `seq` will never be accepted. For a log and `verify`.
struct NoteRejected {
  FeedId feed;
  uint64_t seq = 0;
  absl::Status why;
};

// The server was restored: keep `epoch`, forget what it acked, and replace all
// cursors by these, which agree with nothing, so that heads are compared.
struct AdoptEpoch {
  EpochId epoch;
  std::vector<Cursor> cursors;
};

// This store was restored or cloned: make a new random incarnation, counter 0,
// empty feeds for what is written from now on. The feeds of the old one stay,
// with their acked heads; what is unsent of them goes up as a fork.
struct BeginIncarnation {
  v1::ErrorReason why;
};

// End came and everything before it is stored: in step with the server.
struct CaughtUp {};

using ClientAction =
    std::variant<SendMessage<v1::ClientMessage>, StorePulled, NoteAcked,
                 NoteRejected, AdoptRoster, AdoptEpoch, BeginIncarnation,
                 CaughtUp, CloseSession>;
using ClientActions = std::vector<ClientAction>;

// --- of the server ---------------------------------------------------------

// Raises the counter of (device, incarnation) durably if `counter` is higher
// than the one kept; then OnCounterCommitted. A driver that gets `committed`
// ends every older session of the device (ServerSession::Fence) before it
// says so.
struct CommitCounter {
  Token token = 0;
  DeviceId device;
  uint64_t incarnation = 0;
  uint64_t counter = 0;
};
struct CounterCommitted {
  bool committed = false;
  uint64_t last = 0;  // not committed: the counter kept
};

// A roster of home's own that the one in force does not follow: this server was
// restored from before it. Puts in force one that follows both, durably; then
// OnRosterHealed.
struct HealRoster {
  Token token = 0;
  v1::SignedRoster signed_roster;
  v1::Roster roster;  // parsed; home's signature is verified
};

// Verified changes to judge and store, idempotent by hash; a second hash at a
// place is a fork, kept. Then OnStored. All runs are of one lane.
struct StorePushed {
  Token token = 0;
  DeviceId from;  // who brought it, not always who wrote it
  std::vector<RunOfChanges> runs;
  std::vector<DecodedPack::Rejected> rejected;  // for a log
};

// Nothing more of this session will join the stores that wait: the client has
// said all, or is not read again before some are done. A hint.
struct CommitNow {};

using ServerAction =
    std::variant<SendMessage<v1::ServerMessage>, HealRoster, CommitCounter,
                 StorePushed, CommitNow, CloseSession>;
using ServerActions = std::vector<ServerAction>;

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_PROTOCOL_ACTIONS_H_

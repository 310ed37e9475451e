// What a session reads of a store: the phone's, the server's, or a map in a
// test. Writing goes the other way, as actions (session.h).
#ifndef DATELINE_SYNC_PROTOCOL_LOG_H_
#define DATELINE_SYNC_PROTOCOL_LOG_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dateline/v1/roster.pb.h"
#include "sync/model/change.h"
#include "sync/wire/pack.h"

namespace dateline::sync {

// Thread-compatible; a session uses one from its own thread. Errors are the
// store's (STORAGE_DAMAGED, STORAGE_FULL) and end the session.
class ChangeLog : public ChangeIndex {
 public:
  // Heads of every feed held in an assignment; a fork gives both branches.
  virtual absl::StatusOr<std::vector<FeedHead>> Heads(
      const AssignmentId& assignment) = 0;

  // The first change of each feed that is held as a place only.
  virtual absl::StatusOr<std::vector<FeedHead>> FirstPlaces(
      const AssignmentId&) {
    return std::vector<FeedHead>();
  }

  // HashAt and PlaceOf answer for one branch only; Holds (ChangeIndex) is true
  // for either branch of a fork and must be overridden by a store with forks.

  // Whole runs of a feed after `after_seq`, oldest first, up to about
  // `bytes_max` (at least one run if there is any). Changes of this device's
  // own feeds come as one run, with the signature yet to be made (zero). Of
  // a forked feed: the runs of all branches, ordered by their first seq.
  virtual absl::StatusOr<std::vector<RunOfChanges>> ReadFeed(
      const FeedId& feed, uint64_t after_seq, size_t bytes_max) = 0;

  // The key a feed's signatures must verify with; nullopt: not in the roster.
  virtual std::optional<PublicKey> KeyOf(const DeviceId& device) = 0;

  // Not ok once an answer without a Status (HashAt, PlaceOf, Holds, DigestAt)
  // could not be read: what follows from such answers means nothing.
  virtual absl::Status Trouble() { return absl::OkStatus(); }
};

// What a serving side has besides: dense positions per (assignment, lane).
class ServingLog : public ChangeLog {
 public:
  // The serving digest at a position; nullopt if there is no such position.
  virtual std::optional<Hash> DigestAt(const AssignmentId& assignment,
                                       Lane lane, uint64_t position) = 0;

  struct Page {
    std::vector<RunOfChanges> runs;  // as this reader may see them (stubs)
    Cursor after;                    // position and digest once applied
    bool more = false;
  };
  struct Reader {
    DeviceId device;
    uint64_t incarnation = 0;
  };
  // Whole runs after `after`, in position order, as `reader` may see them.
  // An empty `runs` with an advanced cursor: rows that are not for it. What it
  // wrote itself in this incarnation may be left out unless its feed forked.
  virtual absl::StatusOr<Page> ReadPositions(const Cursor& after,
                                             const Reader& reader,
                                             size_t bytes_max) = 0;

  // The heads of all feeds of a device's incarnation, in any assignment; a
  // fork gives both branches, wherever they end.
  virtual absl::StatusOr<std::vector<FeedHead>> OwnHeads(
      const DeviceId& device, uint64_t incarnation) = 0;

  // The first position at which a change is served, in its feed's assignment
  // and lane, to a device that reads every row there. Only lets refs to
  // earlier sessions be sent short; nullopt is always right.
  virtual std::optional<uint64_t> PositionOf(const FeedId& feed, uint64_t seq) {
    return std::nullopt;
  }

  // True once the device may read other rows than when Scope was asked: what
  // is served keeps to what held then, and the session has to end. A cursor's
  // digest tells scopes apart, so that the next session compares heads.
  virtual bool ScopesChanged() { return false; }
  // Assignments that the device may read, and the roster it gets.
  virtual absl::StatusOr<std::vector<AssignmentId>> Scope(
      const DeviceId& device) = 0;
  virtual absl::StatusOr<v1::SignedRoster> Roster() = 0;
  virtual uint64_t RosterVersion() = 0;
  // Follows() of the roster in force.
  virtual bool FollowsRoster(const v1::RosterMark& mark) = 0;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_PROTOCOL_LOG_H_

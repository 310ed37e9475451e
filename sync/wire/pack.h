// Packs: changes as they travel, with headers sent short (feed.proto). The
// checked door: every change that comes out of DecodePack has passed its
// limits, layout and hash chain; nothing after it checks bytes again. The
// run's signature is checked by the caller who knows the keys (VerifyHead).
#ifndef DATELINE_SYNC_WIRE_PACK_H_
#define DATELINE_SYNC_WIRE_PACK_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dateline/v1/session.pb.h"
#include "sync/model/change.h"

namespace dateline::sync {

// Consecutive changes of one feed under one signature.
struct RunOfChanges {
  FeedId feed;
  std::vector<Change> changes;
  Signature signature;
};

// Hash and place of changes that a peer is known to hold, both ways.
class ChangeIndex {
 public:
  virtual ~ChangeIndex() = default;
  // The hash at a place; nullopt if not held (or held twice: a fork).
  virtual std::optional<Hash> HashAt(const FeedId& feed, uint64_t seq) = 0;
  // The place of a hash; nullopt if not held or its feed forked.
  virtual std::optional<FeedHead> PlaceOf(const Hash& hash) = 0;
};

// Packs runs into a frame, zstd level `level` (0: none). Hashes that `index`
// can place are sent as (feed, seq).
v1::PackFrame EncodePack(const std::vector<RunOfChanges>& runs,
                         ChangeIndex& index, int level);

// What a pack held. A change that no honest replica could accept stands as a
// place (Holding::kPlaceOnly) with its reason, where its hash is known.
struct DecodedPack {
  std::vector<RunOfChanges> runs;
  struct Rejected {
    FeedId feed;
    uint64_t seq = 0;
    absl::Status why;
  };
  std::vector<Rejected> rejected;
};

// Errors (the frame is dropped, the session goes on or ends as told):
//   BAD_REQUEST  not a pack, bad table index, undecodable: close the link
//   TOO_LARGE    over limits.h: close the link
//   BAD_CHAIN    a run does not continue what `index` holds: answer with Heads
absl::StatusOr<DecodedPack> DecodePack(const v1::PackFrame& frame,
                                       ChangeIndex& index);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_WIRE_PACK_H_

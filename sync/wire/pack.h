// Packs: changes as they travel, with headers sent short (feed.proto). The
// checked door: every change that comes out of DecodePack has passed its
// limits, layout and hash chain; nothing after it checks bytes again. The
// run's signature is checked by the caller who knows the keys (VerifyHead).
#ifndef DATELINE_SYNC_WIRE_PACK_H_
#define DATELINE_SYNC_WIRE_PACK_H_

#include <memory>
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
  // Is exactly this change held, on whichever branch? A store that keeps
  // forks overrides it.
  virtual bool Holds(const FeedHead& head) {
    return HashAt(head.feed, head.seq) == head.hash;
  }
};

// Places nothing, so that every hash is sent in full: for a peer that may hold
// anything, and for what is sent again after BAD_CHAIN.
class NoIndex : public ChangeIndex {
 public:
  std::optional<Hash> HashAt(const FeedId&, uint64_t) override { return {}; }
  std::optional<FeedHead> PlaceOf(const Hash&) override { return {}; }
};

// zstd's tables, kept from frame to frame: to make them takes longer than to
// pack a small frame. About a mebibyte from the first use to Release.
// Thread-compatible.
class PackCompressor {
 public:
  PackCompressor();
  ~PackCompressor();
  // The bytes in one zstd frame, the same whatever was compressed before.
  std::string Compress(absl::string_view bytes, int level);
  void Release();

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

// Packs runs into a frame, zstd level `level` (0: none). Hashes that `index`
// can place are sent as (feed, seq); so are those that stand earlier in the
// pack. Our own bug: runs over the limits of a pack (kPackChangesMax,
// kPackFeedsMax, kPackIdsMax, kPackRefsMax) or with changes of two feeds.
v1::PackFrame EncodePack(const std::vector<RunOfChanges>& runs,
                         ChangeIndex& index, int level,
                         PackCompressor* compressor);
v1::PackFrame EncodePack(const std::vector<RunOfChanges>& runs,
                         ChangeIndex& index, int level);

// What a pack held. A change that no honest replica could accept stands in its
// run as a place (Holding::kPlaceOnly) and is listed here with its reason.
// A run that does not continue what `index` or the pack holds, or names a
// place that neither holds, is left out and listed once, with BAD_CHAIN and
// the seq where it failed: answer with Heads, the peer sends what is missing.
struct DecodedPack {
  std::vector<RunOfChanges> runs;
  struct Rejected {
    FeedId feed;
    uint64_t seq = 0;
    absl::Status why;
  };
  std::vector<Rejected> rejected;
};

// The hashes are computed, not compared: VerifyHead of the run's last change
// proves them all, so verify before anything is stored. Errors (nothing of
// the frame is used):
//   BAD_REQUEST          not a pack, bad table index: close the link
//   UNSUPPORTED_VERSION  a dictionary that this reader does not have
//   TOO_LARGE            over limits.h: close the link
absl::StatusOr<DecodedPack> DecodePack(const v1::PackFrame& frame,
                                       ChangeIndex& index);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_WIRE_PACK_H_

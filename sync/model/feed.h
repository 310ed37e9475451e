// Feeds: (device, incarnation, assignment, lane), one writer each, dense
// sequence from 1, hash chain (DESIGN 4).
#ifndef DATELINE_SYNC_MODEL_FEED_H_
#define DATELINE_SYNC_MODEL_FEED_H_

#include <compare>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "dateline/v1/feed.pb.h"
#include "sync/base/digest.h"
#include "sync/base/ids.h"
#include "sync/base/signature.h"

namespace dateline::sync {

// What is urgent goes first; a lane never waits for a later one.
enum class Lane : uint8_t { kNotice = 0, kFact = 1, kText = 2, kReceipt = 3 };
constexpr int kLaneCount = 4;
constexpr Lane kLanes[] = {Lane::kNotice, Lane::kFact, Lane::kText,
                           Lane::kReceipt};

struct FeedId {
  DeviceId device;
  uint64_t incarnation = 0;
  AssignmentId assignment;
  Lane lane = Lane::kNotice;

  // 33 bytes: device, incarnation (u64 LE), assignment, lane. Hashed and used
  // as a key.
  std::string Bytes() const;
  static absl::StatusOr<FeedId> FromBytes(absl::string_view bytes);

  friend auto operator<=>(const FeedId&, const FeedId&) = default;
};

// A position in a feed, named by hash too, so that a fork is told apart.
// seq 0 with a zero hash is the empty feed.
struct FeedHead {
  FeedId feed;
  uint64_t seq = 0;
  Hash hash;

  friend auto operator<=>(const FeedHead&, const FeedHead&) = default;
};

// How far a replica has read what a server serves of (assignment, lane). The
// digest is the server's own; a client keeps it and says it again.
struct Cursor {
  AssignmentId assignment;
  Lane lane = Lane::kNotice;
  uint64_t position = 0;
  Hash digest;

  friend auto operator<=>(const Cursor&, const Cursor&) = default;
};

// Signs the chain up to `head`: one signature covers a run.
Signature SignHead(const SigningKey& key, const FeedHead& head);
bool VerifyHead(const PublicKey& key, const FeedHead& head,
                const Signature& signature);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MODEL_FEED_H_

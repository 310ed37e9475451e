// A change: one atomic edit of one document, as it stands in a feed.
#ifndef DATELINE_SYNC_MODEL_CHANGE_H_
#define DATELINE_SYNC_MODEL_CHANGE_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "dateline/v1/change.pb.h"
#include "sync/base/digest.h"
#include "sync/base/signature.h"
#include "sync/model/feed.h"
#include "sync/model/header.h"

namespace dateline::sync {

struct SaltTag {
  static constexpr absl::string_view kName = "salt";
};
using Salt = FixedBytes<SaltTag, 12>;

// How much of a change a replica holds.
enum class Holding : uint8_t {
  kWhole = 0,
  kStub = 1,       // header and structure; content redacted or not served
  kPlaceOnly = 2,  // the hash alone: bytes that no replica could accept
};

// A value; immutable once shared. The hash is over the author's bytes:
//   BLAKE2b-256("dateline/change/1\0", feed (33), seq (u64), previous (32),
//               header (u32 size + bytes), BLAKE2b-256(structure),
//               BLAKE2b-256(salt, content))
struct Change {
  FeedId feed;
  uint64_t seq = 0;
  Hash previous;  // zero at seq 1
  Hash hash;
  Holding holding = Holding::kWhole;
  Header header;  // decoded from header_bytes; empty: kPlaceOnly
  std::string header_bytes;
  std::string structure;  // v1::Structure, the author's bytes
  Salt salt;              // kWhole only
  std::string content;    // v1::Content, the author's bytes; kWhole only
  Hash content_hash;      // BLAKE2b-256(salt, content)
  std::optional<Signature> signature;  // of the run that ends here

  FeedHead head() const { return {feed, seq, hash}; }
};

Hash ContentHash(const Salt& salt, absl::string_view content);

// The hash that `change` must have, from its other fields.
Hash ComputeHash(const Change& change);

// What an author seals: the next change of `feed` after (seq, previous).
struct Sealing {
  FeedHead after;  // the feed's head now; seq 0 and zero hash at first
  Header header;
  std::string structure;
  std::string content;
  Salt salt;
};
Change Seal(Sealing sealing);

// The same change without content and salt: redacted, or not to be served.
Change ToStub(const Change& change);

// Parsed once, read often.
struct ParsedChange {
  v1::Structure structure;
  v1::Content content;  // empty for a stub
};
// InvalidArgument (BAD_REQUEST) where the bytes are not the messages.
absl::StatusOr<ParsedChange> Parse(const Change& change);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MODEL_CHANGE_H_

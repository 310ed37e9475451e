// BLAKE2b-256 (RFC 7693), by libsodium. Every digest begins with a domain
// string, so that bytes hashed for one purpose never pass for another.
#ifndef DATELINE_SYNC_BASE_DIGEST_H_
#define DATELINE_SYNC_BASE_DIGEST_H_

#include <sodium.h>

#include <cstdint>

#include "absl/strings/string_view.h"
#include "sync/base/bytes.h"

namespace dateline::sync {

struct HashTag {
  static constexpr absl::string_view kName = "hash";
};
using Hash = FixedBytes<HashTag, 32>;

// Streams bytes into one hash. Thread-compatible.
class Digest {
 public:
  // `domain` is hashed first with its terminating zero: "dateline/change/1".
  explicit Digest(absl::string_view domain);
  Digest& Add(absl::string_view bytes);
  Digest& AddU8(uint8_t value);
  Digest& AddU32(uint32_t value);  // little endian, 4 bytes
  Digest& AddU64(uint64_t value);  // little endian, 8 bytes
  // Length (u32) and bytes, for fields whose end is not otherwise known.
  Digest& AddSized(absl::string_view bytes);
  Hash Finish();

 private:
  crypto_generichash_state state_;
};

// BLAKE2b-256 of `bytes` alone, without a domain.
Hash HashOf(absl::string_view bytes);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_BASE_DIGEST_H_

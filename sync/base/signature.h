// Ed25519 (RFC 8032), by libsodium: device keys, runs of changes, rosters.
#ifndef DATELINE_SYNC_BASE_SIGNATURE_H_
#define DATELINE_SYNC_BASE_SIGNATURE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "sync/base/bytes.h"
#include "sync/base/random.h"

namespace dateline::sync {

struct PublicKeyTag {
  static constexpr absl::string_view kName = "public key";
};
using PublicKey = FixedBytes<PublicKeyTag, 32>;
struct SignatureTag {
  static constexpr absl::string_view kName = "signature";
};
using Signature = FixedBytes<SignatureTag, 64>;
struct SeedTag {
  static constexpr absl::string_view kName = "key seed";
};
using KeySeed = FixedBytes<SeedTag, 32>;

// A device's secret. Wiped when destroyed; never copied. Thread-safe once
// made (signing is const and deterministic).
class SigningKey {
 public:
  static SigningKey Make(Random& random);
  static SigningKey FromSeed(const KeySeed& seed);
  SigningKey(SigningKey&& other) noexcept;
  SigningKey& operator=(SigningKey&&) = delete;
  ~SigningKey();

  const PublicKey& public_key() const { return public_key_; }
  KeySeed seed() const;  // for the key file alone
  // Signs domain, a zero byte, and message.
  Signature Sign(absl::string_view domain, absl::string_view message) const;

 private:
  SigningKey() = default;
  unsigned char secret_[64];
  PublicKey public_key_;
};

// True if `key` signed exactly this domain and message.
bool Verify(const PublicKey& key, absl::string_view domain,
            absl::string_view message, const Signature& signature);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_BASE_SIGNATURE_H_

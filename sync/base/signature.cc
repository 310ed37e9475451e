#include "sync/base/signature.h"

#include <sodium.h>

#include <cstring>

#include "absl/strings/str_cat.h"

namespace dateline::sync {
namespace {

std::string Framed(absl::string_view domain, absl::string_view message) {
  return absl::StrCat(domain, absl::string_view("\0", 1), message);
}

const unsigned char* Bytes(absl::string_view view) {
  return reinterpret_cast<const unsigned char*>(view.data());
}

}  // namespace

SigningKey SigningKey::Make(Random& random) {
  return FromSeed(KeySeed::Make(random));
}

SigningKey SigningKey::FromSeed(const KeySeed& seed) {
  SigningKey key;
  crypto_sign_seed_keypair(key.public_key_.data(), key.secret_, seed.data());
  return key;
}

SigningKey::SigningKey(SigningKey&& other) noexcept
    : public_key_(other.public_key_) {
  std::memcpy(secret_, other.secret_, sizeof secret_);
  sodium_memzero(other.secret_, sizeof other.secret_);
}

SigningKey::~SigningKey() { sodium_memzero(secret_, sizeof secret_); }

KeySeed SigningKey::seed() const {
  KeySeed seed;
  crypto_sign_ed25519_sk_to_seed(seed.data(), secret_);
  return seed;
}

Signature SigningKey::Sign(absl::string_view domain,
                           absl::string_view message) const {
  const std::string framed = Framed(domain, message);
  Signature signature;
  crypto_sign_detached(signature.data(), nullptr, Bytes(framed), framed.size(),
                       secret_);
  return signature;
}

bool Verify(const PublicKey& key, absl::string_view domain,
            absl::string_view message, const Signature& signature) {
  const std::string framed = Framed(domain, message);
  return crypto_sign_verify_detached(signature.data(), Bytes(framed),
                                     framed.size(), key.data()) == 0;
}

}  // namespace dateline::sync

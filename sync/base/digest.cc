#include "sync/base/digest.h"

namespace dateline::sync {
namespace {

const unsigned char* Bytes(absl::string_view view) {
  return reinterpret_cast<const unsigned char*>(view.data());
}

}  // namespace

Digest::Digest(absl::string_view domain) {
  crypto_generichash_init(&state_, nullptr, 0, Hash::kSize);
  Add(domain).AddU8(0);
}

Digest& Digest::Add(absl::string_view bytes) {
  crypto_generichash_update(&state_, Bytes(bytes), bytes.size());
  return *this;
}

Digest& Digest::AddU8(uint8_t value) {
  crypto_generichash_update(&state_, &value, 1);
  return *this;
}

Digest& Digest::AddU32(uint32_t value) {
  for (int i = 0; i < 4; ++i) AddU8(static_cast<uint8_t>(value >> (8 * i)));
  return *this;
}

Digest& Digest::AddU64(uint64_t value) {
  for (int i = 0; i < 8; ++i) AddU8(static_cast<uint8_t>(value >> (8 * i)));
  return *this;
}

Digest& Digest::AddSized(absl::string_view bytes) {
  return AddU32(static_cast<uint32_t>(bytes.size())).Add(bytes);
}

Hash Digest::Finish() {
  Hash hash;
  crypto_generichash_final(&state_, hash.data(), Hash::kSize);
  return hash;
}

Hash HashOf(absl::string_view bytes) {
  Hash hash;
  crypto_generichash(hash.data(), Hash::kSize, Bytes(bytes), bytes.size(),
                     nullptr, 0);
  return hash;
}

}  // namespace dateline::sync

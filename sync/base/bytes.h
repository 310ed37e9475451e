// Fixed-size byte strings: ids (12 bytes, random), hashes (32), salts (12),
// keys and signatures. Distinct types, so that none is passed for another.
#ifndef DATELINE_SYNC_BASE_BYTES_H_
#define DATELINE_SYNC_BASE_BYTES_H_

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "sync/base/random.h"

namespace dateline::sync {

// N bytes with a meaning. A value; all zero when default-constructed, which
// no random id is. Ordered bytewise. Thread-compatible.
template <typename Tag, size_t N>
class FixedBytes {
 public:
  static constexpr size_t kSize = N;

  FixedBytes() = default;

  // InvalidArgument unless `bytes` is exactly N long.
  static absl::StatusOr<FixedBytes> FromBytes(absl::string_view bytes) {
    if (bytes.size() != N) {
      return absl::InvalidArgumentError(absl::StrCat(
          Tag::kName, ": got ", bytes.size(), " bytes, must be ", N));
    }
    FixedBytes out;
    std::memcpy(out.bytes_.data(), bytes.data(), N);
    return out;
  }
  // InvalidArgument unless `hex` is 2N hexadecimal digits.
  static absl::StatusOr<FixedBytes> FromHex(absl::string_view hex) {
    if (hex.size() != 2 * N ||
        hex.find_first_not_of("0123456789abcdefABCDEF") !=
            absl::string_view::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat(Tag::kName, ": must be ", 2 * N, " hex digits"));
    }
    return FromBytes(absl::HexStringToBytes(hex));
  }
  static FixedBytes Make(Random& random) {
    FixedBytes out;
    random.Fill(out.bytes_.data(), N);
    return out;
  }

  absl::string_view view() const {
    return absl::string_view(reinterpret_cast<const char*>(bytes_.data()), N);
  }
  std::string str() const { return std::string(view()); }
  std::string ToHex() const { return absl::BytesToHexString(view()); }
  const uint8_t* data() const { return bytes_.data(); }
  uint8_t* data() { return bytes_.data(); }
  bool IsZero() const { return *this == FixedBytes(); }

  friend auto operator<=>(const FixedBytes&, const FixedBytes&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const FixedBytes& id) {
    return H::combine(std::move(h), id.bytes_);
  }
  friend std::ostream& operator<<(std::ostream& out, const FixedBytes& id) {
    return out << id.ToHex();
  }

 private:
  std::array<uint8_t, N> bytes_{};
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_BASE_BYTES_H_

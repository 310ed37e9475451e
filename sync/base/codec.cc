#include "sync/base/codec.h"

namespace dateline::sync {

void PutVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

void PutSized(absl::string_view bytes, std::string* out) {
  PutVarint(bytes.size(), out);
  out->append(bytes.data(), bytes.size());
}

uint8_t ByteReader::U8() {
  const absl::string_view byte = Take(1);
  return failed_ ? 0 : static_cast<uint8_t>(byte[0]);
}

uint64_t ByteReader::Varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const uint8_t byte = U8();
    if (failed_) return 0;
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) {
      // Minimal: no needless zero byte, no bits past the 64th.
      if ((byte == 0 && shift > 0) || (shift == 63 && byte > 1)) break;
      return value;
    }
  }
  failed_ = true;
  return 0;
}

absl::string_view ByteReader::Take(uint64_t size) {
  if (failed_ || rest_.size() < size) {
    failed_ = true;
    return {};
  }
  const absl::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

}  // namespace dateline::sync

// Varints and fixed fields of our own byte layouts: headers and packs. A
// varint is LEB128, at most 64 bits, and minimal, so that one value has one
// form.
#ifndef DATELINE_SYNC_BASE_CODEC_H_
#define DATELINE_SYNC_BASE_CODEC_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace dateline::sync {

constexpr uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^
         static_cast<uint64_t>(value >> 63);
}
constexpr int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}
void PutVarint(uint64_t value, std::string* out);
// Length (varint) and bytes.
void PutSized(absl::string_view bytes, std::string* out);

// Reads fields from the front of bytes that it borrows; the first failure
// (too short, or a varint that is not minimal) sticks, and every read after
// it gives zeros. Thread-compatible.
class ByteReader {
 public:
  explicit ByteReader(absl::string_view bytes) : rest_(bytes) {}

  bool failed() const { return failed_; }
  void Fail() { failed_ = true; }
  absl::string_view rest() const { return rest_; }

  uint8_t U8();
  uint64_t Varint();
  absl::string_view Take(uint64_t size);
  absl::string_view Sized() { return Take(Varint()); }
  // A FixedBytes type.
  template <typename T>
  T Fixed() {
    const absl::string_view bytes = Take(T::kSize);
    return failed_ ? T() : *T::FromBytes(bytes);
  }

 private:
  absl::string_view rest_;
  bool failed_ = false;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_BASE_CODEC_H_

// Chance from the bytes of a fuzzer, so that laws, fuzzer and benchmark share
// one generator of worlds.
#ifndef DATELINE_TESTS_SYNC_TEXT_BYTE_RANDOM_H_
#define DATELINE_TESTS_SYNC_TEXT_BYTE_RANDOM_H_

#include "absl/strings/string_view.h"
#include "sync/base/random.h"

namespace dateline::testing {

// One byte a draw; when they are spent it goes on by itself, so that whoever
// waits for a draw gets it. Borrows the bytes.
class ByteRandom : public sync::Random {
 public:
  explicit ByteRandom(absl::string_view bytes)
      : bytes_(bytes), rest_(bytes.size()) {}

  uint64_t Next() override {
    if (bytes_.empty()) return rest_.Next();
    // Below reads the high bits.
    const uint64_t byte = static_cast<uint8_t>(bytes_[0]);
    bytes_.remove_prefix(1);
    return byte << 56 | rest_.Next() >> 8;
  }

 private:
  absl::string_view bytes_;
  sync::SeededRandom rest_;
};

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SYNC_TEXT_BYTE_RANDOM_H_

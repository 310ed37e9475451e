// A header that decodes is in its one canonical form.
#include <string>

#include "sync/base/check.h"
#include "sync/model/header.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto header = dateline::sync::DecodeHeader(bytes);
  if (header.ok()) {
    DATELINE_CHECK(dateline::sync::EncodeHeader(*header) == bytes);
  }
  return 0;
}

// Whatever a phone sends to a server is refused or can be sent on.
#include "sync/base/check.h"
#include "sync/wire/messages.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto message = dateline::sync::ParseClientMessage(bytes);
  if (!message.ok()) return 0;
  if (message->has_hello()) {
    (void)dateline::sync::ParseHelloBody(message->hello().body());
  }
  DATELINE_CHECK(
      dateline::sync::ParseClientMessage(message->SerializeAsString()).ok());
  return 0;
}

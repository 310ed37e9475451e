// Whatever a server sends to a phone is refused or can be sent on.
#include "sync/base/check.h"
#include "sync/wire/messages.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto message = dateline::sync::ParseServerMessage(bytes);
  if (!message.ok()) return 0;
  if (message->has_welcome()) {
    (void)dateline::sync::ParseWelcomeBody(message->welcome().body());
  }
  DATELINE_CHECK(
      dateline::sync::ParseServerMessage(message->SerializeAsString()).ok());
  return 0;
}

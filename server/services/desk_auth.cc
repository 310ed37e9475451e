#include "server/services/desk_auth.h"

#include "absl/strings/str_cat.h"
#include "sync/base/digest.h"
#include "sync/base/errors.h"

namespace dateline::server {
namespace {

absl::Status Unauthenticated(const char* field) {
  return sync::MakeError(v1::UNAUTHENTICATED,
                         "this device has not joined, or did not sign the call",
                         {.field = field});
}

}  // namespace

std::string DeskMessage(absl::string_view method, absl::string_view time,
                        absl::string_view request) {
  const std::string zero(1, '\0');
  return absl::StrCat(method, zero, time, zero, sync::HashOf(request).view());
}

absl::StatusOr<Caller> Authenticate(const DeskCredentials& credentials,
                                    absl::string_view method,
                                    absl::string_view request,
                                    const Roster& roster) {
  const auto device = sync::DeviceId::FromBytes(credentials.device);
  const auto signature = sync::Signature::FromBytes(credentials.signature);
  if (!device.ok()) return Unauthenticated(kDeviceMetadata);
  if (!signature.ok()) return Unauthenticated(kSignatureMetadata);
  const Roster::Device* const known = roster.FindDevice(*device);
  if (known == nullptr || known->home ||
      !sync::Verify(known->key, kDeskDomain,
                    DeskMessage(method, credentials.time, request),
                    *signature)) {
    return Unauthenticated(kSignatureMetadata);
  }
  return Caller{.device = *device, .person = known->person};
}

}  // namespace dateline::server

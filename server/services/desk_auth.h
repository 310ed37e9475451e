// Who calls: every desk call is signed by a device of the roster, in metadata
// (PLAN, protos/README.md). No clock is trusted: the time is signed, for
// people who read logs, and not judged.
#ifndef DATELINE_SERVER_SERVICES_DESK_AUTH_H_
#define DATELINE_SERVER_SERVICES_DESK_AUTH_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/desk/desk.h"
#include "server/trust/roster.h"
#include "sync/base/signature.h"

namespace dateline::server {

constexpr char kDeskDomain[] = "dateline/desk/1";
constexpr char kDeviceMetadata[] = "dateline-device-bin";
constexpr char kTimeMetadata[] = "dateline-time";
constexpr char kSignatureMetadata[] = "dateline-signature-bin";

struct DeskCredentials {
  std::string device, time, signature;  // as in the metadata; "" if absent
};

// What the device signs: method, zero byte, time, zero byte, hash of the
// request's bytes.
std::string DeskMessage(absl::string_view method, absl::string_view time,
                        absl::string_view request);

// UNAUTHENTICATED, whatever is wrong: who asks learns nothing of the roster.
absl::StatusOr<Caller> Authenticate(const DeskCredentials& credentials,
                                    absl::string_view method,
                                    absl::string_view request,
                                    const Roster& roster);

}  // namespace dateline::server

#endif  // DATELINE_SERVER_SERVICES_DESK_AUTH_H_

#include "client-core/engine/enrolment.h"

#include "sync/base/errors.h"
#include "sync/base/status_macros.h"

namespace dateline::client {
namespace {

template <typename T>
absl::Status Take(absl::string_view bytes, absl::string_view field, T* out) {
  const auto value = T::FromBytes(bytes);
  if (!value.ok()) {
    return sync::MakeError(v1::BAD_REQUEST,
                           "the server's answer to the enrolment is malformed",
                           {.field = std::string(field),
                            .got = std::string(value.status().message())});
  }
  *out = *value;
  return absl::OkStatus();
}

}  // namespace

absl::Status Install(const Newcomer& newcomer,
                     const v1::EnrolResponse& response, sync::Random& random,
                     Store* store) {
  if (store->self()) {
    return sync::MakeError(v1::CONFLICT,
                           "this device has joined a newsroom already");
  }
  Enrolment enrolment;
  enrolment.device_name = newcomer.name;
  enrolment.address = response.address();
  enrolment.ca_pem = response.ca_pem();
  DATELINE_RETURN_IF_ERROR(
      Take(response.server(), "server", &enrolment.server));
  DATELINE_RETURN_IF_ERROR(Take(response.epoch(), "epoch", &enrolment.epoch));
  DATELINE_RETURN_IF_ERROR(
      Take(response.home_key(), "home_key", &enrolment.home_key));
  return store->Enrol(newcomer.device, newcomer.key, enrolment,
                      response.roster(), random.Next());
}

}  // namespace dateline::client

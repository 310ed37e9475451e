// Join: spends a single-use code of `datelined invite`.
#include "absl/strings/escaping.h"
#include "absl/strings/strip.h"
#include "client-core/engine/client_impl.h"
#include "client-core/engine/enrolment.h"
#include "client-core/transport/channel.h"
#include "dateline/v1/session.grpc.pb.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/wire/messages.h"

namespace dateline::client {
namespace {

constexpr absl::string_view kCodePrefix = "dl1.";
constexpr absl::string_view kEnrolDomain = "dateline/enrol/1";
constexpr absl::Duration kEnrolDeadline = absl::Seconds(30);
constexpr size_t kCodeBytesMax = 16 << 10;  // a CA in PEM and some ids

absl::StatusOr<v1::EnrolmentTicket> ParseCode(absl::string_view code) {
  const absl::Status malformed = sync::MakeError(
      v1::BAD_REQUEST, "this is not a code of `datelined invite`",
      {.field = "code"});
  if (code.size() > kCodeBytesMax) {
    return sync::TooLarge("code", "kCodeBytesMax", kCodeBytesMax, code.size());
  }
  std::string bytes;
  v1::EnrolmentTicket ticket;
  if (!absl::ConsumePrefix(&code, kCodePrefix) ||
      !absl::WebSafeBase64Unescape(code, &bytes) ||
      !sync::ParseChecked(bytes, &ticket).ok() || ticket.address().empty() ||
      ticket.secret().empty()) {
    return malformed;
  }
  return ticket;
}

absl::StatusOr<v1::EnrolResponse> CallEnrol(const v1::EnrolmentTicket& ticket,
                                            const Newcomer& newcomer,
                                            const std::string& address) {
  v1::EnrolRequest request;
  request.set_code(ticket.secret());
  request.set_device(newcomer.device.str());
  request.set_public_key(newcomer.key.public_key().str());
  request.set_device_name(newcomer.name);
  request.set_signature(
      newcomer.key
          .Sign(kEnrolDomain,
                absl::StrCat(ticket.secret(), newcomer.device.view(),
                             newcomer.key.public_key().view()))
          .str());
  const auto channel = MakeChannel(address, ticket.ca_pem());
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kEnrolDeadline));
  v1::EnrolResponse response;
  const grpc::Status status =
      v1::EnrolService::NewStub(channel)->Enrol(&context, request, &response);
  DATELINE_RETURN_IF_ERROR(StatusOfCall(status, context));
  if (!ticket.server().empty() && response.server() != ticket.server()) {
    return sync::MakeError(v1::WRONG_CA,
                           "another server answered than the code names");
  }
  return response;
}

}  // namespace

absl::Status ClientImpl::Join(const std::string& code,
                              const std::string& device_name) {
  DATELINE_ASSIGN_OR_RETURN(const v1::EnrolmentTicket ticket, ParseCode(code));
  const Newcomer newcomer{.device = sync::DeviceId::Make(random_),
                          .key = sync::SigningKey::Make(random_),
                          .name = device_name};
  {
    sync::MutexLock lock(&mu_);
    DATELINE_RETURN_IF_ERROR(EnsureStore());
    if (store_->self()) {
      return sync::MakeError(v1::CONFLICT,
                             "this device has joined a newsroom already");
    }
  }
  DATELINE_ASSIGN_OR_RETURN(const v1::EnrolResponse response,
                            CallEnrol(ticket, newcomer, ticket.address()));
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  return Install(newcomer, response, random_, store_.get());
}

}  // namespace dateline::client

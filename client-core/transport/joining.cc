// Join: spends a single-use code of `datelined invite`.
#include "absl/strings/escaping.h"
#include "absl/strings/strip.h"
#include "client-core/engine/client_impl.h"
#include "client-core/engine/enrolment.h"
#include "dateline/v1/session.grpc.pb.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/protocol/handshake.h"
#include "sync/stream/client_call.h"
#include "sync/stream/raw_bytes.h"
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
                                            const Newcomer& newcomer) {
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
  const auto channel = sync::Dial(ticket.address(), ticket.ca_pem());
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kEnrolDeadline));
  v1::EnrolResponse response;
  const grpc::Status status =
      v1::EnrolService::NewStub(channel)->Enrol(&context, request, &response);
  const auto& trailing = context.GetServerTrailingMetadata();
  const auto error = trailing.find(sync::kErrorMetadata);
  DATELINE_RETURN_IF_ERROR(sync::FromGrpc(
      status, error == trailing.end()
                  ? ""
                  : std::string(error->second.data(), error->second.size())));
  if (!ticket.server().empty() && response.server() != ticket.server()) {
    return sync::MakeError(v1::WRONG_CA,
                           "another server answered than the code names");
  }
  return response;
}

}  // namespace

// The server may have let this device in before, and the answer got lost: it is
// the same one that asks again.
absl::StatusOr<Newcomer> ClientImpl::Applicant(const std::string& name) {
  DATELINE_ASSIGN_OR_RETURN(const auto before, store_->settings().Device());
  if (before) {
    DATELINE_ASSIGN_OR_RETURN(sync::SigningKey key, store_->LoadKey());
    return Newcomer{
        .device = before->device, .key = std::move(key), .name = name};
  }
  Newcomer newcomer{.device = sync::DeviceId::Make(random_),
                    .key = sync::SigningKey::Make(random_),
                    .name = name};
  DATELINE_RETURN_IF_ERROR(store_->PutApplicant(newcomer.device, newcomer.key));
  return newcomer;
}

// A device that has joined keeps its id and key, and joins one assignment
// more of the same newsroom.
absl::StatusOr<Newcomer> ClientImpl::WhoJoins(const v1::EnrolmentTicket& ticket,
                                              const std::string& name) {
  if (!store_->self()) return Applicant(name);
  const Enrolment& enrolment = store_->self()->enrolment;
  if (ticket.server() != enrolment.server.view()) {
    return sync::MakeError(v1::CONFLICT,
                           "this device has joined another newsroom already");
  }
  DATELINE_ASSIGN_OR_RETURN(sync::SigningKey key, store_->LoadKey());
  return Newcomer{.device = store_->self()->device,
                  .key = std::move(key),
                  .name = enrolment.device_name};
}

absl::Status ClientImpl::Join(const std::string& code,
                              const std::string& device_name) {
  DATELINE_ASSIGN_OR_RETURN(const v1::EnrolmentTicket ticket, ParseCode(code));
  std::optional<Newcomer> newcomer;
  {
    sync::MutexLock lock(&mu_);
    DATELINE_RETURN_IF_ERROR(EnsureStore());
    DATELINE_ASSIGN_OR_RETURN(Newcomer who, WhoJoins(ticket, device_name));
    newcomer.emplace(std::move(who));
  }
  DATELINE_ASSIGN_OR_RETURN(const v1::EnrolResponse response,
                            CallEnrol(ticket, *newcomer));
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  if (!store_->self()) {
    return Install(*newcomer, response, random_, store_.get());
  }
  DATELINE_ASSIGN_OR_RETURN(
      const v1::Roster roster,
      sync::OpenRoster(response.roster(), store_->self()->enrolment.home_key));
  if (roster.version() <= store_->self()->roster_version) {
    return absl::OkStatus();
  }
  return store_->Transact([&]() -> absl::Status {
    mu_.AssertHeld();
    return store_->AdoptRoster(response.roster(), roster).status();
  });
}

}  // namespace dateline::client

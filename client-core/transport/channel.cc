#include "client-core/transport/channel.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sync/base/errors.h"
#include "sync/base/limits.h"

namespace dateline::client {
namespace {

// The name in every server's certificate: trust is the pinned CA.
constexpr char kServerName[] = "dateline";

bool IsTrustFailure(absl::string_view message) {
  const std::string words = absl::AsciiStrToLower(message);
  return absl::StrContains(words, "certificate") ||
         absl::StrContains(words, "ssl") ||
         absl::StrContains(words, "handshak");
}

absl::Status WrongCa() {
  return sync::MakeError(
      v1::WRONG_CA, "this is not the server that this device enrolled with");
}

absl::Status Unreachable(absl::string_view got) {
  return sync::MakeError(v1::UNAVAILABLE_NOW, "the server cannot be reached",
                         {.got = std::string(got), .retry = true});
}

}  // namespace

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address,
                                           const std::string& ca_pem) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = ca_pem;
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(kServerName);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(sync::kMessageBytesMax);
  return grpc::CreateCustomChannel(address, grpc::SslCredentials(tls),
                                   arguments);
}

absl::Status StatusOfCall(const grpc::Status& status,
                          const grpc::ClientContext& context) {
  if (status.ok()) return absl::OkStatus();
  const auto& trailers = context.GetServerTrailingMetadata();
  if (const auto found = trailers.find("dateline-error-bin");
      found != trailers.end()) {
    v1::Error error;
    if (error.ParseFromArray(found->second.data(),
                             static_cast<int>(found->second.size())) &&
        error.reason() != v1::ERROR_REASON_UNSPECIFIED) {
      return sync::StatusOf(error);
    }
  }
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return IsTrustFailure(status.error_message())
                 ? WrongCa()
                 : Unreachable(status.error_message());
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return Unreachable("no answer in time");
    case grpc::StatusCode::CANCELLED:
      return Unreachable("the call was ended");
    default:
      return Unreachable(absl::StrCat("grpc status ", status.error_code()));
  }
}

}  // namespace dateline::client

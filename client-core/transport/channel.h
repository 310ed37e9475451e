// Channels to a server: TLS to the pinned CA alone, and gRPC's words in ours.
#ifndef DATELINE_CLIENT_CORE_TRANSPORT_CHANNEL_H_
#define DATELINE_CLIENT_CORE_TRANSPORT_CHANNEL_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace dateline::client {

// A channel of its own (no sharing), to `address`, that trusts `ca_pem` and
// nothing else; the server's name is always "dateline".
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address,
                                           const std::string& ca_pem);

// What a call came to: the server's own v1::Error if it sent one
// (`dateline-error-bin`), else UNAVAILABLE_NOW or WRONG_CA.
absl::Status StatusOfCall(const grpc::Status& status,
                          const grpc::ClientContext& context);

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_CORE_TRANSPORT_CHANNEL_H_

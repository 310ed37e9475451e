#include "tests/server/call.h"

#include <grpcpp/generic/generic_stub.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/services/desk_auth.h"
#include "server/services/raw_call.h"
#include "server/trust/authority.h"
#include "sync/base/check.h"

namespace dateline::testing {
namespace {

constexpr absl::Duration kCallTime = absl::Seconds(60);

void Next(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  DATELINE_CHECK(queue.Next(&tag, &ok));
}

void Prepare(grpc::ClientContext* context, const std::string& method,
             const std::string& bytes, const DeskDevice* device) {
  context->set_deadline(absl::ToChronoTime(absl::Now() + kCallTime));
  if (device == nullptr) return;
  const std::string bare = method.substr(method.rfind('/') + 1);
  const std::string time = absl::StrCat(absl::ToUnixMillis(absl::Now()));
  context->AddMetadata(server::kDeviceMetadata, device->id.str());
  context->AddMetadata(server::kTimeMetadata, time);
  context->AddMetadata(
      server::kSignatureMetadata,
      device->key
          .Sign(server::kDeskDomain, server::DeskMessage(bare, time, bytes))
          .str());
}

void ReadError(const grpc::ClientContext& context, Answer* answer) {
  const auto& trailer = context.GetServerTrailingMetadata();
  const auto found = trailer.find(server::kErrorMetadata);
  if (found == trailer.end()) return;
  DATELINE_CHECK(answer->error.ParseFromArray(
      found->second.data(), static_cast<int>(found->second.size())));
}

}  // namespace

std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address,
                                         const std::string& ca_pem) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = ca_pem;
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(server::kTlsName);
  arguments.SetInt("grpc.use_local_subchannel_pool", 1);
  arguments.SetMaxSendMessageSize(-1);
  return grpc::CreateCustomChannel(address, grpc::SslCredentials(tls),
                                   arguments);
}

v1::EnrolRequest EnrolRequestOf(const DeskDevice& device,
                                const std::string& secret) {
  v1::EnrolRequest request;
  request.set_code(secret);
  request.set_device(device.id.str());
  request.set_public_key(device.key.public_key().str());
  request.set_device_name("a browser");
  request.set_signature(device.key
                            .Sign("dateline/enrol/1",
                                  absl::StrCat(secret, device.id.view(),
                                               device.key.public_key().view()))
                            .str());
  return request;
}

Answer CallUnary(grpc::Channel& channel, const std::string& method,
                 const std::string& bytes, const DeskDevice* device) {
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  Prepare(&context, method, bytes, device);
  grpc::GenericStub stub(
      std::shared_ptr<grpc::ChannelInterface>(&channel, [](auto*) {}));
  const grpc::ByteBuffer request = server::BufferOf(bytes);
  const auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
  Answer answer;
  grpc::ByteBuffer response;
  call->StartCall();
  call->Finish(&response, &answer.status, &answer);
  Next(queue);
  if (answer.status.ok()) answer.bytes = server::BytesOf(response);
  ReadError(context, &answer);
  return answer;
}

Answer CallStream(grpc::Channel& channel, const std::string& method,
                  const std::string& bytes, const DeskDevice* device) {
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  Prepare(&context, method, bytes, device);
  grpc::GenericStub stub(
      std::shared_ptr<grpc::ChannelInterface>(&channel, [](auto*) {}));
  const auto call = stub.PrepareCall(&context, method, &queue);
  Answer answer;
  call->StartCall(&answer);
  Next(queue);
  call->WriteLast(server::BufferOf(bytes), grpc::WriteOptions(), &answer);
  Next(queue);
  void* tag = nullptr;
  for (bool more = true; more;) {
    grpc::ByteBuffer message;
    call->Read(&message, &answer);
    DATELINE_CHECK(queue.Next(&tag, &more));
    if (more) answer.bytes = server::BytesOf(message);
  }
  call->Finish(&answer.status, &answer);
  Next(queue);
  ReadError(context, &answer);
  return answer;
}

}  // namespace dateline::testing

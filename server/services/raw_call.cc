#include "server/services/raw_call.h"

#include <vector>

#include "sync/base/errors.h"
#include "sync/stream/raw_bytes.h"
#include "sync/wire/messages.h"

namespace dateline::server {

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

grpc::ByteBuffer BufferOf(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

grpc::Status ToGrpc(const absl::Status& status,
                    grpc::CallbackServerContext* context) {
  if (status.ok()) return grpc::Status::OK;
  const v1::Error error = sync::ErrorOf(status);
  context->AddTrailingMetadata(kErrorMetadata, error.SerializeAsString());
  // absl's and gRPC's codes are the same numbers.
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      error.sentence());
}

absl::Status ToRemote(Log* log, absl::string_view operation,
                      const absl::Status& status, absl::string_view subject) {
  LogFailed(log, operation, status, subject);
  return sync::ForPeer(status);
}

absl::Status ParseRequest(const std::string& bytes,
                          google::protobuf::Message* request) {
  return sync::ParseChecked(bytes, request);
}

grpc::ServerUnaryReactor* AnswerRaw(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response, WorkerPool* pool,
    std::function<absl::StatusOr<std::string>(const std::string&)> handle) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  const bool accepted = pool->Run([=, handle = std::move(handle)] {
    const absl::StatusOr<std::string> answer = handle(BytesOf(*request));
    if (answer.ok()) *response = BufferOf(*answer);
    reactor->Finish(ToGrpc(answer.status(), context));
  });
  if (!accepted) {
    reactor->Finish(ToGrpc(
        sync::MakeError(
            v1::UNAVAILABLE_NOW, "the server is too busy to answer just now",
            {.limit = absl::StrCat("kCallsWaitingMax=", kCallsWaitingMax),
             .retry = true}),
        context));
  }
  return reactor;
}

}  // namespace dateline::server

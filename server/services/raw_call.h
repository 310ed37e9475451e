// Calls by raw bytes: gRPC's own answer to a message that does not parse is an
// empty INTERNAL, so every request is parsed by sync/wire, and every refusal
// carries our code, field and limit.
#ifndef DATELINE_SERVER_SERVICES_RAW_CALL_H_
#define DATELINE_SERVER_SERVICES_RAW_CALL_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "server/log/log.h"
#include "server/services/worker_pool.h"

namespace dateline::server {

// Trailing metadata: v1::Error, serialized. The status message is its
// sentence.
constexpr char kErrorMetadata[] = "dateline-error-bin";

std::string BytesOf(const grpc::ByteBuffer& buffer);
grpc::ByteBuffer BufferOf(const std::string& bytes);
// Ours to gRPC's; adds kErrorMetadata to the call's trailer.
grpc::Status ToGrpc(const absl::Status& status,
                    grpc::CallbackServerContext* context);
// What a caller on another machine is told (sync::ForPeer); the log, which may
// be nullptr, gets the truth. `subject` as Log::Failed.
absl::Status ToRemote(Log* log, absl::string_view operation,
                      const absl::Status& status,
                      absl::string_view subject = "");
// TOO_LARGE, BAD_REQUEST, BAD_UTF8 (sync/wire).
absl::Status ParseRequest(const std::string& bytes,
                          google::protobuf::Message* request);

// Answers a unary call on one of the pool's threads. `handle` gets the
// request's bytes and gives the response's.
grpc::ServerUnaryReactor* AnswerRaw(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response, WorkerPool* pool,
    std::function<absl::StatusOr<std::string>(const std::string&)> handle);

// The same with messages: parsed here, serialized here.
template <typename Request, typename Response>
grpc::ServerUnaryReactor* Answer(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response, WorkerPool* pool,
    std::function<absl::StatusOr<Response>(const Request&)> handle) {
  return AnswerRaw(
      context, request, response, pool,
      [handle = std::move(handle)](
          const std::string& bytes) -> absl::StatusOr<std::string> {
        Request message;
        if (absl::Status parsed = ParseRequest(bytes, &message); !parsed.ok()) {
          return parsed;
        }
        absl::StatusOr<Response> answer = handle(message);
        if (!answer.ok()) return answer.status();
        return answer->SerializeAsString();
      });
}

}  // namespace dateline::server

#endif  // DATELINE_SERVER_SERVICES_RAW_CALL_H_

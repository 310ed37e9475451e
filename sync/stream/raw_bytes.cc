#include "sync/stream/raw_bytes.h"

#include <grpcpp/support/slice.h>

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "sync/base/errors.h"
#include "sync/base/limits.h"

namespace dateline::sync {

std::string ToBytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  bytes.reserve(buffer.Length());
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

grpc::ByteBuffer ToBuffer(const google::protobuf::MessageLite& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

absl::Status ForPeer(const absl::Status& status) {
  if (status.ok() || status.code() == absl::StatusCode::kCancelled) {
    return status;
  }
  switch (ErrorOf(status).reason()) {
    case v1::STORAGE_FULL:
    case v1::STORAGE_DAMAGED:
    case v1::STORE_IN_USE:
    case v1::INTERNAL_ERROR:
      return MakeError(v1::UNAVAILABLE_NOW,
                       "the desk's server has trouble of its own and cannot "
                       "do this just now",
                       {.retry = true});
    default:
      return status;
  }
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  // The two enums are one, by design of Abseil.
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      ErrorOf(status).sentence());
}

absl::Status FromGrpc(const grpc::Status& status,
                      const std::string& error_bytes) {
  if (status.ok()) return absl::OkStatus();
  if (v1::Error error;
      !error_bytes.empty() && error.ParseFromString(error_bytes)) {
    return StatusOf(error);
  }
  // OpenSSL and BoringSSL write it each in their way, and name the fault
  // differently where two authorities have one name.
  const std::string message = absl::StrReplaceAll(
      absl::AsciiStrToLower(status.error_message()), {{"_", " "}});
  switch (status.error_code()) {
    case grpc::StatusCode::CANCELLED:
      return absl::CancelledError("the session was cancelled");
    case grpc::StatusCode::UNAVAILABLE:
      if (absl::StrContains(message, "certificate verify failed") ||
          absl::StrContains(message, "ssl error ssl")) {
        return MakeError(v1::WRONG_CA,
                         "this is not the server that the device enrolled "
                         "with: its certificate is another authority's");
      }
      return MakeError(v1::UNAVAILABLE_NOW, "the server cannot be reached",
                       {.retry = true});
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return MakeError(v1::UNAVAILABLE_NOW,
                       "the time for this sync is over before its end",
                       {.field = "deadline", .retry = true});
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return TooLarge("message", "kMessageBytesMax", kMessageBytesMax,
                      kMessageBytesMax + 1);
    default:
      return MakeError(v1::UNAVAILABLE_NOW,
                       absl::StrCat("the call failed: gRPC code ",
                                    static_cast<int>(status.error_code())),
                       {.retry = true});
  }
}

}  // namespace dateline::sync

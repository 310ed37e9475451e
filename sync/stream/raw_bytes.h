// grpc::ByteBuffer to bytes and back, and v1::Error in a grpc::Status.
#ifndef DATELINE_SYNC_STREAM_RAW_BYTES_H_
#define DATELINE_SYNC_STREAM_RAW_BYTES_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace dateline::sync {

// Trailing metadata that carries a serialized v1::Error.
constexpr char kErrorMetadata[] = "dateline-error-bin";

std::string ToBytes(const grpc::ByteBuffer& buffer);
grpc::ByteBuffer ToBuffer(const google::protobuf::MessageLite& message);

// What a peer is told instead of our own trouble (a full or damaged disk, a
// store in use, a bug): UNAVAILABLE_NOW, to be tried again. Its owner would
// read the true code as his own store's, and act on that. All else as it is.
absl::Status ForPeer(const absl::Status& status);
// The code and sentence; the caller adds kErrorMetadata.
grpc::Status ToGrpc(const absl::Status& status);
// What a call ended with; `error_bytes` is kErrorMetadata, "" if there is
// none. Without one: WRONG_CA where TLS refused the server's certificate,
// UNAVAILABLE_NOW where the link or the deadline failed.
absl::Status FromGrpc(const grpc::Status& status,
                      const std::string& error_bytes);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_STREAM_RAW_BYTES_H_

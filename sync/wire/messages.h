// Raw bytes of a session message to a checked message, and back. gRPC's own
// answer to a bad message is an empty INTERNAL, so services take raw bytes
// (grpc::ByteBuffer) and parse them here.
#ifndef DATELINE_SYNC_WIRE_MESSAGES_H_
#define DATELINE_SYNC_WIRE_MESSAGES_H_

#include <string>

#include "absl/status/statusor.h"
#include "dateline/v1/session.pb.h"
#include "sync/model/feed.h"

namespace dateline::sync {

// Parse and check sizes, depth, enum and id lengths. BAD_REQUEST, TOO_LARGE,
// BAD_UTF8: each names the field, the limit and what was got.
absl::StatusOr<v1::ClientMessage> ParseClientMessage(absl::string_view bytes);
absl::StatusOr<v1::ServerMessage> ParseServerMessage(absl::string_view bytes);
absl::StatusOr<v1::HelloBody> ParseHelloBody(absl::string_view bytes);
absl::StatusOr<v1::WelcomeBody> ParseWelcomeBody(absl::string_view bytes);
// Generic: any other request of ours, with the same checks.
absl::Status ParseChecked(absl::string_view bytes,
                          google::protobuf::Message* out);

// proto <-> model.
absl::StatusOr<FeedId> FromProto(const v1::FeedId& feed);
absl::StatusOr<FeedHead> FromProto(const v1::FeedHead& head);
absl::StatusOr<Cursor> FromProto(const v1::Cursor& cursor);
v1::FeedId ToProto(const FeedId& feed);
v1::FeedHead ToProto(const FeedHead& head);
v1::Cursor ToProto(const Cursor& cursor);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_WIRE_MESSAGES_H_

#include "sync/wire/messages.h"

#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"
#include "sync/wire/walk.h"

namespace dateline::sync {
namespace {

absl::Status BadField(absl::string_view field, absl::string_view limit,
                      absl::string_view got) {
  return MakeError(v1::BAD_REQUEST,
                   absl::StrCat(field, " is ", got, ", must be ", limit),
                   {.field = std::string(field),
                    .limit = std::string(limit),
                    .got = std::string(got)});
}

absl::Status CheckLength(absl::string_view bytes, size_t length,
                         absl::string_view field) {
  if (bytes.size() == length) return absl::OkStatus();
  return BadField(field, absl::StrCat(length, " bytes"),
                  absl::StrCat(bytes.size(), " bytes"));
}

absl::Status CheckIdOrEmpty(absl::string_view bytes, absl::string_view field) {
  if (bytes.empty()) return absl::OkStatus();
  return CheckLength(bytes, DocumentId::kSize, field);
}

absl::Status CheckCount(size_t count, absl::string_view field,
                        absl::string_view limit_name, size_t limit) {
  if (count <= limit) return absl::OkStatus();
  return TooLarge(field, limit_name, limit, count);
}

template <typename Messages>
absl::Status CheckEach(const Messages& messages) {
  for (const auto& message : messages) {
    DATELINE_RETURN_IF_ERROR(FromProto(message).status());
  }
  return absl::OkStatus();
}

absl::Status CheckFrame(const v1::PackFrame& frame) {
  DATELINE_RETURN_IF_ERROR(CheckCount(frame.pack().size(), "pack.pack",
                                      "kPackBytesMax", kPackBytesMax));
  DATELINE_RETURN_IF_ERROR(
      CheckCount(frame.size(), "pack.size", "kPackBytesMax", kPackBytesMax));
  if (!frame.has_after()) return absl::OkStatus();
  return FromProto(frame.after()).status();
}

absl::Status CheckHeads(const v1::Heads& heads) {
  DATELINE_RETURN_IF_ERROR(CheckCount(heads.heads_size(), "heads.heads",
                                      "kHelloHeadsMax", kHelloHeadsMax));
  DATELINE_RETURN_IF_ERROR(
      CheckLength(heads.assignment(), AssignmentId::kSize, "heads.assignment"));
  return CheckEach(heads.heads());
}

absl::Status CheckAssignments(
    const google::protobuf::RepeatedPtrField<std::string>& assignments,
    absl::string_view field) {
  DATELINE_RETURN_IF_ERROR(CheckCount(assignments.size(), field,
                                      "kHelloCursorsMax", kHelloCursorsMax));
  for (const std::string& assignment : assignments) {
    DATELINE_RETURN_IF_ERROR(
        CheckLength(assignment, AssignmentId::kSize, field));
  }
  return absl::OkStatus();
}

absl::Status CheckAck(const v1::Ack& ack) {
  DATELINE_RETURN_IF_ERROR(CheckIdOrEmpty(ack.by(), "ack.by"));
  for (const v1::Rejected& rejected : ack.rejected()) {
    DATELINE_RETURN_IF_ERROR(FromProto(rejected.feed()).status());
    if (rejected.seq() > kSeqMax) {
      return BadField("ack.rejected.seq", absl::StrCat("at most ", kSeqMax),
                      absl::StrCat(rejected.seq()));
    }
  }
  return CheckEach(ack.heads());
}

absl::Status CheckWelcome(const v1::WelcomeBody& welcome) {
  if (welcome.has_error() && welcome.error().reason() == 0) {
    return BadField("welcome.error.reason", "not 0", "0");
  }
  DATELINE_RETURN_IF_ERROR(CheckIdOrEmpty(welcome.server(), "welcome.server"));
  DATELINE_RETURN_IF_ERROR(CheckIdOrEmpty(welcome.epoch(), "welcome.epoch"));
  DATELINE_RETURN_IF_ERROR(
      CheckAssignments(welcome.compare(), "welcome.compare"));
  DATELINE_RETURN_IF_ERROR(CheckCount(welcome.held_size(), "welcome.held",
                                      "kHelloHeadsMax", kHelloHeadsMax));
  return CheckEach(welcome.held());
}

absl::Status CheckRoster(const v1::SignedRoster& roster,
                         absl::string_view field) {
  return CheckLength(roster.signature(), Signature::kSize,
                     absl::StrCat(field, ".signature"));
}

absl::Status CheckHello(const v1::Hello& hello) {
  DATELINE_RETURN_IF_ERROR(
      CheckLength(hello.signature(), Signature::kSize, "hello.signature"));
  if (!hello.has_roster()) return absl::OkStatus();
  return CheckRoster(hello.roster(), "hello.roster");
}

absl::Status CheckClient(const v1::ClientMessage& message) {
  switch (message.kind_case()) {
    case v1::ClientMessage::kHello:
      return CheckHello(message.hello());
    case v1::ClientMessage::kPack:
      return CheckFrame(message.pack());
    case v1::ClientMessage::kHeads:
      return CheckHeads(message.heads());
    case v1::ClientMessage::kEnd:
      return absl::OkStatus();
    case v1::ClientMessage::KIND_NOT_SET:
      break;
  }
  return BadField("kind", "hello, pack, heads or end", "none of them");
}

absl::Status CheckServer(const v1::ServerMessage& message) {
  switch (message.kind_case()) {
    case v1::ServerMessage::kWelcome:
      return CheckLength(message.welcome().signature(), Signature::kSize,
                         "welcome.signature");
    case v1::ServerMessage::kCompare:
      return CheckAssignments(message.compare().assignments(),
                              "compare.assignments");
    case v1::ServerMessage::kAck:
      return CheckAck(message.ack());
    case v1::ServerMessage::kPack:
      return CheckFrame(message.pack());
    case v1::ServerMessage::kHeads:
      return CheckHeads(message.heads());
    case v1::ServerMessage::kEnd:
      return absl::OkStatus();
    case v1::ServerMessage::kRoster:
      return CheckRoster(message.roster(), "roster");
    case v1::ServerMessage::KIND_NOT_SET:
      break;
  }
  return BadField("kind", "welcome, ack, pack, heads, compare, end or roster",
                  "none of them");
}

}  // namespace

absl::Status ParseChecked(absl::string_view bytes,
                          google::protobuf::Message* out) {
  DATELINE_RETURN_IF_ERROR(CheckCount(bytes.size(), "message",
                                      "kMessageBytesMax", kMessageBytesMax));
  DATELINE_RETURN_IF_ERROR(WalkMessage(bytes, *out->GetDescriptor()));
  if (!out->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return BadField("message", out->GetDescriptor()->name(), "something else");
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ClientMessage> ParseClientMessage(absl::string_view bytes) {
  v1::ClientMessage message;
  DATELINE_RETURN_IF_ERROR(ParseChecked(bytes, &message));
  DATELINE_RETURN_IF_ERROR(CheckClient(message));
  return message;
}

absl::StatusOr<v1::ServerMessage> ParseServerMessage(absl::string_view bytes) {
  v1::ServerMessage message;
  DATELINE_RETURN_IF_ERROR(ParseChecked(bytes, &message));
  DATELINE_RETURN_IF_ERROR(CheckServer(message));
  return message;
}

absl::StatusOr<v1::HelloBody> ParseHelloBody(absl::string_view bytes) {
  v1::HelloBody body;
  DATELINE_RETURN_IF_ERROR(ParseChecked(bytes, &body));
  DATELINE_RETURN_IF_ERROR(CheckIdOrEmpty(body.server(), "hello.server"));
  DATELINE_RETURN_IF_ERROR(CheckIdOrEmpty(body.epoch(), "hello.epoch"));
  DATELINE_RETURN_IF_ERROR(
      CheckIdOrEmpty(body.roster_epoch(), "hello.roster_epoch"));
  DATELINE_RETURN_IF_ERROR(
      CheckLength(body.device(), DeviceId::kSize, "hello.device"));
  DATELINE_RETURN_IF_ERROR(CheckCount(body.heads_size(), "hello.heads",
                                      "kHelloHeadsMax", kHelloHeadsMax));
  DATELINE_RETURN_IF_ERROR(CheckCount(body.cursors_size(), "hello.cursors",
                                      "kHelloCursorsMax", kHelloCursorsMax));
  DATELINE_RETURN_IF_ERROR(
      CheckCount(body.app().size(), "hello.app", "kAppBytesMax", kAppBytesMax));
  DATELINE_RETURN_IF_ERROR(CheckEach(body.heads()));
  DATELINE_RETURN_IF_ERROR(CheckEach(body.cursors()));
  return body;
}

absl::StatusOr<v1::WelcomeBody> ParseWelcomeBody(absl::string_view bytes) {
  v1::WelcomeBody body;
  DATELINE_RETURN_IF_ERROR(ParseChecked(bytes, &body));
  DATELINE_RETURN_IF_ERROR(CheckWelcome(body));
  return body;
}

absl::StatusOr<FeedId> FromProto(const v1::FeedId& feed) {
  DATELINE_RETURN_IF_ERROR(
      CheckLength(feed.device(), DeviceId::kSize, "feed.device"));
  DATELINE_RETURN_IF_ERROR(
      CheckLength(feed.assignment(), AssignmentId::kSize, "feed.assignment"));
  if (feed.lane() >= kLaneCount) {
    return BadField("feed.lane", "0 to 3", absl::StrCat(feed.lane()));
  }
  return FeedId{.device = *DeviceId::FromBytes(feed.device()),
                .incarnation = feed.incarnation(),
                .assignment = *AssignmentId::FromBytes(feed.assignment()),
                .lane = static_cast<Lane>(feed.lane())};
}

absl::StatusOr<FeedHead> FromProto(const v1::FeedHead& head) {
  FeedHead out;
  DATELINE_ASSIGN_OR_RETURN(out.feed, FromProto(head.feed()));
  if (head.seq() > kSeqMax) {
    return BadField("head.seq", absl::StrCat("at most kSeqMax=", kSeqMax),
                    absl::StrCat(head.seq()));
  }
  out.seq = head.seq();
  if (head.seq() == 0 && head.hash().empty()) return out;
  DATELINE_RETURN_IF_ERROR(CheckLength(head.hash(), Hash::kSize, "head.hash"));
  out.hash = *Hash::FromBytes(head.hash());
  if ((out.seq == 0) != out.hash.IsZero()) {
    return BadField("head.hash", "zero at seq 0 and nowhere else", "otherwise");
  }
  return out;
}

absl::StatusOr<Cursor> FromProto(const v1::Cursor& cursor) {
  DATELINE_RETURN_IF_ERROR(CheckLength(cursor.assignment(), AssignmentId::kSize,
                                       "cursor.assignment"));
  if (cursor.lane() >= kLaneCount) {
    return BadField("cursor.lane", "0 to 3", absl::StrCat(cursor.lane()));
  }
  Cursor out{.assignment = *AssignmentId::FromBytes(cursor.assignment()),
             .lane = static_cast<Lane>(cursor.lane()),
             .position = cursor.position(),
             .digest = Hash()};
  if (cursor.position() == 0 && cursor.digest().empty()) return out;
  DATELINE_RETURN_IF_ERROR(
      CheckLength(cursor.digest(), Hash::kSize, "cursor.digest"));
  out.digest = *Hash::FromBytes(cursor.digest());
  return out;
}

v1::FeedId ToProto(const FeedId& feed) {
  v1::FeedId out;
  out.set_device(feed.device.str());
  out.set_incarnation(feed.incarnation);
  out.set_assignment(feed.assignment.str());
  out.set_lane(static_cast<uint32_t>(feed.lane));
  return out;
}

v1::FeedHead ToProto(const FeedHead& head) {
  v1::FeedHead out;
  *out.mutable_feed() = ToProto(head.feed);
  out.set_seq(head.seq);
  if (head.seq > 0) out.set_hash(head.hash.str());
  return out;
}

v1::Cursor ToProto(const Cursor& cursor) {
  v1::Cursor out;
  out.set_assignment(cursor.assignment.str());
  out.set_lane(static_cast<uint32_t>(cursor.lane));
  out.set_position(cursor.position);
  if (cursor.position > 0) out.set_digest(cursor.digest.str());
  return out;
}

}  // namespace dateline::sync

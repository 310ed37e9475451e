#include "sync/model/header.h"

#include "absl/strings/str_cat.h"
#include "sync/base/codec.h"
#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"

namespace dateline::sync {
namespace {

constexpr uint8_t kLayout = 1;

absl::Status Malformed(absl::string_view what) {
  return MakeError(v1::BAD_REQUEST,
                   absl::StrCat("the header of a change is malformed: ", what),
                   {.field = "header"});
}

std::vector<Hash> ReadHashes(size_t max, ByteReader* in) {
  const uint64_t count = in->Varint();
  std::vector<Hash> out;
  if (count > max) in->Fail();
  for (uint64_t i = 0; i < count && !in->failed(); ++i) {
    out.push_back(in->Fixed<Hash>());
  }
  return out;
}

absl::Status CheckHeader(const Header& header) {
  if (static_cast<int>(header.lane) >= kLaneCount) return Malformed("lane");
  if (static_cast<int>(header.kind) == 0) return Malformed("document kind 0");
  if (static_cast<int>(header.permission) == 0) {
    return Malformed("permission class 0");
  }
  if (header.lamport == 0 || header.lamport > kLamportMax) {
    return Malformed("Lamport count out of range");
  }
  if (header.wall_ms < kWallMsMin || header.wall_ms > kWallMsMax) {
    return Malformed("wall time out of range");
  }
  if ((header.save_lanes >> static_cast<int>(header.lane) & 1) == 0) {
    return Malformed("its save does not list its own lane");
  }
  for (size_t i = 1; i < header.deps.size(); ++i) {
    if (!(header.deps[i - 1] < header.deps[i])) {
      return Malformed("deps are not ascending");
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string EncodeHeader(const Header& header) {
  std::string out;
  out.push_back(kLayout);
  out.push_back(static_cast<char>(header.lane));
  out.push_back(static_cast<char>(header.kind));
  out.push_back(static_cast<char>(header.permission));
  absl::StrAppend(&out, header.document.view(), header.actor.view(),
                  header.signer.view());
  PutVarint(header.lamport, &out);
  PutVarint(ZigZag(header.wall_ms), &out);
  PutVarint(header.save, &out);
  out.push_back(static_cast<char>(header.save_lanes));
  PutVarint(header.schema, &out);
  PutVarint(header.ignorable_from, &out);
  PutVarint(header.deps.size(), &out);
  for (const Hash& dep : header.deps) absl::StrAppend(&out, dep.view());
  PutVarint(header.names.size(), &out);
  for (const Hash& name : header.names) absl::StrAppend(&out, name.view());
  out += header.trailing;
  return out;
}

absl::StatusOr<Header> DecodeHeader(absl::string_view bytes) {
  if (bytes.size() > kHeaderBytesMax) {
    return TooLarge("header", "kHeaderBytesMax", kHeaderBytesMax, bytes.size());
  }
  ByteReader in(bytes);
  if (in.U8() != kLayout) return Malformed("unknown layout");
  Header header;
  header.lane = static_cast<Lane>(in.U8());
  header.kind = static_cast<DocumentKind>(in.U8());
  header.permission = static_cast<PermissionClass>(in.U8());
  header.document = in.Fixed<DocumentId>();
  header.actor = in.Fixed<PersonId>();
  header.signer = in.Fixed<DeviceId>();
  header.lamport = in.Varint();
  header.wall_ms = UnZigZag(in.Varint());
  header.save = in.Varint();
  header.save_lanes = in.U8();
  const uint64_t schema = in.Varint();
  const uint64_t ignorable_from = in.Varint();
  header.deps = ReadHashes(kDepsMax, &in);
  header.names = ReadHashes(kNamesMax, &in);
  if (in.failed() || schema > UINT32_MAX || ignorable_from > UINT32_MAX) {
    return Malformed("truncated, not minimal, or over a limit");
  }
  header.schema = static_cast<uint32_t>(schema);
  header.ignorable_from = static_cast<uint32_t>(ignorable_from);
  header.trailing = std::string(in.rest());
  DATELINE_RETURN_IF_ERROR(CheckHeader(header));
  return header;
}

}  // namespace dateline::sync

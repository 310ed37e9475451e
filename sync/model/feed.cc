#include "sync/model/feed.h"

#include "absl/strings/str_cat.h"

namespace dateline::sync {
namespace {

constexpr size_t kFeedIdBytes = DeviceId::kSize + 8 + AssignmentId::kSize + 1;
constexpr absl::string_view kRunDomain = "dateline/run/1";

std::string LittleEndian(uint64_t value) {
  std::string out(8, '\0');
  for (int i = 0; i < 8; ++i) out[i] = static_cast<char>(value >> (8 * i));
  return out;
}

std::string HeadBytes(const FeedHead& head) {
  return absl::StrCat(head.feed.Bytes(), LittleEndian(head.seq),
                      head.hash.view());
}

}  // namespace

std::string FeedId::Bytes() const {
  return absl::StrCat(device.view(), LittleEndian(incarnation),
                      assignment.view(),
                      std::string(1, static_cast<char>(lane)));
}

absl::StatusOr<FeedId> FeedId::FromBytes(absl::string_view bytes) {
  if (bytes.size() != kFeedIdBytes || bytes.back() < 0 ||
      bytes.back() >= kLaneCount) {
    return absl::InvalidArgumentError("feed id: must be 33 bytes, lane 0 to 3");
  }
  FeedId feed;
  feed.device = *DeviceId::FromBytes(bytes.substr(0, 12));
  for (int i = 7; i >= 0; --i) {
    feed.incarnation =
        feed.incarnation << 8 | static_cast<uint8_t>(bytes[12 + i]);
  }
  feed.assignment = *AssignmentId::FromBytes(bytes.substr(20, 12));
  feed.lane = static_cast<Lane>(bytes[32]);
  return feed;
}

Signature SignHead(const SigningKey& key, const FeedHead& head) {
  return key.Sign(kRunDomain, HeadBytes(head));
}

bool VerifyHead(const PublicKey& key, const FeedHead& head,
                const Signature& signature) {
  return Verify(key, kRunDomain, HeadBytes(head), signature);
}

}  // namespace dateline::sync

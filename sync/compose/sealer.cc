#include "sync/compose/sealer.h"

#include <algorithm>
#include <utility>

#include "sync/base/check.h"
#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"
#include "sync/wire/check.h"

namespace dateline::sync {
namespace {

constexpr Lane kSealOrder[] = {Lane::kText, Lane::kFact, Lane::kNotice,
                               Lane::kReceipt};

uint8_t LanesOf(const std::vector<Part>& parts, const DocumentId& document) {
  uint8_t lanes = 0;
  for (const Part& part : parts) {
    if (part.document == document) {
      lanes |= static_cast<uint8_t>(1 << static_cast<int>(part.lane));
    }
  }
  return lanes;
}

std::vector<Hash> Sorted(std::vector<Hash> hashes) {
  std::ranges::sort(hashes);
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

// One save in the making.
class Save {
 public:
  Save(const std::vector<Part>& parts, absl::Time now, Random& random,
       const Writer& writer)
      : parts_(parts),
        wall_ms_(std::clamp(absl::ToUnixMillis(now), kWallMsMin, kWallMsMax)),
        salt_(Salt::Make(random)),
        writer_(writer) {
    ++writer_.save;
  }

  absl::StatusOr<std::vector<Change>> SealAll() {
    for (const Lane lane : kSealOrder) {
      for (const Part& part : parts_) {
        if (part.lane != lane) continue;
        DATELINE_RETURN_IF_ERROR(SealOne(part));
      }
    }
    return std::move(changes_);
  }
  const Writer& writer() const { return writer_; }

 private:
  absl::Status SealOne(const Part& part) {
    FeedHead& head = writer_.heads[part.lane];
    head.feed = {writer_.device, writer_.incarnation, writer_.assignment,
                 part.lane};
    // At its end the count stands still: who pushes a change with the highest
    // one there is must not keep others from writing. Hashes go on to decide.
    writer_.lamport = std::min(writer_.lamport + 1, kLamportMax);
    Change change = Seal({.after = head,
                          .header = HeaderOf(part),
                          .structure = part.structure.SerializeAsString(),
                          .content = part.content.SerializeAsString(),
                          .salt = salt_});
    DATELINE_RETURN_IF_ERROR(DecodeHeader(change.header_bytes).status());
    DATELINE_RETURN_IF_ERROR(CheckChange(change, part.structure, part.content));
    head = change.head();
    sealed_[part.lane] = change.hash;
    changes_.push_back(std::move(change));
    return absl::OkStatus();
  }

  Header HeaderOf(const Part& part) const {
    Header header;
    header.lane = part.lane;
    header.kind = part.kind;
    header.permission = part.permission;
    header.document = part.document;
    header.actor = writer_.actor;
    header.signer = writer_.device;
    header.lamport = writer_.lamport;
    header.wall_ms = wall_ms_;
    header.save = writer_.save;
    header.save_lanes = LanesOf(parts_, part.document);
    header.deps = Sorted(part.deps);
    for (const Name& name : part.names) header.names.push_back(HashOf(name));
    return header;
  }

  Hash HashOf(const Name& name) const {
    if (const Hash* hash = std::get_if<Hash>(&name)) return *hash;
    // A lane that is sealed later cannot be named: our own bug.
    const auto sealed = sealed_.find(std::get<Lane>(name));
    DATELINE_CHECK(sealed != sealed_.end());
    return sealed->second;
  }

  const std::vector<Part>& parts_;  // not owned
  const int64_t wall_ms_;
  const Salt salt_;
  Writer writer_;
  absl::btree_map<Lane, Hash> sealed_;
  std::vector<Change> changes_;
};

}  // namespace

absl::StatusOr<std::vector<Change>> SealSave(const std::vector<Part>& parts,
                                             absl::Time now, Random& random,
                                             Writer* writer) {
  if (parts.empty()) return std::vector<Change>();
  Save save(parts, now, random, *writer);
  DATELINE_ASSIGN_OR_RETURN(std::vector<Change> changes, save.SealAll());
  *writer = save.writer();
  return changes;
}

}  // namespace dateline::sync

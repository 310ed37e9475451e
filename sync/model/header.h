// The header of a change and its one canonical byte layout, number 1. A peer
// may send it short; the receiver rebuilds these exact bytes and the hash
// proves them. protos/README.md has the layout in prose and test vectors.
#ifndef DATELINE_SYNC_MODEL_HEADER_H_
#define DATELINE_SYNC_MODEL_HEADER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sync/base/digest.h"
#include "sync/base/ids.h"
#include "sync/model/feed.h"

namespace dateline::sync {

enum class DocumentKind : uint8_t {
  kReport = 1,
  kStatement = 2,
  kSource = 3,
  kAssignment = 4,
};

// What a change claims to be; admission checks that its ops need no more.
enum class PermissionClass : uint8_t {
  kContent = 1,     // words, figures, events of a source, submissions, acks
  kAttest = 2,      // approve, check, confirm, dispute, ask, link, settle
  kStop = 3,        // hold, kill
  kDecide = 4,      // requests to publish or release; home's decisions
  kAdminister = 5,  // verdicts, redactions
};

constexpr uint32_t kSchemaNow = 1;

// A value. Kinds and classes that this reader does not know are kept as their
// number.
struct Header {
  Lane lane = Lane::kFact;
  DocumentKind kind = DocumentKind::kReport;
  PermissionClass permission = PermissionClass::kContent;
  DocumentId document;
  PersonId actor;
  DeviceId signer;
  uint64_t lamport = 0;
  int64_t wall_ms = 0;     // as the device read it; for people
  uint64_t save = 0;       // number of the save, per signer incarnation
  uint8_t save_lanes = 0;  // bit per lane that the save touched
  uint32_t schema = kSchemaNow;
  uint32_t ignorable_from = 0;  // oldest reader that may ignore unknown ops
  std::vector<Hash> deps;   // heads of this document in this lane, ascending
  std::vector<Hash> names;  // other changes that ops name; order is meaning
  std::string trailing;     // bytes of a later layout, kept

  friend bool operator==(const Header&, const Header&) = default;
};

std::string EncodeHeader(const Header& header);

// InvalidArgument (BAD_REQUEST) unless `bytes` is the canonical form: minimal
// varints, deps ascending without repeats, within limits.h.
absl::StatusOr<Header> DecodeHeader(absl::string_view bytes);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MODEL_HEADER_H_

// Seals the parts of one save into the writer's feeds. Shared by the phone's
// engine and the server's desk.
#ifndef DATELINE_SYNC_COMPOSE_SEALER_H_
#define DATELINE_SYNC_COMPOSE_SEALER_H_

#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sync/base/random.h"
#include "sync/compose/part.h"

namespace dateline::sync {

// Who writes, and where its feeds stand. The caller loads it in the same
// transaction that stores the sealed changes, and stores it back.
struct Writer {
  DeviceId device;
  uint64_t incarnation = 0;
  PersonId actor;
  AssignmentId assignment;
  uint64_t lamport = 0;  // highest seen anywhere by this device
  uint64_t save = 0;     // number of the last save
  absl::btree_map<Lane, FeedHead> heads;  // of this device's feeds here
};

// One change a part, in the order text, fact, notice, receipt; one salt and
// one save number for all. Advances *writer. Errors: TOO_LARGE (say which
// limit; nothing was sealed).
absl::StatusOr<std::vector<Change>> SealSave(const std::vector<Part>& parts,
                                             absl::Time now, Random& random,
                                             Writer* writer);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_COMPOSE_SEALER_H_

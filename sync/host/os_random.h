// The machine's chance, by libsodium: keys, ids, salts.
#ifndef DATELINE_SYNC_HOST_OS_RANDOM_H_
#define DATELINE_SYNC_HOST_OS_RANDOM_H_

#include "sync/base/random.h"

namespace dateline::host {

// Thread-safe. Stops the process where the machine has no entropy source.
class OsRandom : public sync::Random {
 public:
  OsRandom();
  uint64_t Next() override;
};

}  // namespace dateline::host

#endif  // DATELINE_SYNC_HOST_OS_RANDOM_H_

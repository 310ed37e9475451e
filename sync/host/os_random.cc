#include "sync/host/os_random.h"

#include <sodium.h>

#include "sync/base/check.h"

namespace dateline::host {

OsRandom::OsRandom() { DATELINE_CHECK(sodium_init() >= 0); }

uint64_t OsRandom::Next() {
  uint64_t word = 0;
  randombytes_buf(&word, sizeof word);
  return word;
}

}  // namespace dateline::host

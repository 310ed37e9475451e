// Random changes of several authors who read each other, from a seed: for
// round trips, and as the seeds of fuzzing.
#ifndef DATELINE_TESTS_SYNC_WIRE_RANDOM_CHANGES_H_
#define DATELINE_TESTS_SYNC_WIRE_RANDOM_CHANGES_H_

#include <vector>

#include "sync/base/random.h"
#include "sync/wire/pack.h"

namespace dateline::testing {

// Runs in an order in which a receiver that has all before one can take it.
// Some changes are stubs or bare places, some headers of a later schema.
std::vector<sync::RunOfChanges> RandomRuns(uint64_t seed, int authors,
                                           int runs);

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SYNC_WIRE_RANDOM_CHANGES_H_

// Seeds of randomized tests. DATELINE_SEED fixes the first and
// DATELINE_SEEDS the number, so that a failing one can be run alone.
#ifndef DATELINE_TESTS_SUPPORT_SEED_H_
#define DATELINE_TESTS_SUPPORT_SEED_H_

#include <cstdint>
#include <functional>

namespace dateline::testing {

// Calls body(seed) for `count` seeds, fewer in a build with sanitizers; a
// failure inside prints its seed and stops the loop.
void ForEachSeed(uint64_t count, const std::function<void(uint64_t)>& body);

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SUPPORT_SEED_H_

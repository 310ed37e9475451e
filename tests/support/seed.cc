#include "tests/support/seed.h"

#include <algorithm>
#include <cstdlib>

#include "gtest/gtest.h"
#include "tests/support/slowness.h"

namespace dateline::testing {
namespace {

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

}  // namespace

void ForEachSeed(uint64_t count, const std::function<void(uint64_t)>& body) {
  const bool one = std::getenv("DATELINE_SEED") != nullptr;
  const uint64_t first = FromEnvironment("DATELINE_SEED", 1);
  const uint64_t usual = std::max<uint64_t>(1, count / Slowness());
  const uint64_t seeds = FromEnvironment("DATELINE_SEEDS", one ? 1 : usual);
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE(::testing::Message() << "DATELINE_SEED=" << seed);
    body(seed);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace dateline::testing

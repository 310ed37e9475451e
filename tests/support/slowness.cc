#include "tests/support/slowness.h"

#include <algorithm>
#include <cstdlib>

namespace dateline::testing {

int Slowness() {
  const char* const value = std::getenv("DATELINE_SLOWNESS");
  return value == nullptr ? 1 : std::max(1, std::atoi(value));
}

}  // namespace dateline::testing

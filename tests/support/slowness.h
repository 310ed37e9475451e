// How much slower than a dev build this one is: a sanitizer's (ctest sets
// DATELINE_SLOWNESS from deploy/cmake/Dateline.cmake). What waits waits longer
// by it, what tries many seeds tries fewer.
#ifndef DATELINE_TESTS_SUPPORT_SLOWNESS_H_
#define DATELINE_TESTS_SUPPORT_SLOWNESS_H_

namespace dateline::testing {

int Slowness();  // at least 1

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SUPPORT_SLOWNESS_H_

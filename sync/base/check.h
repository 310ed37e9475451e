// DATELINE_CHECK: our own bug stops the process, in release too. Input from
// outside never reaches one; it gets a Status at the checked door.
#ifndef DATELINE_SYNC_BASE_CHECK_H_
#define DATELINE_SYNC_BASE_CHECK_H_

#include <cstdio>
#include <cstdlib>

#define DATELINE_CHECK(condition)                                           \
  do {                                                                      \
    if (!(condition)) [[unlikely]] {                                        \
      std::fprintf(stderr, "ERROR: bug at %s:%d: %s\n", __FILE__, __LINE__, \
                   #condition);                                             \
      std::abort();                                                         \
    }                                                                       \
  } while (false)

#endif  // DATELINE_SYNC_BASE_CHECK_H_

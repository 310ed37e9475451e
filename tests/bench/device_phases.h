// One phase of one device's life, in a process of its own, so that a peak of
// memory belongs to it alone. Prints one line of JSON.
#ifndef DATELINE_TESTS_BENCH_DEVICE_PHASES_H_
#define DATELINE_TESTS_BENCH_DEVICE_PHASES_H_

#include <string>

namespace dateline::bench {

struct PhaseOptions {
  std::string home;
  std::string corpus;
  std::string code = {};  // joins first, if not empty
  std::string via = {};   // host:port of the relay in front of the server
  size_t count = 0;
};

// Phases: save, import, sync, noop, open. Returns the exit code.
int RunDevicePhase(const std::string& phase, const PhaseOptions& options);

}  // namespace dateline::bench

#endif  // DATELINE_TESTS_BENCH_DEVICE_PHASES_H_

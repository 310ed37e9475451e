// A real datelined with a relay in front that counts bytes, and devices as
// processes of their own.
#ifndef DATELINE_TESTS_BENCH_NEWSROOM_H_
#define DATELINE_TESTS_BENCH_NEWSROOM_H_

#include <sys/types.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/device_phases.h"
#include "tests/linkemu/relay.h"

namespace dateline::bench {

// Thread-compatible. The server is stopped with SIGTERM at the end.
class Newsroom {
 public:
  static absl::StatusOr<std::unique_ptr<Newsroom>> Start(
      const std::string& self, const std::string& datelined,
      const std::string& folder);
  ~Newsroom();

  const std::string& folder() const { return folder_; }
  // A single-use code for a reporter.
  absl::StatusOr<std::string> Invite();
  // Runs a device's phase through the relay; its JSON, with the bytes that
  // passed the socket as socket_up and socket_down.
  absl::StatusOr<nlohmann::json> RunPhase(const std::string& phase,
                                          const PhaseOptions& options);
  // Milliseconds until the server's view has applied all of the truth.
  absl::StatusOr<double> WaitForView();
  std::string TruthPath() const { return folder_ + "/server/truth.db"; }

 private:
  Newsroom(std::string self, std::string datelined, std::string folder)
      : self_(std::move(self)),
        datelined_(std::move(datelined)),
        folder_(std::move(folder)) {}
  absl::Status Launch();

  const std::string self_, datelined_, folder_;
  pid_t server_ = -1;
  std::unique_ptr<testing::Relay> relay_;
};

}  // namespace dateline::bench

#endif  // DATELINE_TESTS_BENCH_NEWSROOM_H_

// A TCP relay for tests: connections to its port go on to a target, until a
// fault that was planned cuts or stalls them at an exact byte. Runs a thread
// of its own. Thread-safe.
#ifndef DATELINE_TESTS_LINKEMU_RELAY_H_
#define DATELINE_TESTS_LINKEMU_RELAY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "sync/base/mutex.h"

namespace dateline::testing {

// Up: from who connected to the relay; down: from its target.
enum class Direction { kUp = 0, kDown = 1 };

class Relay {
 public:
  struct Fault {
    enum class Kind { kCut, kStall } kind;
    Direction direction;
    uint64_t after_bytes;  // of all connections since the fault was planned
  };
  struct Counts {
    uint64_t bytes[2] = {0, 0};  // by Direction
    uint64_t connections = 0;
    uint64_t faults = 0;  // that happened
  };

  // `target` is "127.0.0.1:PORT". Listens on a free port of 127.0.0.1.
  static absl::StatusOr<std::unique_ptr<Relay>> Start(
      const std::string& target);
  ~Relay();  // resets every connection

  uint16_t port() const { return port_; }
  // For connections from now on.
  absl::Status SetTarget(const std::string& target);
  // Replaces the fault that was planned; a stall ends with it.
  void Plan(std::optional<Fault> fault);
  // Refuses connections and resets those that are open, until opened again.
  void SetOpen(bool open);
  Counts counts();
  void ResetCounts();

 private:
  // One end's bytes on their way to the other.
  struct Pipe {
    int from = -1;
    int to = -1;
    std::string buffer;
    bool ended = false;   // `from` sent its last byte
    bool closed = false;  // and `to` was told
  };
  struct Connection {
    Pipe pipes[2];  // by Direction
    bool reset = false;
  };

  Relay(int listener, uint16_t port, uint16_t target);
  void Run();
  bool Turn(std::vector<Connection>& connections);
  void Accept(std::vector<Connection>& connections);
  void Read(Pipe& pipe);
  void Write(Connection& connection, Direction direction);
  // How many of `waiting` bytes may go on now. Rate and delay belong here.
  size_t Passable(Direction direction, size_t waiting);
  bool Passed(Direction direction, size_t bytes);
  static void Close(Connection& connection);

  const int listener_;  // owned
  const uint16_t port_;
  int wake_[2] = {-1, -1};  // a pipe, owned: tells the thread to look again
  sync::Mutex mutex_;
  uint16_t target_ ABSL_GUARDED_BY(mutex_);
  std::optional<Fault> fault_ ABSL_GUARDED_BY(mutex_);
  uint64_t fault_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool open_ ABSL_GUARDED_BY(mutex_) = true;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  Counts counts_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_LINKEMU_RELAY_H_

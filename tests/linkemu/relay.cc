#include "tests/linkemu/relay.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "sync/base/status_macros.h"

namespace dateline::testing {
namespace {

using sync::MutexLock;

constexpr size_t kChunkBytes = 16 << 10;
constexpr size_t kBufferBytesMax = 64 << 10;  // then the sender has to wait
constexpr int kTurnMsMax = 100;
constexpr Direction kBoth[] = {Direction::kUp, Direction::kDown};

absl::StatusOr<uint16_t> PortOf(absl::string_view target) {
  uint32_t port = 0;
  if (!absl::ConsumePrefix(&target, "127.0.0.1:") ||
      !absl::SimpleAtoi(target, &port) || port == 0 || port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("relay: target must be 127.0.0.1:PORT, got ", target));
  }
  return static_cast<uint16_t>(port);
}

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void MakeNonBlocking(int socket) {
  fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK);
  const int one = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

// Closes with a reset, as a link that is gone.
void Reset(int socket) {
  const linger now = {1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(socket);
}

int Dial(uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(port);
  if (connect(socket, reinterpret_cast<const sockaddr*>(&address),
              sizeof address) == 0) {
    MakeNonBlocking(socket);
    return socket;
  }
  close(socket);
  return -1;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Relay>> Relay::Start(const std::string& target) {
  DATELINE_ASSIGN_OR_RETURN(const uint16_t target_port, PortOf(target));
  const int listener =
      socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener, 64) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) !=
          0) {
    close(listener);
    return absl::UnavailableError(
        absl::StrCat("relay: cannot listen: ", std::strerror(errno)));
  }
  return std::unique_ptr<Relay>(
      new Relay(listener, ntohs(address.sin_port), target_port));
}

Relay::Relay(int listener, uint16_t port, uint16_t target)
    : listener_(listener), port_(port), target_(target) {
  const int made = pipe2(wake_, O_CLOEXEC | O_NONBLOCK);
  static_cast<void>(made);
  thread_ = std::thread([this] { Run(); });
}

Relay::~Relay() {
  {
    const MutexLock lock(&mutex_);
    stop_ = true;
  }
  static_cast<void>(!write(wake_[1], "x", 1));
  thread_.join();
  close(listener_);
  close(wake_[0]);
  close(wake_[1]);
}

absl::Status Relay::SetTarget(const std::string& target) {
  DATELINE_ASSIGN_OR_RETURN(const uint16_t port, PortOf(target));
  const MutexLock lock(&mutex_);
  target_ = port;
  return absl::OkStatus();
}

void Relay::Plan(std::optional<Fault> fault) {
  {
    const MutexLock lock(&mutex_);
    fault_ = fault;
    fault_bytes_ = 0;
  }
  static_cast<void>(!write(wake_[1], "x", 1));
}

void Relay::SetOpen(bool open) {
  {
    const MutexLock lock(&mutex_);
    open_ = open;
  }
  static_cast<void>(!write(wake_[1], "x", 1));
}

Relay::Counts Relay::counts() {
  const MutexLock lock(&mutex_);
  return counts_;
}

void Relay::ResetCounts() {
  const MutexLock lock(&mutex_);
  counts_ = Counts();
}

size_t Relay::Passable(Direction direction, size_t waiting) {
  const MutexLock lock(&mutex_);
  if (!fault_ || fault_->direction != direction) return waiting;
  return std::min<uint64_t>(waiting, fault_->after_bytes - fault_bytes_);
}

// Counts what went on; true if that was the last byte before a cut.
bool Relay::Passed(Direction direction, size_t bytes) {
  const MutexLock lock(&mutex_);
  counts_.bytes[static_cast<int>(direction)] += bytes;
  if (!fault_ || fault_->direction != direction) return false;
  fault_bytes_ += bytes;
  if (fault_bytes_ < fault_->after_bytes) return false;
  if (fault_->kind == Fault::Kind::kStall) {
    if (bytes > 0) ++counts_.faults;
    return false;  // stays planned: nothing more is passable
  }
  ++counts_.faults;
  fault_.reset();
  return true;
}

void Relay::Accept(std::vector<Connection>& connections) {
  uint16_t target = 0;
  bool open = false;
  {
    const MutexLock lock(&mutex_);
    target = target_;
    open = open_;
  }
  while (true) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = open ? Dial(target) : -1;
    if (server < 0) {
      Reset(client);
      continue;
    }
    MakeNonBlocking(client);
    Connection connection;
    connection.pipes[0].from = connection.pipes[1].to = client;
    connection.pipes[0].to = connection.pipes[1].from = server;
    connections.push_back(std::move(connection));
    const MutexLock lock(&mutex_);
    ++counts_.connections;
  }
}

void Relay::Read(Pipe& pipe) {
  char bytes[kChunkBytes];
  const ssize_t got = recv(pipe.from, bytes, sizeof bytes, 0);
  if (got > 0) {
    pipe.buffer.append(bytes, static_cast<size_t>(got));
  } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
    pipe.ended = true;
  }
}

void Relay::Write(Connection& connection, Direction direction) {
  Pipe& pipe = connection.pipes[static_cast<int>(direction)];
  const size_t passable = Passable(direction, pipe.buffer.size());
  ssize_t sent = 0;
  if (passable > 0) {
    sent = send(pipe.to, pipe.buffer.data(), passable, MSG_NOSIGNAL);
    if (sent < 0) {
      connection.reset |= errno != EAGAIN && errno != EINTR;
      return;
    }
    pipe.buffer.erase(0, static_cast<size_t>(sent));
  }
  if (Passed(direction, static_cast<size_t>(sent))) connection.reset = true;
  if (pipe.ended && pipe.buffer.empty() && !pipe.closed) {
    shutdown(pipe.to, SHUT_WR);
    pipe.closed = true;
  }
}

void Relay::Close(Connection& connection) {
  Reset(connection.pipes[0].from);
  Reset(connection.pipes[0].to);
}

// Waits for something to do and does it; false when the relay ends.
bool Relay::Turn(std::vector<Connection>& connections) {
  std::vector<pollfd> fds = {{listener_, POLLIN, 0}, {wake_[0], POLLIN, 0}};
  for (Connection& connection : connections) {
    for (const Direction direction : kBoth) {
      const Pipe& pipe = connection.pipes[static_cast<int>(direction)];
      const bool room = !pipe.ended && pipe.buffer.size() < kBufferBytesMax;
      const bool wants = Passable(direction, pipe.buffer.size()) > 0;
      // Not even asked of an end that nothing is wanted of: a peer that hung
      // up says so for ever, and poll would return at once, again and again.
      fds.push_back({room ? pipe.from : -1, POLLIN, 0});
      fds.push_back({wants ? pipe.to : -1, POLLOUT, 0});
    }
  }
  poll(fds.data(), fds.size(), kTurnMsMax);
  char drain[16];
  while (read(wake_[0], drain, sizeof drain) > 0) {
  }
  for (size_t i = 0; i < connections.size(); ++i) {
    for (const Direction direction : kBoth) {
      const size_t at = 2 + 4 * i + 2 * static_cast<int>(direction);
      Pipe& pipe = connections[i].pipes[static_cast<int>(direction)];
      if ((fds[at].revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
          !pipe.ended) {
        Read(pipe);
      }
      Write(connections[i], direction);
    }
  }
  Accept(connections);
  const MutexLock lock(&mutex_);
  for (Connection& connection : connections) connection.reset |= !open_;
  return !stop_;
}

void Relay::Run() {
  std::vector<Connection> connections;
  while (Turn(connections)) {
    for (size_t i = connections.size(); i-- > 0;) {
      Connection& one = connections[i];
      if (!one.reset && !(one.pipes[0].closed && one.pipes[1].closed)) continue;
      Close(one);
      connections.erase(connections.begin() + static_cast<ptrdiff_t>(i));
    }
  }
  for (Connection& connection : connections) Close(connection);
}

}  // namespace dateline::testing

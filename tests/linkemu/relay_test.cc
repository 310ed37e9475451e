#include "tests/linkemu/relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace dateline::testing {
namespace {

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Sends back what it gets, connection after connection.
class EchoServer {
 public:
  EchoServer() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof address;
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_, 8);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    target_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
    thread_ = std::thread([this] { Serve(); });
  }
  ~EchoServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  const std::string& target() const { return target_; }

 private:
  void Serve() {
    for (int one; (one = accept(listener_, nullptr, nullptr)) >= 0;) {
      char bytes[4096];
      for (ssize_t got; (got = recv(one, bytes, sizeof bytes, 0)) > 0;) {
        if (send(one, bytes, static_cast<size_t>(got), MSG_NOSIGNAL) < 0) {
          break;
        }
      }
      close(one);
    }
  }

  const int listener_;
  std::string target_;
  std::thread thread_;
};

class Caller {
 public:
  explicit Caller(const Relay& relay)
      : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    const sockaddr_in address = Loopback(relay.port());
    connect(socket_, reinterpret_cast<const sockaddr*>(&address),
            sizeof address);
    const timeval patience = {2, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Caller() { close(socket_); }

  void Send(const std::string& bytes) {
    send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  // Up to `size` bytes; fewer if the connection ends or stalls before.
  std::string Receive(size_t size) {
    std::string out;
    char bytes[4096];
    while (out.size() < size) {
      const ssize_t got =
          recv(socket_, bytes, std::min(sizeof bytes, size - out.size()), 0);
      if (got <= 0) {
        error_ = got == 0 ? 0 : errno;
        break;
      }
      out.append(bytes, static_cast<size_t>(got));
    }
    return out;
  }
  int error() const { return error_; }

 private:
  const int socket_;
  int error_ = 0;
};

TEST(RelayTest, ForwardsBothWaysAndCounts) {
  EchoServer echo;
  ASSERT_OK_AND_ASSIGN(const auto relay, Relay::Start(echo.target()));
  Caller caller(*relay);
  caller.Send("hello");
  EXPECT_EQ(caller.Receive(5), "hello");
  // A byte is counted once it has gone, maybe after it was read.
  for (int i = 0; i < 1000 && relay->counts().bytes[1] < 5; ++i) usleep(1000);
  EXPECT_EQ(relay->counts().bytes[0], 5u);
  EXPECT_EQ(relay->counts().bytes[1], 5u);
  EXPECT_EQ(relay->counts().connections, 1u);
}

TEST(RelayTest, CutsBehindExactlyTheByteThatWasAskedFor) {
  EchoServer echo;
  ASSERT_OK_AND_ASSIGN(const auto relay, Relay::Start(echo.target()));
  relay->Plan(Relay::Fault{Relay::Fault::Kind::kCut, Direction::kUp, 1000});
  Caller caller(*relay);
  caller.Send(std::string(5000, 'x'));
  EXPECT_LE(caller.Receive(5000).size(), 1000u);
  EXPECT_EQ(relay->counts().bytes[0], 1000u);
  EXPECT_EQ(relay->counts().faults, 1u);
}

TEST(RelayTest, IsWholeAgainAfterACut) {
  EchoServer echo;
  ASSERT_OK_AND_ASSIGN(const auto relay, Relay::Start(echo.target()));
  relay->Plan(Relay::Fault{Relay::Fault::Kind::kCut, Direction::kDown, 3});
  {
    Caller caller(*relay);
    caller.Send("hello");
    EXPECT_LE(caller.Receive(5).size(), 3u);
  }
  Caller caller(*relay);
  caller.Send("hello");
  EXPECT_EQ(caller.Receive(5), "hello");
}

TEST(RelayTest, StallsUntilItIsHealed) {
  EchoServer echo;
  ASSERT_OK_AND_ASSIGN(const auto relay, Relay::Start(echo.target()));
  relay->Plan(Relay::Fault{Relay::Fault::Kind::kStall, Direction::kDown, 2});
  Caller caller(*relay);
  caller.Send("hello");
  EXPECT_EQ(caller.Receive(2), "he");
  relay->Plan(std::nullopt);
  EXPECT_EQ(caller.Receive(3), "llo");
}

TEST(RelayTest, RefusesWhileShut) {
  EchoServer echo;
  ASSERT_OK_AND_ASSIGN(const auto relay, Relay::Start(echo.target()));
  relay->SetOpen(false);
  Caller caller(*relay);
  caller.Send("hello");
  EXPECT_EQ(caller.Receive(5), "");
}

TEST(RelayTest, TakesNoTargetBeyondThisMachine) {
  EXPECT_FALSE(Relay::Start("example.org:80").ok());
}

}  // namespace
}  // namespace dateline::testing

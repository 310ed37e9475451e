// Watch streams and calls over gRPC at their limits, in this process.
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "dateline/v1/desk.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/services/desk_auth.h"
#include "server/services/desk_service.h"
#include "server/services/raw_call.h"
#include "tests/server/call.h"
#include "tests/server/desk_room.h"
#include "tests/support/status_matchers.h"

namespace dateline {
namespace {

using server::WorkerPool;
using testing::DeskDevice;

// A stream that is read until it is let go.
class Watcher {
 public:
  Watcher(const std::shared_ptr<grpc::Channel>& channel,
          const DeskDevice& device)
      : stub_(v1::DeskService::NewStub(channel)) {
    const v1::WatchRequest request;
    const std::string bytes = request.SerializeAsString();
    context_.AddMetadata(server::kDeviceMetadata, device.id.str());
    context_.AddMetadata(server::kTimeMetadata, "0");
    context_.AddMetadata(
        server::kSignatureMetadata,
        device.key
            .Sign(server::kDeskDomain, server::DeskMessage("Watch", "0", bytes))
            .str());
    reader_ = stub_->Watch(&context_, request);
  }
  ~Watcher() {
    context_.TryCancel();
    if (reader_) reader_->Finish();
  }
  // False: the stream has ended.
  bool Next() { return reader_->Read(&event); }
  v1::ErrorReason End() {
    reader_->Finish();
    reader_ = nullptr;
    v1::Error error;
    const auto& trailer = context_.GetServerTrailingMetadata();
    if (const auto found = trailer.find(server::kErrorMetadata);
        found != trailer.end()) {
      error.ParseFromArray(found->second.data(), found->second.size());
    }
    limit = error.limit();
    return error.reason();
  }

  v1::WatchEvent event;
  std::string limit;

 private:
  const std::unique_ptr<v1::DeskService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchEvent>> reader_;
};

class WatchTest : public ::testing::Test {
 protected:
  WatchTest() {
    v1::InviteRequest invite;
    invite.set_role(v1::ROLE_EDITOR);
    invite.set_assignment("almaty");
    const auto code = room_.core().Invite(invite, "a:1");
    EXPECT_OK(code);
    EXPECT_OK(room_.core().Enrol(
        testing::EnrolRequestOf(device_, ReadTicketOf(code->code()).secret()),
        "a:1"));
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(service_.service());
    server_ = builder.BuildAndStart();
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", port),
                                   grpc::InsecureChannelCredentials());
  }
  ~WatchTest() override {
    service_.Drain();
    server_->Shutdown();
    server_->Wait();
  }
  static v1::EnrolmentTicket ReadTicketOf(const std::string& code) {
    std::string bytes;
    v1::EnrolmentTicket ticket;
    EXPECT_TRUE(absl::WebSafeBase64Unescape(code.substr(4), &bytes));
    EXPECT_TRUE(ticket.ParseFromString(bytes));
    return ticket;
  }

  static constexpr size_t kWatchers = 2;
  testing::DeskRoom room_;
  sync::SeededRandom random_{3};
  const DeskDevice device_ = {.id = sync::DeviceId::Make(random_),
                              .key = sync::SigningKey::Make(random_)};
  WorkerPool pool_{{.threads = 2}};
  server::DeskService service_{{.desk = &room_.desk(),
                                .core = &room_.core(),
                                .pool = &pool_,
                                .watchers_max = kWatchers,
                                .heartbeat = absl::Milliseconds(30)}};
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(WatchTest, AQuietStreamBeatsAndNamesItsPlace) {
  Watcher watcher(channel_, device_);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(watcher.Next());
    EXPECT_TRUE(watcher.event.heartbeat());
    EXPECT_EQ(watcher.event.position(), 0);
  }
}

TEST_F(WatchTest, SoManyMayWatchAndNoMore) {
  EXPECT_EQ(server::DeskService::Options().watchers_max, server::kWatchersMax);
  std::vector<std::unique_ptr<Watcher>> watchers;
  for (size_t i = 0; i < kWatchers; ++i) {
    watchers.push_back(std::make_unique<Watcher>(channel_, device_));
    EXPECT_TRUE(watchers.back()->Next());
  }
  {
    Watcher one_more(channel_, device_);
    EXPECT_FALSE(one_more.Next());
    EXPECT_EQ(one_more.End(), v1::UNAVAILABLE_NOW);
    EXPECT_EQ(one_more.limit, absl::StrCat("kWatchersMax=", kWatchers));
  }
  watchers.pop_back();  // whoever leaves makes room
  for (int i = 0; i < 1000; ++i) {
    Watcher next(channel_, device_);
    if (next.Next()) return;
    absl::SleepFor(absl::Milliseconds(5));
  }
  FAIL() << "no room was made";
}

TEST(WorkerPoolTest, SoManyCallsMayWaitAndNoMore) {
  constexpr size_t kCalls = 3;
  std::atomic<bool> held = true;
  std::atomic<bool> busy = false;
  std::atomic<int> ran = 0;
  {
    WorkerPool pool({.threads = 1, .calls_max = kCalls});
    ASSERT_TRUE(pool.Run([&] {
      busy = true;
      while (held) absl::SleepFor(absl::Milliseconds(1));
    }));
    while (!busy) absl::SleepFor(absl::Milliseconds(1));
    for (size_t i = 0; i < kCalls; ++i) {
      EXPECT_TRUE(pool.Run([&] { ++ran; }));
    }
    EXPECT_FALSE(pool.Run([&] { ++ran; }));
    held = false;
  }
  EXPECT_EQ(ran, kCalls);  // what was accepted is done
  EXPECT_EQ(WorkerPool::Options().calls_max, server::kCallsWaitingMax);
}

}  // namespace
}  // namespace dateline

// Who says Hello: every way not to be who one says.
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sync/base/limits.h"
#include "sync/wire/messages.h"
#include "tests/server/hostile/hostile.h"

namespace dateline::testing {
namespace {

class HelloTest : public HostileTest {};

struct Spoiled {
  std::string name;
  std::function<void(v1::HelloBody*)> spoil;
  Expected expected;
};

std::vector<Spoiled> SpoiledHellos(const Member& member, const Member& other,
                                   const Member& stranger) {
  return {
      {"an unknown device",
       [&](auto* body) { body->set_device(stranger.device.str()); },
       {v1::UNAUTHENTICATED, "hello.device"}},
      {"another device's id",
       [&](auto* body) { body->set_device(other.device.str()); },
       {v1::BAD_SIGNATURE, "hello.signature"}},
      {"the server's own id",
       [&](auto* body) { body->set_device(member.server); },
       {v1::BAD_SIGNATURE, "hello.signature"}},
      {"no device",
       [](auto* body) { body->clear_device(); },
       {v1::BAD_REQUEST, "hello.device", "12 bytes", "0 bytes"}},
      {"another server",
       [](auto* body) { body->set_server("another-serv"); },
       {v1::WRONG_CA, "hello.server"}},
      {"another epoch",
       [](auto* body) { body->set_epoch("another-epoc"); },
       {v1::WRONG_EPOCH, "hello.epoch"}},
      {"a version to come",
       [](auto* body) {
         body->set_version_min(2);
         body->set_version_max(9);
       },
       {v1::UNSUPPORTED_VERSION, "hello.version_min", "1-1", "2-9"}},
      {"a counter that was there",
       [](auto* body) { body->set_counter(0); },
       {v1::STALE_COUNTER, "hello.counter", "over ", "0"}},
      {"an app name one past the limit",
       [](auto* body) {
         body->set_app(std::string(sync::kAppBytesMax + 1, 'x'));
       },
       {v1::TOO_LARGE, "hello.app", "kAppBytesMax=200", "201"}},
      {"one head too many",
       [&](auto* body) {
         body->clear_heads();
         for (size_t i = 0; i <= sync::kHelloHeadsMax; ++i) {
           *body->add_heads() = sync::ToProto(
               sync::FeedHead{.feed = member.Feed(sync::Lane::kFact)});
         }
       },
       {v1::TOO_LARGE, "hello.heads", "kHelloHeadsMax=4096", "4097"}},
      {"a head of another's feed",
       [&](auto* body) {
         *body->add_heads() = sync::ToProto(
             sync::FeedHead{.feed = other.Feed(sync::Lane::kFact)});
       },
       {v1::BAD_REQUEST, "hello.heads"}},
      {"a lane that is none",
       [&](auto* body) {
         auto* cursor = body->add_cursors();
         cursor->set_assignment(member.assignment.str());
         cursor->set_lane(4);
       },
       {v1::BAD_REQUEST, "cursor.lane", "0 to 3", "4"}},
  };
}

TEST_F(HelloTest, AHelloThatIsNotTheDevicesOwnGetsNothingButAnAnswer) {
  const auto member = room().Join("reporter");
  const auto other = room().Join("reporter");
  const Member stranger(7);
  // So that a counter of 0 is stale.
  ASSERT_TRUE(room().Sync(*member).ended);
  const sync::Change change = member->WriteHeadline(kCanary);
  for (const Spoiled& row : SpoiledHellos(*member, *other, stranger)) {
    SCOPED_TRACE(row.name);
    v1::HelloBody body = member->HelloBody();
    row.spoil(&body);
    const Outcome out = room().SyncBytes(*member, member->HelloOf(body),
                                         {BytesOf(member->Frame({change}))});
    ExpectError(out.error, row.expected);
    EXPECT_EQ(out.welcome.server(), member->server);  // signed, and no more
    EXPECT_EQ(out.welcome.held_size(), 0);
    EXPECT_FALSE(out.welcome.has_roster());
    EXPECT_TRUE(out.acked.empty());
    EXPECT_TRUE(out.pulled.empty());
    ExpectUnharmed();
  }
  EXPECT_EQ(room().Sync(*member, {member->Frame({change})}).error.reason(), 0);
}

TEST_F(HelloTest, ABrokenSignatureIsToldFromAMissingOne) {
  const auto member = room().Join("reporter");
  v1::ClientMessage message;
  message.ParseFromString(member->Hello());
  message.mutable_hello()->mutable_signature()->at(0) ^= 1;
  ExpectError(room().SyncBytes(*member, message.SerializeAsString(), {}).error,
              {v1::BAD_SIGNATURE, "hello.signature"});
  message.mutable_hello()->mutable_signature()->pop_back();
  ExpectError(room().SyncBytes(*member, message.SerializeAsString(), {}).error,
              {v1::BAD_REQUEST, "hello.signature", "64 bytes", "63 bytes"});
  ExpectUnharmed();
}

TEST_F(HelloTest, AnOldHelloPlayedAgainIsAStaleCounter) {
  const auto member = room().Join("reporter");
  const sync::Change change = member->WriteHeadline(kCanary);
  const std::string hello = member->Hello();
  const std::string frame = BytesOf(member->Frame({change}));
  EXPECT_TRUE(room().SyncBytes(*member, hello, {frame}).ended);
  const Shown after = room().Status();
  const Outcome again = room().SyncBytes(*member, hello, {frame});
  ExpectError(again.error, {v1::STALE_COUNTER, "hello.counter", "over 1", "1"});
  EXPECT_TRUE(again.pulled.empty());
  EXPECT_EQ(room().Status().views, after.views);
  EXPECT_EQ(room().Status().changes, after.changes);
}

TEST_F(HelloTest, ADeviceThatForgotWhatItWroteHasDiverged) {
  const auto member = room().Join("reporter");
  const sync::Change first = member->WriteHeadline(kCanary);
  ASSERT_TRUE(room().Sync(*member, {member->Frame({first})}).ended);
  const Shown after = room().Status();
  for (const bool other_hash : {false, true}) {
    v1::HelloBody body = member->HelloBody();
    body.clear_heads();
    if (other_hash) {
      sync::FeedHead head = first.head();
      head.hash.data()[0] ^= 1;
      *body.add_heads() = sync::ToProto(head);
    }
    const Outcome out = room().SyncBytes(*member, member->HelloOf(body),
                                         {BytesOf(member->Frame({first}))});
    ExpectError(out.error, {v1::DIVERGED_HEADS, "hello.heads"});
    EXPECT_TRUE(out.error.retry());
    EXPECT_TRUE(out.acked.empty());
  }
  EXPECT_EQ(room().Status().views, after.views);
}

TEST_F(HelloTest, ASecondSessionOfADeviceEndsTheFirst) {
  const auto member = room().Join("reporter");
  RawSession first(room().channel());
  v1::HelloBody watching = member->HelloBody();
  watching.set_watch(true);
  ASSERT_TRUE(first.Write(member->HelloOf(watching)));
  ASSERT_TRUE(first.Read()->has_welcome());
  EXPECT_TRUE(room().Sync(*member).ended);
  const Answer fenced = first.Finish();
  ExpectError(fenced.error, {v1::FENCED});
  EXPECT_EQ(fenced.status.error_code(), grpc::StatusCode::ABORTED);
  ExpectUnharmed();
}

TEST_F(HelloTest, SessionsOfOneDeviceAllAtOnceLeaveOne) {
  const auto member = room().Join("reporter");
  std::vector<std::string> hellos;
  for (int i = 0; i < 8; ++i) hellos.push_back(member->Hello());
  std::vector<Outcome> outcomes(hellos.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < hellos.size(); ++i) {
    threads.emplace_back([&, i] {
      Member same(0);  // reads nothing that it must know
      outcomes[i] = room().SyncBytes(same, hellos[i], {});
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Outcome& out : outcomes) {
    if (out.ended && out.status.ok()) continue;
    ExpectPlain(out.error);
    EXPECT_THAT(out.error.reason(),
                ::testing::AnyOf(v1::FENCED, v1::STALE_COUNTER));
  }
  EXPECT_TRUE(outcomes.back().ended ||
              outcomes.back().error.reason() == v1::FENCED);
  EXPECT_TRUE(room().Sync(*member).ended);
  ExpectUnharmed();
}

}  // namespace
}  // namespace dateline::testing

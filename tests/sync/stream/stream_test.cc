// Sessions over a real socket with TLS.
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "sync/stream/client_call.h"
#include "sync/stream/raw_bytes.h"
#include "tests/support/status_matchers.h"
#include "tests/sync/stream/loopback.h"

namespace dateline::testing {
namespace {

using namespace sync;  // NOLINT: a test

const TestCa& Ca() {
  static const TestCa ca = MakeTestCa();
  return ca;
}

StreamResult SyncOnce(Newsroom* room, Phone* phone, const DeskServer& desk) {
  PhoneHost host(room, phone);
  StreamClient client({.address = desk.address(), .ca_pem = Ca().ca_pem},
                      &host);
  return client.Run();
}

TEST(StreamTest, WhatOnePhoneWritesReachesTheOther) {
  Newsroom room(2);
  DeskServer desk(&room, Ca());
  room.Write(room.phones[0], Lane::kText, 100000);
  for (int i = 0; i < 100; ++i) room.Write(room.phones[0], Lane::kFact, 500);
  const StreamResult pushed = SyncOnce(&room, &room.phones[0], desk);
  ASSERT_OK(pushed.status);
  EXPECT_EQ(pushed.sent_changes, 101);
  EXPECT_GT(pushed.sent_bytes, 1000);
  EXPECT_EQ(room.phones[0].Unsent(), 0);

  const StreamResult pulled = SyncOnce(&room, &room.phones[1], desk);
  ASSERT_OK(pulled.status);
  EXPECT_EQ(pulled.received_changes, 101);
  EXPECT_EQ(room.phones[1].log.Hashes(), room.phones[0].log.Hashes());
}

TEST(StreamTest, AnotherCaIsNotTheServerThatWasPinned) {
  Newsroom room(1);
  for (const char* name : {"test CA", "another name"}) {
    const TestCa other = MakeTestCa(name);
    DeskServer desk(&room, other);
    EXPECT_THAT(SyncOnce(&room, &room.phones[0], desk).status,
                Fails(v1::WRONG_CA))
        << name;
  }
}

TEST(StreamTest, AServerThatIsNotThereIsUnavailable) {
  Newsroom room(1);
  PhoneHost host(&room, &room.phones[0]);
  StreamClient client({.address = "127.0.0.1:1", .ca_pem = Ca().ca_pem}, &host);
  EXPECT_THAT(client.Run().status, Fails(v1::UNAVAILABLE_NOW));
}

// Its code would send a reporter to repair his own phone.
TEST(StreamTest, TheServersOwnTroubleIsToldAsATimeToTryAgain) {
  for (const v1::ErrorReason own : {v1::STORAGE_FULL, v1::STORAGE_DAMAGED,
                                    v1::STORE_IN_USE, v1::INTERNAL_ERROR}) {
    Newsroom room(1);
    DeskServer desk(&room, Ca());
    desk.FailStores(MakeError(own, "the desk's disk"));
    room.Write(room.phones[0], Lane::kFact);
    const absl::Status told = SyncOnce(&room, &room.phones[0], desk).status;
    EXPECT_THAT(told, Fails(v1::UNAVAILABLE_NOW)) << CodeName(own);
    EXPECT_TRUE(ErrorOf(told).retry());
    EXPECT_EQ(room.phones[0].Unsent(), 1);
    ASSERT_EQ(desk.failures().size(), 1);  // its own log has the truth
    EXPECT_EQ(ReasonOf(desk.failures()[0]), own);
  }
}

TEST(StreamTest, WhatThePeerIsToldOfOthersTroubleStaysAsItIs) {
  for (const v1::ErrorReason reason :
       {v1::TOO_LARGE, v1::UNAUTHENTICATED, v1::FENCED, v1::WRONG_EPOCH}) {
    const absl::Status status = MakeError(reason, "a sentence");
    EXPECT_EQ(ForPeer(status), status);
  }
  EXPECT_OK(ForPeer(absl::OkStatus()));
  EXPECT_EQ(ForPeer(absl::CancelledError("gone")).code(),
            absl::StatusCode::kCancelled);
}

TEST(StreamTest, ADeadlineEndsASessionThatDoesNotMove) {
  Newsroom room(1);
  DeskServer desk(&room, Ca());
  desk.HoldCommits(true);
  PhoneHost host(&room, &room.phones[0]);
  StreamClient client({.address = desk.address(),
                       .ca_pem = Ca().ca_pem,
                       .deadline = absl::Milliseconds(300)},
                      &host);
  EXPECT_THAT(client.Run().status, Fails(v1::UNAVAILABLE_NOW));
}

TEST(StreamTest, CancelEndsARunFromAnotherThread) {
  Newsroom room(1);
  DeskServer desk(&room, Ca());
  desk.HoldCommits(true);
  PhoneHost host(&room, &room.phones[0]);
  StreamClient client({.address = desk.address(), .ca_pem = Ca().ca_pem},
                      &host);
  std::thread other([&] {
    absl::SleepFor(absl::Milliseconds(100));
    client.Cancel();
  });
  EXPECT_EQ(client.Run().status.code(), absl::StatusCode::kCancelled);
  other.join();
  EXPECT_EQ(client.Run().status.code(), absl::StatusCode::kCancelled);
}

TEST(StreamTest, TwoWatchersSeeWhatEachOtherWrites) {
  Newsroom room(2);
  DeskServer desk(&room, Ca());
  PhoneHost writer(&room, &room.phones[0]);
  PhoneHost reader(&room, &room.phones[1]);
  StreamClientOptions options{.address = desk.address(),
                              .ca_pem = Ca().ca_pem,
                              .deadline = absl::Seconds(30),
                              .watch = true};
  StreamClient writing(options, &writer);
  StreamClient reading(options, &reader);
  // Once both are in step, the writer writes; once the reader has it, both go.
  std::atomic<int> in_step = 0;
  const auto go = [&] {
    if (++in_step == 2) writing.Wake();
  };
  writer.on_caught_up = go;
  reader.on_caught_up = go;
  writer.before_feeds = [&] { room.Write(room.phones[0], Lane::kNotice); };
  reader.on_store = [&](const StorePulled& store) {
    if (store.runs.empty()) return;
    reading.Cancel();
    writing.Cancel();
  };
  std::thread other([&] { (void)reading.Run(); });
  (void)writing.Run();
  other.join();
  EXPECT_EQ(room.phones[1].log.Hashes(), room.phones[0].log.Hashes());
  EXPECT_EQ(room.phones[1].log.Hashes().size(), 1);
}

TEST(StreamTest, ANewerSessionOfADeviceEndsTheOlder) {
  Newsroom room(1);
  DeskServer desk(&room, Ca());
  PhoneHost host(&room, &room.phones[0]);
  StreamClient older({.address = desk.address(),
                      .ca_pem = Ca().ca_pem,
                      .deadline = absl::Seconds(30),
                      .watch = true},
                     &host);
  StreamResult newer;
  std::thread other;
  host.on_caught_up = [&] {
    other =
        std::thread([&] { newer = SyncOnce(&room, &room.phones[0], desk); });
  };
  EXPECT_THAT(older.Run().status, Fails(v1::FENCED));
  other.join();
  EXPECT_OK(newer.status);
}

// Their commits end together, and the streams' events run on two threads.
TEST(StreamTest, TheNewestSessionOfADeviceIsNeverEndedByAnOlder) {
  Newsroom room(1);
  DeskServer desk(&room, Ca());
  for (int round = 0; round < 10; ++round) {
    desk.HoldCommits(true);
    PhoneHost host(&room, &room.phones[0]);
    for (int older = 0; older < 3; ++older) {
      StreamClient cut({.address = desk.address(),
                        .ca_pem = Ca().ca_pem,
                        .deadline = absl::Milliseconds(60)},
                       &host);
      (void)cut.Run();
    }
    std::thread other([&] {
      absl::SleepFor(absl::Milliseconds(20));
      desk.HoldCommits(false);
    });
    EXPECT_OK(SyncOnce(&room, &room.phones[0], desk).status);
    other.join();
  }
}

TEST(StreamTest, ADrainingServerSaysCallAgain) {
  Newsroom room(1);
  DeskServer desk(&room, Ca());
  PhoneHost host(&room, &room.phones[0]);
  StreamClient client({.address = desk.address(),
                       .ca_pem = Ca().ca_pem,
                       .deadline = absl::Seconds(30),
                       .watch = true},
                      &host);
  std::thread drain;
  host.on_caught_up = [&] {
    drain = std::thread([&] { desk.service().Drain(absl::Seconds(5)); });
  };
  EXPECT_THAT(client.Run().status, Fails(v1::UNAVAILABLE_NOW));
  drain.join();
  EXPECT_EQ(desk.service().session_count(), 0);
}

TEST(StreamTest, OneSessionTooManyIsToldToCallAgain) {
  EXPECT_EQ(SyncStreamService::Options().sessions_max, kSessionsPerServerMax);
  Newsroom room(2);
  DeskServer desk(&room, Ca(), /*sessions_max=*/1);
  PhoneHost host(&room, &room.phones[0]);
  StreamClient first({.address = desk.address(),
                      .ca_pem = Ca().ca_pem,
                      .deadline = absl::Seconds(30),
                      .watch = true},
                     &host);
  StreamResult second;
  std::thread other;
  host.on_caught_up = [&] {
    other = std::thread([&] {
      second = SyncOnce(&room, &room.phones[1], desk);
      first.Cancel();
    });
  };
  (void)first.Run();
  other.join();
  EXPECT_THAT(second.status, Fails(v1::UNAVAILABLE_NOW));
  EXPECT_EQ(ErrorOf(second.status).limit(), "kSessionsPerServerMax=1");
}

TEST(StreamTest, ARestoredServerIsHealedOverTheSocket) {
  Newsroom room(2);
  const Desk backup = room.desk;
  {
    DeskServer desk(&room, Ca());
    room.Write(room.phones[0], Lane::kFact);
    ASSERT_OK(SyncOnce(&room, &room.phones[0], desk).status);
    ASSERT_OK(SyncOnce(&room, &room.phones[1], desk).status);
  }
  room.RestoreDesk(backup);
  DeskServer desk(&room, Ca());
  const StreamResult healed = SyncOnce(&room, &room.phones[1], desk);
  ASSERT_OK(healed.status);
  EXPECT_TRUE(healed.new_epoch);
  EXPECT_EQ(desk.changes(), 1);
}

// A server that is never of the epoch that it named before.
class FickleServer : public DeskServer {
 public:
  FickleServer(Newsroom* room, int changes)
      : DeskServer(room, Ca()), room_(room), changes_left_(changes) {}
  ServerSessionOptions SessionOptions() override {
    if (changes_left_-- > 0) epoch_ = EpochId::Make(random_);
    return {.server = room_->server, .epoch = epoch_};
  }

 private:
  Newsroom* const room_;
  int changes_left_;
  SeededRandom random_{7};
  EpochId epoch_;
};

TEST(StreamTest, ADeviceSaysHelloAgainUpToTheLimit) {
  Newsroom room(2);
  {
    FickleServer desk(&room, kHelloAgainMax);
    const StreamResult result = SyncOnce(&room, &room.phones[0], desk);
    EXPECT_OK(result.status);
    EXPECT_EQ(result.sessions, kHelloAgainMax + 1);
  }
  FickleServer desk(&room, kHelloAgainMax + 1);
  const StreamResult result = SyncOnce(&room, &room.phones[1], desk);
  EXPECT_THAT(result.status, Fails(v1::WRONG_EPOCH));
  EXPECT_EQ(result.sessions, kHelloAgainMax + 1);
}

// Many at once, each cut by its deadline a few times before it may end.
TEST(StreamTest, ManyPhonesThatAreCutAgainAndAgainConverge) {
  constexpr int kPhones = 8;
  Newsroom room(kPhones);
  for (Phone& phone : room.phones) {
    for (const Lane lane : kLanes) room.Write(phone, lane, 300);
    for (int i = 0; i < 10; ++i) room.Write(phone, Lane::kText, 9000);
  }
  DeskServer desk(&room, Ca());
  std::vector<std::thread> threads;
  for (int i = 0; i < kPhones; ++i) {
    threads.emplace_back([&, i] {
      PhoneHost host(&room, &room.phones[i]);
      for (int cut = 0; cut < 6; ++cut) {
        StreamClient client({.address = desk.address(),
                             .ca_pem = Ca().ca_pem,
                             .deadline = absl::Milliseconds(5 + 4 * cut + i)},
                            &host);
        (void)client.Run();
      }
      EXPECT_OK(SyncOnce(&room, &room.phones[i], desk).status);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(desk.changes(), kPhones * 14);
  for (Phone& phone : room.phones) {
    EXPECT_OK(SyncOnce(&room, &phone, desk).status);
    EXPECT_EQ(phone.log.Hashes().size(), kPhones * 14);
    EXPECT_EQ(phone.Unsent(), 0);
  }
  EXPECT_EQ(room.desk.log.forks(), 0);
}

// What a stranger's bytes are answered with.
absl::Status Answer(const DeskServer& desk, const std::string& bytes) {
  grpc::GenericStub stub(Dial(desk.address(), Ca().ca_pem));
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  auto call =
      stub.PrepareCall(&context, "/dateline.v1.SyncService/Session", &queue);
  void* tag = nullptr;
  bool ok = false;
  call->StartCall(nullptr);
  queue.Next(&tag, &ok);
  const grpc::Slice slice(bytes);
  call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
  queue.Next(&tag, &ok);
  grpc::Status status;
  call->Finish(&status, nullptr);
  queue.Next(&tag, &ok);
  const auto& trailing = context.GetServerTrailingMetadata();
  const auto at = trailing.find(kErrorMetadata);
  if (at == trailing.end()) return FromGrpc(status, "");
  return FromGrpc(status, std::string(at->second.data(), at->second.size()));
}

TEST(StreamTest, BytesThatAreNoMessageGetOurOwnError) {
  Newsroom room(1);
  DeskServer desk(&room, Ca());
  EXPECT_THAT(Answer(desk, "no message at all"), Fails(v1::BAD_REQUEST));
  EXPECT_THAT(Answer(desk, std::string(kMessageBytesMax + 1, '\0')),
              Fails(v1::TOO_LARGE));
  v1::ClientMessage end;
  end.mutable_end();
  EXPECT_THAT(Answer(desk, end.SerializeAsString()), Fails(v1::BAD_REQUEST))
      << "a session begins with Hello";
}

}  // namespace
}  // namespace dateline::testing

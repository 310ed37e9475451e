// Links that break in the middle: nothing lost, nothing doubled, nothing that
// was acknowledged sent again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/seed.h"
#include "tests/support/status_matchers.h"
#include "tests/sync/protocol/newsroom.h"

namespace dateline::testing {
namespace {

using namespace sync;  // NOLINT: a test

// Phone 0 has some of every lane to push, and some of phone 1's to pull.
Newsroom BusyNewsroom(uint64_t seed) {
  Newsroom room(2, seed, 2);
  for (int i = 0; i < 3; ++i) {
    for (const Lane lane : kLanes) {
      room.Write(room.phones[0], lane, 200, i % 2);
      room.Write(room.phones[1], lane, 200, i % 2);
    }
    room.Write(room.phones[0], Lane::kText, 20000);
  }
  EXPECT_OK(room.Sync(room.phones[1]));
  return room;
}

absl::btree_set<Hash> Everything(Newsroom& room) {
  absl::btree_set<Hash> out = room.desk.log.Hashes();
  for (const Phone& phone : room.phones) {
    const auto hashes = phone.log.Hashes();
    out.insert(hashes.begin(), hashes.end());
  }
  return out;
}

void ExpectInStep(Newsroom& room, const absl::btree_set<Hash>& all) {
  for (Phone& phone : room.phones) EXPECT_OK(room.Sync(phone));
  for (Phone& phone : room.phones) EXPECT_OK(room.Sync(phone));
  EXPECT_EQ(room.desk.log.Hashes(), all);
  EXPECT_EQ(room.desk.log.forks(), 0);
  for (Phone& phone : room.phones) {
    EXPECT_EQ(phone.log.Hashes(), all);
    EXPECT_EQ(phone.Unsent(), 0);
  }
}

TEST(CutTest, AfterEveryStepOfASessionItResumes) {
  for (size_t steps = 0;; ++steps) {
    SCOPED_TRACE(steps);
    Newsroom room = BusyNewsroom(1);
    Phone& phone = room.phones[0];
    const auto all = Everything(room);
    SeededRandom random(1);
    bool whole = false;
    {
      Conversation cut(&room, &phone);
      cut.Run(random, steps);
      whole = cut.client_closed.has_value();
    }
    const size_t unsent = phone.Unsent();
    const size_t missing = all.size() - phone.log.Hashes().size();
    Conversation again(&room, &phone);
    again.Run();
    EXPECT_LE(again.client().sent_changes(), unsent);
    EXPECT_EQ(again.pulled_changes, missing);
    ExpectInStep(room, all);
    if (whole || HasFailure()) return;
    ASSERT_LT(steps, 1000);
  }
}

// The link dies, but what had reached the server is still made durable.
TEST(CutTest, StoresThatEndAfterTheCutAreNotDoubled) {
  ForEachSeed(100, [](uint64_t seed) {
    Newsroom room = BusyNewsroom(seed);
    const auto all = Everything(room);
    SeededRandom random(seed);
    for (int cuts = 0; cuts < 3; ++cuts) {
      Conversation cut(&room, &room.phones[0]);
      cut.Run(random, random.Below(40));
      while (cut.stores_waiting() > 0) cut.FinishStore();
    }
    ExpectInStep(room, all);
  });
}

TEST(CutTest, AFrameCutAtEveryByteIsRefusedWholeAndSentAgain) {
  size_t size = 1;
  for (size_t cut = 0; cut < size; cut += 7) {
    SCOPED_TRACE(cut);
    Newsroom room(1);
    Phone& phone = room.phones[0];
    for (int i = 0; i < 3; ++i) room.Write(phone, Lane::kFact, 100);
    const auto all = Everything(room);
    Conversation session(&room, &phone, false, [&](v1::ClientMessage* message) {
      if (message->has_pack()) {
        size = message->pack().pack().size();
        message->mutable_pack()->mutable_pack()->resize(cut);
      }
      return true;
    });
    session.Run();
    EXPECT_TRUE(session.server_closed || session.stores_waiting() == 0);
    EXPECT_EQ(room.desk.log.Hashes().size(), 0);
    EXPECT_EQ(phone.Unsent(), 3);
    ExpectInStep(room, all);
    if (HasFailure()) return;
  }
  EXPECT_GT(size, 100);
}

TEST(CutTest, EverythingMayArriveTwice) {
  Newsroom room = BusyNewsroom(1);
  const auto all = Everything(room);
  const Phone before = room.phones[0];
  ASSERT_OK(room.Sync(room.phones[0]));
  // The phone forgets the acknowledgements and cursors, but not its counter.
  room.phones[0].acked = before.acked;
  room.phones[0].cursors = before.cursors;
  ASSERT_OK(room.Sync(room.phones[0]));
  ExpectInStep(room, all);
}

TEST(CutTest, ALostAckIsReplacedByWhatWelcomeSays) {
  Newsroom room(1);
  Phone& phone = room.phones[0];
  room.Write(phone, Lane::kText, 100000);
  {
    Conversation cut(&room, &phone);
    while (room.desk.log.Hashes().empty()) ASSERT_TRUE(cut.Step(0));
  }
  EXPECT_EQ(phone.Unsent(), 1);
  ASSERT_OK(room.Sync(phone));
  EXPECT_EQ(phone.Unsent(), 0);
  EXPECT_EQ(room.desk.log.Hashes(), phone.log.Hashes());
}

}  // namespace
}  // namespace dateline::testing

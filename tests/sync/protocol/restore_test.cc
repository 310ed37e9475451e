// Stores that went back in time, or became two (DESIGN 4, 7): servers, phones
// and clones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/seed.h"
#include "tests/support/status_matchers.h"
#include "tests/sync/protocol/newsroom.h"

namespace dateline::testing {
namespace {

using namespace sync;  // NOLINT: a test

void ExpectInStep(Newsroom& room, const absl::btree_set<Hash>& all) {
  for (int round = 0; round < 2; ++round) {
    for (Phone& phone : room.phones) EXPECT_OK(room.Sync(phone));
  }
  EXPECT_EQ(room.desk.log.Hashes(), all);
  for (Phone& phone : room.phones) {
    EXPECT_EQ(phone.log.Hashes(), all);
    EXPECT_EQ(phone.Unsent(), 0);
  }
}

TEST(RestoreTest, ARestoredServerIsHealedByItsPhones) {
  Newsroom room(3);
  room.Write(room.phones[0], Lane::kFact);
  ASSERT_OK(room.Sync(room.phones[0]));
  const Desk backup = room.desk;
  room.Write(room.phones[0], Lane::kText, 50000);
  room.Write(room.phones[0], Lane::kNotice);
  ASSERT_OK(room.Sync(room.phones[0]));
  ASSERT_OK(room.Sync(room.phones[1]));
  const auto all = room.desk.log.Hashes();

  room.RestoreDesk(backup);
  // Phone 1 did not write what it brings.
  ASSERT_OK(room.Sync(room.phones[1]));
  EXPECT_EQ(room.desk.log.Hashes(), all);
  ExpectInStep(room, all);
  EXPECT_EQ(room.desk.log.forks(), 0);
}

TEST(RestoreTest, HealingSendsOnlyWhatEachSideLacks) {
  Newsroom room(2);
  for (int i = 0; i < 50; ++i) room.Write(room.phones[0], Lane::kFact, 500);
  ASSERT_OK(room.Sync(room.phones[0]));
  ASSERT_OK(room.Sync(room.phones[1]));
  const Desk backup = room.desk;
  room.Write(room.phones[0], Lane::kFact);
  ASSERT_OK(room.Sync(room.phones[0]));
  room.RestoreDesk(backup);

  Conversation refused(&room, &room.phones[0]);
  refused.Run();
  EXPECT_TRUE(refused.new_epoch);
  EXPECT_TRUE(refused.client_closed->hello_again);
  EXPECT_EQ(refused.pushed_changes, 0) << "a wrong epoch gets an answer alone";
  Conversation healed(&room, &room.phones[0]);
  healed.Run();
  EXPECT_TRUE(healed.caught_up);
  EXPECT_EQ(healed.client().sent_changes(), 1);
  EXPECT_EQ(healed.pulled_changes, 0);
}

TEST(RestoreTest, ARestoredServerMayBeCutAnywhereWhileItIsHealed) {
  ForEachSeed(60, [](uint64_t seed) {
    SeededRandom random(seed);
    Newsroom room(2, seed, 2);
    const Desk backup = room.desk;
    for (int i = 0; i < 5; ++i) {
      for (Phone& phone : room.phones) {
        room.Write(phone, kLanes[random.Below(4)], 9000, random.Below(2));
      }
    }
    for (int i = 0; i < 2; ++i) {
      for (Phone& phone : room.phones) ASSERT_OK(room.Sync(phone));
    }
    const auto all = room.desk.log.Hashes();
    room.RestoreDesk(backup);
    for (int cuts = 0; cuts < 6; ++cuts) {
      Conversation cut(&room, &room.phones[random.Below(2)]);
      cut.Run(random, random.Below(60));
    }
    ExpectInStep(room, all);
    EXPECT_EQ(room.desk.log.forks(), 0);
  });
}

// Somebody copied an older database over the server's by hand: no new epoch.
TEST(RestoreTest, AServerThatWentBackWithoutANewEpochIsHealedToo) {
  Newsroom room(2);
  room.Write(room.phones[0], Lane::kFact);
  ASSERT_OK(room.Sync(room.phones[0]));
  const Desk backup = room.desk;
  for (int i = 0; i < 3; ++i) room.Write(room.phones[0], Lane::kFact);
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK(room.Sync(room.phones[0]));
    ASSERT_OK(room.Sync(room.phones[1]));
  }
  const auto all = room.desk.log.Hashes();
  room.desk = Desk(backup);
  ExpectInStep(room, all);
}

TEST(RestoreTest, ADeviceRestoredFromYesterdayLosesNothing) {
  Newsroom room(2);
  Phone& phone = room.phones[0];
  room.Write(phone, Lane::kFact);
  ASSERT_OK(room.Sync(phone));
  const Phone yesterday = phone;
  room.Write(phone, Lane::kFact);
  room.Write(phone, Lane::kText);
  ASSERT_OK(room.Sync(phone));
  const auto all = room.desk.log.Hashes();

  phone = yesterday;
  Conversation first(&room, &phone);
  first.Run();
  EXPECT_TRUE(first.new_incarnation);
  EXPECT_TRUE(first.client_closed->hello_again);
  EXPECT_EQ(first.pulled_changes, 0) << "the refusal is signed and alone";
  ASSERT_OK(room.Sync(phone));
  EXPECT_EQ(phone.log.Hashes(), all) << "its own old changes come back";
  ExpectInStep(room, all);
}

// What it wrote after the restore goes up beside what it had sent before.
TEST(RestoreTest, AnUnsentBranchGoesUpAsAFork) {
  Newsroom room(2);
  Phone& phone = room.phones[0];
  room.Write(phone, Lane::kFact);
  ASSERT_OK(room.Sync(phone));
  const Phone yesterday = phone;
  room.Write(phone, Lane::kFact);
  room.Write(phone, Lane::kFact);
  ASSERT_OK(room.Sync(phone));
  auto all = room.desk.log.Hashes();

  phone = yesterday;
  for (int i = 0; i < 3; ++i) all.insert(room.Write(phone, Lane::kFact, 20000));
  ASSERT_OK(room.Sync(phone));
  EXPECT_EQ(room.desk.log.Hashes(), all);
  EXPECT_EQ(room.desk.log.forks(), 2) << "two places hold two changes";
  ExpectInStep(room, all);
}

TEST(RestoreTest, ALongUnsentBranchGoesUpInManyFrames) {
  Newsroom room(1);
  Phone& phone = room.phones[0];
  const Phone yesterday = phone;
  room.Write(phone, Lane::kFact);
  ASSERT_OK(room.Sync(phone));
  auto all = room.desk.log.Hashes();
  phone = yesterday;
  for (int i = 0; i < 100; ++i) {
    all.insert(room.Write(phone, Lane::kFact, 900));
  }
  // The server's branch comes first, so that the phone itself holds the fork.
  Conversation refused(&room, &phone);
  refused.Run();
  ASSERT_TRUE(refused.new_incarnation);
  Conversation lost(&room, &phone, false, [](v1::ClientMessage* message) {
    return !message->has_pack();
  });
  lost.Run();
  ASSERT_EQ(phone.log.forks(), 1);
  Conversation whole(&room, &phone);
  whole.Run();
  EXPECT_GE(whole.pushed_lanes.size(), 5);
  ExpectInStep(room, all);
}

// Attempts that never reached the server made up for the counter.
TEST(RestoreTest, ARestoredDeviceWithAHighCounterIsFoundByItsHeads) {
  for (const int writes : {0, 1, 2, 3}) {
    SCOPED_TRACE(writes);
    Newsroom room(2);
    Phone& phone = room.phones[0];
    room.Write(phone, Lane::kFact);
    ASSERT_OK(room.Sync(phone));
    const Phone yesterday = phone;
    room.Write(phone, Lane::kFact);
    room.Write(phone, Lane::kFact);
    ASSERT_OK(room.Sync(phone));
    auto all = room.desk.log.Hashes();
    phone = yesterday;
    phone.counter += 10;
    const uint64_t old_incarnation = phone.incarnation;
    for (int i = 0; i < writes; ++i) {
      all.insert(room.Write(phone, Lane::kFact));
    }
    ASSERT_OK(room.Sync(phone));
    EXPECT_NE(phone.incarnation, old_incarnation);
    ExpectInStep(room, all);
  }
}

TEST(RestoreTest, ACloneBeginsAnIncarnationOfItsOwn) {
  Newsroom room(2);
  room.Write(room.phones[0], Lane::kFact);
  ASSERT_OK(room.Sync(room.phones[0]));
  room.phones.push_back(room.phones[0]);
  auto all = room.desk.log.Hashes();
  // Both write on, neither knowing of the other.
  for (int i = 0; i < 3; ++i) {
    all.insert(room.Write(room.phones[0], Lane::kFact));
    all.insert(room.Write(room.phones[2], Lane::kFact));
  }
  ASSERT_OK(room.Sync(room.phones[2]));
  ASSERT_OK(room.Sync(room.phones[0]));
  EXPECT_NE(room.phones[0].incarnation, room.phones[2].incarnation);
  ExpectInStep(room, all);
}

// Every way of going back, writing, syncing and cutting, in any order.
TEST(RestoreTest, WhateverSurvivesSomewhereReachesEveryone) {
  ForEachSeed(150, [](uint64_t seed) {
    SeededRandom random(seed);
    Newsroom room(3, seed, 2);
    std::vector<Desk> desk_backups = {room.desk};
    std::vector<Phone> phone_backups = {room.phones[0]};
    for (int step = 0; step < 40; ++step) {
      Phone& phone = room.phones[random.Below(room.phones.size())];
      switch (random.Below(12)) {
        case 0:
          desk_backups.push_back(room.desk);
          break;
        case 1:
          phone_backups.push_back(phone);
          break;
        case 2:
          if (random.OneIn(3)) {
            room.RestoreDesk(desk_backups[random.Below(desk_backups.size())]);
          }
          break;
        case 3: {
          const Phone& backup =
              phone_backups[random.Below(phone_backups.size())];
          if (backup.device == phone.device) phone = Phone(backup);
          break;
        }
        case 4:
          if (room.phones.size() < 5) room.phones.push_back(Phone(phone));
          break;
        case 5:
        case 6:
        case 7:
          room.Write(phone, kLanes[random.Below(4)],
                     random.OneIn(5) ? 20000 : 100, random.Below(2));
          break;
        default: {
          Conversation session(&room, &phone);
          session.Run(random, random.Below(120));
        }
      }
    }
    absl::btree_set<Hash> all = room.desk.log.Hashes();
    for (const Phone& phone : room.phones) {
      const auto hashes = phone.log.Hashes();
      all.insert(hashes.begin(), hashes.end());
    }
    // Clones that are offline may need one session each to part.
    for (Phone& phone : room.phones) EXPECT_OK(room.Sync(phone));
    ExpectInStep(room, all);
  });
}

}  // namespace
}  // namespace dateline::testing

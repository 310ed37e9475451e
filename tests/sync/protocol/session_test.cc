// Whole sessions without a socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/seed.h"
#include "tests/support/status_matchers.h"
#include "tests/sync/protocol/newsroom.h"

namespace dateline::testing {
namespace {

using namespace sync;  // NOLINT: a test
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SessionTest, WithNothingNewIsOneFlightEachWay) {
  Newsroom room(1);
  Phone& phone = room.phones[0];
  room.Write(phone, Lane::kFact);
  ASSERT_OK(room.Sync(phone));
  ASSERT_OK(room.Sync(phone));

  Conversation again(&room, &phone);
  again.Run();
  EXPECT_TRUE(again.caught_up);
  EXPECT_EQ(again.flights, 2);
  EXPECT_EQ(again.client_messages, 2) << "Hello, ClientEnd";
  EXPECT_EQ(again.server_messages, 2) << "Welcome, End";
}

TEST(SessionTest, WhatOnePhoneWritesReachesTheOther) {
  Newsroom room(2);
  room.Write(room.phones[0], Lane::kText, 3000);
  room.Write(room.phones[0], Lane::kFact);
  room.Write(room.phones[0], Lane::kNotice);
  ASSERT_OK(room.Sync(room.phones[0]));
  ASSERT_OK(room.Sync(room.phones[1]));
  EXPECT_EQ(room.phones[1].log.Hashes(), room.phones[0].log.Hashes());
  EXPECT_EQ(room.desk.log.Hashes(), room.phones[0].log.Hashes());
  EXPECT_EQ(room.phones[0].Unsent(), 0);
}

TEST(SessionTest, LanesGoInOrderBothWays) {
  Newsroom room(2, 1, 2);
  for (const int assignment : {1, 0}) {
    for (const Lane lane :
         {Lane::kReceipt, Lane::kText, Lane::kFact, Lane::kNotice}) {
      room.Write(room.phones[0], lane, 20, assignment);
    }
  }
  Conversation push(&room, &room.phones[0]);
  push.Run();
  EXPECT_THAT(push.pushed_lanes, ElementsAre(Lane::kNotice, Lane::kFact,
                                             Lane::kText, Lane::kReceipt));
  Conversation pull(&room, &room.phones[1]);
  pull.Run();
  EXPECT_THAT(
      pull.pulled_lanes,
      ElementsAre(Lane::kNotice, Lane::kNotice, Lane::kFact, Lane::kFact,
                  Lane::kText, Lane::kText, Lane::kReceipt, Lane::kReceipt));
}

TEST(SessionTest, APushIsAckedOnlyOnceItIsDurable) {
  Newsroom room(1);
  Phone& phone = room.phones[0];
  room.Write(phone, Lane::kFact);
  Conversation conversation(&room, &phone);
  while (conversation.stores_waiting() == 0) {
    ASSERT_TRUE(conversation.Step(3));
  }
  EXPECT_EQ(phone.Unsent(), 1);
  conversation.Run();
  EXPECT_EQ(phone.Unsent(), 0);
}

TEST(SessionTest, AStoreThatFailsIsNeverAckedAndEndsTheSession) {
  Newsroom room(1);
  Phone& phone = room.phones[0];
  room.Write(phone, Lane::kFact);
  Conversation conversation(&room, &phone);
  while (conversation.stores_waiting() == 0) {
    ASSERT_TRUE(conversation.Step(3));
  }
  conversation.FinishStore(MakeError(v1::STORAGE_FULL, "the disk is full"));
  conversation.Run();
  ASSERT_TRUE(conversation.server_closed.has_value());
  EXPECT_THAT(conversation.server_closed->status, Fails(v1::STORAGE_FULL));
  EXPECT_EQ(phone.Unsent(), 1);
}

TEST(SessionTest, AckedChangesAreNeverSentAgain) {
  Newsroom room(1);
  Phone& phone = room.phones[0];
  room.Write(phone, Lane::kText, 5000);
  ASSERT_OK(room.Sync(phone));
  room.Write(phone, Lane::kText, 10);
  Conversation conversation(&room, &phone);
  conversation.Run();
  EXPECT_EQ(conversation.client().sent_changes(), 1);
  EXPECT_EQ(conversation.pulled_changes, 0) << "nor served back";
}

}  // namespace
}  // namespace dateline::testing

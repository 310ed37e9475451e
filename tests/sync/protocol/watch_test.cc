// Sessions that stay open after End, and the watchdog.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/base/limits.h"
#include "tests/support/seed.h"
#include "tests/support/status_matchers.h"
#include "tests/sync/protocol/newsroom.h"

namespace dateline::testing {
namespace {

using namespace sync;  // NOLINT: a test

TEST(WatchTest, BothSidesSendWhatComesUpAfterEnd) {
  Newsroom room(2);
  Conversation reading(&room, &room.phones[1], /*watch=*/true);
  reading.Run();
  EXPECT_TRUE(reading.caught_up);
  EXPECT_FALSE(reading.client_closed.has_value());

  const Hash written = room.Write(room.phones[0], Lane::kFact);
  ASSERT_OK(room.Sync(room.phones[0]));
  reading.ServerHasNews();
  reading.Run();
  EXPECT_TRUE(room.phones[1].log.Hashes().contains(written));

  const Hash answer = room.Write(room.phones[1], Lane::kFact);
  reading.PhoneHasNews();
  reading.Run();
  EXPECT_TRUE(room.desk.log.Hashes().contains(answer));
  EXPECT_EQ(room.phones[1].Unsent(), 0);
}

TEST(WatchTest, ANoticeGoesBeforeTextThatIsAlreadyQueued) {
  Newsroom room(2);
  for (int i = 0; i < 100; ++i) room.Write(room.phones[0], Lane::kText, 15000);
  ASSERT_OK(room.Sync(room.phones[0]));
  Conversation reading(&room, &room.phones[1], /*watch=*/true);
  while (reading.pulled_lanes.size() < 3) ASSERT_TRUE(reading.Step(0));
  room.Write(room.phones[0], Lane::kNotice);
  ASSERT_OK(room.Sync(room.phones[0]));
  reading.ServerHasNews();
  reading.Run();
  const auto notice = std::find(reading.pulled_lanes.begin(),
                                reading.pulled_lanes.end(), Lane::kNotice);
  EXPECT_LE(notice - reading.pulled_lanes.begin(), 3 + kSendAheadMax);
  EXPECT_GT(reading.pulled_lanes.size(), 10);
}

TEST(WatchTest, ANewRosterComesBeforeWhatItsDevicesWrote) {
  Newsroom room(1);
  Conversation reading(&room, &room.phones[0], /*watch=*/true);
  reading.Run();
  Phone& late = room.Enrol();
  const Hash written = room.Write(late, Lane::kNotice);
  ASSERT_OK(room.Sync(late));
  reading.ServerHasNews();
  reading.Run();
  EXPECT_TRUE(room.phones[0].log.Hashes().contains(written));
  EXPECT_EQ(room.phones[0].log.RosterVersion(), 2);
}

TEST(WatchTest, AnIdleWatchIsNotEndedByTheWatchdog) {
  Newsroom room(1);
  Conversation watching(&room, &room.phones[0], /*watch=*/true);
  watching.Run();
  for (int i = 0; i < 100; ++i) watching.Tick(absl::Seconds(10));
  EXPECT_FALSE(watching.client_closed.has_value());
  EXPECT_FALSE(watching.server_closed.has_value());
}

TEST(WatchTest, AServerThatSaysNothingIsGivenUpAfterTheLimit) {
  Newsroom room(1);
  Conversation stuck(&room, &room.phones[0]);
  stuck.Tick(absl::Seconds(kNoProgressSecondsMax - 1));
  EXPECT_FALSE(stuck.client_closed.has_value());
  stuck.Tick(absl::Seconds(1));
  ASSERT_TRUE(stuck.client_closed.has_value());
  EXPECT_THAT(stuck.client_closed->status, Fails(v1::UNAVAILABLE_NOW));
  EXPECT_TRUE(stuck.server_closed.has_value()) << "the server gives up too";
}

TEST(WatchTest, AServerThatStopsInTheMiddleIsGivenUp) {
  Newsroom room(1);
  room.Write(room.phones[0], Lane::kFact);
  Conversation stuck(
      &room, &room.phones[0], /*watch=*/true, {},
      [](v1::ServerMessage* message) { return !message->has_ack(); });
  stuck.Run();
  stuck.Tick(absl::Seconds(kNoProgressSecondsMax));
  ASSERT_TRUE(stuck.client_closed.has_value());
  EXPECT_THAT(stuck.client_closed->status, Fails(v1::UNAVAILABLE_NOW));
}

TEST(WatchTest, AFencedSessionStoresNothingMore) {
  Newsroom room(1);
  Conversation older(&room, &room.phones[0], /*watch=*/true);
  older.Run();
  older.Fence();
  ASSERT_TRUE(older.server_closed.has_value());
  EXPECT_THAT(older.server_closed->status, Fails(v1::FENCED));
  room.Write(room.phones[0], Lane::kFact);
  older.PhoneHasNews();
  older.Run();
  EXPECT_EQ(room.desk.log.Hashes().size(), 0);
}

// Frames that wait to be durable are few, however much the phone has.
TEST(WatchTest, AServerThatCannotKeepUpStopsReading) {
  Newsroom room(1);
  for (int i = 0; i < 100; ++i) room.Write(room.phones[0], Lane::kText, 15000);
  Conversation slow(&room, &room.phones[0]);
  size_t most = 0;
  while (slow.StepWithoutStores()) most = std::max(most, slow.stores_waiting());
  EXPECT_EQ(most, kStoresPendingMax);
  EXPECT_FALSE(slow.serving().may_read());
  EXPECT_EQ(slow.commits_hurried, 1) << "nobody else can make room";
  slow.Run();
  EXPECT_EQ(room.phones[0].Unsent(), 0);
}

// The most that waits of frames of `bytes`.
size_t FramesThatWait(size_t bytes) {
  Newsroom room(1);
  for (int i = 0; i < 20; ++i) room.Write(room.phones[0], Lane::kText, bytes);
  Conversation slow(&room, &room.phones[0]);
  size_t most = 0;
  while (slow.StepWithoutStores()) most = std::max(most, slow.stores_waiting());
  slow.Run();
  EXPECT_EQ(room.phones[0].Unsent(), 0);
  return most;
}

TEST(WatchTest, FramesThatWaitAreBoundedByTheirBytesToo) {
  // A change is a frame here, and all that goes with it is under 1 KiB.
  const size_t eighth = kStoresPendingBytesMax / 8;
  EXPECT_EQ(FramesThatWait(eighth), 8);
  EXPECT_EQ(FramesThatWait(eighth - 1024), 9);
}

TEST(WatchTest, WhatIsAllIsCommittedAtOnce) {
  Newsroom room(1);
  room.Write(room.phones[0], Lane::kFact);
  Conversation short_one(&room, &room.phones[0]);
  short_one.Run();
  EXPECT_EQ(short_one.commits_hurried, 1);
  Conversation nothing_new(&room, &room.phones[0]);
  nothing_new.Run();
  EXPECT_EQ(nothing_new.commits_hurried, 0);
}

}  // namespace
}  // namespace dateline::testing

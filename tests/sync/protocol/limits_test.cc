// The limits of a session, each at the limit and one past it.
#include "sync/base/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/protocol/peer_index.h"
#include "tests/support/status_matchers.h"
#include "tests/sync/protocol/newsroom.h"

namespace dateline::testing {
namespace {

using namespace sync;  // NOLINT: a test

// A run of `count` places without content, each with a hash of its own.
RunOfChanges Places(const FeedId& feed, size_t count) {
  RunOfChanges run{.feed = feed};
  for (size_t i = 0; i < count; ++i) {
    Change change;
    change.feed = feed;
    change.seq = i + 1;
    change.hash = Digest("a place").AddSized(absl::StrCat(i)).Finish();
    run.changes.push_back(std::move(change));
  }
  return run;
}

TEST(SessionLimitsTest, ASessionRemembersThePlacesItSentUpToTheLimit) {
  const FeedId feed{};
  MemoryLog log;
  RunOfChanges run = Places(feed, kSessionIndexMax + 1);
  log.Add(run);
  EncodeIndex index(&log);
  index.Sent(run);
  EXPECT_TRUE(index.PlaceOf(run.changes[kSessionIndexMax - 1].hash));
  EXPECT_FALSE(index.PlaceOf(run.changes[kSessionIndexMax].hash))
      << "one past: its hash goes in full";
}

// Rows that a reader may not see cost it one message a kPagesPerFrameMax.
size_t FramesForHiddenPages(int pages) {
  Newsroom room(2);
  for (int i = 0; i < pages; ++i) {
    room.Write(room.phones[0], Lane::kText, kFrameBytesTarget);
    EXPECT_OK(room.Sync(room.phones[0]));  // a run, so a page, each
  }
  room.desk.log.HideFrom(room.phones[1].device, Lane::kText);
  size_t frames = 0;
  Conversation conversation(&room, &room.phones[1], false, {},
                            [&](v1::ServerMessage* message) {
                              frames += message->has_pack() ? 1 : 0;
                              return true;
                            });
  conversation.Run();
  EXPECT_TRUE(conversation.caught_up);
  EXPECT_EQ(conversation.pulled_changes, 0);
  return frames;
}

TEST(SessionLimitsTest, HiddenPagesAreSkippedUpToTheLimitInOneFrame) {
  EXPECT_EQ(FramesForHiddenPages(kPagesPerFrameMax), 1);
  EXPECT_EQ(FramesForHiddenPages(kPagesPerFrameMax + 1), 2);
}

// How a session closes that hears this message; nullopt: it goes on.
std::optional<absl::Status> CloseOf(ClientSession& session,
                                    const v1::ServerMessage& message) {
  for (const ClientAction& action :
       session.OnMessage(message, absl::UnixEpoch())) {
    if (const auto* close = std::get_if<CloseSession>(&action)) {
      return close->status;
    }
  }
  return std::nullopt;
}

TEST(SessionLimitsTest, AnAssignmentIsComparedUpToTheLimit) {
  Newsroom room(1);
  Conversation conversation(&room, &room.phones[0], /*watch=*/true);
  conversation.Run();
  const std::string assignment = room.assignments[0].str();
  v1::ServerMessage compare, answer;
  compare.mutable_compare()->add_assignments(assignment);
  answer.mutable_heads()->set_assignment(assignment);
  answer.mutable_heads()->set_last(true);
  for (int i = 0; i < kComparisonsPerAssignmentMax; ++i) {
    EXPECT_EQ(CloseOf(conversation.client(), compare), std::nullopt);
    EXPECT_EQ(CloseOf(conversation.client(), answer), std::nullopt);
  }
  const auto close = CloseOf(conversation.client(), compare);
  ASSERT_TRUE(close.has_value());
  EXPECT_THAT(*close, Fails(v1::BAD_REQUEST));
}

}  // namespace
}  // namespace dateline::testing

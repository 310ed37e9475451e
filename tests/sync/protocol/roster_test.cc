// A restored server gets back the rosters that it has forgotten from phones,
// and nothing else (adr/0002).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/protocol/handshake.h"
#include "tests/support/status_matchers.h"
#include "tests/sync/protocol/newsroom.h"

namespace dateline::testing {
namespace {

using namespace sync;  // NOLINT: a test

v1::RosterMark Mark(const std::string& epoch, uint64_t version) {
  v1::RosterMark mark;
  mark.set_epoch(epoch);
  mark.set_version(version);
  return mark;
}

TEST(RosterOrderTest, ARosterFollowsWhatItSaysAndEarlierOnesOfItsEpoch) {
  v1::Roster roster;
  roster.set_epoch("now");
  roster.set_version(7);
  *roster.add_follows() = Mark("before", 5);
  EXPECT_TRUE(Follows(roster, MarkOf(roster)));
  EXPECT_TRUE(Follows(roster, Mark("now", 6)));
  EXPECT_TRUE(Follows(roster, Mark("before", 5)));
  EXPECT_TRUE(Follows(roster, Mark("elsewhere", 0))) << "no roster at all";
  EXPECT_FALSE(Follows(roster, Mark("now", 8)));
  EXPECT_FALSE(Follows(roster, Mark("before", 6)));
  EXPECT_FALSE(Follows(roster, Mark("", 1)));
}

// One session of a phone that brings its roster at once.
struct Brought {
  Brought(Newsroom* room, Phone* phone, Conversation::ToServer change = {})
      : conversation(room, phone, {.bring_roster = true}, std::move(change)) {
    conversation.Run();
  }
  absl::Status status() const { return conversation.client_closed->status; }
  Conversation conversation;
};

class RosterTest : public ::testing::Test {
 protected:
  RosterTest() : room_(2) {
    for (Phone& phone : room_.phones) EXPECT_OK(room_.Sync(phone));
    backup_ = room_.desk;
  }
  // Joins and is given the roster.
  Phone& Enrol() {
    Phone& phone = room_.Enrol();
    EXPECT_OK(room_.Sync(phone));
    return phone;
  }

  Newsroom room_;
  Desk backup_;
};

TEST_F(RosterTest, ADeviceThatJoinedAfterTheBackupIsAdmittedAgain) {
  Phone& late = Enrol();
  room_.Write(late, Lane::kFact);
  ASSERT_OK(room_.Sync(late));
  const auto all = room_.desk.log.Hashes();
  room_.RestoreDesk(backup_);
  ASSERT_FALSE(room_.desk.log.KeyOf(late.device).has_value());

  ASSERT_OK(room_.Sync(late));
  EXPECT_EQ(room_.desk.log.Hashes(), all);
  EXPECT_EQ(late.Unsent(), 0);
}

TEST_F(RosterTest, WhoeverHoldsTheRosterBringsItForTheOthers) {
  Phone& late = Enrol();
  room_.Write(late, Lane::kFact);
  ASSERT_OK(room_.Sync(late));
  ASSERT_OK(room_.Sync(room_.phones[0]));
  const auto all = room_.desk.log.Hashes();
  room_.RestoreDesk(backup_);

  ASSERT_OK(room_.Sync(room_.phones[0]));
  EXPECT_TRUE(room_.desk.log.KeyOf(late.device).has_value());
  EXPECT_EQ(room_.desk.log.Hashes(), all) << "written by one it did not know";
  Conversation known(&room_, &late);
  known.Run();
  EXPECT_THAT(known.client_closed->status, Fails(v1::WRONG_EPOCH));
}

// Somebody copied an older database over the server's by hand: no new epoch.
TEST_F(RosterTest, AServerThatWentBackWithoutANewEpochIsToldToo) {
  const v1::RosterMark newer = [&] {
    Enrol();
    EXPECT_OK(room_.Sync(room_.phones[0]));
    return room_.phones[0].log.roster_mark();
  }();
  room_.desk = Desk(backup_);
  ASSERT_FALSE(room_.desk.log.FollowsRoster(newer));
  ASSERT_OK(room_.Sync(room_.phones[0]));
  EXPECT_TRUE(room_.desk.log.FollowsRoster(newer));
}

TEST_F(RosterTest, HelloCarriesNoRosterUnlessTheServerLacksIt) {
  size_t rosters = 0;
  Conversation conversation(&room_, &room_.phones[0], false,
                            [&](v1::ClientMessage* message) {
                              rosters += message->hello().has_roster();
                              return true;
                            });
  conversation.Run();
  EXPECT_OK(conversation.client_closed->status);
  EXPECT_EQ(rosters, 0);
}

// --- attacks ---------------------------------------------------------------

TEST_F(RosterTest, ARosterThatHomeDidNotSignIsRefused) {
  Phone& stranger = room_.Enrol();  // in no roster of home
  room_.RestoreDesk(backup_);
  stranger.epoch = room_.desk.epoch;
  const v1::SignedRoster forged = room_.Sign(room_.KeyOf(stranger));
  Brought brought(&room_, &stranger, [&](v1::ClientMessage* message) {
    if (message->has_hello()) {
      *message->mutable_hello()->mutable_roster() = forged;
    }
    return true;
  });
  EXPECT_THAT(brought.status(), Fails(v1::BAD_SIGNATURE));
  EXPECT_FALSE(room_.desk.log.KeyOf(stranger.device).has_value());
}

TEST_F(RosterTest, ARosterOfAnotherServerIsRefused) {
  Phone& late = Enrol();
  room_.RestoreDesk(backup_);
  Brought brought(&room_, &late, [&](v1::ClientMessage* message) {
    if (message->has_hello()) {
      message->mutable_hello()->mutable_roster()->set_signer(
          DeviceId::Make(room_.random).str());
    }
    return true;
  });
  EXPECT_THAT(brought.status(), Fails(v1::BAD_SIGNATURE));
  EXPECT_FALSE(room_.desk.log.KeyOf(late.device).has_value());
}

// A roster proves who may say Hello, not that it is he who says it.
TEST_F(RosterTest, AnothersRosterDoesNotSignHello) {
  Phone& late = Enrol();
  Phone thief = late;
  room_.RestoreDesk(backup_);
  Brought brought(&room_, &thief, [&](v1::ClientMessage* message) {
    if (message->has_hello()) {
      (*message->mutable_hello()->mutable_signature())[0] ^= 1;
    }
    return true;
  });
  EXPECT_THAT(brought.status(), Fails(v1::BAD_SIGNATURE));
  EXPECT_FALSE(room_.desk.log.KeyOf(late.device).has_value());
}

// A seized phone plays the last roster in which it was not revoked.
TEST_F(RosterTest, AnOldRosterBringsNobodyBack) {
  Phone& seized = Enrol();
  room_.Expel(seized);
  ASSERT_OK(room_.Sync(room_.phones[0]));
  Brought now(&room_, &seized);
  EXPECT_THAT(now.status(), Fails(v1::UNAUTHENTICATED));

  room_.RestoreDesk(backup_);
  ASSERT_OK(room_.Sync(room_.phones[0]));
  ASSERT_OK(room_.Sync(room_.phones[1]));
  seized.epoch = room_.desk.epoch;
  Brought later(&room_, &seized);
  EXPECT_THAT(later.status(), Fails(v1::UNAUTHENTICATED));
  EXPECT_FALSE(later.conversation.client_closed->hello_again);
  EXPECT_FALSE(room_.desk.log.KeyOf(seized.device).has_value());
}

TEST_F(RosterTest, AServerThatNeverKnewADeviceIsAskedTwiceAndNoMore) {
  Phone& stranger = Enrol();
  room_.Expel(stranger);
  Conversation first(&room_, &stranger);
  first.Run();
  EXPECT_TRUE(first.client_closed->hello_again);
  EXPECT_TRUE(first.client_closed->bring_roster);
  EXPECT_THAT(room_.Sync(stranger), Fails(v1::UNAUTHENTICATED));
}

}  // namespace
}  // namespace dateline::testing

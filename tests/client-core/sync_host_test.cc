// What a session stores is stored with its cursor, or not at all.
#include "client-core/transport/sync_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include "tests/client-core/home.h"
#include "tests/support/status_matchers.h"

namespace dateline::client {
namespace {

using ::dateline::testing::Fails;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SyncHostTest : public ::testing::Test {
 protected:
  // What a server would serve of person 1's reports, in one lane.
  sync::StorePulled Pulled(int reports, size_t body_bytes) {
    {
      auto author = room_.Open(1);
      std::vector<ReportEdit> edits(
          reports, {.headline = "h", .body = std::string(body_bytes, 'x')});
      EXPECT_OK(author->CreateReports(room_.assignment(), edits));
    }
    sync::StorePulled pulled;
    pulled.token = 1;
    const auto store = Store::Open(room_.home(1), absl::ZeroDuration());
    EXPECT_OK(store);
    const auto feeds = (*store)->truth().Feeds();
    for (const sync::FeedId& feed : *feeds) {
      if (feed.lane != sync::Lane::kText) continue;
      pulled.runs = *(*store)->truth().ReadFeed(feed, 0, 64 << 20);
    }
    pulled.cursor = {room_.assignment(), sync::Lane::kText,
                     static_cast<uint64_t>(reports), sync::HashOf("digest")};
    return pulled;
  }
  SyncHost Host(Client& client) {
    sync::SeededRandom random(3);
    return SyncHost(static_cast<ClientImpl*>(&client),
                    sync::SigningKey::Make(random));
  }

  Newsroom room_{{v1::ROLE_REPORTER, v1::ROLE_REPORTER}};
};

TEST_F(SyncHostTest, ACursorCommitsWithItsDataOrNotAtAll) {
  const sync::StorePulled pulled = Pulled(100, 5000);
  auto client = room_.Open(0);
  SyncHost host = Host(*client);
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit old = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit small = {400 << 10, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const absl::Status full = host.Carry(pulled);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  EXPECT_THAT(full, Fails(v1::STORAGE_FULL));
  ASSERT_OK_AND_ASSIGN(const sync::ClientState before, host.Begin());
  EXPECT_THAT(before.cursors, IsEmpty());
  ASSERT_OK_AND_ASSIGN(const auto none, client->List({}));
  EXPECT_THAT(none, IsEmpty());

  ASSERT_OK(host.Carry(pulled));
  client.reset();
  client = room_.Open(0);
  SyncHost again = Host(*client);
  ASSERT_OK_AND_ASSIGN(const sync::ClientState after, again.Begin());
  EXPECT_THAT(after.cursors, ElementsAre(pulled.cursor));
  ASSERT_OK_AND_ASSIGN(const auto all, client->List({.limit = 0}));
  EXPECT_THAT(all, SizeIs(100));
}

TEST_F(SyncHostTest, TheSamePageTwiceAddsNothing) {
  const sync::StorePulled pulled = Pulled(10, 100);
  auto client = room_.Open(0);
  SyncHost host = Host(*client);
  ASSERT_OK(host.Carry(pulled));
  client->Poll();
  ASSERT_OK(host.Carry(pulled));
  EXPECT_THAT(client->Poll(), IsEmpty());
}

TEST_F(SyncHostTest, TheCounterRisesBeforeEveryHello) {
  auto client = room_.Open(0);
  SyncHost host = Host(*client);
  ASSERT_OK_AND_ASSIGN(const sync::ClientState first, host.Begin());
  ASSERT_OK_AND_ASSIGN(const sync::ClientState second, host.Begin());
  EXPECT_EQ(second.counter, first.counter + 1);
  EXPECT_EQ(second.incarnation, first.incarnation);
  ASSERT_OK(host.Carry(sync::BeginIncarnation{v1::STALE_COUNTER}));
  ASSERT_OK_AND_ASSIGN(const sync::ClientState third, host.Begin());
  EXPECT_EQ(third.counter, 1u);
  EXPECT_NE(third.incarnation, first.incarnation);
}

TEST_F(SyncHostTest, OnlyHomesReceiptCounts) {
  auto client = room_.Open(0);
  ASSERT_OK(client->CreateReport(room_.assignment(), {.headline = "One"}));
  SyncHost host = Host(*client);
  ASSERT_OK_AND_ASSIGN(const sync::ClientState state, host.Begin());
  ASSERT_THAT(state.feeds, SizeIs(1));
  sync::NoteAcked acked{{state.feeds[0].head}, state.server, /*home=*/false};
  ASSERT_OK(host.Carry(acked));
  ASSERT_OK_AND_ASSIGN(uint64_t unsent, client->Unsent());
  EXPECT_EQ(unsent, 1u);
  acked.home = true;
  ASSERT_OK(host.Carry(acked));
  ASSERT_OK_AND_ASSIGN(unsent, client->Unsent());
  EXPECT_EQ(unsent, 0u);
  sync::AdoptEpoch restored{state.epoch, {}};
  ASSERT_OK(host.Carry(restored));
  ASSERT_OK_AND_ASSIGN(unsent, client->Unsent());
  EXPECT_EQ(unsent, 1u);
}

}  // namespace
}  // namespace dateline::client

// The sync loop and one sync: what they say, whom they let in, when they dial.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client-core/transport/sync_loop.h"
#include "sync/base/errors.h"
#include "sync/base/mutex.h"
#include "tests/client-core/desk.h"
#include "tests/support/slowness.h"
#include "tests/support/status_matchers.h"

namespace dateline::client {
namespace {

using ::dateline::testing::Fails;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// A port that takes connections and never says a word.
class HungServer {
 public:
  HungServer() : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(fd_, 16), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size),
              0);
    address_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
  }
  ~HungServer() { ::close(fd_); }
  const std::string& address() const { return address_; }

 private:
  const int fd_;
  std::string address_;
};

class LoopTest : public ::testing::Test {
 protected:
  AssignmentId Assignment(Client& client) {
    const auto mine = client.Assignments();
    EXPECT_OK(mine);
    return *AssignmentId::FromBytes((*mine)[0].id());
  }
  DocumentId Report(Client& client, const std::string& headline) {
    const auto id = client.CreateReport(
        Assignment(client), {.headline = headline, .body = "A body."});
    EXPECT_OK(id);
    return id.ok() ? *id : DocumentId();
  }
  std::unique_ptr<Client> OpenVia(const std::string& name,
                                  const std::string& address) {
    auto client = Client::Open(
        {.directory = desk_.home(name), .server_address = address});
    EXPECT_OK(client);
    return *std::move(client);
  }
  bool Eventually(const std::function<bool()>& done,
                  absl::Duration within = absl::Seconds(10)) {
    const absl::Time end = absl::Now() + within * testing::Slowness();
    while (absl::Now() < end) {
      if (done()) return true;
      absl::SleepFor(absl::Milliseconds(5));
    }
    return false;
  }
  v1::ErrorReason LastReason(Client& client) {
    const auto last = client.LastSync();
    return last.ok() ? sync::ReasonOf(last->status)
                     : v1::ERROR_REASON_UNSPECIFIED;
  }

  Desk desk_;
};

TEST_F(LoopTest, HintsFromBeforeTheLoopKeepItFromDialling) {
  auto almaty = desk_.Open("almaty");
  almaty->SetHints({.reachable = false});
  ASSERT_OK(almaty->StartLoop());
  const DocumentId id = Report(*almaty, "One");
  absl::SleepFor(absl::Milliseconds(500));
  EXPECT_EQ(almaty->Get(id)->where, Whereabouts::kOnThisPhone);
  EXPECT_THAT(almaty->LastSync(), Fails(v1::NOT_FOUND));
  almaty->SetHints({.reachable = true});
  EXPECT_TRUE(Eventually(
      [&] { return almaty->Get(id)->where == Whereabouts::kHeldByTheDesk; }));
}

// Its jitter and a save drew from one Random at once: ThreadSanitizer's to see.
TEST_F(LoopTest, ALoopThatFailsLeavesTheChanceOfSavesAlone) {
  desk_.Open("almaty").reset();
  sync::SeededRandom random(17);
  ASSERT_OK_AND_ASSIGN(
      const auto almaty,
      Client::Open({.directory = desk_.home("almaty"),
                    .random = &random,
                    .server_address = "127.0.0.1:1"}));  // nobody's
  ASSERT_OK(almaty->StartLoop());
  EXPECT_TRUE(Eventually([&] { return almaty->LastSync().ok(); }));
  for (int i = 0; i < 20; ++i) Report(*almaty, "Saved beside a failure");
}

TEST_F(LoopTest, ALinkThatOpensIsTriedAtOnceHoweverLongTheBackoff) {
  desk_.Open("almaty");
  Desk other;
  auto almaty = OpenVia("almaty", other.sync_address());
  ASSERT_OK(almaty->StartLoop());
  ASSERT_TRUE(Eventually([&] { return LastReason(*almaty) == v1::WRONG_CA; }));
  // Several failures on, the next attempt is minutes away at worst; each
  // opening of the link makes one now.
  for (int i = 0; i < 3; ++i) {
    almaty->Poll();
    almaty->SetHints({.reachable = false});
    almaty->SetHints({.reachable = true});
    EXPECT_TRUE(
        Eventually([&] { return !almaty->Poll().empty(); }, absl::Seconds(2)));
  }
}

TEST_F(LoopTest, AReportSaysWhyTheLoopFailsAndThatItIsWellAgain) {
  desk_.Open("almaty");
  Desk other;
  auto almaty = OpenVia("almaty", other.sync_address());
  ASSERT_OK(almaty->StartLoop());
  EXPECT_TRUE(Eventually([&] { return LastReason(*almaty) == v1::WRONG_CA; }));
  almaty.reset();
  almaty = desk_.Open("almaty");
  ASSERT_OK(almaty->StartLoop());
  // A session of hours reports once it is in step, not at its end.
  EXPECT_TRUE(Eventually([&] {
    const auto last = almaty->LastSync();
    return last.ok() && last->status.ok();
  }));
}

TEST_F(LoopTest, ASyncThatHangsLetsAnotherProcessSave) {
  desk_.Open("almaty");
  HungServer hung;
  auto syncing = OpenVia("almaty", hung.address());
  absl::StatusOr<SyncReport> result;
  std::thread thread(
      [&] { result = syncing->SyncOnce({.deadline = absl::Seconds(5)}); });
  absl::SleepFor(absl::Milliseconds(200));
  for (int i = 0; i < 3; ++i) {
    const absl::Time begin = absl::Now();
    auto other = Client::Open({.directory = desk_.home("almaty")});
    EXPECT_OK(other);
    if (other.ok()) Report(**other, "Saved is saved");
    EXPECT_LT(absl::Now() - begin, absl::Seconds(1));
  }
  thread.join();
  EXPECT_THAT(result, Fails(v1::UNAVAILABLE_NOW));
  ASSERT_OK_AND_ASSIGN(const auto rows, syncing->List({}));
  EXPECT_THAT(rows, SizeIs(3));
}

TEST(NextAttemptTest, AServerThatCancelsIsBackedOffFrom) {
  sync::SeededRandom random(3);
  auto backoff = sync::Backoff::Create({}, &random);
  ASSERT_OK(backoff);
  const absl::Time now = absl::FromUnixSeconds(1641600000);
  sync::StreamResult cancelled;
  cancelled.status = absl::CancelledError();
  absl::Duration longest;
  for (int i = 0; i < 20; ++i) {
    longest =
        std::max(longest, NextAttempt(cancelled, false, now, &*backoff) - now);
  }
  EXPECT_GT(longest, absl::Minutes(1));
  // Another command was let in: go on as soon as it has ended.
  EXPECT_EQ(NextAttempt(cancelled, /*lent=*/true, now, &*backoff), now);
}

TEST_F(LoopTest, TheLogNamesWhatHappenedAndNoContent) {
  auto almaty = desk_.Open("almaty");
  Report(*almaty, "KANARIENVOGEL one");
  ASSERT_OK(almaty->SyncOnce({}));
  almaty.reset();
  std::filesystem::copy(desk_.home("almaty"), desk_.home("copy"),
                        std::filesystem::copy_options::recursive);
  almaty = desk_.Open("almaty");
  Report(*almaty, "KANARIENVOGEL two");
  ASSERT_OK(almaty->SyncOnce({}));

  sync::Mutex mu;
  std::vector<std::string> lines;
  ASSERT_OK_AND_ASSIGN(auto copy,
                       Client::Open({.directory = desk_.home("copy"),
                                     .log =
                                         [&](const std::string& line) {
                                           sync::MutexLock lock(&mu);
                                           lines.push_back(line);
                                         },
                                     .server_address = desk_.sync_address()}));
  Report(*copy, "KANARIENVOGEL three");
  ASSERT_OK(copy->SyncOnce({}));
  desk_.Stop();
  EXPECT_THAT(copy->SyncOnce({.deadline = absl::Seconds(5)}),
              Fails(v1::UNAVAILABLE_NOW));
  EXPECT_THAT(copy->SyncOnce({.deadline = absl::Seconds(5)}),
              Fails(v1::UNAVAILABLE_NOW));
  sync::MutexLock lock(&mu);
  EXPECT_THAT(lines, Contains(HasSubstr("a new incarnation begins")));
  EXPECT_THAT(lines, Contains("sync: DL-1015 UNAVAILABLE_NOW").Times(1));
  EXPECT_THAT(lines, Each(Not(HasSubstr("KANARIENVOGEL"))));
}

TEST_F(LoopTest, EventsTellOfLedgersSyncsAndOfWithdrawalsAlone) {
  auto almaty = desk_.Open("almaty");
  auto editor = desk_.Open("desk", v1::ROLE_EDITOR);
  v1::Figure killed;
  killed.set_counted("killed");
  for (const auto set :
       {&v1::Figure::set_low, &v1::Figure::set_best, &v1::Figure::set_high}) {
    (killed.*set)(164);
  }
  ASSERT_OK_AND_ASSIGN(
      const DocumentId statement,
      almaty->CreateStatement(Assignment(*almaty), {.source = "Health Ministry",
                                                    .new_figures = {killed}}));
  const auto kinds = [](Client& client) {
    std::vector<Event::Kind> out;
    for (const Event& event : client.Poll()) out.push_back(event.kind);
    return out;
  };
  EXPECT_THAT(kinds(*almaty), Contains(Event::Kind::kLedger));
  const DocumentId report = Report(*almaty, "164 killed");
  ASSERT_OK(almaty->SyncOnce({}));
  EXPECT_THAT(kinds(*almaty), Contains(Event::Kind::kSync));
  ASSERT_OK(editor->SyncOnce({}));

  v1::Action hold;  // a notice, but no withdrawal
  hold.mutable_stop()->set_what(v1::STOP_KIND_HOLD);
  ASSERT_OK(editor->Act(report, hold));
  ASSERT_OK(editor->SyncOnce({}));
  ASSERT_OK(almaty->SyncOnce({}));
  EXPECT_THAT(kinds(*almaty), Not(Contains(Event::Kind::kWithdrawal)));

  v1::Action withdraw;
  withdraw.mutable_withdraw()->set_how(v1::WITHDRAWAL_RETRACTED);
  ASSERT_OK(editor->Act(statement, withdraw));
  ASSERT_OK(editor->SyncOnce({}));
  ASSERT_OK_AND_ASSIGN(const SyncReport news, almaty->SyncOnce({}));
  EXPECT_THAT(news.news, SizeIs(1));
  std::vector<DocumentId> withdrawn;
  for (const Event& event : almaty->Poll()) {
    if (event.kind == Event::Kind::kWithdrawal) {
      withdrawn.push_back(event.document);
    }
  }
  EXPECT_THAT(withdrawn, ::testing::ElementsAre(statement));
  EXPECT_THAT(kinds(*editor), Not(Contains(Event::Kind::kWithdrawal)));
}

TEST_F(LoopTest, AWatchingPhoneIsToldOfAWithdrawalAtOnce) {
  auto almaty = desk_.Open("almaty");
  auto editor = desk_.Open("desk", v1::ROLE_EDITOR);
  v1::Figure killed;
  killed.set_counted("killed");
  ASSERT_OK_AND_ASSIGN(
      const DocumentId statement,
      almaty->CreateStatement(Assignment(*almaty), {.source = "Health Ministry",
                                                    .new_figures = {killed}}));
  ASSERT_OK(almaty->SyncOnce({}));
  ASSERT_OK(editor->SyncOnce({}));
  ASSERT_OK(almaty->StartLoop());
  v1::Action withdraw;
  withdraw.mutable_withdraw()->set_how(v1::WITHDRAWAL_RETRACTED);
  ASSERT_OK(editor->Act(statement, withdraw));
  ASSERT_OK(editor->SyncOnce({}));
  size_t news = 0;
  EXPECT_TRUE(Eventually([&] {
    for (const Event& event : almaty->Poll()) {
      news += event.kind == Event::Kind::kWithdrawal ? 1 : 0;
    }
    return news > 0;
  }));
  EXPECT_TRUE(Eventually([&] { return !almaty->LastSync()->news.empty(); }));
  EXPECT_EQ(news, 1u);
}

}  // namespace
}  // namespace dateline::client

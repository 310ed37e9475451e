// A real datelined whose disk, files or end are not as they should be.
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "dateline/client.h"
#include "dateline/v1/desk.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/host/os_random.h"
#include "tests/server/call.h"
#include "tests/server/daemon.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace dateline {
namespace {

using client::Client;
using testing::Daemon;
using testing::Fails;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Ran;
using testing::RunDatelined;

constexpr char kCanary[] = "canary-7f3a-Rakhat-Aliyev";
constexpr absl::Duration kEndTime = absl::Seconds(8);
constexpr size_t kPage = 4096;

// Overwrites the file's pages from one on, as a failing disk does.
void SpoilPages(const std::string& path, size_t first, size_t count) {
  const size_t pages = std::filesystem::file_size(path) / kPage;
  ASSERT_GT(pages, first) << path;
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(first * kPage);
  file << std::string(std::min(count, pages - first) * kPage, '\xA5');
}

class TroubleTest : public ::testing::Test {
 protected:
  std::unique_ptr<Client> Home(const std::string& name) {
    auto home = Client::Open({.directory = folder_ / name});
    EXPECT_OK(home);
    EXPECT_OK((*home)->Join(daemon_.Invite("reporter"), name));
    return *std::move(home);
  }
  absl::Status File(Client& home, int count) {
    const auto assignments = home.Assignments();
    if (!assignments.ok()) return assignments.status();
    const std::vector<client::ReportEdit> edits(
        count, {.headline = kCanary, .body = std::string(2000, 'b')});
    return home
        .CreateReports(*sync::AssignmentId::FromBytes(assignments->at(0).id()),
                       edits)
        .status();
  }
  std::string In(const std::string& name) {
    return daemon_.data() + "/" + name;
  }
  bool WaitForFile(const std::string& name) {
    for (int i = 0; i < 2000; ++i) {
      if (std::filesystem::exists(In(name))) return true;
      absl::SleepFor(absl::Milliseconds(10));
    }
    return false;
  }
  // Ends as it is asked, in time.
  void ExpectEnds() {
    const absl::Time asked = absl::Now();
    EXPECT_EQ(daemon_.Terminate(), 0);
    EXPECT_LT(absl::Now() - asked, kEndTime);
  }

  testing::TempDir folder_;
  Daemon daemon_{folder_ / "data"};
};

TEST_F(TroubleTest, AServerThatIsWellSaysNothing) {
  const auto home = Home("almaty");
  ASSERT_OK(File(*home, 3));
  ASSERT_OK(home->SyncOnce({}));
  daemon_.WaitForView();
  ExpectEnds();
  EXPECT_THAT(daemon_.Said(), IsEmpty());
}

TEST_F(TroubleTest, AViewThatIsGarbageIsSetAsideAndBuiltFromTheTruth) {
  const auto home = Home("almaty");
  ASSERT_OK(File(*home, 20));
  ASSERT_OK(home->SyncOnce({}));
  daemon_.WaitForView();
  const std::string digest = daemon_.StatusOf("viewDigest");
  daemon_.Terminate();
  SpoilPages(In("view.db"), 0, 1000);
  daemon_.Start();
  EXPECT_THAT(daemon_.Said(), HasSubstr("view.db.damaged"));
  daemon_.WaitForView();
  EXPECT_EQ(daemon_.StatusOf("viewDigest"), digest);
  EXPECT_TRUE(std::filesystem::exists(In("view.db.damaged")));
  EXPECT_THAT(daemon_.Said(), Not(HasSubstr(kCanary)));
}

TEST_F(TroubleTest, OneBadPageOfTheViewIsFoundAtTheStart) {
  const auto home = Home("almaty");
  ASSERT_OK(File(*home, 100));
  ASSERT_OK(home->SyncOnce({}));
  daemon_.WaitForView();
  const std::string digest = daemon_.StatusOf("viewDigest");
  daemon_.Terminate();
  const size_t pages = std::filesystem::file_size(In("view.db")) / kPage;
  SpoilPages(In("view.db"), pages / 2, 1);
  daemon_.Start();
  ASSERT_TRUE(WaitForFile("view.db.damaged"));
  daemon_.WaitForView();
  EXPECT_EQ(daemon_.StatusOf("viewDigest"), digest);
  EXPECT_EQ(daemon_.StatusOf("documents"), "100");
  ExpectEnds();
}

TEST_F(TroubleTest, AViewThatIsDamagedWhileWeServeIsHealedByWhoMeetsIt) {
  const auto home = Home("almaty");
  ASSERT_OK(File(*home, 100));
  ASSERT_OK(home->SyncOnce({}));
  daemon_.WaitForView();
  const std::string digest = daemon_.StatusOf("viewDigest");
  daemon_.Kill();
  daemon_.Start();  // its log is in the file now, and no page in its memory
  absl::SleepFor(absl::Milliseconds(300));
  SpoilPages(In("view.db"), 1, 100000);
  for (int i = 0; i < 200 && daemon_.StatusOf("viewDigest") != digest; ++i) {
    absl::SleepFor(absl::Milliseconds(50));
  }
  EXPECT_EQ(daemon_.StatusOf("viewDigest"), digest);
}

// The code of the server's own disk would send a reporter to repair his phone.
TEST_F(TroubleTest, ADamagedTruthIsTheServersTroubleAndNotThePhones) {
  const auto home = Home("almaty");
  const auto other = Home("bishkek");
  host::OsRandom random;
  const testing::DeskDevice editor = {.id = sync::DeviceId::Make(random),
                                      .key = sync::SigningKey::Make(random)};
  const v1::EnrolmentTicket editor_ticket = daemon_.Ticket("editor");
  ASSERT_TRUE(
      testing::CallUnary(
          *testing::ChannelTo(editor_ticket.address(), editor_ticket.ca_pem()),
          "/dateline.v1.EnrolService/Enrol",
          testing::EnrolRequestOf(editor, editor_ticket.secret())
              .SerializeAsString())
          .status.ok());
  ASSERT_OK(File(*home, 200));
  ASSERT_OK(home->SyncOnce({}));
  daemon_.WaitForView();
  daemon_.Terminate();
  daemon_.Start();  // a start finds damage by itself, and refuses
  const size_t pages = std::filesystem::file_size(In("truth.db")) / kPage;
  SpoilPages(In("truth.db"), pages / 2, pages);
  const auto told = other->SyncOnce({});
  EXPECT_THAT(told, Fails(v1::UNAVAILABLE_NOW));
  EXPECT_THAT(std::string(told.status().message()), HasSubstr("desk's server"));
  EXPECT_THAT(daemon_.Said(), HasSubstr("ERROR session DL-1020"));

  const Ran rebuild = RunDatelined({"rebuild-view", "--data", daemon_.data()});
  EXPECT_EQ(rebuild.exit, 7) << rebuild.err;
  EXPECT_THAT(rebuild.err, HasSubstr("STORAGE_DAMAGED"));
  const testing::Answer queue = testing::CallUnary(
      *testing::ChannelTo(daemon_.sync_address(), editor_ticket.ca_pem()),
      "/dateline.v1.DeskService/ListQueue", "", &editor);
  v1::ListQueueResponse rows;
  EXPECT_TRUE(rows.ParseFromString(queue.bytes));
  EXPECT_EQ(rows.total(), 200) << queue.error.ShortDebugString();
  EXPECT_THAT(daemon_.Said(), Not(HasSubstr(kCanary)));
  ExpectEnds();
}

TEST_F(TroubleTest, ATruthThatIsNoDatabaseIsRefusedAndLeftAsItIs) {
  daemon_.Terminate();
  SpoilPages(In("truth.db"), 0, 1000);
  const auto size = std::filesystem::file_size(In("truth.db"));
  const Ran ran = RunDatelined({"serve", "--data", daemon_.data()});
  EXPECT_EQ(ran.exit, 7);
  EXPECT_THAT(ran.err, HasSubstr("next:  datelined restore BACKUP"));
  EXPECT_EQ(std::filesystem::file_size(In("truth.db")), size);
}

TEST_F(TroubleTest, AFullDiskIsSaidInTheLogWithoutAWordOfContent) {
  const auto home = Home("almaty");
  ASSERT_OK(File(*home, 200));
  const rlimit full = {.rlim_cur = 16384, .rlim_max = RLIM_INFINITY};
  ASSERT_EQ(prlimit(daemon_.pid(), RLIMIT_FSIZE, &full, nullptr), 0);
  EXPECT_THAT(home->SyncOnce({}), Fails(v1::UNAVAILABLE_NOW));
  EXPECT_GT(*home->Unsent(), 0);
  EXPECT_THAT(daemon_.Said(),
              HasSubstr("WARNING session DL-1019 STORAGE_FULL"));
  EXPECT_THAT(daemon_.Said(), Not(HasSubstr(kCanary)));
  const rlimit room = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
  ASSERT_EQ(prlimit(daemon_.pid(), RLIMIT_FSIZE, &room, nullptr), 0);
  ASSERT_OK_AND_ASSIGN(const auto report, home->SyncOnce({}));
  EXPECT_EQ(report.unsent_changes, 0);
  EXPECT_EQ(daemon_.StatusOf("changes"), "400");
  ExpectEnds();
}

TEST_F(TroubleTest, AHandshakeThatFailsMakesNoNoise) {
  const auto wary =
      testing::ChannelTo(daemon_.sync_address(),
                         Daemon(folder_ / "third").Ticket("reporter").ca_pem());
  EXPECT_EQ(testing::CallUnary(*wary, "/x/y", "").status.error_code(),
            grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(daemon_.Said(), IsEmpty());
}

TEST_F(TroubleTest, AnEndAskedForDuringARebuildComesInTime) {
  const auto home = Home("almaty");
  ASSERT_OK(File(*home, 200));
  ASSERT_OK(home->SyncOnce({}));
  daemon_.WaitForView();
  const std::string digest = daemon_.StatusOf("viewDigest");
  for (int i = 0; i < 3; ++i) {
    Ran ran;
    std::thread rebuilding([&] {
      ran = RunDatelined({"rebuild-view", "--data", daemon_.data()});
    });
    absl::SleepFor(absl::Milliseconds(40 * i));
    ExpectEnds();
    rebuilding.join();  // done by the server, by itself, or told to try again
    EXPECT_TRUE(ran.exit == 0 || ran.exit == 5) << ran.exit << ran.err;
    daemon_.Start();
    daemon_.WaitForView();
    EXPECT_EQ(daemon_.StatusOf("viewDigest"), digest);
  }
}

TEST_F(TroubleTest, AnEndAskedForDuringAPushLosesAndDoublesNothing) {
  constexpr int kRounds = 4;
  const auto home = Home("almaty");
  for (int i = 0; i < kRounds; ++i) {
    ASSERT_OK(File(*home, 200));
    std::thread syncing(
        [&] { home->SyncOnce({.deadline = absl::Seconds(10)}).IgnoreError(); });
    absl::SleepFor(absl::Milliseconds(30 * i));
    ExpectEnds();
    syncing.join();
    ASSERT_OK_AND_ASSIGN(const uint64_t unsent, home->Unsent());
    daemon_.Start();
    EXPECT_GE(std::stoull(daemon_.StatusOf("changes")) + unsent, 400 * (i + 1));
  }
  ASSERT_OK_AND_ASSIGN(const auto report, home->SyncOnce({}));
  EXPECT_EQ(report.unsent_changes, 0);
  EXPECT_EQ(daemon_.StatusOf("changes"), absl::StrCat(400 * kRounds));
  EXPECT_EQ(daemon_.StatusOf("forks"), "0");
}

TEST(DatelinedLogTest, GoesToAFileThatIsAppendedTo) {
  const testing::TempDir folder;
  Daemon daemon(folder / "data", {"--log", folder / "log", "--verbose"});
  daemon.Terminate();
  daemon.Start();
  daemon.Terminate();
  EXPECT_THAT(daemon.Said(), IsEmpty());
  std::ifstream file(folder / "log");
  const std::string log((std::istreambuf_iterator<char>(file)), {});
  const size_t first = log.find("INFO serve: listens on ");
  EXPECT_NE(first, std::string::npos);
  EXPECT_NE(log.find("INFO serve: listens on ", first + 1), std::string::npos);
}

TEST(DatelinedLogTest, AnImpossiblePlaceIsAMistakeInTheCommand) {
  const testing::TempDir folder;
  const Ran ran = RunDatelined(
      {"serve", "--data", folder / "data", "--log", folder / "no/such/folder"});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, HasSubstr("log"));
}

}  // namespace
}  // namespace dateline

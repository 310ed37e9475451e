// A real datelined, over real TLS.
#include "tests/server/daemon.h"

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "dateline/client.h"
#include "dateline/v1/desk.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/base/digest.h"
#include "sync/base/limits.h"
#include "sync/host/os_random.h"
#include "tests/server/call.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace dateline {
namespace {

using client::Client;
using testing::Answer;
using testing::CallStream;
using testing::CallUnary;
using testing::ChannelTo;
using testing::Daemon;
using testing::DeskDevice;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Ran;
using testing::RunDatelined;

constexpr char kEnrol[] = "/dateline.v1.EnrolService/Enrol";
const std::vector<std::string>& DeskMethods() {
  static const auto& methods = *new std::vector<std::string>{
      "ListQueue",       "GetDocument",   "ListVersions",
      "DiffVersions",    "ListConflicts", "GetLedger",
      "ListWithdrawals", "Search",        "Act"};
  return methods;
}
std::string DeskMethod(const std::string& name) {
  return "/dateline.v1.DeskService/" + name;
}

class DaemonTest : public ::testing::Test {
 protected:
  DeskDevice NewDevice() {
    return {.id = sync::DeviceId::Make(random_),
            .key = sync::SigningKey::Make(random_)};
  }
  DeskDevice JoinDesk(const std::string& role) {
    DeskDevice device = NewDevice();
    const v1::EnrolmentTicket ticket = daemon_.Ticket(role);
    const Answer answer = CallUnary(
        *ChannelTo(ticket.address(), ticket.ca_pem()), kEnrol,
        testing::EnrolRequestOf(device, ticket.secret()).SerializeAsString());
    EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
    return device;
  }
  std::unique_ptr<Client> Home(const std::string& name,
                               const std::string& role) {
    auto home = Client::Open({.directory = folder_ / name});
    EXPECT_OK(home);
    EXPECT_OK((*home)->Join(daemon_.Invite(role), name));
    return *std::move(home);
  }
  // As Client::Verify gives it: of all assignments, here of the only one.
  std::string ViewDigest() {
    const auto one = sync::Hash::FromHex(daemon_.StatusOf("viewDigest"));
    EXPECT_OK(one);
    return sync::Digest("dateline/view/1").Add(one->view()).Finish().ToHex();
  }
  std::shared_ptr<grpc::Channel> SyncChannel() {
    return ChannelTo(daemon_.sync_address(),
                     daemon_.Ticket("reporter").ca_pem());
  }

  testing::TempDir folder_;
  host::OsRandom random_;
  Daemon daemon_{folder_ / "data"};
};

TEST_F(DaemonTest, BytesThatAreNoMessageGetOurCodeFromEachMethod) {
  const auto sync = SyncChannel();
  const std::string garbage("\xFF\xFF\xFF\x07garbage", 11);
  for (const std::string& name : DeskMethods()) {
    SCOPED_TRACE(name);
    const Answer answer = CallUnary(*sync, DeskMethod(name), garbage);
    EXPECT_EQ(answer.error.reason(), v1::BAD_REQUEST);
    EXPECT_THAT(answer.error.sentence(), Not(IsEmpty()));
    EXPECT_EQ(answer.status.error_message(), answer.error.sentence());
  }
  EXPECT_EQ(CallStream(*sync, DeskMethod("Watch"), garbage).error.reason(),
            v1::BAD_REQUEST);
  const v1::EnrolmentTicket ticket = daemon_.Ticket("reporter");
  EXPECT_EQ(
      CallUnary(*ChannelTo(ticket.address(), ticket.ca_pem()), kEnrol, garbage)
          .error.reason(),
      v1::BAD_REQUEST);
  EXPECT_EQ(CallStream(*sync, "/dateline.v1.SyncService/Session", garbage)
                .error.reason(),
            v1::BAD_REQUEST);
}

TEST_F(DaemonTest, AMessagePastTheLimitIsAnsweredWithTheLimit) {
  v1::SearchRequest request;
  request.set_query(std::string(sync::kMessageBytesMax, 'x'));
  const Answer answer = CallUnary(*SyncChannel(), DeskMethod("Search"),
                                  request.SerializeAsString());
  EXPECT_EQ(answer.error.reason(), v1::TOO_LARGE);
  EXPECT_THAT(answer.error.limit(), HasSubstr("kMessageBytesMax"));
}

TEST_F(DaemonTest, TheDeskAnswersDevicesThatSignAlone) {
  const DeskDevice editor = JoinDesk("editor");
  const DeskDevice stranger = NewDevice();
  const auto sync = SyncChannel();
  for (const std::string& name : DeskMethods()) {
    SCOPED_TRACE(name);
    EXPECT_EQ(CallUnary(*sync, DeskMethod(name), "").error.reason(),
              v1::UNAUTHENTICATED);
    EXPECT_EQ(CallUnary(*sync, DeskMethod(name), "", &stranger).error.reason(),
              v1::UNAUTHENTICATED);
    EXPECT_NE(CallUnary(*sync, DeskMethod(name), "", &editor).error.reason(),
              v1::UNAUTHENTICATED);
  }
  EXPECT_TRUE(
      CallUnary(*sync, DeskMethod("ListQueue"), "", &editor).status.ok());
}

TEST_F(DaemonTest, ACodeIsGoodOnceOverTheWire) {
  const v1::EnrolmentTicket ticket = daemon_.Ticket("reporter");
  const auto enrol = ChannelTo(ticket.address(), ticket.ca_pem());
  const auto join = [&] {
    return CallUnary(*enrol, kEnrol,
                     testing::EnrolRequestOf(NewDevice(), ticket.secret())
                         .SerializeAsString());
  };
  EXPECT_TRUE(join().status.ok());
  EXPECT_EQ(join().error.reason(), v1::CODE_USED);
}

TEST_F(DaemonTest, AnotherAuthorityIsNotTrusted) {
  Daemon other(folder_ / "other");
  const std::string code = other.Invite("reporter");
  v1::EnrolmentTicket ticket = testing::ReadTicket(code);
  const auto channel = ChannelTo(daemon_.enrol_address(), ticket.ca_pem());
  const Answer answer = CallUnary(*channel, kEnrol, "");
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(answer.error.reason(), v1::ERROR_REASON_UNSPECIFIED);
}

TEST_F(DaemonTest, WhatAReporterFilesIsOnTheEditorsDesk) {
  const auto reporter = Home("almaty", "reporter");
  ASSERT_OK_AND_ASSIGN(const auto assignments, reporter->Assignments());
  ASSERT_EQ(assignments.size(), 1);
  ASSERT_OK(reporter->CreateReport(
      *sync::AssignmentId::FromBytes(assignments[0].id()),
      {.headline = "Shots at the airport", .body = "Words."}));
  ASSERT_OK_AND_ASSIGN(const auto report, reporter->SyncOnce({}));
  EXPECT_EQ(report.unsent_changes, 0);
  const auto editor = Home("bishkek", "editor");
  ASSERT_OK(editor->SyncOnce({}));
  ASSERT_OK_AND_ASSIGN(const auto rows, editor->List({}));
  ASSERT_EQ(rows.size(), 1);
  EXPECT_EQ(rows[0].headline, "Shots at the airport");
  ASSERT_OK_AND_ASSIGN(const auto here, editor->Verify());
  daemon_.WaitForView();
  EXPECT_EQ(ViewDigest(), here.view_digest_hex);
}

// Acknowledged is on disk: whenever the process dies.
TEST_F(DaemonTest, NothingAcknowledgedIsLostHoweverOftenItIsKilled) {
  constexpr int kKills = 8;
  const auto reporter = Home("almaty", "reporter");
  ASSERT_OK_AND_ASSIGN(const auto assignments, reporter->Assignments());
  const auto assignment = *sync::AssignmentId::FromBytes(assignments[0].id());
  for (int i = 0; i < kKills; ++i) {
    std::vector<client::ReportEdit> edits(20);
    for (auto& edit : edits) edit = {.headline = "h", .body = "Body."};
    ASSERT_OK(reporter->CreateReports(assignment, edits));
    std::thread syncing([&] {
      reporter->SyncOnce({.deadline = absl::Seconds(5)}).IgnoreError();
    });
    absl::SleepFor(absl::Milliseconds(7 * i));
    daemon_.Kill();
    syncing.join();
    ASSERT_OK_AND_ASSIGN(const uint64_t unsent, reporter->Unsent());
    daemon_.Start();
    const uint64_t stored = std::stoull(daemon_.StatusOf("changes"));
    EXPECT_GE(stored + unsent, 40 * (i + 1)) << "after kill " << i;
  }
  ASSERT_OK_AND_ASSIGN(const auto report, reporter->SyncOnce({}));
  EXPECT_EQ(report.unsent_changes, 0);
  EXPECT_EQ(daemon_.StatusOf("changes"), absl::StrCat(40 * kKills));
  EXPECT_EQ(daemon_.StatusOf("forks"), "0");
  ASSERT_OK_AND_ASSIGN(const auto here, reporter->Verify());
  daemon_.WaitForView();
  EXPECT_EQ(ViewDigest(), here.view_digest_hex);
}

TEST_F(DaemonTest, ARestoredServerBeginsAnEpochAndIsHealedByItsPhones) {
  const auto reporter = Home("almaty", "reporter");
  ASSERT_OK_AND_ASSIGN(const auto assignments, reporter->Assignments());
  const auto assignment = *sync::AssignmentId::FromBytes(assignments[0].id());
  ASSERT_OK(reporter->CreateReport(assignment, {.headline = "before"}));
  ASSERT_OK(reporter->SyncOnce({}));
  const std::string epoch = daemon_.StatusOf("epoch");
  const Ran backup =
      RunDatelined({"backup", folder_ / "backup", "--data", daemon_.data()});
  EXPECT_EQ(backup.exit, 0) << backup.err;
  EXPECT_THAT(backup.out, IsEmpty());
  ASSERT_OK(reporter->CreateReport(assignment, {.headline = "after"}));
  ASSERT_OK(reporter->SyncOnce({}));
  const Ran refused =
      RunDatelined({"restore", folder_ / "backup", "--data", daemon_.data()});
  EXPECT_EQ(refused.exit, 5);  // a server owns the directory
  EXPECT_EQ(daemon_.Terminate(), 0);
  const Ran restored =
      RunDatelined({"restore", folder_ / "backup", "--data", daemon_.data()});
  EXPECT_EQ(restored.exit, 0) << restored.err;
  EXPECT_TRUE(std::filesystem::exists(daemon_.data() + "/replaced-1/truth.db"));
  daemon_.Start();
  EXPECT_NE(daemon_.StatusOf("epoch"), epoch);
  EXPECT_EQ(daemon_.StatusOf("documents"), "1");
  ASSERT_OK_AND_ASSIGN(const auto report, reporter->SyncOnce({}));
  EXPECT_TRUE(report.new_epoch);
  EXPECT_EQ(daemon_.StatusOf("changes"), "2");
}

TEST_F(DaemonTest, ATermSignalDrainsAndLeavesNoAddress) {
  EXPECT_EQ(daemon_.Terminate(), 0);
  EXPECT_FALSE(std::filesystem::exists(daemon_.data() + "/address.json"));
  // Without a server the commands open the directory themselves.
  const std::string code = daemon_.Invite("reporter");
  EXPECT_EQ(testing::ReadTicket(code).address(), daemon_.enrol_address());
}

TEST_F(DaemonTest, ASecondServerOfADirectoryIsTurnedAway) {
  const Ran second = RunDatelined({"serve", "--data", daemon_.data()});
  EXPECT_EQ(second.exit, 5);
  EXPECT_THAT(second.err, HasSubstr("DL-1021 STORE_IN_USE"));
  EXPECT_THAT(second.err, HasSubstr("saved: "));
  EXPECT_THAT(second.err, HasSubstr("next:  "));
}

TEST_F(DaemonTest, AnAddressInUseIsSaidAndNeverShared) {
  const Ran second =
      RunDatelined({"serve", "--data", folder_ / "second", "--listen",
                    daemon_.sync_address(), "--enrol-listen", "127.0.0.1:0"});
  EXPECT_EQ(second.exit, 5);
  EXPECT_THAT(second.err, HasSubstr(daemon_.sync_address()));
}

TEST_F(DaemonTest, HealthAndReflectionAnswer) {
  const auto sync = SyncChannel();
  const Answer health = CallUnary(*sync, "/grpc.health.v1.Health/Check", "");
  EXPECT_EQ(health.bytes, "\x08\x01");  // status: SERVING
  const Answer services = CallStream(
      *sync, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
      "\x3A\x01*");  // list_services
  EXPECT_THAT(services.bytes, HasSubstr("dateline.v1.DeskService"));
  EXPECT_THAT(services.bytes, HasSubstr("dateline.v1.SyncService"));
  EXPECT_THAT(services.bytes, Not(HasSubstr("AdminService")));
}

TEST_F(DaemonTest, AWatcherIsToldWhenTheServerGoesDown) {
  const DeskDevice editor = JoinDesk("editor");
  const auto sync = SyncChannel();
  Answer answer;
  std::thread watching(
      [&] { answer = CallStream(*sync, DeskMethod("Watch"), "", &editor); });
  const auto reporter = Home("almaty", "reporter");
  ASSERT_OK_AND_ASSIGN(const auto assignments, reporter->Assignments());
  ASSERT_OK(reporter->CreateReport(
      *sync::AssignmentId::FromBytes(assignments[0].id()),
      {.headline = "seen by the watcher"}));
  ASSERT_OK(reporter->SyncOnce({}));
  daemon_.WaitForView();
  absl::SleepFor(absl::Milliseconds(300));  // the row is on its way
  EXPECT_EQ(daemon_.Terminate(), 0);
  watching.join();
  EXPECT_THAT(answer.bytes, HasSubstr("seen by the watcher"));
  EXPECT_EQ(answer.error.reason(), v1::UNAVAILABLE_NOW);
}

TEST(DatelinedTest, EveryCommandHasHelpWithExamples) {
  for (const char* command : {"serve", "invite", "backup", "restore", "status",
                              "rebuild-view", "held", "release"}) {
    SCOPED_TRACE(command);
    const Ran ran = RunDatelined({command, "--help"});
    EXPECT_EQ(ran.exit, 0);
    EXPECT_THAT(ran.out, HasSubstr("Examples:"));
    EXPECT_THAT(ran.out, HasSubstr(absl::StrCat("datelined ", command)));
  }
}

TEST(DatelinedTest, MistakesHaveThreeLinesAndTheirExitCode) {
  const struct {
    std::vector<std::string> line;
    int exit;
  } table[] = {
      {{}, 2},
      {{"dance"}, 2},
      {{"serve"}, 2},
      {{"status", "--data", "/nowhere/at/all"}, 3},
      {{"invite", "--data", "/nowhere", "--role", "king", "--assignment", "a"},
       2},
      {{"restore", "/nowhere", "--data", "/nowhere"}, 3},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(absl::StrJoin(row.line, " "));
    const Ran ran = RunDatelined(row.line);
    EXPECT_EQ(ran.exit, row.exit);
    EXPECT_THAT(ran.out, IsEmpty());
    EXPECT_THAT(ran.err, ::testing::StartsWith("error: "));
    EXPECT_THAT(ran.err, HasSubstr("\nsaved: "));
    EXPECT_THAT(ran.err, HasSubstr("\nnext:  "));
  }
}

}  // namespace
}  // namespace dateline

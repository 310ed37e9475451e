#include "server/trust/roster_history.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/storage/sqlite/truth.h"
#include "server/trust/enrolment.h"
#include "sync/base/status_macros.h"
#include "sync/protocol/handshake.h"
#include "tests/support/author.h"
#include "tests/support/seed.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace dateline {
namespace {

using server::Truth;
using server::TruthWriter;
using testing::Fails;
using testing::ForEachSeed;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const auto kDesk = testing::IdNumber<sync::AssignmentId>(200);

v1::Role RoleOf(const v1::Roster& roster, int person) {
  const auto id = testing::IdNumber<sync::PersonId>(person);
  for (const v1::Membership& member : roster.memberships()) {
    if (member.person() == id.view()) return member.role();
  }
  return v1::ROLE_UNSPECIFIED;
}

void SetRole(int person, v1::Role role, v1::Roster* roster) {
  const auto id = testing::IdNumber<sync::PersonId>(person);
  auto& members = *roster->mutable_memberships();
  for (int i = members.size() - 1; i >= 0; --i) {
    if (members[i].person() == id.view()) members.DeleteSubrange(i, 1);
  }
  if (role == v1::ROLE_UNSPECIFIED) return;
  v1::Membership* const member = members.Add();
  member->set_assignment(kDesk.str());
  member->set_person(id.str());
  member->set_role(role);
}

// Home's truth, which can be backed up, go on, and be brought back.
class RosterHistoryTest : public ::testing::Test {
 protected:
  RosterHistoryTest() {
    identity_.organization = sync::OrganizationId::Make(random_);
    identity_.server = sync::DeviceId::Make(random_);
    Open(folder_ / "truth-0.db");
    EXPECT_OK(truth_->Write([&](TruthWriter& truth) {
      return server::PutFirstRoster(identity_, truth);
    }));
  }

  // What home gives out once a person has this role; without: none.
  v1::SignedRoster Give(int person, v1::Role role) {
    EXPECT_OK(truth_->Write([&](TruthWriter& truth) -> absl::Status {
      DATELINE_ASSIGN_OR_RETURN(v1::Roster roster,
                                server::LatestMessage(truth.read()));
      SetRole(person, role, &roster);
      return server::PutNextRoster(std::move(roster), identity_, truth)
          .status();
    }));
    return Latest();
  }
  absl::Status Heal(const v1::SignedRoster& roster) {
    return truth_->Write([&](TruthWriter& truth) {
      return server::HealRoster(roster, Read(roster), identity_, truth)
          .status();
    });
  }
  std::string Backup() {
    const std::string path = folder_ / absl::StrCat("truth-", ++files_, ".db");
    EXPECT_OK(truth_->BackupTo(path, nullptr));
    return path;
  }
  void Restore(const std::string& backup) {
    Open(backup);
    const std::string path = Backup();  // which may be restored again
    Open(path);
    EXPECT_OK(truth_->Write([&](TruthWriter& truth) -> absl::Status {
      DATELINE_ASSIGN_OR_RETURN(server::ServerState state,
                                truth.read().State());
      state.epoch = sync::EpochId::Make(random_);
      return truth.PutState(state);
    }));
  }

  v1::SignedRoster Latest() {
    const auto reader = truth_->Snapshot();
    const auto latest = (*reader)->LatestRoster();
    EXPECT_OK(latest);
    return *latest;
  }
  v1::Roster Now() { return Read(Latest()); }
  v1::Roster Read(const v1::SignedRoster& roster) {
    const auto read = sync::OpenRoster(roster, identity_.home_key.public_key());
    EXPECT_OK(read);
    return *read;
  }

  testing::TempDir folder_;
  sync::SeededRandom random_{7};
  server::Identity identity_{.home_key = sync::SigningKey::Make(random_)};

 private:
  void Open(const std::string& path) {
    auto truth = server::OpenSqliteTruth(
        {.path = path,
         .organization = identity_.organization,
         .first_state = {.epoch = sync::EpochId::Make(random_),
                         .incarnation = 1}});
    ASSERT_OK(truth);
    truth_ = *std::move(truth);
  }

  std::unique_ptr<Truth> truth_;
  int files_ = 0;
};

TEST_F(RosterHistoryTest, WhatWasForgottenIsTakenAsItWas) {
  Give(1, v1::ROLE_REPORTER);
  const std::string backup = Backup();
  Give(1, v1::ROLE_EDITOR);
  const v1::SignedRoster newest = Give(2, v1::ROLE_REPORTER);
  Restore(backup);
  EXPECT_EQ(RoleOf(Now(), 1), v1::ROLE_REPORTER);
  ASSERT_OK(Heal(newest));
  EXPECT_EQ(Latest().SerializeAsString(), newest.SerializeAsString());
}

TEST_F(RosterHistoryTest, WhatHomeSaysNextFollowsWhatItWasReminded) {
  const std::string backup = Backup();
  const v1::SignedRoster newest = Give(1, v1::ROLE_EDITOR);
  Restore(backup);
  ASSERT_OK(Heal(newest));
  const v1::Roster next = Read(Give(2, v1::ROLE_REPORTER));
  EXPECT_GT(next.version(), Read(newest).version());
  EXPECT_NE(next.epoch(), Read(newest).epoch());
  EXPECT_TRUE(sync::Follows(next, sync::MarkOf(Read(newest))));
}

TEST_F(RosterHistoryTest, AnOlderRosterTeachesNothing) {
  const v1::SignedRoster with = Give(1, v1::ROLE_EDITOR);
  const v1::SignedRoster without = Give(1, v1::ROLE_UNSPECIFIED);
  ASSERT_OK(Heal(with));
  EXPECT_EQ(Latest().SerializeAsString(), without.SerializeAsString());
}

TEST_F(RosterHistoryTest, AnotherOrganizationsRosterIsRefused) {
  v1::Roster other = Now();
  other.set_version(99);
  other.set_organization(sync::OrganizationId::Make(random_).str());
  EXPECT_THAT(
      Heal(sync::SignRoster(other, identity_.server, identity_.home_key)),
      Fails(v1::BAD_REQUEST));
  EXPECT_EQ(Now().version(), 1);
}

// --- somebody was busy before the newest roster came back ---

TEST_F(RosterHistoryTest, TwoBranchesBecomeOneThatFollowsBoth) {
  const std::string backup = Backup();
  const v1::SignedRoster theirs = Give(1, v1::ROLE_REPORTER);
  Restore(backup);
  const v1::SignedRoster ours = Give(2, v1::ROLE_EDITOR);
  EXPECT_EQ(Read(ours).version(), Read(theirs).version());
  ASSERT_OK(Heal(theirs));
  const v1::Roster both = Now();
  EXPECT_EQ(RoleOf(both, 1), v1::ROLE_REPORTER);
  EXPECT_EQ(RoleOf(both, 2), v1::ROLE_EDITOR);
  EXPECT_GT(both.version(), Read(theirs).version()) << "or phones keep theirs";
  EXPECT_TRUE(sync::Follows(both, sync::MarkOf(Read(ours))));
  EXPECT_TRUE(sync::Follows(both, sync::MarkOf(Read(theirs))));
}

TEST_F(RosterHistoryTest, WhatWasTakenAwayOnEitherBranchStaysAway) {
  for (const bool before : {true, false}) {
    SCOPED_TRACE(before);
    Give(1, v1::ROLE_EDITOR);
    const std::string backup = Backup();
    const v1::SignedRoster theirs =
        Give(before ? 1 : 2, before ? v1::ROLE_UNSPECIFIED : v1::ROLE_ADMIN);
    Restore(backup);
    Give(before ? 2 : 1, before ? v1::ROLE_ADMIN : v1::ROLE_UNSPECIFIED);
    ASSERT_OK(Heal(theirs));
    EXPECT_EQ(RoleOf(Now(), 1), v1::ROLE_UNSPECIFIED);
    EXPECT_EQ(RoleOf(Now(), 2), v1::ROLE_ADMIN);
  }
}

TEST_F(RosterHistoryTest, OfTwoNewRolesTheLesserHolds) {
  Give(1, v1::ROLE_REPORTER);
  const std::string backup = Backup();
  const v1::SignedRoster theirs = Give(1, v1::ROLE_ADMIN);
  Restore(backup);
  Give(1, v1::ROLE_EDITOR);
  ASSERT_OK(Heal(theirs));
  EXPECT_EQ(RoleOf(Now(), 1), v1::ROLE_EDITOR);
}

TEST_F(RosterHistoryTest, ARosterFromWithinABranchDoesNotUndoItsEnd) {
  const std::string backup = Backup();
  const v1::SignedRoster within = Give(1, v1::ROLE_EDITOR);
  const v1::SignedRoster end = Give(1, v1::ROLE_UNSPECIFIED);
  for (const auto& order : {std::vector{within, end}, {end, within}}) {
    Restore(backup);
    Give(2, v1::ROLE_REPORTER);
    for (const v1::SignedRoster& roster : order) ASSERT_OK(Heal(roster));
    EXPECT_EQ(RoleOf(Now(), 1), v1::ROLE_UNSPECIFIED);
    EXPECT_EQ(RoleOf(Now(), 2), v1::ROLE_REPORTER);
  }
}

TEST_F(RosterHistoryTest, OneBackupMayBeRestoredTwice) {
  const std::string backup = Backup();
  const v1::SignedRoster first = Give(1, v1::ROLE_REPORTER);
  Restore(backup);
  const v1::SignedRoster second = Give(2, v1::ROLE_REPORTER);
  Restore(backup);
  Give(3, v1::ROLE_REPORTER);
  ASSERT_OK(Heal(second));
  ASSERT_OK(Heal(first));
  for (int person = 1; person <= 3; ++person) {
    EXPECT_EQ(RoleOf(Now(), person), v1::ROLE_REPORTER) << person;
  }
  for (const v1::SignedRoster& one : {first, second}) {
    const std::string before = Latest().SerializeAsString();
    ASSERT_OK(Heal(one));
    EXPECT_EQ(Latest().SerializeAsString(), before);
  }
}

// People are given one role each and some are put out, while the server goes
// back and phones bring what they were given, in any order: nobody who is in
// is lost, nobody who is out comes back once all has been brought.
TEST_F(RosterHistoryTest, NobodyIsLostAndNobodyComesBack) {
  ForEachSeed(30, [this](uint64_t seed) {
    sync::SeededRandom random(seed);
    const int first = 1 + static_cast<int>(seed % 20) * 10;
    std::vector<std::string> backups = {Backup()};
    std::vector<v1::SignedRoster> given;
    std::vector<int> in, out;
    for (int step = 0; step < 25; ++step) {
      const uint64_t choice = random.Below(10);
      if (choice < 4 && in.size() + out.size() < 9) {
        in.push_back(first + static_cast<int>(in.size() + out.size()));
        given.push_back(Give(in.back(), v1::ROLE_REPORTER));
      } else if (choice < 5 && !in.empty() &&
                 RoleOf(Now(), in.back()) != v1::ROLE_UNSPECIFIED) {
        out.push_back(in.back());
        in.pop_back();
        given.push_back(Give(out.back(), v1::ROLE_UNSPECIFIED));
      } else if (choice < 6) {
        backups.push_back(Backup());
      } else if (choice < 7) {
        Restore(backups[random.Below(backups.size())]);
      } else if (!given.empty()) {
        ASSERT_OK(Heal(given[random.Below(given.size())]));
      }
    }
    while (!given.empty()) {
      const size_t pick = random.Below(given.size());
      ASSERT_OK(Heal(given[pick]));
      EXPECT_TRUE(sync::Follows(Now(), sync::MarkOf(Read(given[pick]))));
      given.erase(given.begin() + pick);
    }
    for (const int person : in) {
      EXPECT_EQ(RoleOf(Now(), person), v1::ROLE_REPORTER) << person;
    }
    for (const int person : out) {
      EXPECT_EQ(RoleOf(Now(), person), v1::ROLE_UNSPECIFIED) << person;
    }
  });
}

}  // namespace
}  // namespace dateline

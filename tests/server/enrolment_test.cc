#include "server/trust/enrolment.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/protocol/handshake.h"
#include "tests/server/desk_room.h"
#include "tests/support/status_matchers.h"

namespace dateline {
namespace {

using testing::DeskRoom;
using testing::Fails;
using testing::IdNumber;
using ::testing::SizeIs;
using ::testing::StartsWith;

class EnrolmentTest : public ::testing::Test {
 protected:
  v1::EnrolmentTicket Invite(const std::string& assignment = "almaty",
                             v1::Role role = v1::ROLE_REPORTER) {
    v1::InviteRequest request;
    request.set_role(role);
    request.set_assignment(assignment);
    request.set_name("Aigerim");
    auto response = room_.core().Invite(request, "desk.example.org:7602");
    EXPECT_OK(response);
    EXPECT_THAT(response->code(), StartsWith("dl1."));
    std::string bytes;
    EXPECT_TRUE(
        absl::WebSafeBase64Unescape(response->code().substr(4), &bytes));
    v1::EnrolmentTicket ticket;
    EXPECT_TRUE(ticket.ParseFromString(bytes));
    return ticket;
  }
  v1::EnrolRequest RequestOf(const std::string& code,
                             const sync::SigningKey& key, uint8_t device) {
    const auto id = IdNumber<sync::DeviceId>(device);
    v1::EnrolRequest request;
    request.set_code(code);
    request.set_device(id.str());
    request.set_public_key(key.public_key().str());
    request.set_device_name("Almaty phone");
    request.set_signature(
        key.Sign("dateline/enrol/1",
                 absl::StrCat(code, id.view(), key.public_key().view()))
            .str());
    return request;
  }
  absl::StatusOr<v1::EnrolResponse> Join(const v1::EnrolRequest& request) {
    return room_.core().Enrol(request, "desk.example.org:7601");
  }

  DeskRoom room_;
  sync::SeededRandom random_{5};
  const sync::SigningKey key_ = sync::SigningKey::Make(random_);
  const sync::SigningKey other_key_ = sync::SigningKey::Make(random_);
};

TEST_F(EnrolmentTest, ACodeNamesTheServerItsAuthorityAndASecret) {
  const v1::EnrolmentTicket ticket = Invite();
  EXPECT_EQ(ticket.address(), "desk.example.org:7602");
  EXPECT_EQ(ticket.server(), room_.core().identity().server.str());
  EXPECT_THAT(ticket.ca_pem(), StartsWith("-----BEGIN CERTIFICATE-----"));
}

TEST_F(EnrolmentTest, JoiningGivesARosterSignedByHome) {
  const v1::EnrolmentTicket ticket = Invite();
  const uint64_t before = room_.core().roster().Get()->version();
  ASSERT_OK_AND_ASSIGN(const v1::EnrolResponse response,
                       Join(RequestOf(ticket.secret(), key_, 1)));
  ASSERT_OK_AND_ASSIGN(const auto home_key,
                       sync::PublicKey::FromBytes(response.home_key()));
  ASSERT_OK_AND_ASSIGN(const v1::Roster roster,
                       sync::OpenRoster(response.roster(), home_key));
  EXPECT_EQ(roster.version(), before + 1);
  ASSERT_THAT(roster.people(), SizeIs(1));
  EXPECT_EQ(roster.people(0).name(), "Aigerim");
  ASSERT_THAT(roster.memberships(), SizeIs(1));
  EXPECT_EQ(roster.memberships(0).role(), v1::ROLE_REPORTER);
  // Sessions see it from now on.
  EXPECT_EQ(room_.core().roster().Get()->version(), roster.version());
}

TEST_F(EnrolmentTest, ACodeLetsOneDeviceIn) {
  const v1::EnrolmentTicket ticket = Invite();
  ASSERT_OK(Join(RequestOf(ticket.secret(), key_, 1)));
  EXPECT_THAT(Join(RequestOf(ticket.secret(), other_key_, 2)),
              Fails(v1::CODE_USED));
}

TEST_F(EnrolmentTest, ADeviceWhoseAnswerWasLostMayAskAgain) {
  const v1::EnrolmentTicket ticket = Invite();
  const v1::EnrolRequest request = RequestOf(ticket.secret(), key_, 1);
  ASSERT_OK_AND_ASSIGN(const auto first, Join(request));
  ASSERT_OK_AND_ASSIGN(const auto again, Join(request));
  EXPECT_EQ(again.roster().roster(), first.roster().roster());
  EXPECT_THAT(Join(RequestOf(ticket.secret(), other_key_, 1)),
              Fails(v1::CODE_USED))
      << "another key is another device";
}

TEST_F(EnrolmentTest, ADeviceJoinsAnotherAssignmentAsTheSamePerson) {
  ASSERT_OK(Join(RequestOf(Invite().secret(), key_, 1)));
  ASSERT_OK(Join(RequestOf(Invite("aktau").secret(), key_, 1)));
  const auto roster = room_.core().roster().Get();
  EXPECT_THAT(roster->message().people(), SizeIs(1));
  EXPECT_THAT(roster->message().memberships(), SizeIs(2));
}

TEST_F(EnrolmentTest, AnExpiredOrInventedCodeIsNotToldApartFromAUsedOne) {
  const v1::EnrolmentTicket ticket = Invite();
  room_.clock().Advance(server::kInvitationValid);
  EXPECT_THAT(Join(RequestOf(ticket.secret(), key_, 1)), Fails(v1::CODE_USED));
  EXPECT_THAT(Join(RequestOf("invented", key_, 1)), Fails(v1::CODE_USED));
}

TEST_F(EnrolmentTest, AForgedOrMalformedRequestIsRefused) {
  const v1::EnrolmentTicket ticket = Invite();
  v1::EnrolRequest forged = RequestOf(ticket.secret(), key_, 1);
  forged.set_public_key(other_key_.public_key().str());
  EXPECT_THAT(Join(forged), Fails(v1::BAD_SIGNATURE));
  v1::EnrolRequest short_id = RequestOf(ticket.secret(), key_, 1);
  short_id.set_device("short");
  EXPECT_THAT(Join(short_id), Fails(v1::BAD_REQUEST));
  v1::EnrolRequest long_name = RequestOf(ticket.secret(), key_, 1);
  long_name.set_device_name(std::string(server::kNameBytesMax + 1, 'n'));
  EXPECT_THAT(Join(long_name), Fails(v1::TOO_LARGE));
  ASSERT_OK(Join(RequestOf(ticket.secret(), key_, 1)));
}

TEST_F(EnrolmentTest, AnInvitationNamesWhatItGot) {
  const auto invite = [&](auto change) {
    v1::InviteRequest request;
    request.set_role(v1::ROLE_EDITOR);
    request.set_assignment("almaty");
    change(request);
    return room_.core().Invite(request, "a:1").status();
  };
  EXPECT_THAT(invite([](auto& r) { r.set_role(v1::ROLE_HOME); }),
              Fails(v1::OUT_OF_RANGE_VALUE));
  EXPECT_THAT(invite([](auto& r) { r.clear_role(); }),
              Fails(v1::OUT_OF_RANGE_VALUE));
  EXPECT_THAT(invite([](auto& r) { r.clear_assignment(); }),
              Fails(v1::BAD_REQUEST));
  EXPECT_THAT(invite([](auto& r) { r.set_valid_seconds(-1); }),
              Fails(v1::OUT_OF_RANGE_VALUE));
  EXPECT_THAT(invite([](auto& r) { r.set_person("nobody"); }),
              Fails(v1::NOT_FOUND));
}

TEST_F(EnrolmentTest, NamesAndTimesHaveTheirLimits) {
  const auto invite = [&](size_t name_bytes, absl::Duration valid) {
    v1::InviteRequest request;
    request.set_role(v1::ROLE_EDITOR);
    request.set_assignment("almaty");
    request.set_name(std::string(name_bytes, 'n'));
    request.set_valid_seconds(absl::ToInt64Seconds(valid));
    return room_.core().Invite(request, "a:1").status();
  };
  const absl::Duration longest = server::kInvitationValidMax;
  EXPECT_OK(invite(server::kNameBytesMax, longest));
  EXPECT_THAT(invite(server::kNameBytesMax + 1, longest), Fails(v1::TOO_LARGE));
  EXPECT_THAT(invite(1, longest + absl::Seconds(1)),
              Fails(v1::OUT_OF_RANGE_VALUE));
  v1::EnrolRequest named = RequestOf(Invite().secret(), key_, 1);
  named.set_device_name(std::string(server::kNameBytesMax, 'n'));
  EXPECT_OK(Join(named));
}

TEST_F(EnrolmentTest, ARosterHoldsSoManyDevicesAndNoMore) {
  const auto fill = [&](int wanted) {
    room_.ChangeRoster([&](v1::Roster* roster) {
      while (roster->devices_size() < wanted) {
        v1::Device* const device = roster->add_devices();
        device->set_id(sync::DeviceId::Make(random_).str());
        device->set_public_key(key_.public_key().str());
        device->set_person(IdNumber<sync::PersonId>(1).str());
      }
    });
  };
  const std::string last = Invite().secret();
  const std::string one_more = Invite().secret();
  fill(server::kRosterEntriesMax - 1);
  EXPECT_OK(Join(RequestOf(last, key_, 1)));
  EXPECT_THAT(Join(RequestOf(one_more, other_key_, 2)), Fails(v1::TOO_LARGE));
}

TEST_F(EnrolmentTest, ARosterHoldsSoManyAssignmentsAndNoMore) {
  Invite();  // to one
  room_.ChangeRoster([&](v1::Roster* roster) {
    while (roster->assignments_size() < server::kRosterEntriesMax - 1) {
      v1::Assignment* const assignment = roster->add_assignments();
      assignment->set_id(sync::AssignmentId::Make(random_).str());
      assignment->set_slugline(absl::StrCat(roster->assignments_size()));
    }
  });
  const auto invite = [&](const std::string& assignment) {
    v1::InviteRequest request;
    request.set_role(v1::ROLE_EDITOR);
    request.set_assignment(assignment);
    return room_.core().Invite(request, "a:1").status();
  };
  EXPECT_OK(invite("the last"));
  EXPECT_OK(invite("almaty"));  // is there
  EXPECT_THAT(invite("one more"), Fails(v1::TOO_LARGE));
}

}  // namespace
}  // namespace dateline

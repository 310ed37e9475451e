#include "server/trust/enrolment.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/trust/roster_history.h"
#include "sync/base/digest.h"
#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"
#include "sync/protocol/handshake.h"

namespace dateline::server {
namespace {

constexpr size_t kSecretBytes = 16;
constexpr char kEnrolDomain[] = "dateline/enrol/1";
constexpr char kTicketPrefix[] = "dl1.";

sync::Hash SecretHash(absl::string_view secret) {
  return sync::Digest("dateline/invitation/1").Add(secret).Finish();
}

absl::Status CheckName(absl::string_view field, const std::string& name) {
  if (name.size() <= kNameBytesMax) return absl::OkStatus();
  return sync::TooLarge(field, "kNameBytesMax", kNameBytesMax, name.size());
}

absl::Status CheckInvite(const v1::InviteRequest& request) {
  if (request.role() <= v1::ROLE_UNSPECIFIED ||
      request.role() >= v1::ROLE_HOME) {
    return sync::MakeError(
        v1::OUT_OF_RANGE_VALUE, "an invitation needs a role of a person",
        {.field = "role",
         .limit = "stringer, reporter, editor, custodian, admin, auditor",
         .got = absl::StrCat(request.role())});
  }
  if (request.assignment().empty()) {
    return sync::MakeError(v1::BAD_REQUEST, "an invitation needs an assignment",
                           {.field = "assignment"});
  }
  if (request.assignment().size() > sync::kSluglineBytesMax) {
    return sync::TooLarge("assignment", "kSluglineBytesMax",
                          sync::kSluglineBytesMax, request.assignment().size());
  }
  if (request.valid_seconds() < 0 ||
      absl::Seconds(request.valid_seconds()) > kInvitationValidMax) {
    return sync::MakeError(
        v1::OUT_OF_RANGE_VALUE, "an invitation lasts at most a year",
        {.field = "valid_seconds",
         .limit =
             absl::StrCat("0..", absl::ToInt64Seconds(kInvitationValidMax)),
         .got = absl::StrCat(request.valid_seconds())});
  }
  return CheckName("name", request.name());
}

// The assignment of that slugline, made if nobody has it.
absl::StatusOr<sync::AssignmentId> FindOrMakeAssignment(
    const std::string& slugline, v1::Roster* roster, sync::Random& random,
    bool* made) {
  for (const v1::Assignment& assignment : roster->assignments()) {
    if (assignment.slugline() == slugline) {
      return sync::AssignmentId::FromBytes(assignment.id());
    }
  }
  if (roster->assignments_size() >= kRosterEntriesMax) {
    return sync::TooLarge("assignment", "kRosterEntriesMax", kRosterEntriesMax,
                          roster->assignments_size() + 1);
  }
  const auto id = sync::AssignmentId::Make(random);
  v1::Assignment* const assignment = roster->add_assignments();
  assignment->set_id(id.str());
  assignment->set_slugline(slugline);
  assignment->set_title(slugline);
  *made = true;
  return id;
}

// Whose device will join: somebody known, or somebody new.
absl::StatusOr<sync::PersonId> PersonOf(const v1::InviteRequest& request,
                                        const v1::Roster& roster,
                                        sync::Random& random) {
  if (request.person().empty()) return sync::PersonId::Make(random);
  for (const v1::Person& person : roster.people()) {
    if (person.id() == request.person()) {
      return sync::PersonId::FromBytes(person.id());
    }
  }
  return sync::MakeError(v1::NOT_FOUND, "nobody in the roster has this id",
                         {.field = "person"});
}

}  // namespace

absl::Status PutFirstRoster(const Identity& identity, TruthWriter& truth) {
  v1::Roster roster;
  roster.set_organization(identity.organization.str());
  v1::Device* const home = roster.add_devices();
  home->set_id(identity.server.str());
  home->set_public_key(identity.home_key.public_key().str());
  home->set_name("home");
  home->set_home(true);
  return PutNextRoster(std::move(roster), identity, truth).status();
}

absl::StatusOr<Invited> Invite(const v1::InviteRequest& request,
                               const Identity& identity, absl::Time now,
                               sync::Random& random, TruthWriter& truth) {
  DATELINE_RETURN_IF_ERROR(CheckInvite(request));
  DATELINE_ASSIGN_OR_RETURN(v1::Roster roster, LatestMessage(truth.read()));
  Invited out;
  bool made = false;
  DATELINE_ASSIGN_OR_RETURN(
      out.invitation.assignment,
      FindOrMakeAssignment(request.assignment(), &roster, random, &made));
  DATELINE_ASSIGN_OR_RETURN(out.invitation.person,
                            PersonOf(request, roster, random));
  uint8_t secret[kSecretBytes];
  random.Fill(secret, sizeof secret);
  out.secret = absl::WebSafeBase64Escape(
      absl::string_view(reinterpret_cast<const char*>(secret), sizeof secret));
  const absl::Duration valid = request.valid_seconds() == 0
                                   ? kInvitationValid
                                   : absl::Seconds(request.valid_seconds());
  out.invitation.secret_hash = SecretHash(out.secret);
  out.invitation.role = request.role();
  out.invitation.name = request.name();
  out.invitation.expires_ms = absl::ToUnixMillis(now + valid);
  DATELINE_RETURN_IF_ERROR(truth.PutInvitation(out.invitation));
  if (made) {
    DATELINE_ASSIGN_OR_RETURN(
        out.roster, PutNextRoster(std::move(roster), identity, truth));
  }
  return out;
}

namespace {

// Ids and key of the request, and the proof that the device has the key.
struct Joining {
  sync::DeviceId device;
  sync::PublicKey key;
};
absl::StatusOr<Joining> CheckEnrol(const v1::EnrolRequest& request) {
  const auto device = sync::DeviceId::FromBytes(request.device());
  const auto key = sync::PublicKey::FromBytes(request.public_key());
  const auto signature = sync::Signature::FromBytes(request.signature());
  if (!device.ok() || !key.ok() || !signature.ok() || device->IsZero()) {
    return sync::MakeError(v1::BAD_REQUEST, "the request to join is malformed",
                           {.field = !device.ok() || device->IsZero() ? "device"
                                     : !key.ok() ? "public_key"
                                                 : "signature",
                            .limit = "12, 32 and 64 bytes"});
  }
  DATELINE_RETURN_IF_ERROR(CheckName("device_name", request.device_name()));
  if (!sync::Verify(*key, kEnrolDomain,
                    absl::StrCat(request.code(), device->view(), key->view()),
                    *signature)) {
    return sync::MakeError(v1::BAD_SIGNATURE,
                           "the request to join is not signed by its key",
                           {.field = "signature"});
  }
  return Joining{.device = *device, .key = *key};
}

// The same device with the same key: its answer got lost on the way.
bool JoinedBefore(const Invitation& invitation, const Joining& joining,
                  const v1::Roster& roster) {
  return invitation.used_by == joining.device &&
         sync::KeyIn(roster, joining.device) == joining.key;
}

absl::StatusOr<Invitation> UsableInvitation(const std::string& code,
                                            const Joining& joining,
                                            const v1::Roster& roster,
                                            absl::Time now,
                                            TruthReader& truth) {
  DATELINE_ASSIGN_OR_RETURN(const std::optional<Invitation> invitation,
                            truth.FindInvitation(SecretHash(code)));
  if (invitation && (JoinedBefore(*invitation, joining, roster) ||
                     (invitation->used_by.IsZero() &&
                      absl::ToUnixMillis(now) < invitation->expires_ms))) {
    return *invitation;
  }
  return sync::MakeError(
      v1::CODE_USED,
      "this code was used, has expired or was never made; ask for a new one",
      {.field = "code"});
}

void AddPerson(const Invitation& invitation, v1::Roster* roster) {
  for (const v1::Person& person : roster->people()) {
    if (person.id() == invitation.person.view()) return;
  }
  v1::Person* const person = roster->add_people();
  person->set_id(invitation.person.str());
  person->set_name(invitation.name);
}

// A person has one role in an assignment: the newest invitation's.
void AddMembership(const Invitation& invitation, v1::Roster* roster) {
  for (v1::Membership& member : *roster->mutable_memberships()) {
    if (member.person() == invitation.person.view() &&
        member.assignment() == invitation.assignment.view()) {
      member.set_role(invitation.role);
      return;
    }
  }
  v1::Membership* const member = roster->add_memberships();
  member->set_assignment(invitation.assignment.str());
  member->set_person(invitation.person.str());
  member->set_role(invitation.role);
}

// Whose device it is: its person's, if it has joined before (with this code,
// or with another to another assignment), else `person`'s.
absl::StatusOr<sync::PersonId> AddDevice(const v1::EnrolRequest& request,
                                         const Joining& joining,
                                         const sync::PersonId& person,
                                         v1::Roster* roster) {
  for (const v1::Device& device : roster->devices()) {
    if (device.id() != request.device()) continue;
    if (device.public_key() == joining.key.view() && !device.person().empty()) {
      return sync::PersonId::FromBytes(device.person());
    }
    return sync::MakeError(v1::CONFLICT,
                           "another device has joined under this id",
                           {.field = "device"});
  }
  if (roster->devices_size() >= kRosterEntriesMax) {
    return sync::TooLarge("device", "kRosterEntriesMax", kRosterEntriesMax,
                          roster->devices_size() + 1);
  }
  v1::Device* const device = roster->add_devices();
  device->set_id(joining.device.str());
  device->set_public_key(joining.key.str());
  device->set_person(person.str());
  device->set_name(request.device_name());
  return person;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Roster>> Enrol(
    const v1::EnrolRequest& request, const Identity& identity, absl::Time now,
    TruthWriter& truth) {
  DATELINE_ASSIGN_OR_RETURN(const Joining joining, CheckEnrol(request));
  DATELINE_ASSIGN_OR_RETURN(v1::Roster roster, LatestMessage(truth.read()));
  DATELINE_ASSIGN_OR_RETURN(
      Invitation invitation,
      UsableInvitation(request.code(), joining, roster, now, truth.read()));
  if (invitation.used_by == joining.device) {
    DATELINE_ASSIGN_OR_RETURN(v1::SignedRoster latest,
                              truth.read().LatestRoster());
    return Roster::Read(std::move(latest));
  }
  DATELINE_ASSIGN_OR_RETURN(
      invitation.person,
      AddDevice(request, joining, invitation.person, &roster));
  invitation.used_by = joining.device;
  DATELINE_RETURN_IF_ERROR(truth.PutInvitation(invitation));
  AddPerson(invitation, &roster);
  AddMembership(invitation, &roster);
  return PutNextRoster(std::move(roster), identity, truth);
}

std::string EncodeTicket(const v1::EnrolmentTicket& ticket) {
  return absl::StrCat(kTicketPrefix,
                      absl::WebSafeBase64Escape(ticket.SerializeAsString()));
}

}  // namespace dateline::server

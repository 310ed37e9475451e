// Invitations and joining: single-use codes, and the rosters that follow.
// Functions over one write transaction; the writer's thread calls them.
#ifndef DATELINE_SERVER_TRUST_ENROLMENT_H_
#define DATELINE_SERVER_TRUST_ENROLMENT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dateline/v1/admin.pb.h"
#include "dateline/v1/session.pb.h"
#include "server/storage/truth.h"
#include "server/trust/authority.h"
#include "server/trust/roster.h"
#include "sync/base/random.h"

namespace dateline::server {

constexpr size_t kNameBytesMax = 200;  // of people and devices, for screens
constexpr absl::Duration kInvitationValid = absl::Hours(24 * 7);
constexpr absl::Duration kInvitationValidMax = absl::Hours(24 * 365);
// People, devices or assignments of one roster: it travels whole.
constexpr int kRosterEntriesMax = 10000;

// The first roster: home's device, no people.
absl::Status PutFirstRoster(const Identity& identity, TruthWriter& truth);

struct Invited {
  std::string secret;  // for the code; kept nowhere but in it
  Invitation invitation;
  std::shared_ptr<const Roster> roster;  // newer where an assignment was made
};
// BAD_REQUEST, TOO_LARGE, NOT_FOUND (the person), OUT_OF_RANGE_VALUE (role,
// validity): each names its field.
absl::StatusOr<Invited> Invite(const v1::InviteRequest& request,
                               const Identity& identity, absl::Time now,
                               sync::Random& random, TruthWriter& truth);

// Uses up a code and puts the device into the roster; the same code, device
// and key again get the same answer. CODE_USED (used, expired or never made:
// not told apart), BAD_SIGNATURE, CONFLICT (the device id is taken),
// BAD_REQUEST, TOO_LARGE.
absl::StatusOr<std::shared_ptr<const Roster>> Enrol(
    const v1::EnrolRequest& request, const Identity& identity, absl::Time now,
    TruthWriter& truth);

// "dl1." and the ticket.
std::string EncodeTicket(const v1::EnrolmentTicket& ticket);

}  // namespace dateline::server

#endif  // DATELINE_SERVER_TRUST_ENROLMENT_H_

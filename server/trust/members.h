// Who is a member of what, with which role, and changing that. Home alone
// decides it (DESIGN 5): the roster that follows goes to every device.
#ifndef DATELINE_SERVER_TRUST_MEMBERS_H_
#define DATELINE_SERVER_TRUST_MEMBERS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "dateline/v1/admin.pb.h"
#include "server/storage/truth.h"
#include "server/trust/authority.h"
#include "server/trust/roster.h"

namespace dateline::server {

v1::ListMembersResponse ListMembers(const v1::Roster& roster);

struct RoleSet {
  v1::MemberRow member;
  std::shared_ptr<const Roster> roster;  // null: it was so already
};
// NOT_FOUND, CONFLICT (admin.proto), OUT_OF_RANGE_VALUE (no role of a person),
// TOO_LARGE.
absl::StatusOr<RoleSet> SetRole(const v1::SetRoleRequest& request,
                                const Identity& identity, TruthWriter& truth);

}  // namespace dateline::server

#endif  // DATELINE_SERVER_TRUST_MEMBERS_H_

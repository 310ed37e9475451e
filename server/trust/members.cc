#include "server/trust/members.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/trust/roster_history.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"

namespace dateline::server {
namespace {

constexpr size_t kPrefixDigitsMin = 4;  // of a person's id; a name may be short

v1::MemberRow RowOf(const v1::Roster& roster, const v1::Membership& member) {
  v1::MemberRow row;
  row.set_person(member.person());
  row.set_assignment(member.assignment());
  row.set_role(member.role());
  for (const v1::Person& person : roster.people()) {
    if (person.id() == member.person()) row.set_name(person.name());
  }
  for (const v1::Assignment& assignment : roster.assignments()) {
    if (assignment.id() == member.assignment()) {
      row.set_slugline(assignment.slugline());
    }
  }
  for (const v1::Device& device : roster.devices()) {
    if (device.person() == member.person()) *row.add_devices() = device;
  }
  return row;
}

// The one person of this name, or whose id begins so.
absl::StatusOr<std::string> FindPerson(const std::string& wanted,
                                       const v1::Roster& roster) {
  std::optional<std::string> found;
  for (const v1::Person& person : roster.people()) {
    const bool by_id =
        wanted.size() >= kPrefixDigitsMin &&
        absl::StartsWithIgnoreCase(absl::BytesToHexString(person.id()), wanted);
    if (person.name() != wanted && !by_id) continue;
    if (found) {
      return sync::MakeError(v1::CONFLICT,
                             "several people are called so; give the id",
                             {.field = "person"});
    }
    found = person.id();
  }
  if (found) return *found;
  return sync::MakeError(
      v1::NOT_FOUND, "nobody in the roster is called so",
      {.field = "person",
       .limit = absl::StrCat("a name, or at least ", kPrefixDigitsMin,
                             " hex digits of an id")});
}

absl::StatusOr<std::string> FindAssignment(const std::string& slugline,
                                           const v1::Roster& roster) {
  for (const v1::Assignment& assignment : roster.assignments()) {
    if (assignment.slugline() == slugline) return assignment.id();
  }
  return sync::MakeError(v1::NOT_FOUND, "there is no such assignment",
                         {.field = "assignment"});
}

absl::Status CheckRole(v1::Role role) {
  if (role >= v1::ROLE_UNSPECIFIED && role < v1::ROLE_HOME) {
    return absl::OkStatus();
  }
  return sync::MakeError(v1::OUT_OF_RANGE_VALUE, "this is no role of a person",
                         {.field = "role", .got = absl::StrCat(role)});
}

// False: it was so already.
bool PutMember(const v1::Membership& wanted, v1::Roster* roster) {
  auto* const members = roster->mutable_memberships();
  const auto member = std::find_if(
      members->begin(), members->end(), [&](const v1::Membership& one) {
        return one.person() == wanted.person() &&
               one.assignment() == wanted.assignment();
      });
  const bool ends = wanted.role() == v1::ROLE_UNSPECIFIED;
  if (member == members->end()) {
    if (!ends) *members->Add() = wanted;
    return !ends;
  }
  if (member->role() == wanted.role()) return false;
  if (ends) {
    members->erase(member);
  } else {
    member->set_role(wanted.role());
  }
  return true;
}

}  // namespace

v1::ListMembersResponse ListMembers(const v1::Roster& roster) {
  v1::ListMembersResponse response;
  for (const v1::Membership& member : roster.memberships()) {
    *response.add_rows() = RowOf(roster, member);
  }
  std::sort(response.mutable_rows()->begin(), response.mutable_rows()->end(),
            [](const v1::MemberRow& a, const v1::MemberRow& b) {
              return std::forward_as_tuple(a.slugline(), a.name(), a.person()) <
                     std::forward_as_tuple(b.slugline(), b.name(), b.person());
            });
  return response;
}

absl::StatusOr<RoleSet> SetRole(const v1::SetRoleRequest& request,
                                const Identity& identity, TruthWriter& truth) {
  DATELINE_RETURN_IF_ERROR(CheckRole(request.role()));
  DATELINE_ASSIGN_OR_RETURN(v1::Roster roster, LatestMessage(truth.read()));
  v1::Membership member;
  DATELINE_ASSIGN_OR_RETURN(*member.mutable_person(),
                            FindPerson(request.person(), roster));
  DATELINE_ASSIGN_OR_RETURN(*member.mutable_assignment(),
                            FindAssignment(request.assignment(), roster));
  member.set_role(request.role());
  RoleSet out;
  const bool changed = PutMember(member, &roster);
  out.member = RowOf(roster, member);
  if (changed) {
    DATELINE_ASSIGN_OR_RETURN(
        out.roster, PutNextRoster(std::move(roster), identity, truth));
  }
  return out;
}

}  // namespace dateline::server

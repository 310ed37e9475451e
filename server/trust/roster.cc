#include "server/trust/roster.h"

#include <utility>

#include "sync/base/errors.h"
#include "sync/base/status_macros.h"

namespace dateline::server {
namespace {

absl::Status Damaged(absl::string_view what) {
  return sync::MakeError(v1::STORAGE_DAMAGED, "the roster cannot be read",
                         {.field = std::string(what)});
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Roster>> Roster::Read(
    v1::SignedRoster roster) {
  const std::shared_ptr<Roster> out(new Roster());
  out->signed_ = std::move(roster);
  if (!out->message_.ParseFromString(out->signed_.roster())) {
    return Damaged("roster");
  }
  const absl::Status indexed = out->Index();
  if (!indexed.ok()) return Damaged(indexed.message());
  return out;
}

absl::Status Roster::Index() {
  for (const v1::Person& person : message_.people()) {
    DATELINE_ASSIGN_OR_RETURN(const auto id,
                              sync::PersonId::FromBytes(person.id()));
    names_[id] = person.name();
  }
  for (const v1::Device& device : message_.devices()) {
    DATELINE_ASSIGN_OR_RETURN(const auto id,
                              sync::DeviceId::FromBytes(device.id()));
    Device& entry = devices_[id];
    DATELINE_ASSIGN_OR_RETURN(entry.key,
                              sync::PublicKey::FromBytes(device.public_key()));
    entry.home = device.home();
    if (entry.home) homes_.insert(id);
    if (device.person().empty()) continue;
    DATELINE_ASSIGN_OR_RETURN(entry.person,
                              sync::PersonId::FromBytes(device.person()));
  }
  for (const v1::Membership& member : message_.memberships()) {
    DATELINE_ASSIGN_OR_RETURN(const auto person,
                              sync::PersonId::FromBytes(member.person()));
    DATELINE_ASSIGN_OR_RETURN(
        const auto assignment,
        sync::AssignmentId::FromBytes(member.assignment()));
    roles_[person][assignment] = member.role();
  }
  for (const v1::Assignment& assignment : message_.assignments()) {
    DATELINE_ASSIGN_OR_RETURN(const auto id,
                              sync::AssignmentId::FromBytes(assignment.id()));
    assignments_.insert(id);
  }
  return absl::OkStatus();
}

const Roster::Device* Roster::FindDevice(const sync::DeviceId& device) const {
  const auto found = devices_.find(device);
  return found == devices_.end() ? nullptr : &found->second;
}

v1::Role Roster::RoleOf(const sync::PersonId& person,
                        const sync::AssignmentId& assignment) const {
  const auto memberships = roles_.find(person);
  if (memberships == roles_.end()) return v1::ROLE_UNSPECIFIED;
  const auto role = memberships->second.find(assignment);
  return role == memberships->second.end() ? v1::ROLE_UNSPECIFIED
                                           : role->second;
}

bool Roster::HasAssignment(const sync::AssignmentId& assignment) const {
  return assignments_.contains(assignment);
}

std::vector<sync::AssignmentId> Roster::AssignmentsOf(
    const sync::PersonId& person) const {
  std::vector<sync::AssignmentId> out;
  const auto memberships = roles_.find(person);
  if (memberships == roles_.end()) return out;
  for (const auto& [assignment, role] : memberships->second) {
    out.push_back(assignment);
  }
  return out;
}

std::optional<sync::AssignmentId> Roster::FindAssignment(
    const std::string& slugline) const {
  for (const v1::Assignment& assignment : message_.assignments()) {
    if (assignment.slugline() == slugline) {
      return *sync::AssignmentId::FromBytes(assignment.id());
    }
  }
  return std::nullopt;
}

std::string Roster::NameOf(const sync::PersonId& person) const {
  const auto found = names_.find(person);
  return found == names_.end() ? "" : found->second;
}

bool IsDesk(v1::Role role) {
  return role == v1::ROLE_EDITOR || role == v1::ROLE_CUSTODIAN ||
         role == v1::ROLE_ADMIN || role == v1::ROLE_AUDITOR;
}

bool ReadsAll(v1::Role role) {
  return role == v1::ROLE_REPORTER || IsDesk(role);
}

}  // namespace dateline::server

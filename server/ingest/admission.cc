#include "server/ingest/admission.h"

#include <algorithm>

#include "sync/wire/check.h"

namespace dateline::server {
namespace {

using sync::DocumentKind;
using sync::Header;
using sync::PermissionClass;

constexpr PermissionClass kNone{};

bool IsKnown(PermissionClass permission) {
  return permission >= PermissionClass::kContent &&
         permission <= PermissionClass::kAdminister;
}

// The class that the change needs; kNone: one that nobody here knows.
// A header that claims less than its ops need is no honest one.
PermissionClass NeededClass(const Submission& submission, bool* understated) {
  const Header& header = submission.change.header;
  *understated = false;
  if (!IsKnown(header.permission)) return kNone;
  const PermissionClass ops =
      sync::RequiredClass(submission.structure, header.kind);
  *understated = ops > header.permission;
  return std::max(ops, header.permission);
}

// A stringer writes only what he began, and of the kinds that he files.
bool StringerMay(const Submission& submission) {
  const Header& header = submission.change.header;
  if (header.kind != DocumentKind::kReport &&
      header.kind != DocumentKind::kStatement) {
    return false;
  }
  if (!submission.origin || submission.origin->creator.IsZero()) return true;
  return submission.origin->creator == header.actor;
}

}  // namespace

PermissionClass HighestClassOf(v1::Role role) {
  switch (role) {
    case v1::ROLE_STRINGER:
    case v1::ROLE_REPORTER:
      return PermissionClass::kContent;
    case v1::ROLE_EDITOR:
    case v1::ROLE_CUSTODIAN:
      return PermissionClass::kDecide;
    case v1::ROLE_ADMIN:
    case v1::ROLE_HOME:
      return PermissionClass::kAdminister;
    default:
      return kNone;  // auditors read; a role that we do not know writes nothing
  }
}

bool HasHomeOps(const v1::Structure& structure) {
  return std::any_of(
      structure.ops().begin(), structure.ops().end(),
      [](const v1::Op& op) { return op.has_decision() || op.has_verdict(); });
}

v1::HeldReason Judge(const Submission& submission) {
  const sync::Change& change = submission.change;
  const Header& header = change.header;
  const Roster::Device* const device =
      submission.roster.FindDevice(change.feed.device);
  if (device == nullptr) return v1::HELD_REASON_MEMBERSHIP;
  // Home writes as itself and for the people at its desk, whom it has judged.
  if (device->home) return v1::HELD_REASON_UNSPECIFIED;
  const bool own_name =
      header.signer == change.feed.device && header.actor == device->person;
  const v1::Role role =
      submission.roster.RoleOf(device->person, change.feed.assignment);
  if (!own_name || role == v1::ROLE_UNSPECIFIED || submission.elsewhere) {
    return v1::HELD_REASON_MEMBERSHIP;
  }
  // A document has one kind for ever: who says another could turn a report
  // into something else, for a count of his own making can come first.
  if (submission.origin && !submission.origin->creator.IsZero() &&
      submission.origin->kind != header.kind) {
    return v1::HELD_REASON_ROLE;
  }
  bool understated = false;
  const PermissionClass needed = NeededClass(submission, &understated);
  if (needed == kNone) return v1::HELD_REASON_UNKNOWN_CLASS;
  if (understated || needed > HighestClassOf(role) ||
      HasHomeOps(submission.structure)) {
    return v1::HELD_REASON_ROLE;
  }
  if (role == v1::ROLE_STRINGER && !StringerMay(submission)) {
    return v1::HELD_REASON_ROLE;
  }
  return v1::HELD_REASON_UNSPECIFIED;
}

}  // namespace dateline::server

// Who is who, as home decided it. A value that is replaced whole when the
// roster's version rises; readers keep the one that they began with.
#ifndef DATELINE_SERVER_TRUST_ROSTER_H_
#define DATELINE_SERVER_TRUST_ROSTER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/status/statusor.h"
#include "dateline/v1/roster.pb.h"
#include "sync/base/ids.h"
#include "sync/base/mutex.h"
#include "sync/base/signature.h"

namespace dateline::server {

// The lookups over one roster. Immutable; thread-safe.
class Roster {
 public:
  struct Device {
    sync::PublicKey key;
    sync::PersonId person;  // zero for a server
    bool home = false;
  };

  // STORAGE_DAMAGED where ids or keys have the wrong size.
  static absl::StatusOr<std::shared_ptr<const Roster>> Read(
      v1::SignedRoster roster);

  const v1::SignedRoster& as_signed() const { return signed_; }
  const v1::Roster& message() const { return message_; }
  uint64_t version() const { return message_.version(); }

  // nullptr: not in the roster.
  const Device* FindDevice(const sync::DeviceId& device) const;
  const absl::btree_set<sync::DeviceId>& homes() const { return homes_; }
  // ROLE_UNSPECIFIED: no member.
  v1::Role RoleOf(const sync::PersonId& person,
                  const sync::AssignmentId& assignment) const;
  bool HasAssignment(const sync::AssignmentId& assignment) const;
  std::vector<sync::AssignmentId> AssignmentsOf(
      const sync::PersonId& person) const;
  std::optional<sync::AssignmentId> FindAssignment(
      const std::string& slugline) const;
  std::string NameOf(const sync::PersonId& person) const;  // "" if unknown

 private:
  Roster() = default;
  absl::Status Index();

  v1::SignedRoster signed_;
  v1::Roster message_;
  absl::btree_map<sync::DeviceId, Device> devices_;
  absl::btree_set<sync::DeviceId> homes_;
  absl::btree_map<sync::PersonId, absl::btree_map<sync::AssignmentId, v1::Role>>
      roles_;
  absl::btree_set<sync::AssignmentId> assignments_;
  absl::btree_map<sync::PersonId, std::string> names_;
};

// The roster in force. Thread-safe.
class RosterInForce {
 public:
  std::shared_ptr<const Roster> Get() const {
    const sync::MutexLock lock(&mu_);
    return roster_;
  }
  void Set(std::shared_ptr<const Roster> roster) {
    const sync::MutexLock lock(&mu_);
    roster_ = std::move(roster);
  }

 private:
  mutable sync::Mutex mu_;
  std::shared_ptr<const Roster> roster_ ABSL_GUARDED_BY(mu_);
};

// --- what roles may do (DESIGN 9) ---

// May read lane 3, and everything of the assignment.
bool IsDesk(v1::Role role);
bool ReadsAll(v1::Role role);  // false: a stringer, who reads only his own

}  // namespace dateline::server

#endif  // DATELINE_SERVER_TRUST_ROSTER_H_

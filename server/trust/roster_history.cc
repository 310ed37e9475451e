#include "server/trust/roster_history.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/strings/str_cat.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/protocol/handshake.h"

namespace dateline::server {
namespace {

template <typename Entry>
using Entries = google::protobuf::RepeatedPtrField<Entry>;

std::string KeyOf(const v1::Person& person) { return person.id(); }
std::string KeyOf(const v1::Device& device) { return device.id(); }
std::string KeyOf(const v1::Assignment& assignment) { return assignment.id(); }
std::string KeyOf(const v1::Membership& member) {
  return absl::StrCat(member.assignment(), member.person());
}

// What a role lets do, from least to most.
int Power(v1::Role role) {
  switch (role) {
    case v1::ROLE_STRINGER:
      return 1;
    case v1::ROLE_AUDITOR:
      return 2;
    case v1::ROLE_REPORTER:
      return 3;
    case v1::ROLE_EDITOR:
      return 4;
    case v1::ROLE_CUSTODIAN:
      return 5;
    case v1::ROLE_ADMIN:
      return 6;
    default:
      return 0;
  }
}

// Both sides changed, or made, an entry.
v1::Person Settle(const v1::Person& ours, const v1::Person&) { return ours; }
v1::Assignment Settle(const v1::Assignment& ours, const v1::Assignment&) {
  return ours;
}
// A device that joined again after the restore wrote in the name of the person
// it had joined as before, and its roster says so.
v1::Device Settle(const v1::Device& ours, const v1::Device& theirs) {
  return ours.public_key() == theirs.public_key() ? theirs : ours;
}
v1::Membership Settle(const v1::Membership& ours,
                      const v1::Membership& theirs) {
  return Power(theirs.role()) < Power(ours.role()) ? theirs : ours;
}

template <typename Entry>
absl::btree_map<std::string, const Entry*> ByKey(
    const Entries<Entry>& entries) {
  absl::btree_map<std::string, const Entry*> by_key;
  for (const Entry& entry : entries) by_key[KeyOf(entry)] = &entry;
  return by_key;
}

template <typename Entry>
const Entry* Find(const absl::btree_map<std::string, const Entry*>& entries,
                  const Entry& like) {
  const auto found = entries.find(KeyOf(like));
  return found == entries.end() ? nullptr : found->second;
}

template <typename Entry>
const v1::RosterMark& LastChangeOf(const Entry& entry) {
  return entry.has_changed() ? entry.changed() : entry.added();
}

template <typename Entry>
void MergeEntries(const v1::Roster& ours, const v1::Roster& theirs,
                  Entries<Entry>* mine, const Entries<Entry>& others) {
  Entries<Entry> out;
  const auto there = ByKey(others);
  for (const Entry& one : *mine) {
    const Entry* const other = Find(there, one);
    if (other == nullptr) {
      if (!sync::Follows(theirs, one.added())) *out.Add() = one;
      continue;
    }
    const bool seen_there = sync::Follows(theirs, LastChangeOf(one));
    const bool seen_here = sync::Follows(ours, LastChangeOf(*other));
    *out.Add() = seen_there == seen_here ? Settle(one, *other)
                 : seen_there            ? *other
                                         : one;
  }
  const auto here = ByKey(*mine);
  for (const Entry& other : others) {
    if (Find(here, other) != nullptr) continue;
    if (!sync::Follows(ours, other.added())) *out.Add() = other;
  }
  mine->Swap(&out);
}

template <typename Entry>
bool SaysTheSame(Entry one, Entry other) {
  for (Entry* const entry : {&one, &other}) {
    entry->clear_added();
    entry->clear_changed();
  }
  return one.SerializeAsString() == other.SerializeAsString();
}

template <typename Entry>
void MarkEntries(const Entries<Entry>& before, const v1::RosterMark& was,
                 const v1::RosterMark& now, Entries<Entry>* entries) {
  const auto known = ByKey(before);
  for (Entry& entry : *entries) {
    const Entry* const old = Find(known, entry);
    entry.clear_changed();
    if (old == nullptr) {
      *entry.mutable_added() = now;
      continue;
    }
    // It has none if it is older than marks are.
    *entry.mutable_added() = old->has_added() ? old->added() : was;
    if (!SaysTheSame(entry, *old)) {
      *entry.mutable_changed() = now;
    } else if (old->has_changed()) {
      *entry.mutable_changed() = old->changed();
    }
  }
}

void Follow(const v1::RosterMark& mark, v1::Roster* roster) {
  for (v1::RosterMark& known : *roster->mutable_follows()) {
    if (known.epoch() != mark.epoch()) continue;
    known.set_version(std::max(known.version(), mark.version()));
    return;
  }
  *roster->add_follows() = mark;
}

absl::StatusOr<v1::Roster> Parse(const v1::SignedRoster& signed_roster) {
  v1::Roster roster;
  if (roster.ParseFromString(signed_roster.roster())) return roster;
  return sync::MakeError(v1::STORAGE_DAMAGED, "the roster cannot be read");
}

// Places `roster` behind all of `marks`.
absl::Status PlaceBehind(const Entries<v1::RosterMark>& marks,
                         TruthReader& truth, v1::Roster* roster) {
  DATELINE_ASSIGN_OR_RETURN(const ServerState state, truth.State());
  uint64_t version = 0;
  for (const v1::RosterMark& mark : marks) {
    version = std::max(version, mark.version());
    if (mark.version() == 0 || mark.epoch() == state.epoch.view()) continue;
    Follow(mark, roster);
  }
  roster->set_version(version + 1);
  roster->set_epoch(state.epoch.str());
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Roster>> Put(const v1::Roster& roster,
                                                  const Identity& identity,
                                                  TruthWriter& truth) {
  const v1::SignedRoster signed_roster =
      sync::SignRoster(roster, identity.server, identity.home_key);
  DATELINE_RETURN_IF_ERROR(
      truth.PutRoster(signed_roster, sync::MarkOf(roster)));
  return Roster::Read(signed_roster);
}

}  // namespace

absl::StatusOr<v1::Roster> LatestMessage(TruthReader& truth) {
  DATELINE_ASSIGN_OR_RETURN(const v1::SignedRoster latest,
                            truth.LatestRoster());
  return Parse(latest);
}

absl::StatusOr<std::shared_ptr<const Roster>> PutNextRoster(
    v1::Roster roster, const Identity& identity, TruthWriter& truth) {
  v1::Roster before;
  if (roster.version() > 0) {
    DATELINE_ASSIGN_OR_RETURN(before, LatestMessage(truth.read()));
  }
  const v1::RosterMark was = sync::MarkOf(before);
  Entries<v1::RosterMark> marks;
  *marks.Add() = was;
  DATELINE_RETURN_IF_ERROR(PlaceBehind(marks, truth.read(), &roster));
  const v1::RosterMark now = sync::MarkOf(roster);
  MarkEntries(before.people(), was, now, roster.mutable_people());
  MarkEntries(before.devices(), was, now, roster.mutable_devices());
  MarkEntries(before.memberships(), was, now, roster.mutable_memberships());
  MarkEntries(before.assignments(), was, now, roster.mutable_assignments());
  return Put(roster, identity, truth);
}

absl::StatusOr<std::shared_ptr<const Roster>> HealRoster(
    const v1::SignedRoster& signed_roster, const v1::Roster& roster,
    const Identity& identity, TruthWriter& truth) {
  DATELINE_ASSIGN_OR_RETURN(const v1::Roster ours, LatestMessage(truth.read()));
  if (sync::Follows(ours, sync::MarkOf(roster))) return nullptr;
  if (roster.organization() != identity.organization.view()) {
    return sync::MakeError(v1::BAD_REQUEST,
                           "the roster is another organization's",
                           {.field = "hello.roster"});
  }
  DATELINE_RETURN_IF_ERROR(
      truth.PutRoster(signed_roster, sync::MarkOf(roster)));
  if (sync::Follows(roster, sync::MarkOf(ours))) {
    return Roster::Read(signed_roster);
  }
  v1::Roster merged = MergeRosters(ours, roster);
  Entries<v1::RosterMark> marks = roster.follows();
  *marks.Add() = sync::MarkOf(roster);
  *marks.Add() = sync::MarkOf(ours);
  DATELINE_RETURN_IF_ERROR(PlaceBehind(marks, truth.read(), &merged));
  return Put(merged, identity, truth);
}

v1::Roster MergeRosters(const v1::Roster& ours, const v1::Roster& theirs) {
  v1::Roster merged = ours;
  MergeEntries(ours, theirs, merged.mutable_people(), theirs.people());
  MergeEntries(ours, theirs, merged.mutable_devices(), theirs.devices());
  MergeEntries(ours, theirs, merged.mutable_memberships(),
               theirs.memberships());
  MergeEntries(ours, theirs, merged.mutable_assignments(),
               theirs.assignments());
  return merged;
}

}  // namespace dateline::server

// The rosters that home gives out, one after the other, and how a restored
// server gets back those that it has forgotten (sync/protocol/adr/0002).
// Functions over one write transaction; the writer's thread calls them.
#ifndef DATELINE_SERVER_TRUST_ROSTER_HISTORY_H_
#define DATELINE_SERVER_TRUST_ROSTER_HISTORY_H_

#include <memory>

#include "absl/status/statusor.h"
#include "dateline/v1/roster.pb.h"
#include "server/storage/truth.h"
#include "server/trust/authority.h"
#include "server/trust/roster.h"

namespace dateline::server {

// The newest, parsed. NOT_FOUND before the first.
absl::StatusOr<v1::Roster> LatestMessage(TruthReader& truth);

// Signs and keeps `roster`, which is the newest (or the first) with what has
// changed: gives it the next version, the epoch and what it follows, and marks
// the entries that are not as they were.
absl::StatusOr<std::shared_ptr<const Roster>> PutNextRoster(
    v1::Roster roster, const Identity& identity, TruthWriter& truth);

// Takes a roster that home signed and the newest does not follow; what is in
// force from now on follows both. Null: it is followed by now. BAD_REQUEST: it
// is another organization's.
absl::StatusOr<std::shared_ptr<const Roster>> HealRoster(
    const v1::SignedRoster& signed_roster, const v1::Roster& roster,
    const Identity& identity, TruthWriter& truth);

// People, devices, memberships and assignments of two rosters, neither of which
// follows the other. An entry goes with the side that has seen the other's; one
// that a side took out is out; of two roles that did not see each other the
// lesser. Otherwise as `ours`. Pure.
v1::Roster MergeRosters(const v1::Roster& ours, const v1::Roster& theirs);

}  // namespace dateline::server

#endif  // DATELINE_SERVER_TRUST_ROSTER_HISTORY_H_

// Takes verified changes into the truth, inside one write transaction: places
// them, judges them, and lets home say what it must say about them. The same
// door for what phones push and for what the server writes itself.
#ifndef DATELINE_SERVER_INGEST_INTAKE_H_
#define DATELINE_SERVER_INGEST_INTAKE_H_

#include <memory>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/ingest/admission.h"
#include "server/storage/truth.h"
#include "server/trust/authority.h"
#include "server/trust/roster.h"
#include "sync/base/random.h"
#include "sync/compose/part.h"
#include "sync/wire/pack.h"

namespace dateline::server {

// Verdicts of one notice: what fits kNoticeBytesMax.
constexpr size_t kVerdictsPerNotice = 8;

using DocumentKey = std::pair<sync::AssignmentId, sync::DocumentId>;

// The person in whose name home decides: the server's own id.
sync::PersonId HomePerson(const Identity& identity);

// The heads of a document in a lane: what no other change of it saw.
std::vector<sync::Hash> HeadsInLane(const std::vector<sync::Change>& changes,
                                    sync::Lane lane);

// One for each transaction. Thread-compatible.
class Intake {
 public:
  struct Context {
    const Identity& identity;
    std::shared_ptr<const Roster> roster;
    sync::Random* random;  // not owned
    absl::Time now;
  };
  // Borrows *truth.
  Intake(const Context& context, TruthWriter* truth)
      : context_(context), truth_(truth) {}

  // Runs whose signatures, hashes and chains are verified; the last change of
  // each carries its signature. What is held already is passed over; a fork is
  // kept and recorded.
  absl::Status Store(const std::vector<sync::RunOfChanges>& runs);

  // Seals one save into home's own feeds, in the name of `actor`.
  absl::StatusOr<std::vector<sync::Change>> Append(
      const sync::AssignmentId& assignment, const sync::PersonId& actor,
      const std::vector<sync::Part>& parts);

  // Writes the verdicts that are owed, then erases what redactions in force
  // name. Call once, last.
  absl::Status Finish();

  // A roster that this transaction has put, if any; in force once it commits.
  void PutRoster(std::shared_ptr<const Roster> roster) {
    if (roster != nullptr) new_roster_ = std::move(roster);
  }
  const std::shared_ptr<const Roster>& new_roster() const {
    return new_roster_;
  }
  const Context& context() const { return context_; }
  // Documents that got a change.
  const absl::btree_set<DocumentKey>& touched() const { return touched_; }
  // Whether any change got a position: a place alone touches no document.
  bool placed() const { return placed_; }

 private:
  absl::Status StoreRun(const sync::RunOfChanges& run);
  absl::Status StoreOne(const sync::Change& change);
  absl::Status Place(const sync::Change& change);
  absl::Status Upgrade(sync::Change change, sync::Holding held);
  absl::StatusOr<bool> Admit(const sync::Change& change,
                             const v1::Structure& structure);
  absl::StatusOr<bool> OverQuota(const sync::Change& change);
  absl::Status NoteOps(const sync::Change& change,
                       const v1::Structure& structure);
  absl::StatusOr<bool> IsHeld(const sync::Change& change);
  absl::Status NoteHomeOp(const sync::Change& change, const v1::Op& op);
  absl::Status NoteVerdict(const v1::VerdictOp& op);
  absl::Status NoteRedactions(const sync::Change& change,
                              const v1::Structure& structure, bool held);
  absl::Status NoteWork(const sync::Change& change,
                        const v1::Structure& structure);
  absl::Status ServeAgain(const sync::Hash& hash);
  absl::Status WriteVerdicts(const DocumentKey& key);
  v1::VerdictOp& Owe(const sync::Change& change, v1::Admission what);

  const Context context_;
  TruthWriter* const truth_;  // not owned
  absl::btree_set<DocumentKey> touched_;
  bool placed_ = false;
  v1::Structure structure_;  // of the change at hand: parsed into one place
  struct Owed {
    sync::DocumentKind kind = sync::DocumentKind::kReport;
    std::vector<v1::VerdictOp> verdicts;
  };
  absl::btree_map<DocumentKey, Owed> owed_;
  absl::btree_map<sync::DeviceId, uint64_t> held_bytes_;
  uint64_t lamport_ = 0;  // highest of this transaction
  std::shared_ptr<const Roster> new_roster_;
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_INGEST_INTAKE_H_

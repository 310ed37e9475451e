#include "server/ingest/intake.h"

#include <algorithm>
#include <optional>

#include "server/ingest/redaction.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"
#include "sync/compose/sealer.h"

namespace dateline::server {
namespace {

using sync::Change;
using sync::Hash;
using sync::Holding;
using sync::Lane;

bool Fuller(Holding one, Holding other) { return one < other; }

// An op that home owes an answer: a request to it, or an approval, whose bytes
// it keeps.
bool IsWork(const v1::Op& op) {
  const v1::RequestKind what = op.request().what();
  return what == v1::REQUEST_KIND_PUBLISH || what == v1::REQUEST_KIND_RELEASE ||
         what == v1::REQUEST_KIND_CORRECT || what == v1::REQUEST_KIND_SPIKE ||
         op.attest().what() == v1::ATTESTATION_APPROVED;
}

bool HasRedactions(const v1::Structure& structure) {
  return std::any_of(structure.ops().begin(), structure.ops().end(),
                     [](const v1::Op& op) { return op.has_redact(); });
}

bool IsWork(const v1::Structure& structure) {
  return std::any_of(structure.ops().begin(), structure.ops().end(),
                     [](const v1::Op& op) { return IsWork(op); });
}

// The first transaction of home's feeds here takes over where they stand.
absl::StatusOr<sync::Writer> LoadWriter(const Identity& identity,
                                        const sync::AssignmentId& assignment,
                                        const sync::PersonId& actor,
                                        const ServerState& state,
                                        TruthReader& truth) {
  sync::Writer writer;
  writer.device = identity.server;
  writer.incarnation = state.incarnation;
  writer.actor = actor;
  writer.assignment = assignment;
  writer.lamport = state.lamport;
  writer.save = state.save;
  for (const Lane lane : sync::kLanes) {
    const sync::FeedId feed{identity.server, state.incarnation, assignment,
                            lane};
    DATELINE_ASSIGN_OR_RETURN(const std::vector<sync::FeedHead> heads,
                              truth.HeadsOfFeed(feed));
    writer.heads[lane] =
        heads.empty() ? sync::FeedHead{.feed = feed} : heads.back();
  }
  return writer;
}

}  // namespace

sync::PersonId HomePerson(const Identity& identity) {
  return *sync::PersonId::FromBytes(identity.server.view());
}

std::vector<Hash> HeadsInLane(const std::vector<Change>& changes, Lane lane) {
  absl::btree_set<Hash> heads;
  for (const Change& change : changes) {
    if (change.feed.lane == lane) heads.insert(change.hash);
  }
  for (const Change& change : changes) {
    if (change.feed.lane != lane) continue;
    for (const Hash& dep : change.header.deps) heads.erase(dep);
  }
  return {heads.begin(), heads.end()};
}

absl::Status Intake::Store(const std::vector<sync::RunOfChanges>& runs) {
  for (const sync::RunOfChanges& run : runs) {
    DATELINE_RETURN_IF_ERROR(StoreRun(run));
  }
  return absl::OkStatus();
}

absl::Status Intake::StoreRun(const sync::RunOfChanges& run) {
  for (const Change& change : run.changes) {
    DATELINE_ASSIGN_OR_RETURN(const std::optional<Holding> held,
                              truth_->read().HoldingOf(change));
    DATELINE_RETURN_IF_ERROR(held ? Upgrade(change, *held) : StoreOne(change));
  }
  return absl::OkStatus();
}

absl::Status Intake::StoreOne(const Change& change) {
  if (change.holding == Holding::kPlaceOnly) return Place(change);
  // The door has parsed it.
  structure_.ParseFromString(change.structure);
  DATELINE_ASSIGN_OR_RETURN(bool as_stub, Admit(change, structure_));
  if (!as_stub && change.holding == Holding::kWhole) {
    DATELINE_ASSIGN_OR_RETURN(as_stub, truth_->read().IsRedacted(change));
  }
  DATELINE_RETURN_IF_ERROR(as_stub ? Place(sync::ToStub(change))
                                   : Place(change));
  touched_.insert({change.feed.assignment, change.header.document});
  lamport_ = std::max(lamport_, change.header.lamport);
  return NoteOps(change, structure_);
}

absl::Status Intake::Place(const Change& change) {
  DATELINE_RETURN_IF_ERROR(
      truth_->AddChange(change, absl::ToUnixMillis(context_.now)));
  placed_ = true;
  return truth_->AddPosition(change);
}

// The same change, fuller than before: its readers get it once more.
absl::Status Intake::Upgrade(Change change, Holding held) {
  if (!Fuller(change.holding, held)) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(const bool redacted,
                            truth_->read().IsRedacted(change));
  if (redacted) change = sync::ToStub(change);
  if (!Fuller(change.holding, held)) return absl::OkStatus();
  DATELINE_RETURN_IF_ERROR(truth_->CompleteChange(change));
  DATELINE_RETURN_IF_ERROR(ServeAgain(change.hash));
  touched_.insert({change.feed.assignment, change.header.document});
  v1::Structure structure;
  structure.ParseFromString(change.structure);
  if (held != Holding::kPlaceOnly) return NoteOps(change, structure);
  DATELINE_RETURN_IF_ERROR(Admit(change, structure).status());
  return NoteOps(change, structure);
}

// Judges a change that is new here; what is held is owed a verdict. True: it
// is over its device's quota, so that only a stub of it is kept.
absl::StatusOr<bool> Intake::Admit(const Change& change,
                                   const v1::Structure& structure) {
  const sync::Header& header = change.header;
  const sync::AssignmentId& assignment = change.feed.assignment;
  Submission submission{change, structure, *context_.roster, std::nullopt};
  DATELINE_ASSIGN_OR_RETURN(
      submission.origin, truth_->read().OriginOf(assignment, header.document));
  DATELINE_ASSIGN_OR_RETURN(const std::vector<sync::AssignmentId> places,
                            truth_->read().AssignmentsOf(header.document));
  if (places.size() > 1 || (places.size() == 1 && places[0] != assignment)) {
    DATELINE_ASSIGN_OR_RETURN(
        const std::optional<sync::AssignmentId> first,
        truth_->read().FirstAssignmentOf(header.document));
    submission.elsewhere = first && *first != assignment;
  }
  const v1::HeldReason why = Judge(submission);
  if (why == v1::HELD_REASON_UNSPECIFIED) return false;
  // Healed after a restore, a change may be judged already.
  DATELINE_ASSIGN_OR_RETURN(const std::optional<VerdictState> known,
                            truth_->read().VerdictOn(change.hash));
  if (known) return false;
  Owe(change, v1::ADMISSION_HELD).set_why(why);
  DATELINE_ASSIGN_OR_RETURN(const bool over, OverQuota(change));
  return over && change.holding == Holding::kWhole;
}

v1::VerdictOp& Intake::Owe(const Change& change, v1::Admission what) {
  Owed& owed = owed_[{change.feed.assignment, change.header.document}];
  owed.kind = change.header.kind;
  v1::VerdictOp& verdict = owed.verdicts.emplace_back();
  verdict.set_what(what);
  verdict.set_change(change.hash.str());
  verdict.set_number(1);
  return verdict;
}

// Past the quota of what a person may have to judge, only the place, header
// and structure are kept; the author has the words.
absl::StatusOr<bool> Intake::OverQuota(const Change& change) {
  const auto [entry, is_new] = held_bytes_.try_emplace(change.feed.device, 0);
  if (is_new) {
    DATELINE_ASSIGN_OR_RETURN(entry->second,
                              truth_->read().HeldBytesOf(change.feed.device));
  }
  entry->second += change.structure.size() + change.content.size();
  return entry->second > sync::kHeldBytesPerDeviceMax;
}

absl::Status Intake::NoteOps(const Change& change,
                             const v1::Structure& structure) {
  if (change.feed.lane == Lane::kText || change.feed.lane == Lane::kReceipt) {
    return absl::OkStatus();
  }
  if (context_.roster->homes().contains(change.feed.device)) {
    for (const v1::Op& op : structure.ops()) {
      DATELINE_RETURN_IF_ERROR(NoteHomeOp(change, op));
    }
  }
  if (!IsWork(structure) && !HasRedactions(structure)) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(const bool held, IsHeld(change));
  DATELINE_RETURN_IF_ERROR(NoteRedactions(change, structure, held));
  return held ? absl::OkStatus() : NoteWork(change, structure);
}

absl::StatusOr<bool> Intake::IsHeld(const Change& change) {
  const auto owed =
      owed_.find({change.feed.assignment, change.header.document});
  if (owed != owed_.end()) {
    for (const v1::VerdictOp& verdict : owed->second.verdicts) {
      if (verdict.change() != change.hash.view()) continue;
      return verdict.what() == v1::ADMISSION_HELD;
    }
  }
  DATELINE_ASSIGN_OR_RETURN(const std::optional<VerdictState> verdict,
                            truth_->read().VerdictOn(change.hash));
  return verdict && verdict->what == v1::ADMISSION_HELD;
}

// Remembers what it names, and lets it pass if nobody holds it: from then on
// it is in force (sync/merge/adr/0003).
absl::Status Intake::NoteRedactions(const Change& change,
                                    const v1::Structure& structure, bool held) {
  if (!HasRedactions(structure)) return absl::OkStatus();
  for (const v1::Op& op : structure.ops()) {
    for (const std::string& named : op.redact().changes()) {
      DATELINE_ASSIGN_OR_RETURN(const Hash hash, Hash::FromBytes(named));
      DATELINE_RETURN_IF_ERROR(truth_->PutRedaction(
          change.feed.assignment, change.header.document, hash,
          /*in_force=*/false));
    }
  }
  if (held || context_.roster->homes().contains(change.feed.device)) {
    return absl::OkStatus();
  }
  // Healed after a restore, it may have been let pass already.
  DATELINE_ASSIGN_OR_RETURN(const std::optional<VerdictState> known,
                            truth_->read().VerdictOn(change.hash));
  if (!known) Owe(change, v1::ADMISSION_RELEASED);
  return absl::OkStatus();
}

// What home said, now or before a restore, is in force again.
absl::Status Intake::NoteHomeOp(const Change& change, const v1::Op& op) {
  if (op.has_decision()) {
    const v1::OpRef& request = op.decision().request();
    const std::vector<Hash>& names = change.header.names;
    if (request.change() == 0 || request.change() > names.size()) {
      return absl::OkStatus();
    }
    return truth_->CloseRequest(names[request.change() - 1], request.op(),
                                change.hash);
  }
  return op.has_verdict() ? NoteVerdict(op.verdict()) : absl::OkStatus();
}

absl::Status Intake::NoteVerdict(const v1::VerdictOp& op) {
  const auto judged = Hash::FromBytes(op.change());
  if (!judged.ok()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(const std::optional<VerdictState> before,
                            truth_->read().VerdictOn(*judged));
  DATELINE_RETURN_IF_ERROR(truth_->PutVerdict(
      *judged, {.what = op.what(), .why = op.why(), .number = op.number()}));
  // Only what was held was served as less than it is.
  if (op.what() != v1::ADMISSION_RELEASED || !before ||
      before->what != v1::ADMISSION_HELD) {
    return absl::OkStatus();
  }
  DATELINE_RETURN_IF_ERROR(ServeAgain(*judged));
  DATELINE_ASSIGN_OR_RETURN(const std::optional<Change> released,
                            truth_->read().Find(*judged));
  if (!released || released->holding == Holding::kPlaceOnly) {
    return absl::OkStatus();
  }
  v1::Structure structure;
  structure.ParseFromString(released->structure);
  return NoteWork(*released, structure);
}

// Done once the document holds what they name (home.h).
absl::Status Intake::NoteWork(const Change& change,
                              const v1::Structure& structure) {
  for (int i = 0; i < structure.ops_size(); ++i) {
    if (!IsWork(structure.ops(i))) continue;
    DATELINE_RETURN_IF_ERROR(
        truth_->AddRequest({.assignment = change.feed.assignment,
                            .document = change.header.document,
                            .change = change.hash,
                            .op = static_cast<uint32_t>(i)}));
  }
  return absl::OkStatus();
}

// New positions for a change and on to the end of its run, whose signature
// proves it.
absl::Status Intake::ServeAgain(const Hash& hash) {
  DATELINE_ASSIGN_OR_RETURN(std::optional<Change> change,
                            truth_->read().Find(hash));
  if (!change) return absl::OkStatus();
  DATELINE_RETURN_IF_ERROR(truth_->AddPosition(*change));
  placed_ = true;
  if (change->signature) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(
      const std::vector<PositionedChange> rest,
      truth_->read().FeedAfter(change->feed, change->seq, sync::kPackBytesMax));
  Hash previous = change->hash;
  for (const PositionedChange& next : rest) {
    if (next.change.previous != previous) continue;  // another branch
    DATELINE_RETURN_IF_ERROR(truth_->AddPosition(next.change));
    if (next.change.signature) break;
    previous = next.change.hash;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Change>> Intake::Append(
    const sync::AssignmentId& assignment, const sync::PersonId& actor,
    const std::vector<sync::Part>& parts) {
  DATELINE_ASSIGN_OR_RETURN(ServerState state, truth_->read().State());
  state.lamport = std::max(state.lamport, lamport_);
  DATELINE_ASSIGN_OR_RETURN(
      sync::Writer writer,
      LoadWriter(context_.identity, assignment, actor, state, truth_->read()));
  DATELINE_ASSIGN_OR_RETURN(
      std::vector<Change> changes,
      sync::SealSave(parts, context_.now, *context_.random, &writer));
  for (Change& change : changes) {
    change.signature =
        sync::SignHead(context_.identity.home_key, change.head());
    DATELINE_RETURN_IF_ERROR(StoreOne(change));
  }
  state.lamport = writer.lamport;
  state.save = writer.save;
  DATELINE_RETURN_IF_ERROR(truth_->PutState(state));
  return changes;
}

absl::Status Intake::WriteVerdicts(const DocumentKey& key) {
  const Owed owed = owed_[key];
  for (size_t i = 0; i < owed.verdicts.size(); i += kVerdictsPerNotice) {
    DATELINE_ASSIGN_OR_RETURN(const std::vector<Change> changes,
                              truth_->read().ChangesOf(key.first, key.second));
    sync::Part part;
    part.lane = Lane::kNotice;
    part.document = key.second;
    part.kind = owed.kind;
    part.permission = sync::PermissionClass::kAdminister;
    part.deps = HeadsInLane(changes, Lane::kNotice);
    // A verdict holds by its number, whatever else it saw; more heads than a
    // change may name must not keep it from being said.
    if (part.deps.size() > sync::kDepsMax) part.deps.resize(sync::kDepsMax);
    const size_t end = std::min(i + kVerdictsPerNotice, owed.verdicts.size());
    for (size_t j = i; j < end; ++j) {
      *part.structure.add_ops()->mutable_verdict() = owed.verdicts[j];
    }
    DATELINE_RETURN_IF_ERROR(
        Append(key.first, HomePerson(context_.identity), {part}).status());
  }
  return absl::OkStatus();
}

absl::Status Intake::Finish() {
  std::vector<DocumentKey> keys;
  for (const auto& [key, owed] : owed_) keys.push_back(key);
  for (const DocumentKey& key : keys) {
    DATELINE_RETURN_IF_ERROR(WriteVerdicts(key));
  }
  owed_.clear();
  for (const DocumentKey& key : touched_) {
    DATELINE_RETURN_IF_ERROR(
        EraseRedacted(key, {.homes = context_.roster->homes()}, *truth_));
  }
  DATELINE_ASSIGN_OR_RETURN(ServerState state, truth_->read().State());
  if (lamport_ <= state.lamport) return absl::OkStatus();
  state.lamport = lamport_;
  return truth_->PutState(state);
}

}  // namespace dateline::server

#include "server/storage/sqlite/truth_writer.h"

#include "server/storage/sqlite/columns.h"
#include "sync/base/digest.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/host/change_rows.h"

namespace dateline::server {
namespace {

using sync::Change;
using sync::Cursor;
using sync::Hash;
using sync::Holding;

constexpr char kPutStateSql[] =
    "UPDATE tenants SET epoch = ?2, incarnation = ?3, lamport = ?4, save = ?5"
    " WHERE tenant = ?1";
constexpr char kAddSql[] =
    "INSERT INTO changes (tenant, received_ms, " DATELINE_CHANGE_COLUMNS_
    ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
constexpr char kCompleteSql[] =
    "UPDATE changes SET document = ?3, holding = ?4, header = ?5,"
    " structure = ?6, salt = ?7, content = ?8, content_hash = ?9"
    " WHERE tenant = ?1 AND hash = ?2";
constexpr char kEraseSql[] =
    "UPDATE changes SET holding = 1, salt = NULL, content = NULL,"
    " content_hash = ?3 WHERE tenant = ?1 AND hash = ?2";
constexpr char kBranchesSql[] =
    "SELECT branch, seq, hash FROM heads WHERE tenant = ? AND feed = ?";
constexpr char kPutHeadSql[] =
    "INSERT INTO heads (tenant, feed, branch, seq, hash)"
    " VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, feed, branch)"
    " DO UPDATE SET seq = excluded.seq, hash = excluded.hash";
constexpr char kAddForkSql[] =
    "INSERT INTO forks (tenant, feed, seq, held, other, noticed_ms)"
    " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
constexpr char kAddOriginSql[] =
    "INSERT INTO documents (tenant, document, assignment, kind, creator)"
    " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (tenant, document, assignment)"
    " DO UPDATE SET kind = excluded.kind, creator = excluded.creator"
    " WHERE documents.creator = zeroblob(12)"
    " AND excluded.creator <> zeroblob(12)";
constexpr char kNumberSql[] =
    "SELECT number FROM changes WHERE tenant = ? AND hash = ?";
constexpr char kAddPositionSql[] =
    "INSERT INTO positions (tenant, assignment, lane, position, digest,"
    " change) VALUES (?, ?, ?, ?, ?, ?)";
constexpr char kPutCounterSql[] =
    "INSERT INTO counters (tenant, assignment, lane, position, digest)"
    " VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, assignment, lane)"
    " DO UPDATE SET position = excluded.position, digest = excluded.digest";

// Only the first content of a document stands on nothing in its lane.
bool Begins(const Change& change) {
  const bool content = change.feed.lane == sync::Lane::kFact ||
                       change.feed.lane == sync::Lane::kText;
  return content && change.header.deps.empty();
}

}  // namespace

absl::Status SqliteTruthWriter::PutState(const ServerState& state) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * put, Ask(kPutStateSql));
  put->BindBlob(2, state.epoch.view());
  put->Bind(3, static_cast<int64_t>(state.incarnation));
  put->Bind(4, static_cast<int64_t>(state.lamport));
  put->Bind(5, static_cast<int64_t>(state.save));
  return put->Run();
}

absl::Status SqliteTruthWriter::AddChange(const Change& change,
                                          int64_t received_ms) {
  DATELINE_ASSIGN_OR_RETURN(const int64_t feed, feeds().FindOrAdd(change.feed));
  DATELINE_ASSIGN_OR_RETURN(host::Statement * add, Ask(kAddSql));
  add->Bind(2, received_ms);
  host::BindChange(change, feed, 3, add);
  DATELINE_RETURN_IF_ERROR(add->Run());
  added_ = change.hash;
  added_number_ = database().last_row();
  DATELINE_RETURN_IF_ERROR(AdvanceHead(change, feed, received_ms));
  if (change.holding == Holding::kPlaceOnly) return absl::OkStatus();
  return AddOrigin(change);
}

absl::Status SqliteTruthWriter::AdvanceHead(const Change& change, int64_t feed,
                                            int64_t received_ms) {
  DATELINE_ASSIGN_OR_RETURN(std::vector<Branch> * branches, BranchesOf(feed));
  for (Branch& branch : *branches) {
    if (branch.hash != change.previous) continue;
    branch.seq = change.seq;
    branch.hash = change.hash;
    branch.moved = true;
    return absl::OkStatus();
  }
  branches->push_back({static_cast<int64_t>(branches->size()), change.seq,
                       change.hash, /*moved=*/true});
  return NoteFork(change, feed, received_ms);
}

absl::StatusOr<std::vector<SqliteTruthWriter::Branch>*>
SqliteTruthWriter::BranchesOf(int64_t feed) {
  const auto [known, is_new] = branches_.try_emplace(feed);
  if (!is_new) return &known->second;
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kBranchesSql));
  const Rows rows(statement);
  rows->Bind(2, feed);
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, rows->Step());
    if (!more) return &known->second;
    Branch branch{.number = rows->Int(0),
                  .seq = static_cast<uint64_t>(rows->Int(1))};
    DATELINE_ASSIGN_OR_RETURN(branch.hash, FixedAt<Hash>(*rows, 2));
    known->second.push_back(branch);
  }
}

// The change continues no head: the feed begins, or forks.
absl::Status SqliteTruthWriter::NoteFork(const Change& change, int64_t feed,
                                         int64_t received_ms) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<Hash> here,
                            HashesAt(change.feed, change.seq));
  for (const Hash& held : here) {
    if (held == change.hash) continue;
    DATELINE_ASSIGN_OR_RETURN(host::Statement * fork, Ask(kAddForkSql));
    fork->Bind(2, feed).Bind(3, static_cast<int64_t>(change.seq));
    fork->BindBlob(4, held.view()).BindBlob(5, change.hash.view());
    fork->Bind(6, received_ms);
    DATELINE_RETURN_IF_ERROR(fork->Run());
  }
  return absl::OkStatus();
}

absl::Status SqliteTruthWriter::AddOrigin(const Change& change) {
  DATELINE_ASSIGN_OR_RETURN(Origins* const origins,
                            OriginsKnown(change.header.document));
  const DocumentOrigin now{
      .kind = change.header.kind,
      .creator = Begins(change) ? change.header.actor : sync::PersonId()};
  const auto [known, is_new] =
      origins->try_emplace(change.feed.assignment, now);
  if (!is_new) {
    if (!known->second.creator.IsZero() || now.creator.IsZero()) {
      return absl::OkStatus();
    }
    known->second = now;
  }
  DATELINE_ASSIGN_OR_RETURN(host::Statement * add, Ask(kAddOriginSql));
  add->BindBlob(2, change.header.document.view());
  add->BindBlob(3, change.feed.assignment.view());
  add->Bind(4, static_cast<int64_t>(now.kind));
  add->BindBlob(5, now.creator.view());
  return add->Run();
}

absl::StatusOr<SqliteTruthWriter::Origins*> SqliteTruthWriter::OriginsKnown(
    const sync::DocumentId& document) {
  const auto known = origins_.find(document);
  if (known != origins_.end()) return &known->second;
  DATELINE_ASSIGN_OR_RETURN(Origins origins,
                            SqliteTruthReader::OriginsOf(document));
  return &(origins_[document] = std::move(origins));
}

absl::StatusOr<SqliteTruthWriter::Origins> SqliteTruthWriter::OriginsOf(
    const sync::DocumentId& document) {
  DATELINE_ASSIGN_OR_RETURN(Origins* const origins, OriginsKnown(document));
  return *origins;
}

absl::StatusOr<std::optional<Holding>> SqliteTruthWriter::HoldingOf(
    const Change& change) {
  DATELINE_ASSIGN_OR_RETURN(const std::optional<int64_t> feed,
                            feeds().Find(change.feed));
  if (!feed) return std::nullopt;
  DATELINE_ASSIGN_OR_RETURN(std::vector<Branch> * branches, BranchesOf(*feed));
  for (const Branch& branch : *branches) {
    if (branch.hash == change.previous) return std::nullopt;
  }
  return SqliteTruthReader::HoldingOf(change);
}

absl::Status SqliteTruthWriter::CompleteChange(const Change& change) {
  const bool whole = change.holding == Holding::kWhole;
  DATELINE_ASSIGN_OR_RETURN(host::Statement * complete, Ask(kCompleteSql));
  complete->BindBlob(2, change.hash.view());
  complete->BindBlob(3, change.header.document.view());
  complete->Bind(4, static_cast<int64_t>(change.holding));
  complete->BindBlob(5, change.header_bytes).BindBlob(6, change.structure);
  if (whole) {
    complete->BindBlob(7, change.salt.view()).BindBlob(8, change.content);
    complete->BindNull(9);
  } else {
    complete->BindNull(7).BindNull(8);
    complete->BindBlob(9, change.content_hash.view());
  }
  DATELINE_RETURN_IF_ERROR(complete->Run());
  return AddOrigin(change);
}

absl::Status SqliteTruthWriter::EraseContent(const Hash& hash) {
  DATELINE_ASSIGN_OR_RETURN(const std::optional<Change> change, Find(hash));
  if (!change || change->holding != Holding::kWhole) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(host::Statement * erase, Ask(kEraseSql));
  erase->BindBlob(2, hash.view());
  erase->BindBlob(3, change->content_hash.view());
  erased_ = true;
  return erase->Run();
}

absl::StatusOr<Cursor> SqliteTruthWriter::LastPosition(
    const sync::AssignmentId& assignment, sync::Lane lane) {
  const auto moved = counters_.find({assignment, lane});
  if (moved != counters_.end()) return moved->second;
  return SqliteTruthReader::LastPosition(assignment, lane);
}

absl::Status SqliteTruthWriter::AddPosition(const Change& change) {
  const sync::AssignmentId& assignment = change.feed.assignment;
  const sync::Lane lane = change.feed.lane;
  DATELINE_ASSIGN_OR_RETURN(Cursor next, LastPosition(assignment, lane));
  ++next.position;
  next.digest = sync::Digest("dateline/position/1")
                    .Add(next.digest.view())
                    .Add(change.hash.view())
                    .Finish();
  DATELINE_ASSIGN_OR_RETURN(const int64_t number, NumberOf(change.hash));
  DATELINE_ASSIGN_OR_RETURN(host::Statement * add, Ask(kAddPositionSql));
  add->BindBlob(2, assignment.view()).Bind(3, static_cast<int64_t>(lane));
  add->Bind(4, static_cast<int64_t>(next.position));
  add->BindBlob(5, next.digest.view()).Bind(6, number);
  DATELINE_RETURN_IF_ERROR(add->Run());
  counters_[{assignment, lane}] = next;
  return absl::OkStatus();
}

absl::StatusOr<int64_t> SqliteTruthWriter::NumberOf(const Hash& change) {
  if (change == added_) return added_number_;
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kNumberSql));
  const Rows rows(statement);
  rows->BindBlob(2, change.view());
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  if (found) return rows->Int(0);
  return sync::MakeError(v1::INTERNAL_ERROR,
                         "a position is for a change that is not stored");
}

absl::Status SqliteTruthWriter::FlushHeads() {
  for (auto& [feed, branches] : branches_) {
    for (Branch& branch : branches) {
      if (!branch.moved) continue;
      DATELINE_ASSIGN_OR_RETURN(host::Statement * put, Ask(kPutHeadSql));
      put->Bind(2, feed).Bind(3, branch.number);
      put->Bind(4, static_cast<int64_t>(branch.seq));
      put->BindBlob(5, branch.hash.view());
      DATELINE_RETURN_IF_ERROR(put->Run());
      branch.moved = false;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<sync::FeedHead>> SqliteTruthWriter::Heads(
    const sync::AssignmentId& assignment) {
  DATELINE_RETURN_IF_ERROR(FlushHeads());
  return SqliteTruthReader::Heads(assignment);
}

absl::StatusOr<std::vector<sync::FeedHead>> SqliteTruthWriter::HeadsOfDevice(
    const sync::DeviceId& device) {
  DATELINE_RETURN_IF_ERROR(FlushHeads());
  return SqliteTruthReader::HeadsOfDevice(device);
}

absl::StatusOr<std::vector<sync::FeedHead>> SqliteTruthWriter::HeadsOfFeed(
    const sync::FeedId& feed) {
  DATELINE_RETURN_IF_ERROR(FlushHeads());
  return SqliteTruthReader::HeadsOfFeed(feed);
}

absl::Status SqliteTruthWriter::Flush() {
  DATELINE_RETURN_IF_ERROR(FlushHeads());
  for (const auto& [counter, cursor] : counters_) {
    DATELINE_ASSIGN_OR_RETURN(host::Statement * put, Ask(kPutCounterSql));
    put->BindBlob(2, cursor.assignment.view());
    put->Bind(3, static_cast<int64_t>(cursor.lane));
    put->Bind(4, static_cast<int64_t>(cursor.position));
    put->BindBlob(5, cursor.digest.view());
    DATELINE_RETURN_IF_ERROR(put->Run());
  }
  return absl::OkStatus();
}

void SqliteTruthWriter::End(bool committed) {
  counters_.clear();
  erased_ = false;
  added_ = Hash();
  if (!committed || branches_.size() > kRememberedMax) {
    branches_.clear();
    feeds().Forget();
  }
  if (!committed || origins_.size() > kRememberedMax) origins_.clear();
}

namespace {

constexpr char kPutVerdictSql[] =
    "INSERT INTO verdicts (tenant, change, what, why, number)"
    " VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, change) DO UPDATE SET"
    " what = excluded.what, why = excluded.why, number = excluded.number"
    " WHERE excluded.number > verdicts.number";
constexpr char kAddRequestSql[] =
    "INSERT INTO requests (tenant, change, op, assignment, document)"
    " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
constexpr char kCloseRequestSql[] =
    "UPDATE requests SET decision = ?4"
    " WHERE tenant = ?1 AND change = ?2 AND op = ?3 AND decision IS NULL";
constexpr char kPutApprovedSql[] =
    "INSERT INTO approved (tenant, change, op, rendering, bytes)"
    " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
constexpr char kDropApprovedSql[] =
    "DELETE FROM approved WHERE tenant = ? AND change = ? AND op = ?";
constexpr char kPutRedactionSql[] =
    "INSERT INTO redactions (tenant, change, assignment, document, in_force)"
    " VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (tenant, change, assignment, document) DO UPDATE SET"
    " in_force = max(in_force, excluded.in_force)";
constexpr char kAnyRedactionsSql[] =
    "SELECT EXISTS (SELECT 1 FROM redactions WHERE tenant = ?)";
constexpr char kPutSessionSql[] =
    "INSERT INTO sessions (tenant, device, incarnation, counter)"
    " VALUES (?, ?, ?, ?) ON CONFLICT (tenant, device, incarnation)"
    " DO UPDATE SET counter = excluded.counter";
constexpr char kPutRosterSql[] =
    "INSERT INTO rosters (tenant, version, epoch, roster, signature, signer)"
    " VALUES (?, ?, ?, ?, ?, ?)";
constexpr char kPutInvitationSql[] =
    "INSERT INTO invitations (tenant, secret_hash, role, assignment, person,"
    " name, expires_ms, used_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (tenant, secret_hash)"
    " DO UPDATE SET used_by = excluded.used_by";
constexpr char kExpireInvitationsSql[] =
    "UPDATE invitations SET expires_ms = 0"
    " WHERE tenant = ? AND used_by IS NULL";

}  // namespace

absl::Status SqliteTruthWriter::PutVerdict(const Hash& change,
                                           const VerdictState& verdict) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * put, Ask(kPutVerdictSql));
  put->BindBlob(2, change.view()).Bind(3, verdict.what).Bind(4, verdict.why);
  put->Bind(5, verdict.number);
  return put->Run();
}

absl::Status SqliteTruthWriter::AddRequest(const OpenRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * add, Ask(kAddRequestSql));
  add->BindBlob(2, request.change.view()).Bind(3, request.op);
  add->BindBlob(4, request.assignment.view());
  add->BindBlob(5, request.document.view());
  return add->Run();
}

absl::Status SqliteTruthWriter::CloseRequest(const Hash& change, uint32_t op,
                                             const Hash& decision) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * close, Ask(kCloseRequestSql));
  close->BindBlob(2, change.view()).Bind(3, op);
  close->BindBlob(4, decision.view());
  return close->Run();
}

absl::Status SqliteTruthWriter::PutApproved(const ApprovedBytes& approved) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * put, Ask(kPutApprovedSql));
  put->BindBlob(2, approved.approval.view()).Bind(3, approved.op);
  put->Bind(4, approved.rendering).BindBlob(5, approved.bytes);
  return put->Run();
}

absl::Status SqliteTruthWriter::DropApproved(const Hash& approval,
                                             uint32_t op) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * drop, Ask(kDropApprovedSql));
  erased_ = true;
  return drop->BindBlob(2, approval.view()).Bind(3, op).Run();
}

absl::Status SqliteTruthWriter::PutRedaction(
    const sync::AssignmentId& assignment, const sync::DocumentId& document,
    const Hash& change, bool in_force) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * put, Ask(kPutRedactionSql));
  put->BindBlob(2, change.view()).BindBlob(3, assignment.view());
  put->BindBlob(4, document.view()).Bind(5, in_force ? 1 : 0);
  any_redactions_ = true;
  return put->Run();
}

absl::StatusOr<bool> SqliteTruthWriter::AnyRedactions() {
  if (any_redactions_) return *any_redactions_;
  DATELINE_ASSIGN_OR_RETURN(host::Statement * any, Ask(kAnyRedactionsSql));
  const Rows rows(any);
  DATELINE_RETURN_IF_ERROR(rows->Step().status());
  any_redactions_ = rows->Int(0) != 0;
  return *any_redactions_;
}

absl::StatusOr<bool> SqliteTruthWriter::IsRedacted(const Change& change) {
  DATELINE_ASSIGN_OR_RETURN(const bool any, AnyRedactions());
  if (!any) return false;
  return SqliteTruthReader::IsRedacted(change);
}

absl::StatusOr<bool> SqliteTruthWriter::HasOpenRedaction(
    const sync::AssignmentId& assignment, const sync::DocumentId& document) {
  DATELINE_ASSIGN_OR_RETURN(const bool any, AnyRedactions());
  if (!any) return false;
  return SqliteTruthReader::HasOpenRedaction(assignment, document);
}

absl::Status SqliteTruthWriter::PutSessionCounter(const sync::DeviceId& device,
                                                  uint64_t incarnation,
                                                  uint64_t counter) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * put, Ask(kPutSessionSql));
  put->BindBlob(2, device.view());
  put->Bind(3, static_cast<int64_t>(incarnation));
  put->Bind(4, static_cast<int64_t>(counter));
  return put->Run();
}

absl::Status SqliteTruthWriter::PutRoster(const v1::SignedRoster& roster,
                                          const v1::RosterMark& mark) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * put, Ask(kPutRosterSql));
  put->Bind(2, static_cast<int64_t>(mark.version())).BindBlob(3, mark.epoch());
  put->BindBlob(4, roster.roster());
  put->BindBlob(5, roster.signature()).BindBlob(6, roster.signer());
  return put->Run();
}

absl::Status SqliteTruthWriter::PutInvitation(const Invitation& invitation) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * put, Ask(kPutInvitationSql));
  put->BindBlob(2, invitation.secret_hash.view()).Bind(3, invitation.role);
  put->BindBlob(4, invitation.assignment.view());
  put->BindBlob(5, invitation.person.view());
  put->BindText(6, invitation.name).Bind(7, invitation.expires_ms);
  if (invitation.used_by.IsZero()) {
    put->BindNull(8);
  } else {
    put->BindBlob(8, invitation.used_by.view());
  }
  return put->Run();
}

absl::Status SqliteTruthWriter::ExpireInvitations() {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * expire,
                            Ask(kExpireInvitationsSql));
  return expire->Run();
}

}  // namespace dateline::server

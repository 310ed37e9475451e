// Reads of the truth about verdicts, requests, devices and people.
#include <utility>

#include "server/storage/sqlite/columns.h"
#include "server/storage/sqlite/truth_reader.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"

namespace dateline::server {
namespace {

using sync::AssignmentId;
using sync::DeviceId;
using sync::DocumentId;
using sync::Hash;
using sync::PersonId;

constexpr char kVerdictSql[] =
    "SELECT what, why, number FROM verdicts WHERE tenant = ? AND change = ?";
constexpr char kHeldSql[] =
    "SELECT change FROM verdicts WHERE tenant = ? AND what = 1"
    " ORDER BY change";
constexpr char kHeldBytesSql[] =
    "SELECT coalesce(sum(length(c.structure) + length(coalesce(c.content,"
    " x''))), 0)"
    " FROM verdicts v JOIN changes c"
    " ON c.tenant = v.tenant AND c.hash = v.change"
    " JOIN feeds f ON f.tenant = c.tenant AND f.number = c.feed"
    " WHERE v.tenant = ? AND v.what = 1 AND f.device = ?";
constexpr char kOpenRequestsSql[] =
    "SELECT assignment, document, change, op FROM requests"
    " WHERE tenant = ? AND decision IS NULL ORDER BY change, op";
constexpr char kApprovedSql[] =
    "SELECT rendering, bytes FROM approved"
    " WHERE tenant = ? AND change = ? AND op = ?";
constexpr char kIsRedactedSql[] =
    "SELECT EXISTS (SELECT 1 FROM redactions WHERE tenant = ? AND change = ?"
    " AND assignment = ? AND document = ? AND in_force = 1)";
constexpr char kOpenRedactionSql[] =
    "SELECT EXISTS (SELECT 1 FROM redactions WHERE tenant = ?"
    " AND assignment = ? AND document = ? AND in_force = 0)";
constexpr char kCounterSql[] =
    "SELECT counter FROM sessions"
    " WHERE tenant = ? AND device = ? AND incarnation = ?";
constexpr char kRosterSql[] =
    "SELECT roster, signature, signer FROM rosters WHERE tenant = ?"
    " ORDER BY version DESC LIMIT 1";
constexpr char kInvitationSql[] =
    "SELECT role, assignment, person, name, expires_ms, used_by"
    " FROM invitations WHERE tenant = ? AND secret_hash = ?";

}  // namespace

absl::StatusOr<std::optional<VerdictState>> SqliteTruthReader::VerdictOn(
    const Hash& change) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kVerdictSql));
  const Rows rows(statement);
  rows->BindBlob(2, change.view());
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  if (!found) return std::nullopt;
  return VerdictState{.what = static_cast<v1::Admission>(rows->Int(0)),
                      .why = static_cast<v1::HeldReason>(rows->Int(1)),
                      .number = static_cast<uint32_t>(rows->Int(2))};
}

absl::StatusOr<std::vector<Hash>> SqliteTruthReader::HeldChanges() {
  std::vector<Hash> held;
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kHeldSql));
  const Rows rows(statement);
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, rows->Step());
    if (!more) return held;
    DATELINE_ASSIGN_OR_RETURN(held.emplace_back(), FixedAt<Hash>(*rows, 0));
  }
}

absl::StatusOr<uint64_t> SqliteTruthReader::HeldBytesOf(
    const DeviceId& device) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kHeldBytesSql));
  const Rows rows(statement);
  rows->BindBlob(2, device.view());
  DATELINE_RETURN_IF_ERROR(rows->Step().status());
  return static_cast<uint64_t>(rows->Int(0));
}

absl::StatusOr<std::vector<OpenRequest>> SqliteTruthReader::OpenRequests() {
  std::vector<OpenRequest> requests;
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kOpenRequestsSql));
  const Rows rows(statement);
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, rows->Step());
    if (!more) return requests;
    OpenRequest request;
    DATELINE_ASSIGN_OR_RETURN(request.assignment,
                              FixedAt<AssignmentId>(*rows, 0));
    DATELINE_ASSIGN_OR_RETURN(request.document, FixedAt<DocumentId>(*rows, 1));
    DATELINE_ASSIGN_OR_RETURN(request.change, FixedAt<Hash>(*rows, 2));
    request.op = static_cast<uint32_t>(rows->Int(3));
    requests.push_back(request);
  }
}

absl::StatusOr<std::optional<ApprovedBytes>> SqliteTruthReader::Approved(
    const Hash& approval, uint32_t op) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kApprovedSql));
  const Rows rows(statement);
  rows->BindBlob(2, approval.view()).Bind(3, op);
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  if (!found) return std::nullopt;
  return ApprovedBytes{.approval = approval,
                       .op = op,
                       .rendering = static_cast<uint32_t>(rows->Int(0)),
                       .bytes = std::string(rows->Blob(1))};
}

absl::StatusOr<bool> SqliteTruthReader::IsRedacted(const sync::Change& change) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kIsRedactedSql));
  const Rows rows(statement);
  rows->BindBlob(2, change.hash.view());
  rows->BindBlob(3, change.feed.assignment.view());
  rows->BindBlob(4, change.header.document.view());
  DATELINE_RETURN_IF_ERROR(rows->Step().status());
  return rows->Int(0) != 0;
}

absl::StatusOr<bool> SqliteTruthReader::HasOpenRedaction(
    const AssignmentId& assignment, const DocumentId& document) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement,
                            Ask(kOpenRedactionSql));
  const Rows rows(statement);
  rows->BindBlob(2, assignment.view()).BindBlob(3, document.view());
  DATELINE_RETURN_IF_ERROR(rows->Step().status());
  return rows->Int(0) != 0;
}

absl::StatusOr<uint64_t> SqliteTruthReader::SessionCounter(
    const DeviceId& device, uint64_t incarnation) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kCounterSql));
  const Rows rows(statement);
  rows->BindBlob(2, device.view());
  rows->Bind(3, static_cast<int64_t>(incarnation));
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  return found ? static_cast<uint64_t>(rows->Int(0)) : 0;
}

absl::StatusOr<v1::SignedRoster> SqliteTruthReader::LatestRoster() {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kRosterSql));
  const Rows rows(statement);
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  if (!found) {
    return sync::MakeError(v1::NOT_FOUND, "there is no roster yet");
  }
  v1::SignedRoster roster;
  roster.set_roster(std::string(rows->Blob(0)));
  roster.set_signature(std::string(rows->Blob(1)));
  roster.set_signer(std::string(rows->Blob(2)));
  return roster;
}

absl::StatusOr<std::optional<Invitation>> SqliteTruthReader::FindInvitation(
    const Hash& secret_hash) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * statement, Ask(kInvitationSql));
  const Rows rows(statement);
  rows->BindBlob(2, secret_hash.view());
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  if (!found) return std::nullopt;
  Invitation invitation;
  invitation.secret_hash = secret_hash;
  invitation.role = static_cast<v1::Role>(rows->Int(0));
  DATELINE_ASSIGN_OR_RETURN(invitation.assignment,
                            FixedAt<AssignmentId>(*rows, 1));
  DATELINE_ASSIGN_OR_RETURN(invitation.person, FixedAt<PersonId>(*rows, 2));
  invitation.name = std::string(rows->Text(3));
  invitation.expires_ms = rows->Int(4);
  if (!rows->IsNull(5)) {
    DATELINE_ASSIGN_OR_RETURN(invitation.used_by, FixedAt<DeviceId>(*rows, 5));
  }
  return invitation;
}

}  // namespace dateline::server

#include "server/desk/desk.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/desk/access.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/compose/review.h"
#include "sync/merge/document.h"

namespace dateline::server {
namespace {

using sync::AssignmentId;
using sync::DocumentId;
using sync::Hash;

constexpr size_t kTokenBytes = 8 + DocumentId::kSize;  // time, then document

absl::Status CheckPageSize(uint32_t size) {
  if (size <= kPageRowsMax) return absl::OkStatus();
  return sync::TooLarge("page_size", "kPageRowsMax", kPageRowsMax, size);
}

size_t PageRows(uint32_t size) { return size == 0 ? kPageRowsDefault : size; }

std::string EncodeToken(const QueuePlace& place) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(place.received_ms >> shift));
  }
  return absl::WebSafeBase64Escape(absl::StrCat(bytes, place.document.view()));
}

absl::StatusOr<std::optional<QueuePlace>> DecodeToken(
    const std::string& token) {
  if (token.empty()) return std::nullopt;
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(token, &bytes) ||
      bytes.size() != kTokenBytes) {
    return sync::MakeError(v1::BAD_REQUEST, "this page token is not ours",
                           {.field = "page_token"});
  }
  QueuePlace place;
  for (int i = 0; i < 8; ++i) {
    place.received_ms =
        (place.received_ms << 8) | static_cast<unsigned char>(bytes[i]);
  }
  DATELINE_ASSIGN_OR_RETURN(place.document,
                            DocumentId::FromBytes(bytes.substr(8)));
  return place;
}

std::vector<const sync::Change*> Pointers(
    const std::vector<sync::Change>& changes) {
  std::vector<const sync::Change*> pointers;
  pointers.reserve(changes.size());
  for (const sync::Change& change : changes) pointers.push_back(&change);
  return pointers;
}

}  // namespace

absl::StatusOr<Desk::Located> Desk::Locate(const Caller& caller,
                                           const std::string& document,
                                           TruthReader& truth) const {
  const auto id = DocumentId::FromBytes(document);
  if (!id.ok()) {
    return sync::MakeError(v1::BAD_REQUEST, "a document's id has 12 bytes",
                           {.field = "document",
                            .limit = "12 bytes",
                            .got = absl::StrCat(document.size(), " bytes")});
  }
  const std::shared_ptr<const Roster> roster = options_.roster->Get();
  DATELINE_ASSIGN_OR_RETURN(const std::vector<AssignmentId> assignments,
                            truth.AssignmentsOf(*id));
  for (const AssignmentId& assignment : assignments) {
    const v1::Role role = roster->RoleOf(caller.person, assignment);
    if (role == v1::ROLE_UNSPECIFIED) continue;
    if (!ReadsAll(role)) {
      DATELINE_ASSIGN_OR_RETURN(const std::optional<DocumentOrigin> origin,
                                truth.OriginOf(assignment, *id));
      if (!origin || origin->creator != caller.person) continue;
    }
    return Located{.assignment = assignment, .document = *id, .role = role};
  }
  return NotFound("document");
}

// The caller's assignments, or the one named if it is among them. A stringer's
// rows are his own alone; a person who is a stringer here and an editor there
// asks for each by name.
absl::StatusOr<QueueFilter> Desk::FilterFor(
    const Caller& caller, const std::string& assignment) const {
  const std::shared_ptr<const Roster> roster = options_.roster->Get();
  QueueFilter filter;
  bool reads_all = true;
  for (const AssignmentId& one : roster->AssignmentsOf(caller.person)) {
    if (!assignment.empty() && assignment != one.view()) continue;
    filter.assignments.insert(one);
    reads_all &= ReadsAll(roster->RoleOf(caller.person, one));
  }
  if (!assignment.empty() && filter.assignments.empty()) {
    return NotFound("assignment");
  }
  if (!reads_all) filter.creator = caller.person;
  return filter;
}

// Assignments of which the caller sees more than his own rows.
absl::StatusOr<std::vector<AssignmentId>> Desk::ReadAll(
    const Caller& caller, const std::string& assignment) const {
  const std::shared_ptr<const Roster> roster = options_.roster->Get();
  std::vector<AssignmentId> out;
  for (const AssignmentId& one : roster->AssignmentsOf(caller.person)) {
    if (!assignment.empty() && assignment != one.view()) continue;
    if (ReadsAll(roster->RoleOf(caller.person, one))) out.push_back(one);
  }
  if (!assignment.empty() && out.empty()) return NotFound("assignment");
  return out;
}

absl::StatusOr<v1::ListQueueResponse> Desk::ListQueue(
    const Caller& caller, const v1::ListQueueRequest& request) {
  DATELINE_RETURN_IF_ERROR(CheckPageSize(request.page_size()));
  DATELINE_ASSIGN_OR_RETURN(QueueFilter filter,
                            FilterFor(caller, request.assignment()));
  for (const int status : request.statuses()) {
    filter.statuses.push_back(static_cast<v1::Status>(status));
  }
  filter.conflicts_only = request.conflicts_only();
  filter.withdrawn_only = request.withdrawn_only();
  DATELINE_ASSIGN_OR_RETURN(const std::optional<QueuePlace> after,
                            DecodeToken(request.page_token()));
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<ViewReader> view,
                            options_.view->Snapshot());
  DATELINE_ASSIGN_OR_RETURN(
      QueuePage page,
      view->Queue(filter, after, PageRows(request.page_size())));
  v1::ListQueueResponse response;
  for (v1::QueueRow& row : page.rows) *response.add_rows() = std::move(row);
  response.set_total(page.total);
  if (page.next) response.set_next_page_token(EncodeToken(*page.next));
  return response;
}

absl::StatusOr<v1::Document> Desk::MergeNow(const Located& at,
                                            TruthReader& truth) const {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<sync::Change> changes,
                            truth.ChangesOf(at.assignment, at.document));
  v1::Document document =
      sync::MergeDocument(at.document, Pointers(changes),
                          {.homes = options_.roster->Get()->homes()});
  if (!IsDesk(at.role)) HideReceipts(&document);
  return document;
}

absl::StatusOr<v1::Document> Desk::MergeAt(
    const Located& at,
    const google::protobuf::RepeatedPtrField<std::string>& heads,
    TruthReader& truth) const {
  if (heads.empty()) return MergeNow(at, truth);
  std::vector<Hash> hashes;
  for (const std::string& head : heads) {
    const auto hash = Hash::FromBytes(head);
    if (!hash.ok()) {
      return sync::MakeError(v1::BAD_REQUEST, "a version's heads have 32 bytes",
                             {.field = "version",
                              .limit = "32 bytes",
                              .got = absl::StrCat(head.size(), " bytes")});
    }
    hashes.push_back(*hash);
  }
  DATELINE_ASSIGN_OR_RETURN(const std::vector<sync::Change> changes,
                            truth.ChangesOf(at.assignment, at.document));
  DATELINE_ASSIGN_OR_RETURN(
      v1::Document document,
      sync::MergeDocumentAt(at.document, Pointers(changes),
                            {.homes = options_.roster->Get()->homes()},
                            hashes));
  if (!IsDesk(at.role)) HideReceipts(&document);
  return document;
}

absl::StatusOr<v1::Ledger> Desk::LedgerFor(const AssignmentId& assignment) {
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<ViewReader> view,
                            options_.view->Snapshot());
  return view->LedgerOf(assignment);
}

absl::StatusOr<v1::GetDocumentResponse> Desk::GetDocument(
    const Caller& caller, const v1::GetDocumentRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<TruthReader> truth,
                            options_.truth->Snapshot());
  DATELINE_ASSIGN_OR_RETURN(const Located at,
                            Locate(caller, request.document(), *truth));
  v1::GetDocumentResponse response;
  DATELINE_ASSIGN_OR_RETURN(*response.mutable_document(),
                            MergeAt(at, request.version(), *truth));
  response.set_assignment(at.assignment.str());
  DATELINE_ASSIGN_OR_RETURN(const v1::Ledger ledger, LedgerFor(at.assignment));
  for (const v1::WithdrawalView& withdrawal : ledger.withdrawals()) {
    if (!Touches(withdrawal, response.document())) continue;
    *response.add_withdrawals() = withdrawal;
    if (!IsDesk(at.role)) {
      HideReceipts(response.mutable_withdrawals()->rbegin().operator->());
    }
  }
  return response;
}

absl::StatusOr<v1::ListVersionsResponse> Desk::ListVersions(
    const Caller& caller, const v1::ListVersionsRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<TruthReader> truth,
                            options_.truth->Snapshot());
  DATELINE_ASSIGN_OR_RETURN(const Located at,
                            Locate(caller, request.document(), *truth));
  DATELINE_ASSIGN_OR_RETURN(const v1::Document document, MergeNow(at, *truth));
  DATELINE_ASSIGN_OR_RETURN(const std::vector<sync::Change> changes,
                            truth->ChangesOf(at.assignment, at.document));
  const std::shared_ptr<const Roster> roster = options_.roster->Get();
  v1::ListVersionsResponse response;
  for (v1::VersionRow& row : sync::HistoryOf(Pointers(changes), document)) {
    if (const auto actor = sync::PersonId::FromBytes(row.by().actor());
        actor.ok()) {
      row.set_actor_name(roster->NameOf(*actor));
    }
    *response.add_versions() = std::move(row);
  }
  return response;
}

absl::StatusOr<v1::DiffVersionsResponse> Desk::DiffVersions(
    const Caller& caller, const v1::DiffVersionsRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<TruthReader> truth,
                            options_.truth->Snapshot());
  DATELINE_ASSIGN_OR_RETURN(const Located at,
                            Locate(caller, request.document(), *truth));
  DATELINE_ASSIGN_OR_RETURN(const v1::Document from,
                            MergeAt(at, request.from(), *truth));
  DATELINE_ASSIGN_OR_RETURN(const v1::Document to,
                            MergeAt(at, request.to(), *truth));
  v1::DiffVersionsResponse response;
  for (v1::FieldDiff& field : sync::DiffDocuments(from, to)) {
    *response.add_fields() = std::move(field);
  }
  return response;
}

absl::StatusOr<v1::ListConflictsResponse> Desk::ListConflicts(
    const Caller& caller, const v1::ListConflictsRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<AssignmentId> assignments,
                            ReadAll(caller, request.assignment()));
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<ViewReader> view,
                            options_.view->Snapshot());
  v1::ListConflictsResponse response;
  for (const AssignmentId& assignment : assignments) {
    DATELINE_ASSIGN_OR_RETURN(const std::vector<ViewDocument> documents,
                              view->Conflicted(assignment));
    for (const ViewDocument& one : documents) {
      for (v1::ConflictRow& row : sync::ConflictsOf(one.document)) {
        *response.add_rows() = std::move(row);
      }
    }
  }
  return response;
}

absl::StatusOr<v1::GetLedgerResponse> Desk::GetLedger(
    const Caller& caller, const v1::GetLedgerRequest& request) {
  if (request.assignment().empty()) {
    return sync::MakeError(v1::BAD_REQUEST, "a ledger is one assignment's",
                           {.field = "assignment", .limit = "12 bytes"});
  }
  DATELINE_ASSIGN_OR_RETURN(const std::vector<AssignmentId> assignments,
                            ReadAll(caller, request.assignment()));
  v1::GetLedgerResponse response;
  DATELINE_ASSIGN_OR_RETURN(*response.mutable_ledger(),
                            LedgerFor(assignments.front()));
  const v1::Role role =
      options_.roster->Get()->RoleOf(caller.person, assignments.front());
  if (IsDesk(role)) return response;
  for (v1::WithdrawalView& one :
       *response.mutable_ledger()->mutable_withdrawals()) {
    HideReceipts(&one);
  }
  return response;
}

absl::StatusOr<v1::ListWithdrawalsResponse> Desk::ListWithdrawals(
    const Caller& caller, const v1::ListWithdrawalsRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<AssignmentId> assignments,
                            ReadAll(caller, request.assignment()));
  const std::shared_ptr<const Roster> roster = options_.roster->Get();
  v1::ListWithdrawalsResponse response;
  for (const AssignmentId& assignment : assignments) {
    DATELINE_ASSIGN_OR_RETURN(v1::Ledger ledger, LedgerFor(assignment));
    for (v1::WithdrawalView& one : *ledger.mutable_withdrawals()) {
      if (!IsDesk(roster->RoleOf(caller.person, assignment))) {
        HideReceipts(&one);
      }
      *response.add_rows() = std::move(one);
    }
  }
  return response;
}

absl::StatusOr<v1::SearchResponse> Desk::Search(
    const Caller& caller, const v1::SearchRequest& request) {
  DATELINE_RETURN_IF_ERROR(CheckPageSize(request.page_size()));
  if (request.query().size() > kQueryBytesMax) {
    return sync::TooLarge("query", "kQueryBytesMax", kQueryBytesMax,
                          request.query().size());
  }
  DATELINE_ASSIGN_OR_RETURN(const QueueFilter filter,
                            FilterFor(caller, request.assignment()));
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<ViewReader> view,
                            options_.view->Snapshot());
  DATELINE_ASSIGN_OR_RETURN(
      std::vector<v1::QueueRow> rows,
      view->Search(filter, sync::FoldForSearch(request.query()),
                   PageRows(request.page_size())));
  v1::SearchResponse response;
  for (v1::QueueRow& row : rows) *response.add_rows() = std::move(row);
  return response;
}

}  // namespace dateline::server

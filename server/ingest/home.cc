#include "server/ingest/home.h"

#include <optional>
#include <utility>
#include <vector>

#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/compose/action.h"
#include "sync/compose/decision.h"
#include "sync/merge/document.h"
#include "sync/merge/ledger.h"

namespace dateline::server {
namespace {

using sync::Change;
using sync::Hash;

// What home holds of one document when it decides.
class Desk {
 public:
  Desk(const DocumentKey& key, Intake& intake, TruthWriter& truth)
      : key_(key),
        truth_(truth),
        authority_{.homes = intake.context().roster->homes()} {}

  absl::Status Load() {
    DATELINE_ASSIGN_OR_RETURN(changes_, Read(key_.second));
    document_ =
        sync::MergeDocument(key_.second, Pointers(changes_), authority_);
    return absl::OkStatus();
  }

  const v1::Document& document() const { return document_; }

  // nullopt: a part of the version has not arrived.
  std::optional<v1::Document> At(const std::vector<Hash>& heads) const {
    auto then = sync::MergeDocumentAt(key_.second, Pointers(changes_),
                                      authority_, heads);
    if (!then.ok()) return std::nullopt;
    return *std::move(then);
  }

  // The ledger of this report and every statement of its assignment: one that
  // it does not cite may be linked to one that it does.
  absl::StatusOr<v1::Ledger> Ledger() const {
    DATELINE_ASSIGN_OR_RETURN(const std::vector<sync::DocumentId> ids,
                              truth_.read().StatementsOf(key_.first));
    std::vector<v1::Document> statements;
    for (const sync::DocumentId& statement : ids) {
      DATELINE_ASSIGN_OR_RETURN(const std::vector<Change> changes,
                                Read(statement));
      statements.push_back(
          sync::MergeDocument(statement, Pointers(changes), authority_));
    }
    std::vector<const v1::Document*> all = {&document_};
    for (const v1::Document& one : statements) all.push_back(&one);
    return sync::MergeLedger(all);
  }

 private:
  static std::vector<const Change*> Pointers(
      const std::vector<Change>& changes) {
    std::vector<const Change*> pointers;
    for (const Change& change : changes) pointers.push_back(&change);
    return pointers;
  }
  absl::StatusOr<std::vector<Change>> Read(const sync::DocumentId& id) const {
    return truth_.read().ChangesOf(key_.first, id);
  }

  const DocumentKey key_;
  TruthWriter& truth_;
  const sync::Authority authority_;
  std::vector<Change> changes_;
  v1::Document document_;
};

bool Names(const v1::ItemId& id, const OpenRequest& request) {
  return id.change() == request.change.view() && id.op() == request.op;
}

std::vector<Hash> HashesOf(
    const google::protobuf::RepeatedPtrField<std::string>& bytes) {
  std::vector<Hash> hashes;
  for (const std::string& one : bytes) {
    if (const auto hash = Hash::FromBytes(one); hash.ok()) {
      hashes.push_back(*hash);
    }
  }
  return hashes;
}

const v1::ApprovalState* FindApproval(const v1::Document& document,
                                      const v1::ItemId& id) {
  for (const v1::ApprovalState& one : document.workflow().approvals()) {
    if (one.id().change() == id.change() && one.id().op() == id.op()) {
      return &one;
    }
  }
  return nullptr;
}

// Keeps the bytes that were approved, if they are those that its author read.
absl::Status KeepApproved(const OpenRequest& request,
                          const v1::ApprovalState& approval, const Desk& desk,
                          TruthWriter& truth) {
  const std::optional<v1::Document> then =
      desk.At(HashesOf(approval.version()));
  if (!then) return absl::OkStatus();  // open until the version is here
  if (approval.rendering() == sync::kRenderingNow &&
      sync::RenderingHash(*then).view() == approval.rendering_hash()) {
    DATELINE_RETURN_IF_ERROR(
        truth.PutApproved({.approval = request.change,
                           .op = request.op,
                           .rendering = approval.rendering(),
                           .bytes = sync::Rendering(*then)}));
  }
  return truth.CloseRequest(request.change, request.op, request.change);
}

// False: a version that the request names is not here yet.
bool IsHere(const v1::RequestState& state, const Desk& desk) {
  const std::vector<Hash> version = HashesOf(state.version());
  return version.empty() || desk.At(version).has_value();
}

absl::Status Decide(const OpenRequest& request, const v1::RequestState& state,
                    const Desk& desk, Intake& intake, TruthWriter& truth) {
  if (!state.open()) {  // decided before a restore
    return truth.CloseRequest(request.change, request.op, request.change);
  }
  if (!IsHere(state, desk)) return absl::OkStatus();
  std::optional<v1::Document> approved;
  if (const v1::ApprovalState* const approval =
          FindApproval(desk.document(), state.approval())) {
    approved = desk.At(HashesOf(approval->version()));
  }
  DATELINE_ASSIGN_OR_RETURN(const v1::Ledger ledger, desk.Ledger());
  DATELINE_ASSIGN_OR_RETURN(
      const sync::Part part,
      sync::ComposeDecision(state.id(),
                            {.document = desk.document(),
                             .ledger = ledger,
                             .approved = approved ? &*approved : nullptr}));
  DATELINE_ASSIGN_OR_RETURN(
      const std::vector<Change> changes,
      intake.Append(request.assignment, HomePerson(intake.context().identity),
                    {part}));
  return truth.CloseRequest(request.change, request.op, changes.back().hash);
}

absl::Status AnswerOne(const OpenRequest& request, Intake& intake,
                       TruthWriter& truth) {
  DATELINE_RETURN_IF_ERROR(
      JoinHeads({request.assignment, request.document}, intake, truth));
  Desk desk({request.assignment, request.document}, intake, truth);
  DATELINE_RETURN_IF_ERROR(desk.Load());
  const v1::Workflow& workflow = desk.document().workflow();
  for (const v1::ApprovalState& approval : workflow.approvals()) {
    if (!Names(approval.id(), request)) continue;
    return KeepApproved(request, approval, desk, truth);
  }
  for (const v1::RequestState& state : workflow.requests()) {
    if (!Names(state.id(), request)) continue;
    return Decide(request, state, desk, intake, truth);
  }
  return absl::OkStatus();  // parked, or about a version that is not here yet
}

}  // namespace

absl::Status JoinHeads(const DocumentKey& key, Intake& intake,
                       TruthWriter& truth) {
  while (true) {
    Desk desk(key, intake, truth);
    DATELINE_RETURN_IF_ERROR(desk.Load());
    const std::vector<sync::Part> parts = sync::JoinHeads(desk.document());
    if (parts.empty()) return absl::OkStatus();
    DATELINE_RETURN_IF_ERROR(
        intake.Append(key.first, HomePerson(intake.context().identity), parts)
            .status());
  }
}

absl::Status AnswerOpenRequests(const absl::btree_set<DocumentKey>& touched,
                                Intake& intake, TruthWriter& truth) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<OpenRequest> requests,
                            truth.read().OpenRequests());
  for (const OpenRequest& request : requests) {
    const DocumentKey key{request.assignment, request.document};
    if (!touched.empty() && !touched.contains(key)) continue;
    DATELINE_RETURN_IF_ERROR(AnswerOne(request, intake, truth));
  }
  return absl::OkStatus();
}

}  // namespace dateline::server

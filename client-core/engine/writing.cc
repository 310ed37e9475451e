// Saves: compose, seal, store and merge in one transaction, so that what
// returns ok is durable and readable, and what fails changed nothing.
#include <algorithm>

#include "absl/container/btree_set.h"
#include "client-core/engine/client_impl.h"
#include "client-core/engine/edits.h"
#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"
#include "sync/compose/sealer.h"

namespace dateline::client {
namespace {

absl::Status NotFound(absl::string_view what) {
  return sync::MakeError(
      v1::NOT_FOUND, absl::StrCat("there is no such ", what, " on this device"),
      {.field = std::string(what)});
}

absl::Status NothingToSave() {
  return sync::MakeError(v1::BAD_REQUEST, "there is nothing to save in it");
}

}  // namespace

absl::Status ClientImpl::CheckMember(const AssignmentId& assignment) {
  DATELINE_ASSIGN_OR_RETURN(const Self* self, store_->Joined());
  for (const v1::Membership& member : self->roster.memberships()) {
    if (member.assignment() == assignment.view() &&
        member.person() == self->person.view()) {
      return absl::OkStatus();
    }
  }
  return NotFound("assignment");
}

absl::StatusOr<StoredDocument> ClientImpl::Load(const DocumentId& document) {
  DATELINE_RETURN_IF_ERROR(store_->Joined().status());
  DATELINE_ASSIGN_OR_RETURN(auto found, store_->views().Find(document));
  if (!found) return NotFound("document");
  return *std::move(found);
}

absl::StatusOr<StoredDocument> ClientImpl::LoadToWrite(
    const DocumentId& document) {
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(StoredDocument stored, Load(document));
    const std::vector<sync::Part> parts = sync::JoinHeads(stored.document);
    if (parts.empty()) return stored;
    DATELINE_RETURN_IF_ERROR(
        Save(stored.assignment, parts, /*new_document=*/false).status());
  }
}

absl::Status ClientImpl::SealAndStore(const AssignmentId& assignment,
                                      const std::vector<sync::Part>& parts,
                                      bool new_document,
                                      Materializer* materializer,
                                      Saved* saved) {
  DATELINE_ASSIGN_OR_RETURN(const Self* self, store_->Joined());
  DATELINE_ASSIGN_OR_RETURN(DeviceRow device, store_->Device());
  sync::Writer writer{.device = self->device,
                      .incarnation = device.incarnation,
                      .actor = self->person,
                      .assignment = assignment,
                      .lamport = device.lamport,
                      .save = device.save};
  DATELINE_RETURN_IF_ERROR(store_->truth().LoadHeads(&writer));
  DATELINE_ASSIGN_OR_RETURN(
      std::vector<sync::Change> changes,
      sync::SealSave(parts, clock_.Now(), random_, &writer));
  absl::btree_set<DocumentId> documents;
  for (const sync::Change& change : changes) {
    DATELINE_RETURN_IF_ERROR(
        store_->truth().Insert(change, /*here=*/true).status());
    documents.insert(change.header.document);
  }
  device.lamport = writer.lamport;
  device.save = writer.save;
  store_->NoteSaved(device);
  for (const DocumentId& document : documents) {
    if (new_document) {
      DATELINE_RETURN_IF_ERROR(
          materializer->Begin(document, changes, &saved->events));
      continue;
    }
    DATELINE_ASSIGN_OR_RETURN(const std::vector<sync::Change> all,
                              store_->truth().OfDocument(document));
    DATELINE_RETURN_IF_ERROR(
        materializer->RefreshFrom(document, all, &saved->events));
  }
  for (sync::Change& change : changes) {
    saved->changes.push_back(std::move(change));
  }
  return absl::OkStatus();
}

absl::StatusOr<ClientImpl::Saved> ClientImpl::Save(
    const AssignmentId& assignment, const std::vector<sync::Part>& parts,
    bool new_document) {
  Saved saved;
  if (parts.empty()) return saved;
  DATELINE_RETURN_IF_ERROR(store_->Transact([&]() -> absl::Status {
    mu_.AssertHeld();
    Materializer materializer(store_.get());
    DATELINE_RETURN_IF_ERROR(
        SealAndStore(assignment, parts, new_document, &materializer, &saved));
    return materializer.Finish(&saved.events);
  }));
  return saved;
}

absl::StatusOr<std::vector<DocumentId>> ClientImpl::Create(
    const AssignmentId& assignment, v1::DocumentKind kind,
    const std::vector<sync::DocumentEdit>& edits) {
  std::vector<DocumentId> ids;
  Saved saved;
  {
    sync::MutexLock lock(&mu_);
    DATELINE_RETURN_IF_ERROR(EnsureStore());
    DATELINE_RETURN_IF_ERROR(CheckMember(assignment));
    DATELINE_RETURN_IF_ERROR(store_->Transact([&]() -> absl::Status {
      mu_.AssertHeld();
      Materializer materializer(store_.get(), edits.size() > 1
                                                  ? Views::Keep::kNow
                                                  : Views::Keep::kLater);
      for (const sync::DocumentEdit& edit : edits) {
        DATELINE_RETURN_IF_ERROR(CheckWords(edit));
        ids.push_back(DocumentId::Make(random_));
        v1::Document base;
        base.set_id(ids.back().str());
        base.set_kind(kind);
        DATELINE_ASSIGN_OR_RETURN(const std::vector<sync::Part> parts,
                                  sync::ComposeEdit(base, edit));
        if (parts.empty()) return NothingToSave();
        DATELINE_RETURN_IF_ERROR(SealAndStore(assignment, parts,
                                              /*new_document=*/true,
                                              &materializer, &saved));
      }
      return materializer.Finish(&saved.events);
    }));
  }
  AnnounceOwn(std::move(saved.events));
  return ids;
}

absl::StatusOr<DocumentId> ClientImpl::CreateReport(
    const AssignmentId& assignment, const ReportEdit& edit) {
  DATELINE_ASSIGN_OR_RETURN(
      const std::vector<DocumentId> ids,
      Create(assignment, v1::DOCUMENT_KIND_REPORT, {ToDocumentEdit(edit)}));
  return ids[0];
}

absl::StatusOr<std::vector<DocumentId>> ClientImpl::CreateReports(
    const AssignmentId& assignment, const std::vector<ReportEdit>& edits) {
  std::vector<sync::DocumentEdit> document_edits;
  document_edits.reserve(edits.size());
  for (const ReportEdit& edit : edits) {
    document_edits.push_back(ToDocumentEdit(edit));
  }
  return Create(assignment, v1::DOCUMENT_KIND_REPORT, document_edits);
}

absl::StatusOr<DocumentId> ClientImpl::CreateStatement(
    const AssignmentId& assignment, const StatementEdit& edit) {
  DATELINE_ASSIGN_OR_RETURN(
      const std::vector<DocumentId> ids,
      Create(assignment, v1::DOCUMENT_KIND_STATEMENT, {ToDocumentEdit(edit)}));
  return ids[0];
}

absl::Status ClientImpl::Edit(const DocumentId& document, v1::DocumentKind kind,
                              const sync::DocumentEdit& edit) {
  DATELINE_RETURN_IF_ERROR(CheckWords(edit));
  Saved saved;
  {
    sync::MutexLock lock(&mu_);
    DATELINE_RETURN_IF_ERROR(EnsureStore());
    DATELINE_ASSIGN_OR_RETURN(const StoredDocument stored,
                              LoadToWrite(document));
    if (stored.document.kind() != kind) return NotFound("document");
    DATELINE_ASSIGN_OR_RETURN(const std::vector<sync::Part> parts,
                              sync::ComposeEdit(stored.document, edit));
    DATELINE_ASSIGN_OR_RETURN(
        saved, Save(stored.assignment, parts, /*new_document=*/false));
  }
  AnnounceOwn(std::move(saved.events));
  return absl::OkStatus();
}

absl::Status ClientImpl::EditReport(const DocumentId& report,
                                    const ReportEdit& edit) {
  return Edit(report, v1::DOCUMENT_KIND_REPORT, ToDocumentEdit(edit));
}

absl::Status ClientImpl::EditStatement(const DocumentId& statement,
                                       const StatementEdit& edit) {
  return Edit(statement, v1::DOCUMENT_KIND_STATEMENT, ToDocumentEdit(edit));
}

absl::StatusOr<v1::Document> ClientImpl::ActLocked(const DocumentId& document,
                                                   const v1::Action& action,
                                                   std::vector<Event>* events) {
  if (action.has_submit()) {  // what was typed is filed with it
    DATELINE_ASSIGN_OR_RETURN(const std::vector<StoredDraft> drafts,
                              store_->drafts().OfDocument(document));
    size_t sealed = 0;
    DATELINE_RETURN_IF_ERROR(
        SealDraftsOf(drafts, /*keep_open=*/false, &sealed, events));
  }
  DATELINE_ASSIGN_OR_RETURN(const StoredDocument stored, LoadToWrite(document));
  DATELINE_ASSIGN_OR_RETURN(const Self* self, store_->Joined());
  DATELINE_ASSIGN_OR_RETURN(const v1::Ledger ledger,
                            store_->views().Ledger(stored.assignment));
  v1::Document seen = stored.document;
  if (const std::vector<std::string> version =
          sync::OlderVersion(action, stored.document);
      !version.empty()) {
    DATELINE_ASSIGN_OR_RETURN(seen, MergedAt(document, version));
    *seen.mutable_heads() = stored.document.heads();
  }
  DATELINE_ASSIGN_OR_RETURN(
      const std::vector<sync::Part> parts,
      sync::ComposeAction(
          action, {.document = seen, .ledger = ledger, .actor = self->person}));
  DATELINE_ASSIGN_OR_RETURN(
      Saved saved, Save(stored.assignment, parts, /*new_document=*/false));
  events->insert(events->end(), saved.events.begin(), saved.events.end());
  DATELINE_ASSIGN_OR_RETURN(StoredDocument after, Load(document));
  return std::move(after.document);
}

absl::StatusOr<v1::Document> ClientImpl::Act(const DocumentId& document,
                                             const v1::Action& action) {
  std::vector<Event> events;
  absl::StatusOr<v1::Document> result;
  {
    sync::MutexLock lock(&mu_);
    DATELINE_RETURN_IF_ERROR(EnsureStore());
    result = ActLocked(document, action, &events);
  }
  AnnounceOwn(std::move(events));
  return result;
}

}  // namespace dateline::client

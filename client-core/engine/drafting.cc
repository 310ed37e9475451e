// Drafts: every keystroke durable, sealed as the net edit against exactly the
// version that they were opened on (DESIGN 5).
#include <algorithm>

#include "client-core/engine/client_impl.h"
#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"
#include "sync/model/fields.h"
#include "sync/text/draft.h"

namespace dateline::client {
namespace {

constexpr absl::Duration kIdleBeforeSeal = absl::Seconds(5);

absl::Status CheckDraft(uint32_t field, const std::string& text,
                        const v1::Document& document) {
  const sync::FieldInfo* info = sync::FindField(field);
  if (info == nullptr || info->shape != sync::FieldShape::kText ||
      static_cast<int>(info->kind) != document.kind()) {
    return sync::MakeError(v1::BAD_REQUEST, "this field holds no text to draft",
                           {.field = absl::StrCat("field ", field)});
  }
  if (text.size() > sync::kDraftBytesMax) {
    return sync::TooLarge(info->name, "kDraftBytesMax", sync::kDraftBytesMax,
                          text.size());
  }
  return sync::text::ToScalars(text).status();
}

// The version that an author has before him once his own changes, sealed on
// `opened_on`, are in: others' changes that came meanwhile are no part of it.
std::vector<std::string> HeadsAfter(std::vector<std::string> opened_on,
                                    const std::vector<sync::Change>& sealed) {
  for (const sync::Change& change : sealed) {
    for (const sync::Hash& dep : change.header.deps) {
      opened_on.erase(
          std::remove(opened_on.begin(), opened_on.end(), dep.view()),
          opened_on.end());
    }
    opened_on.push_back(change.hash.str());
  }
  std::sort(opened_on.begin(), opened_on.end());
  return opened_on;
}

}  // namespace

absl::Status ClientImpl::PutDraft(const DocumentId& document, uint32_t field,
                                  const std::string& text) {
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  DATELINE_ASSIGN_OR_RETURN(const StoredDocument stored, Load(document));
  DATELINE_RETURN_IF_ERROR(CheckDraft(field, text, stored.document));
  return store_->Transact([&]() -> absl::Status {
    mu_.AssertHeld();
    DATELINE_ASSIGN_OR_RETURN(std::optional<StoredDraft> draft,
                              store_->drafts().Find(document, field));
    if (draft && draft->draft.text == text) return absl::OkStatus();
    if (!draft) {
      draft.emplace();
      draft->draft.document = document;
      draft->draft.field = field;
      for (const std::string& head : stored.document.version().heads()) {
        draft->draft.opened_on.push_back(head);
      }
    }
    draft->draft.text = text;
    draft->draft.updated = clock_.Now();
    ++draft->strokes;
    return store_->drafts().Put(*draft);
  });
}

absl::StatusOr<std::optional<Draft>> ClientImpl::GetDraft(
    const DocumentId& document, uint32_t field) {
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  DATELINE_ASSIGN_OR_RETURN(std::optional<StoredDraft> draft,
                            store_->drafts().Find(document, field));
  if (!draft) return std::nullopt;
  return std::move(draft->draft);
}

absl::Status ClientImpl::SealDraft(StoredDraft draft, bool keep_open,
                                   size_t* sealed, std::vector<Event>* events) {
  const DocumentId& document = draft.draft.document;
  std::vector<sync::Part> parts;
  AssignmentId assignment;
  if (draft.strokes > 0) {
    DATELINE_ASSIGN_OR_RETURN(const StoredDocument stored, Load(document));
    assignment = stored.assignment;
    DATELINE_ASSIGN_OR_RETURN(const v1::Document base,
                              MergedAt(document, draft.draft.opened_on));
    sync::DocumentEdit edit;
    edit.texts[draft.draft.field] = draft.draft.text;
    DATELINE_ASSIGN_OR_RETURN(parts, sync::ComposeEdit(base, edit));
  }
  Saved saved;
  DATELINE_RETURN_IF_ERROR(store_->Transact([&]() -> absl::Status {
    mu_.AssertHeld();
    Materializer materializer(store_.get());
    if (!parts.empty()) {
      DATELINE_RETURN_IF_ERROR(SealAndStore(
          assignment, parts, /*new_document=*/false, &materializer, &saved));
      DATELINE_RETURN_IF_ERROR(materializer.Finish(&saved.events));
    }
    if (!keep_open) {
      return store_->drafts().Remove(document, draft.draft.field);
    }
    draft.draft.opened_on = HeadsAfter(draft.draft.opened_on, saved.changes);
    draft.strokes = 0;
    return store_->drafts().Put(draft);
  }));
  if (!parts.empty()) ++*sealed;
  events->insert(events->end(), saved.events.begin(), saved.events.end());
  return absl::OkStatus();
}

absl::Status ClientImpl::SealDraftsOf(const std::vector<StoredDraft>& drafts,
                                      bool keep_open, size_t* sealed,
                                      std::vector<Event>* events) {
  absl::Status first_error;  // one bad draft stops no other
  for (const StoredDraft& draft : drafts) {
    first_error.Update(SealDraft(draft, keep_open, sealed, events));
  }
  return first_error;
}

absl::StatusOr<size_t> ClientImpl::SealDrafts(bool only_idle) {
  size_t sealed = 0;
  std::vector<Event> events;
  {
    sync::MutexLock lock(&mu_);
    DATELINE_RETURN_IF_ERROR(EnsureStore());
    DATELINE_ASSIGN_OR_RETURN(
        const std::vector<StoredDraft> drafts,
        only_idle ? store_->drafts().Due(clock_.Now() - kIdleBeforeSeal,
                                         sync::kKeystrokesPerSealMax)
                  : store_->drafts().All());
    DATELINE_RETURN_IF_ERROR(
        SealDraftsOf(drafts, /*keep_open=*/only_idle, &sealed, &events));
  }
  AnnounceOwn(std::move(events));
  return sealed;
}

}  // namespace dateline::client

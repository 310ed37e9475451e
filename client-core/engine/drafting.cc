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
  DATELINE_ASSIGN_OR_RETURN(const std::u32string scalars,
                            sync::text::ToScalars(text));
  if (scalars.size() > sync::kTextScalarsMax) {
    return sync::TooLarge(info->name, "kTextScalarsMax", sync::kTextScalarsMax,
                          scalars.size());
  }
  return absl::OkStatus();
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

// True if each part is a change that the protocol lets through.
bool Fits(const std::vector<sync::Part>& parts) {
  return std::ranges::all_of(parts, [](const sync::Part& part) {
    return part.content.ByteSizeLong() <= sync::kContentBytesMax &&
           part.structure.ByteSizeLong() <= sync::kStructureBytesMax;
  });
}

// A text between `from` and `to`, as far on as one change can carry.
absl::StatusOr<std::string> OnTheWay(const std::string& from,
                                     const std::string& to) {
  constexpr size_t kScalarsMax = sync::kContentBytesMax / 4 - 256;
  constexpr size_t kPlacesMax = 1024;
  DATELINE_ASSIGN_OR_RETURN(const std::u32string base,
                            sync::text::ToScalars(from));
  DATELINE_ASSIGN_OR_RETURN(const std::u32string edited,
                            sync::text::ToScalars(to));
  using Kind = sync::text::DiffPart::Kind;
  std::u32string out;
  size_t left = kScalarsMax, places = 0;
  for (const auto& part : sync::text::DiffWords(base, edited)) {
    if (part.kind == Kind::kSame) ++places;
    const bool full = left == 0 || places > kPlacesMax;
    if (part.kind == Kind::kAdded && !full) {
      out += part.text.substr(0, left);
      left -= std::min(left, part.text.size());
    } else if (part.kind == Kind::kSame ||
               (part.kind != Kind::kAdded && full)) {
      out += part.text;
    }
  }
  return sync::text::ToUtf8(out);
}

// The net edit from `base` to the draft; where that is more than one change
// can carry, its first piece. *whole: nothing is left of it.
absl::StatusOr<std::vector<sync::Part>> ComposePiece(const v1::Document& base,
                                                     const Draft& draft,
                                                     bool* whole) {
  sync::DocumentEdit edit;
  edit.texts[draft.field] = draft.text;
  DATELINE_ASSIGN_OR_RETURN(std::vector<sync::Part> parts,
                            sync::ComposeEdit(base, edit));
  *whole = Fits(parts);
  if (*whole) return parts;
  DATELINE_ASSIGN_OR_RETURN(
      edit.texts[draft.field],
      OnTheWay(sync::ReaderText(base, draft.field), draft.text));
  return sync::ComposeEdit(base, edit);
}

}  // namespace

absl::Status ClientImpl::PutDraft(const DocumentId& document, uint32_t field,
                                  const std::string& text) {
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  DATELINE_ASSIGN_OR_RETURN(const StoredDocument stored, LoadToWrite(document));
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

absl::StatusOr<bool> ClientImpl::SealPiece(StoredDraft* draft, bool keep_open,
                                           bool* whole,
                                           std::vector<Event>* events) {
  const DocumentId& document = draft->draft.document;
  std::vector<sync::Part> parts;
  AssignmentId assignment;
  *whole = true;
  if (draft->strokes > 0) {
    DATELINE_ASSIGN_OR_RETURN(const StoredDocument stored, Load(document));
    assignment = stored.assignment;
    DATELINE_ASSIGN_OR_RETURN(const v1::Document base,
                              MergedAt(document, draft->draft.opened_on));
    DATELINE_ASSIGN_OR_RETURN(parts, ComposePiece(base, draft->draft, whole));
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
    if (*whole && !keep_open) {
      return store_->drafts().Remove(document, draft->draft.field);
    }
    draft->draft.opened_on = HeadsAfter(draft->draft.opened_on, saved.changes);
    if (*whole) draft->strokes = 0;
    return store_->drafts().Put(*draft);
  }));
  events->insert(events->end(), saved.events.begin(), saved.events.end());
  return !parts.empty();
}

absl::Status ClientImpl::SealStored(StoredDraft draft, bool keep_open,
                                    size_t* sealed,
                                    std::vector<Event>* events) {
  bool changed = false;
  for (bool whole = false; !whole;) {
    DATELINE_ASSIGN_OR_RETURN(const bool wrote,
                              SealPiece(&draft, keep_open, &whole, events));
    changed = changed || wrote;
    if (!wrote && !whole) {
      return sync::MakeError(v1::TOO_LARGE,
                             "this draft changes too many places for one save");
    }
  }
  *sealed += changed ? 1 : 0;
  return absl::OkStatus();
}

absl::Status ClientImpl::SealDraftsOf(const std::vector<StoredDraft>& drafts,
                                      bool keep_open, size_t* sealed,
                                      std::vector<Event>* events) {
  absl::Status first_error;  // one bad draft stops no other
  for (const StoredDraft& draft : drafts) {
    first_error.Update(SealStored(draft, keep_open, sealed, events));
  }
  return first_error;
}

absl::StatusOr<size_t> ClientImpl::SealDrafts(bool only_idle) {
  size_t sealed = 0;
  std::vector<Event> events;
  absl::Status status;
  {
    sync::MutexLock lock(&mu_);
    DATELINE_RETURN_IF_ERROR(EnsureStore());
    DATELINE_ASSIGN_OR_RETURN(
        const std::vector<StoredDraft> drafts,
        only_idle ? store_->drafts().Due(clock_.Now() - kIdleBeforeSeal,
                                         sync::kKeystrokesPerSealMax)
                  : store_->drafts().All());
    status = SealDraftsOf(drafts, /*keep_open=*/only_idle, &sealed, &events);
  }
  AnnounceOwn(std::move(events));  // one that is refused stops no other
  DATELINE_RETURN_IF_ERROR(status);
  return sealed;
}

absl::Status ClientImpl::SealDraft(const DocumentId& document, uint32_t field) {
  size_t sealed = 0;
  std::vector<Event> events;
  absl::Status status;
  {
    sync::MutexLock lock(&mu_);
    DATELINE_RETURN_IF_ERROR(EnsureStore());
    DATELINE_ASSIGN_OR_RETURN(std::optional<StoredDraft> draft,
                              store_->drafts().Find(document, field));
    if (!draft) return absl::OkStatus();
    status =
        SealStored(*std::move(draft), /*keep_open=*/false, &sealed, &events);
  }
  AnnounceOwn(std::move(events));
  return status;
}

absl::Status ClientImpl::DropDraft(const DocumentId& document, uint32_t field) {
  sync::MutexLock lock(&mu_);
  DATELINE_RETURN_IF_ERROR(EnsureStore());
  return store_->Transact([&]() -> absl::Status {
    mu_.AssertHeld();
    return store_->drafts().Remove(document, field);
  });
}

}  // namespace dateline::client

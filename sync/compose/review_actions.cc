#include <algorithm>

#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"
#include "sync/compose/action_checks.h"
#include "sync/compose/actions.h"
#include "sync/compose/notice_text.h"
#include "sync/compose/part_builder.h"
#include "sync/merge/document.h"
#include "sync/model/fields.h"

namespace dateline::sync {
namespace {

std::vector<Part> One(PartBuilder builder) {
  std::vector<Part> parts;
  parts.push_back(std::move(builder).Finish());
  return parts;
}

// The newest request of a kind that is still open; nullptr: none.
const v1::RequestState* NewestOpen(const v1::Document& document,
                                   v1::RequestKind what) {
  const v1::RequestState* newest = nullptr;
  for (const v1::RequestState& request : document.workflow().requests()) {
    if (request.what() == what && request.open()) newest = &request;
  }
  return newest;
}

// A request about the version that is on screen.
v1::RequestOp* AddRequest(v1::RequestKind what, const v1::Document& document,
                          PartBuilder* part) {
  v1::RequestOp* request = part->AddOp()->mutable_request();
  request->set_what(what);
  part->NameAll(document.version().heads(), request->mutable_version());
  return request;
}

}  // namespace

Parts Compose(const v1::Approve& action, const Seen& seen) {
  const v1::Version& version = seen.document.version();
  std::vector<std::string> named(action.version().begin(),
                                 action.version().end());
  std::ranges::sort(named);
  if (!named.empty() && !std::ranges::equal(named, version.heads())) {
    return MakeError(v1::CONFLICT,
                     "the version to approve is not the one that was read",
                     {.field = "approve.version",
                      .limit = absl::StrCat(version.heads_size(), " heads"),
                      .got = absl::StrCat(named.size(), " heads")});
  }
  if (!version.can_approve() || version.heads().empty()) {
    return MakeError(
        v1::INCOMPLETE_VERSION,
        "this version cannot be approved: parts are missing or a "
        "conflict is open",
        {.field = "approve.version",
         .limit = "complete, no open conflict",
         .got = absl::StrCat(seen.document.conflicts(), " open conflicts")});
  }
  PartBuilder part(seen.document, Lane::kFact);
  v1::AttestOp* attest = part.AddOp()->mutable_attest();
  attest->set_what(v1::ATTESTATION_APPROVED);
  part.NameAll(version.heads(), attest->mutable_version());
  attest->set_rendering(kRenderingNow);
  attest->set_rendering_hash(RenderingHash(seen.document).str());
  part.AddNote(kReason, action.note(), attest->mutable_fields());
  return One(std::move(part));
}

Parts Compose(const v1::Ask& action, const Seen& seen) {
  PartBuilder part(seen.document, Lane::kFact);
  v1::RequestOp* request =
      AddRequest(v1::REQUEST_KIND_ASK, seen.document, &part);
  part.AddText(kMessageText, action.text(), request->mutable_fields());
  return One(std::move(part));
}

Parts Compose(const v1::AnswerAsk& action, const Seen& seen) {
  const v1::RequestState* ask = nullptr;
  if (action.ask().change().empty()) {
    ask = NewestOpen(seen.document, v1::REQUEST_KIND_ASK);
  }
  for (const v1::RequestState& request : seen.document.workflow().requests()) {
    if (request.what() == v1::REQUEST_KIND_ASK &&
        request.id().change() == action.ask().change() &&
        request.id().op() == action.ask().op()) {
      ask = &request;
    }
  }
  if (ask == nullptr) return NotThere("question", "answer_ask.ask");
  PartBuilder part(seen.document, Lane::kFact);
  v1::RequestOp* request =
      AddRequest(v1::REQUEST_KIND_ANSWER, seen.document, &part);
  part.Ref(ask->id(), request->mutable_answers());
  part.AddText(kMessageText, action.text(), request->mutable_fields());
  return One(std::move(part));
}

Parts Compose(const v1::Submit& action, const Seen& seen) {
  PartBuilder part(seen.document, Lane::kFact);
  v1::RequestOp* request =
      AddRequest(v1::REQUEST_KIND_SUBMIT, seen.document, &part);
  part.AddNote(kReason, action.note(), request->mutable_fields());
  return One(std::move(part));
}

Parts Compose(const v1::TakeBack& action, const Seen& seen) {
  const v1::RequestState* submitted =
      NewestOpen(seen.document, v1::REQUEST_KIND_SUBMIT);
  if (submitted == nullptr) return NotThere("submission", "take_back");
  PartBuilder part(seen.document, Lane::kFact);
  v1::RequestOp* request =
      AddRequest(v1::REQUEST_KIND_TAKE_BACK, seen.document, &part);
  part.Ref(submitted->id(), request->mutable_answers());
  part.AddNote(kReason, action.reason(), request->mutable_fields());
  return One(std::move(part));
}

Parts Compose(const v1::Stop& action, const Seen& seen) {
  PartBuilder part(seen.document, Lane::kNotice);
  v1::StopOp* stop = part.AddOp()->mutable_stop();
  stop->set_what(action.what());
  AddNotice({{kNoticeSlugline, SluglineOf(seen.document)},
             {kReason, action.reason()}},
            stop->mutable_fields(), &part);
  return One(std::move(part));
}

Parts Compose(const v1::Acknowledge& action, const Seen& seen) {
  if (action.changes().empty()) return NotThere("notice", "acknowledge");
  PartBuilder part(seen.document, Lane::kReceipt);
  *part.AddOp()->mutable_ack()->mutable_changes() = action.changes();
  return One(std::move(part));
}

Parts Compose(const v1::Delete& action, const Seen& seen) {
  PartBuilder part(seen.document, Lane::kFact);
  v1::LifeOp* life = part.AddOp()->mutable_life();
  life->set_deleted(!action.restore());
  for (const Lane lane : {Lane::kNotice, Lane::kFact, Lane::kText}) {
    for (const Hash& head : HeadsOf(seen.document, lane)) {
      life->add_heads(part.Name(head));
    }
  }
  return One(std::move(part));
}

Parts Compose(const v1::Redact& action, const Seen& seen) {
  if (action.changes().empty()) return NotThere("change", "redact.changes");
  if (action.changes_size() > kRedactedPerNoticeMax) {
    return TooLarge("redact.changes", "kRedactedPerNoticeMax",
                    kRedactedPerNoticeMax, action.changes_size());
  }
  PartBuilder part(seen.document, Lane::kNotice);
  v1::RedactOp* redact = part.AddOp()->mutable_redact();
  *redact->mutable_changes() = action.changes();
  AddNotice({{kReason, action.reason()}}, redact->mutable_fields(), &part);
  return One(std::move(part));
}

}  // namespace dateline::sync

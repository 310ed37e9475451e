#include "sync/compose/decision.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sync/base/errors.h"
#include "sync/compose/action_checks.h"
#include "sync/compose/owed.h"
#include "sync/compose/part_builder.h"
#include "sync/merge/document.h"
#include "sync/model/fields.h"

namespace dateline::sync {
namespace {

// A refusal is a plain sentence; empty: nothing stands against it.
using Refusal = std::string;

bool Has(const google::protobuf::RepeatedPtrField<v1::ItemId>& items,
         const v1::ItemId& id) {
  return std::ranges::any_of(
      items, [&](const v1::ItemId& item) { return SameItem(item, id); });
}

bool IsPublished(v1::Decision standing) {
  return standing == v1::DECISION_PUBLISHED ||
         standing == v1::DECISION_CORRECTED;
}

// The decision that says where the report is: the highest that let it go or,
// before any did, dropped it.
v1::Decision Standing(const v1::Workflow& workflow) {
  v1::Decision standing = v1::DECISION_UNSPECIFIED;
  for (const v1::DecisionState& decision : workflow.decisions()) {
    if (decision.repeats()) continue;
    if (IsPublished(decision.what()) ||
        (decision.what() == v1::DECISION_SPIKED && !IsPublished(standing))) {
      standing = decision.what();
    }
  }
  return standing;
}

Refusal RefuseUnseen(const v1::RequestState& request,
                     const v1::ApprovalState& approval, const HomeView& view) {
  const Owed owed = OwedBy(approval, view.document, view.ledger);
  for (const v1::ItemId& stop : owed.stops) {
    if (!Has(request.stops(), stop)) {
      return "a stop is in force that the request does not name";
    }
  }
  for (const v1::ItemId& figure : owed.withdrawn) {
    if (!Has(request.withdrawn(), figure)) {
      return "the version cites a withdrawn figure that the request does not "
             "name";
    }
  }
  for (const Hash& head : owed.newer) {
    if (std::ranges::find(request.newer(), head.str()) ==
        request.newer().end()) {
      return "there is a newer change that the request does not name";
    }
  }
  return "";
}

Refusal RefusePublish(const v1::RequestState& request, const HomeView& view) {
  const v1::Decision standing = Standing(view.document.workflow());
  const bool corrects = request.what() == v1::REQUEST_KIND_CORRECT;
  if (corrects && !IsPublished(standing)) return "it is not published";
  if (!corrects && IsPublished(standing)) {
    return "it is published already: correct it";
  }
  if (standing == v1::DECISION_SPIKED) return "it was spiked";
  const v1::ApprovalState* approval =
      request.approval().change().empty()
          ? nullptr
          : FindApproval(view.document, request.approval());
  if (approval == nullptr) return "there is no such approval";
  if (!std::ranges::equal(approval->version(), request.version())) {
    return "the approval is of another version";
  }
  if (view.approved == nullptr) return "a part of the version has not arrived";
  if (approval->rendering() != kRenderingNow ||
      approval->rendering_hash() != RenderingHash(*view.approved).str()) {
    return "what was approved does not read as that version does here";
  }
  return RefuseUnseen(request, *approval, view);
}

Refusal RefuseSpike(const HomeView& view) {
  const v1::Decision standing = Standing(view.document.workflow());
  if (IsPublished(standing)) return "it is published: kill it";
  if (standing == v1::DECISION_SPIKED) return "it was spiked already";
  return "";
}

std::vector<v1::ItemId> StopsToLift(const v1::RequestState& request,
                                    const v1::Workflow& workflow) {
  std::vector<v1::ItemId> lifts;
  for (const v1::StopState& stop : workflow.stops()) {
    if (stop.in_force() && Has(request.stops(), stop.id())) {
      lifts.push_back(stop.id());
    }
  }
  return lifts;
}

Refusal RefusalOf(const v1::RequestState& request, const HomeView& view) {
  switch (request.what()) {
    case v1::REQUEST_KIND_PUBLISH:
    case v1::REQUEST_KIND_CORRECT:
      return RefusePublish(request, view);
    case v1::REQUEST_KIND_SPIKE:
      return RefuseSpike(view);
    default:
      return StopsToLift(request, view.document.workflow()).empty()
                 ? "no stop that it names is in force"
                 : "";
  }
}

// DECISION_UNSPECIFIED for a request that home has no part in.
v1::Decision DecisionFor(v1::RequestKind what) {
  switch (what) {
    case v1::REQUEST_KIND_PUBLISH:
      return v1::DECISION_PUBLISHED;
    case v1::REQUEST_KIND_RELEASE:
      return v1::DECISION_RELEASED;
    case v1::REQUEST_KIND_CORRECT:
      return v1::DECISION_CORRECTED;
    case v1::REQUEST_KIND_SPIKE:
      return v1::DECISION_SPIKED;
    default:
      return v1::DECISION_UNSPECIFIED;
  }
}

uint32_t NextNumber(const v1::Workflow& workflow) {
  uint32_t number = 1;
  for (const v1::DecisionState& decision : workflow.decisions()) {
    number = std::max(number, decision.number() + 1);
  }
  return number;
}

Part Decide(v1::Decision what, const v1::RequestState& request,
            const Refusal& refusal, const HomeView& view) {
  PartBuilder part(view.document, Lane::kFact);
  v1::DecisionOp* op = part.AddOp()->mutable_decision();
  op->set_what(refusal.empty() ? what : v1::DECISION_REFUSED);
  op->set_number(NextNumber(view.document.workflow()));
  part.Ref(request.id(), op->mutable_request());
  if (!refusal.empty()) {
    part.AddNote(kReason, refusal, op->mutable_fields());
    return std::move(part).Finish();
  }
  if (what == v1::DECISION_RELEASED) {
    for (const v1::ItemId& stop :
         StopsToLift(request, view.document.workflow())) {
      part.Ref(stop, op->add_lifts());
    }
  }
  if (IsPublished(what)) {
    part.NameAll(request.version(), op->mutable_version());
    part.Ref(request.approval(), op->mutable_approval());
  }
  part.AddNote(IsPublished(what) ? kPublicNote : kReason, request.text(),
               op->mutable_fields());
  return std::move(part).Finish();
}

}  // namespace

absl::StatusOr<Part> ComposeDecision(const v1::ItemId& request,
                                     const HomeView& view) {
  for (const v1::RequestState& state : view.document.workflow().requests()) {
    if (!SameItem(state.id(), request)) continue;
    const v1::Decision what = DecisionFor(state.what());
    if (what == v1::DECISION_UNSPECIFIED || !state.open()) {
      return MakeError(v1::BAD_REQUEST, "the request is not open to home",
                       {.field = "request",
                        .limit = "open publish, correct, release or spike",
                        .got = v1::RequestKind_Name(state.what())});
    }
    return Decide(what, state, RefusalOf(state, view), view);
  }
  return NotThere("request", "request");
}

Part ComposeVerdict(const v1::Document& document, const Hash& change,
                    v1::Admission what, v1::HeldReason why, uint32_t number) {
  PartBuilder part(document, Lane::kNotice);
  v1::VerdictOp* verdict = part.AddOp()->mutable_verdict();
  verdict->set_what(what);
  verdict->set_change(change.str());
  verdict->set_why(why);
  verdict->set_number(number);
  return std::move(part).Finish();
}

}  // namespace dateline::sync

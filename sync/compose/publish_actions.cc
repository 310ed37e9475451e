#include <algorithm>

#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/compose/action_checks.h"
#include "sync/compose/actions.h"
#include "sync/compose/owed.h"
#include "sync/compose/part_builder.h"
#include "sync/model/fields.h"

namespace dateline::sync {
namespace {

std::vector<Part> One(PartBuilder builder) {
  std::vector<Part> parts;
  parts.push_back(std::move(builder).Finish());
  return parts;
}

// What the author says to have seen.
struct Despite {
  bool stops = false;
  bool withdrawn = false;
  bool newer = false;
};

// Publishing past something that the author has not said to have seen.
absl::Status CheckDespite(const Owed& owed, const Despite& despite) {
  std::vector<std::string> missed;
  if (!owed.stops.empty() && !despite.stops) {
    missed.push_back(absl::StrCat(owed.stops.size(), " stops in force"));
  }
  if (!owed.withdrawn.empty() && !despite.withdrawn) {
    missed.push_back(
        absl::StrCat(owed.withdrawn.size(), " withdrawn figures cited"));
  }
  if (!owed.newer.empty() && !despite.newer) {
    missed.push_back(
        absl::StrCat(owed.newer.size(), " changes newer than the approval"));
  }
  if (missed.empty()) return absl::OkStatus();
  return MakeError(v1::CONFLICT,
                   "look at what stands against publishing, then say so",
                   {.field = "publish", .got = absl::StrJoin(missed, ", ")});
}

Parts ComposePublish(v1::RequestKind what, const v1::ItemId& approval_id,
                     const Despite& despite, absl::string_view public_note,
                     const Seen& seen) {
  const v1::ApprovalState* approval = FindApproval(seen.document, approval_id);
  if (approval == nullptr) return NotThere("approval", "publish.approval");
  const Owed owed = OwedBy(*approval, seen.document, seen.ledger);
  DATELINE_RETURN_IF_ERROR(CheckDespite(owed, despite));
  PartBuilder part(seen.document, Lane::kFact);
  v1::RequestOp* request = part.AddOp()->mutable_request();
  request->set_what(what);
  part.NameAll(approval->version(), request->mutable_version());
  part.Ref(approval->id(), request->mutable_approval());
  for (const v1::ItemId& stop : owed.stops) {
    part.Ref(stop, request->add_stops());
  }
  for (const v1::ItemId& figure : owed.withdrawn) {
    *request->add_withdrawn() = figure;
  }
  part.NameAll(owed.newer, request->mutable_newer());
  part.AddNote(kPublicNote, public_note, request->mutable_fields());
  return One(std::move(part));
}

}  // namespace

Parts Compose(const v1::Publish& action, const Seen& seen) {
  return ComposePublish(v1::REQUEST_KIND_PUBLISH, action.approval(),
                        {.stops = action.despite_stops(),
                         .withdrawn = action.despite_withdrawn(),
                         .newer = action.despite_newer()},
                        "", seen);
}

// A correction answers what is published already, so that a hold on the
// report does not keep it from readers; it names the stops all the same.
Parts Compose(const v1::Correct& action, const Seen& seen) {
  return ComposePublish(v1::REQUEST_KIND_CORRECT, action.approval(),
                        {.stops = true,
                         .withdrawn = action.despite_withdrawn(),
                         .newer = action.despite_newer()},
                        action.public_note(), seen);
}

Parts Compose(const v1::Release& action, const Seen& seen) {
  PartBuilder part(seen.document, Lane::kFact);
  v1::RequestOp* request = part.AddOp()->mutable_request();
  request->set_what(v1::REQUEST_KIND_RELEASE);
  int found = 0;
  for (const v1::StopState& stop : seen.document.workflow().stops()) {
    const bool named =
        std::ranges::any_of(action.stops(), [&](const v1::ItemId& id) {
          return id.change() == stop.id().change() && id.op() == stop.id().op();
        });
    if (!stop.in_force() || (!action.stops().empty() && !named)) continue;
    part.Ref(stop.id(), request->add_stops());
    ++found;
  }
  if (found == 0 || (!action.stops().empty() && found != action.stops_size())) {
    return NotThere("stop in force", "release.stops");
  }
  part.AddNote(kReason, action.reason(), request->mutable_fields());
  return One(std::move(part));
}

Parts Compose(const v1::Spike& action, const Seen& seen) {
  PartBuilder part(seen.document, Lane::kFact);
  v1::RequestOp* request = part.AddOp()->mutable_request();
  request->set_what(v1::REQUEST_KIND_SPIKE);
  part.NameAll(seen.document.version().heads(), request->mutable_version());
  part.AddNote(kReason, action.reason(), request->mutable_fields());
  return One(std::move(part));
}

}  // namespace dateline::sync

#include "sync/compose/action.h"

#include <algorithm>

#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"
#include "sync/compose/action_checks.h"
#include "sync/compose/actions.h"
#include "sync/compose/part_builder.h"
#include "sync/model/fields.h"

namespace dateline::sync {
namespace {

// A change has an op: one that leaves everything as it is.
void AddNothing(const v1::Document& document, Lane lane, PartBuilder* part) {
  if (lane == Lane::kText) {
    part->AddOp()->mutable_text_resolve()->set_field(kBody);
  } else if (document.kind() == v1::DOCUMENT_KIND_REPORT) {
    part->AddOp()->mutable_remove()->set_field(kSubjects);
  } else {
    part->AddOp()->mutable_life()->set_deleted(document.deleted());
  }
}

}  // namespace

std::vector<std::string> OlderVersion(const v1::Action& action,
                                      const v1::Document& now) {
  const auto& named = action.approve().version();
  std::vector<std::string> version(named.begin(), named.end());
  std::ranges::sort(version);
  if (std::ranges::equal(version, now.version().heads())) version.clear();
  return version;
}

std::vector<Part> JoinHeads(const v1::Document& document) {
  std::vector<Part> parts;
  for (const Lane lane : {Lane::kFact, Lane::kText}) {
    if (HeadsOf(document, lane).size() <= kDepsMax) continue;
    PartBuilder part(document, lane);
    AddNothing(document, lane, &part);
    parts.push_back(std::move(part).Finish());
    parts.back().deps.resize(kDepsMax);
  }
  return parts;
}

absl::StatusOr<std::vector<Part>> ComposeAction(const v1::Action& action,
                                                const Seen& seen) {
  DATELINE_RETURN_IF_ERROR(CheckAction(action, seen.document));
  switch (action.kind_case()) {
    case v1::Action::kApprove:
      return Compose(action.approve(), seen);
    case v1::Action::kAsk:
      return Compose(action.ask(), seen);
    case v1::Action::kStop:
      return Compose(action.stop(), seen);
    case v1::Action::kPublish:
      return Compose(action.publish(), seen);
    case v1::Action::kRelease:
      return Compose(action.release(), seen);
    case v1::Action::kSpike:
      return Compose(action.spike(), seen);
    case v1::Action::kCorrect:
      return Compose(action.correct(), seen);
    case v1::Action::kResolveRegister:
      return Compose(action.resolve_register(), seen);
    case v1::Action::kResolveText:
      return Compose(action.resolve_text(), seen);
    case v1::Action::kWithdraw:
      return Compose(action.withdraw(), seen);
    case v1::Action::kSupersede:
      return Compose(action.supersede(), seen);
    case v1::Action::kAttestFigure:
      return Compose(action.attest_figure(), seen);
    case v1::Action::kSameAs:
      return Compose(action.same_as(), seen);
    case v1::Action::kSettle:
      return Compose(action.settle(), seen);
    case v1::Action::kAnswerEvent:
      return Compose(action.answer_event(), seen);
    case v1::Action::kAcknowledge:
      return Compose(action.acknowledge(), seen);
    case v1::Action::kSubmit:
      return Compose(action.submit(), seen);
    case v1::Action::kAnswerAsk:
      return Compose(action.answer_ask(), seen);
    case v1::Action::kTakeBack:
      return Compose(action.take_back(), seen);
    case v1::Action::kCorrectFigure:
      return Compose(action.correct_figure(), seen);
    case v1::Action::kCite:
      return Compose(action.cite(), seen);
    case v1::Action::kDelete:
      return Compose(action.delete_(), seen);
    case v1::Action::kRedact:
      return Compose(action.redact(), seen);
    case v1::Action::KIND_NOT_SET:
      break;
  }
  return MakeError(v1::BAD_REQUEST, "no action was named",
                   {.field = "action.kind"});
}

}  // namespace dateline::sync

#include "tests/sync/merge/naive_uses.h"

#include <map>
#include <utility>

#include "sync/model/fields.h"

namespace dateline::testing {
namespace {

using Key = std::pair<std::string, uint32_t>;

Key KeyOf(const v1::ItemId& id) { return {id.change(), id.op()}; }

std::string Shown(const v1::Document& document, uint32_t field) {
  for (const v1::Register& one : document.registers()) {
    if (one.field() == field && one.writes_size() > 0) {
      return one.writes(0).value().text();
    }
  }
  return "";
}

v1::Cited AsCited(const v1::Item& item) {
  v1::Cited cited;
  *cited.mutable_id() = item.id();
  cited.set_target(item.target());
  if (item.has_target_item()) *cited.mutable_target_item() = item.target_item();
  *cited.mutable_by() = item.by();
  *cited.mutable_saw() = item.saw();
  return cited;
}

bool Holds(const google::protobuf::RepeatedPtrField<v1::Cited>& citations,
           const v1::Cited& wanted) {
  for (const v1::Cited& cited : citations) {
    if (KeyOf(cited.id()) == KeyOf(wanted.id())) return true;
  }
  return false;
}

bool Named(const google::protobuf::RepeatedPtrField<v1::ItemId>& ids,
           const v1::Cited& cited) {
  for (const v1::ItemId& id : ids) {
    if (KeyOf(id) == KeyOf(cited.target_item()) ||
        KeyOf(id) == KeyOf(cited.id())) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::vector<NaiveUse> NaiveUsesOf(const v1::Document& report) {
  const v1::Workflow& flow = report.workflow();
  std::map<Key, v1::Cited> now, all;
  for (const v1::Item& item : report.items()) {
    if (item.list() == sync::kCitations) now[KeyOf(item.id())] = AsCited(item);
  }
  all = now;
  const v1::DecisionState* last = nullptr;
  for (const v1::ApprovalState& approval : flow.approvals()) {
    for (const v1::Cited& cited : approval.citations()) {
      all.try_emplace(KeyOf(cited.id()), cited);
    }
  }
  for (const v1::DecisionState& decision : flow.decisions()) {
    if (!decision.repeats() && (decision.what() == v1::DECISION_PUBLISHED ||
                                decision.what() == v1::DECISION_CORRECTED)) {
      last = &decision;
    }
    for (const v1::Cited& cited : decision.citations()) {
      all.try_emplace(KeyOf(cited.id()), cited);
    }
  }
  std::vector<NaiveUse> uses;
  for (const auto& [key, cited] : all) {
    NaiveUse found;
    v1::Use& use = found.use;
    use.set_report(report.id());
    *use.mutable_citation() = cited.id();
    use.set_slugline(Shown(report, sync::kSlugline));
    use.set_headline(Shown(report, sync::kHeadline));
    use.set_status(flow.status());
    use.set_author(cited.by().actor());
    bool checked = false, corrected = false;
    for (const v1::ApprovalState& approval : flow.approvals()) {
      if (Holds(approval.citations(), cited)) use.set_in_approved(true);
      checked =
          checked ||
          (approval.what() == v1::ATTESTATION_CHECKED &&
           (approval.figures().empty() || Named(approval.figures(), cited)));
    }
    for (const v1::DecisionState& decision : flow.decisions()) {
      if (Holds(decision.citations(), cited)) use.set_in_published(true);
    }
    if (report.deleted() && !use.in_published()) continue;
    for (const v1::RequestState& request : flow.requests()) {
      if (last != nullptr && last->what() == v1::DECISION_CORRECTED &&
          KeyOf(request.id()) == KeyOf(last->request()) &&
          Named(request.withdrawn(), cited)) {
        corrected = true;
      }
    }
    const bool there =
        now.count(key) || (last != nullptr && Holds(last->citations(), cited));
    use.set_state(flow.status() == v1::STATUS_KILLED ? v1::USE_STATE_KILLED
                  : !there || corrected              ? v1::USE_STATE_CORRECTED
                  : checked                          ? v1::USE_STATE_CHECKED
                                                     : v1::USE_STATE_OPEN);
    found.target = cited.target();
    found.figure = cited.target_item();
    found.saw.insert(cited.saw().begin(), cited.saw().end());
    uses.push_back(found);
  }
  return uses;
}

}  // namespace dateline::testing

#include "sync/merge/ledger_uses.h"

#include <algorithm>
#include <utility>

#include "sync/model/fields.h"

namespace dateline::sync {
namespace {

bool IsPublication(const v1::DecisionState& decision) {
  return decision.what() == v1::DECISION_PUBLISHED ||
         decision.what() == v1::DECISION_CORRECTED;
}

// Collects one report's citations from the places where they stand.
class Reader {
 public:
  explicit Reader(const v1::Document& report) : report_(report) {}

  std::vector<CitedUse> Read() {
    for (const v1::Item& item : report_.items()) {
      if (item.list() != kCitations) continue;
      Found(item.id(), item.target(), item.target_item(), item.by(), item.saw())
          .now = true;
    }
    for (const auto& approval : report_.workflow().approvals()) {
      if (approval.what() != v1::ATTESTATION_APPROVED) continue;
      for (const v1::Cited& cited : approval.citations()) {
        Found(cited).cited.use.set_in_approved(true);
      }
    }
    ReadDecisions();
    std::vector<CitedUse> uses;
    for (auto& [key, found] : found_) {
      // A deleted draft uses nothing; what was published stays published.
      if (report_.deleted() && !found.cited.use.in_published()) continue;
      found.cited.use.set_state(StateOf(found));
      uses.push_back(std::move(found.cited));
    }
    return uses;
  }

 private:
  struct Place {
    CitedUse cited;
    bool now = false;             // in the document as it is
    bool last_published = false;  // in the newest thing published
  };

  Place& Found(const v1::Cited& cited) {
    return Found(cited.id(), cited.target(), cited.target_item(), cited.by(),
                 cited.saw());
  }
  Place& Found(const v1::ItemId& id, const std::string& target,
               const v1::ItemId& figure, const v1::Authored& by,
               const google::protobuf::RepeatedPtrField<std::string>& saw) {
    const auto [at, first] = found_.try_emplace(KeyOf(id));
    if (!first) return at->second;
    CitedUse& cited = at->second.cited;
    cited.target = target;
    cited.figure = KeyOf(figure);
    cited.saw.insert(saw.begin(), saw.end());
    cited.use.set_report(report_.id());
    *cited.use.mutable_citation() = id;
    cited.use.set_slugline(FirstValue(report_, kSlugline).text());
    cited.use.set_headline(FirstValue(report_, kHeadline).text());
    cited.use.set_status(report_.workflow().status());
    cited.use.set_author(by.actor());
    return at->second;
  }

  void ReadDecisions() {
    for (const auto& decision : report_.workflow().decisions()) {
      if (!IsPublication(decision)) continue;
      if (!decision.repeats()) {
        last_ = &decision;
        for (auto& [key, found] : found_) found.last_published = false;
      }
      for (const v1::Cited& cited : decision.citations()) {
        Place& found = Found(cited);
        found.cited.use.set_in_published(true);
        if (!decision.repeats()) found.last_published = true;
      }
    }
  }

  v1::UseState StateOf(const Place& place) const {
    if (report_.workflow().status() == v1::STATUS_KILLED) {
      return v1::USE_STATE_KILLED;
    }
    if (!place.now && !place.last_published) return v1::USE_STATE_CORRECTED;
    if (CorrectedKnowing(place.cited)) return v1::USE_STATE_CORRECTED;
    if (Checked(place.cited)) return v1::USE_STATE_CHECKED;
    return v1::USE_STATE_OPEN;
  }

  // The newest publication is a correction whose request names the figure as
  // withdrawn: what is out says so.
  bool CorrectedKnowing(const CitedUse& cited) const {
    if (last_ == nullptr || last_->what() != v1::DECISION_CORRECTED) {
      return false;
    }
    for (const auto& request : report_.workflow().requests()) {
      if (KeyOf(request.id()) != KeyOf(last_->request())) continue;
      return Names(request.withdrawn(), cited);
    }
    return false;
  }

  bool Checked(const CitedUse& cited) const {
    return std::ranges::any_of(
        report_.workflow().approvals(), [&](const v1::ApprovalState& a) {
          return a.what() == v1::ATTESTATION_CHECKED &&
                 (a.figures().empty() || Names(a.figures(), cited));
        });
  }

  // Names the figure, or the citation itself.
  static bool Names(const google::protobuf::RepeatedPtrField<v1::ItemId>& ids,
                    const CitedUse& cited) {
    return std::ranges::any_of(ids, [&](const v1::ItemId& id) {
      return KeyOf(id) == cited.figure ||
             KeyOf(id) == KeyOf(cited.use.citation());
    });
  }

  const v1::Document& report_;
  absl::btree_map<FigureKey, Place> found_;
  const v1::DecisionState* last_ = nullptr;  // publication; not owned
};

}  // namespace

Uses::Uses(const std::vector<const v1::Document*>& documents) {
  std::vector<const v1::Document*> reports;
  for (const v1::Document* document : documents) {
    if (document->kind() == v1::DOCUMENT_KIND_REPORT) {
      reports.push_back(document);
    }
  }
  std::ranges::sort(reports, {}, [](const auto* d) { return d->id(); });
  for (const v1::Document* report : reports) ReadReport(*report);
}

void Uses::ReadReport(const v1::Document& report) {
  for (CitedUse& cited : Reader(report).Read()) {
    by_target_[cited.target][cited.figure].push_back(
        static_cast<int>(uses_.size()));
    uses_.push_back(std::move(cited));
  }
}

std::vector<int> Uses::Of(const std::string& statement,
                          const FigureKey& figure) const {
  const auto target = by_target_.find(statement);
  if (target == by_target_.end()) return {};
  const auto found = target->second.find(figure);
  return found == target->second.end() ? std::vector<int>() : found->second;
}

std::vector<int> Uses::OfStatement(const std::string& statement) const {
  std::vector<int> uses;
  const auto target = by_target_.find(statement);
  if (target == by_target_.end()) return uses;
  for (const auto& [figure, indexes] : target->second) {
    uses.insert(uses.end(), indexes.begin(), indexes.end());
  }
  std::ranges::sort(uses);
  return uses;
}

absl::btree_set<std::string> AwareOf(const v1::Document& statement,
                                     const std::string& withdrawal) {
  absl::btree_map<std::string, std::vector<std::string>> children;
  for (const v1::Notice& notice : statement.statement().notices()) {
    for (const std::string& dep : notice.deps()) {
      children[dep].push_back(notice.change());
    }
  }
  absl::btree_set<std::string> aware;
  std::vector<std::string> open = {withdrawal};
  while (!open.empty()) {
    const std::string change = std::move(open.back());
    open.pop_back();
    if (!aware.insert(change).second) continue;
    const auto found = children.find(change);
    if (found == children.end()) continue;
    open.insert(open.end(), found->second.begin(), found->second.end());
  }
  return aware;
}

}  // namespace dateline::sync

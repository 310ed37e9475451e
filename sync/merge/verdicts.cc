#include "sync/merge/verdicts.h"

namespace dateline::sync {
namespace {

bool Overrules(const History& history, const Verdict& a, const Verdict& b) {
  if (a.number != b.number) return a.number > b.number;
  return a.node == b.node || history.Before(b.node, a.node);
}

}  // namespace

bool CarriesVerdict(const Node& node) {
  if (!node.from_home || node.malformed) return false;
  if (node.header().lane != Lane::kNotice) return false;
  for (const v1::Op& op : node.structure.ops()) {
    if (op.has_verdict()) return true;
  }
  return false;
}

absl::btree_map<Hash, Verdict> VerdictsInForce(const History& history) {
  absl::btree_map<Hash, Verdict> in_force;
  for (int i = 0; i < history.size(); ++i) {
    if (!CarriesVerdict(history.node(i))) continue;
    for (const v1::Op& op : history.node(i).structure.ops()) {
      const auto change = Hash::FromBytes(op.verdict().change());
      if (!change.ok()) continue;
      const Verdict verdict{*change, op.verdict().what(), op.verdict().why(),
                            op.verdict().number(), i};
      const auto [known, first] = in_force.try_emplace(*change, verdict);
      if (!first && Overrules(history, verdict, known->second)) {
        known->second = verdict;
      }
    }
  }
  return in_force;
}

bool RedactsInForce(const History& history, int index) {
  const Node& node = history.node(index);
  if (!node.has_effect() || node.header().lane != Lane::kNotice) return false;
  if (node.header().permission != PermissionClass::kAdminister) return false;
  if (node.from_home) return true;
  const auto verdict = history.verdicts().find(node.hash());
  return verdict != history.verdicts().end() &&
         verdict->second.what == v1::ADMISSION_RELEASED;
}

absl::btree_set<Hash> Redacted(const History& history) {
  absl::btree_set<Hash> redacted;
  for (int i = 0; i < history.size(); ++i) {
    if (!RedactsInForce(history, i)) continue;
    for (const v1::Op& op : history.node(i).structure.ops()) {
      for (const std::string& change : op.redact().changes()) {
        const auto hash = Hash::FromBytes(change);
        if (hash.ok()) redacted.insert(*hash);
      }
    }
  }
  return redacted;
}

}  // namespace dateline::sync

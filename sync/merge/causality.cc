#include "sync/merge/causality.h"

#include <algorithm>

namespace dateline::sync {

int Causality::Add(const std::vector<int>& parents) {
  const int node = static_cast<int>(nodes_.size());
  Node& added = nodes_.emplace_back();
  for (const int parent : parents) {
    const std::vector<uint32_t>& clock = nodes_[parent].clock;
    if (added.clock.size() < clock.size()) added.clock.resize(clock.size());
    for (size_t i = 0; i < clock.size(); ++i) {
      added.clock[i] = std::max(added.clock[i], clock[i]);
    }
  }
  added.chain = ChainFor(node, parents);
  if (added.clock.size() <= static_cast<size_t>(added.chain)) {
    added.clock.resize(added.chain + 1);
  }
  added.place = ++added.clock[added.chain];
  tails_[added.chain] = node;
  return node;
}

// A chain whose tail the node saw, or a new one. Its own clock then names that
// tail already, so that the next place follows.
int Causality::ChainFor(int node, const std::vector<int>& parents) {
  for (const int parent : parents) {
    if (tails_[nodes_[parent].chain] == parent) return nodes_[parent].chain;
  }
  const std::vector<uint32_t>& clock = nodes_[node].clock;
  for (size_t chain = 0; chain < clock.size(); ++chain) {
    if (clock[chain] == nodes_[tails_[chain]].place) {
      return static_cast<int>(chain);
    }
  }
  tails_.push_back(node);
  return static_cast<int>(tails_.size()) - 1;
}

bool Causality::Saw(int later, int earlier) const {
  const Node& past = nodes_[earlier];
  const std::vector<uint32_t>& clock = nodes_[later].clock;
  return static_cast<size_t>(past.chain) < clock.size() &&
         clock[past.chain] >= past.place;
}

}  // namespace dateline::sync

#include "sync/merge/history.h"

#include <algorithm>
#include <queue>
#include <tuple>
#include <utility>

#include "sync/merge/verdicts.h"

namespace dateline::sync {
namespace {

using ByHash = absl::btree_map<Hash, const Change*>;

// A whole change beats its stub; nothing else can differ.
ByHash Dedupe(const DocumentId& id, const std::vector<const Change*>& changes) {
  ByHash unique;
  for (const Change* change : changes) {
    if (change->holding == Holding::kPlaceOnly) continue;
    if (change->header.document != id) continue;
    const Change*& kept = unique[change->hash];
    if (kept == nullptr || (kept->holding == Holding::kStub &&
                            change->holding == Holding::kWhole)) {
      kept = change;
    }
  }
  return unique;
}

// Leaves in `unique` what is applied, and returns what is parked: the changes
// one of whose deps is missing, parked, or of another lane.
std::vector<Hash> Park(ByHash* unique) {
  absl::btree_map<Hash, std::vector<const Change*>> waiting;
  std::vector<const Change*> lost;
  for (const auto& [hash, change] : *unique) {
    for (const Hash& dep : change->header.deps) {
      const auto found = unique->find(dep);
      if (found == unique->end() ||
          found->second->header.lane != change->header.lane) {
        lost.push_back(change);
        break;
      }
    }
  }
  if (lost.empty()) return {};
  for (const auto& [hash, change] : *unique) {
    for (const Hash& dep : change->header.deps) waiting[dep].push_back(change);
  }
  absl::btree_set<Hash> parked;
  while (!lost.empty()) {
    const Change* const change = lost.back();
    lost.pop_back();
    if (!parked.insert(change->hash).second) continue;
    const auto children = waiting.find(change->hash);
    if (children == waiting.end()) continue;
    lost.insert(lost.end(), children->second.begin(), children->second.end());
  }
  for (const Hash& hash : parked) unique->erase(hash);
  return {parked.begin(), parked.end()};
}

bool EarlierChange(const Change& a, const Change& b) {
  return std::tie(a.header.lamport, a.hash) <
         std::tie(b.header.lamport, b.hash);
}

// Kahn's algorithm over deps and names, the earliest ready change first.
class Sorter {
 public:
  explicit Sorter(const ByHash& changes) {
    for (const auto& [hash, change] : changes) {
      index_[hash] = static_cast<int>(changes_.size());
      changes_.push_back(change);
    }
    children_.resize(changes_.size());
    missing_.resize(changes_.size());
    for (size_t i = 0; i < changes_.size(); ++i) {
      for (const Hash& dep : changes_[i]->header.deps) AddEdge(dep, i);
      for (const Hash& name : changes_[i]->header.names) AddEdge(name, i);
    }
  }

  std::vector<const Change*> Sort() {
    const auto later = [this](int a, int b) {
      return EarlierChange(*changes_[b], *changes_[a]);
    };
    std::priority_queue<int, std::vector<int>, decltype(later)> ready(later);
    for (size_t i = 0; i < changes_.size(); ++i) {
      if (missing_[i] == 0) ready.push(static_cast<int>(i));
    }
    std::vector<const Change*> sorted;
    sorted.reserve(changes_.size());
    while (!ready.empty()) {
      const int next = ready.top();
      ready.pop();
      sorted.push_back(changes_[next]);
      for (const int child : children_[next]) {
        if (--missing_[child] == 0) ready.push(child);
      }
    }
    return sorted;  // all of them: hashes cannot form a cycle
  }

 private:
  void AddEdge(const Hash& from, size_t to) {
    const auto found = index_.find(from);
    if (found == index_.end()) return;
    children_[found->second].push_back(static_cast<int>(to));
    ++missing_[to];
  }

  absl::btree_map<Hash, int> index_;
  std::vector<const Change*> changes_;
  std::vector<std::vector<int>> children_;
  std::vector<int> missing_;
};

}  // namespace

History::History(const DocumentId& id,
                 const std::vector<const Change*>& changes,
                 const Authority& authority) {
  ByHash unique = Dedupe(id, changes);
  parked_ = Park(&unique);
  Order(Sorter(unique).Sort());
  Link();
  for (Node& node : nodes_) {
    node.from_home = authority.homes.contains(node.header().signer);
    node.malformed = !node.structure.ParseFromString(node.change->structure);
  }
  Judge();
  Redact();
  ReadContent();
}

void History::Order(const std::vector<const Change*>& applied) {
  nodes_.resize(applied.size());
  for (size_t i = 0; i < applied.size(); ++i) {
    nodes_[i].change = applied[i];
    nodes_[i].blank = applied[i]->holding == Holding::kStub;
    by_hash_[applied[i]->hash] = static_cast<int>(i);
  }
}

void History::Link() {
  deps_.resize(nodes_.size());
  for (size_t i = 0; i < nodes_.size(); ++i) {
    for (const Hash& dep : nodes_[i].header().deps) {
      deps_[i].push_back(by_hash_.at(dep));
    }
    for (const Hash& name : nodes_[i].header().names) {
      nodes_[i].names.push_back(Find(name));
    }
    causality_.Add(deps_[i]);
  }
}

void History::Judge() {
  verdicts_ = VerdictsInForce(*this);
  for (const auto& [hash, verdict] : verdicts_) {
    if (verdict.what != v1::ADMISSION_HELD) continue;
    const int judged = Find(hash);
    if (judged < 0 || CarriesVerdict(nodes_[judged])) continue;
    nodes_[judged].held = true;
  }
}

void History::Redact() {
  for (const Hash& hash : Redacted(*this)) {
    const int node = Find(hash);
    if (node >= 0) nodes_[node].blank = true;
  }
}

void History::ReadContent() {
  for (Node& node : nodes_) {
    if (node.malformed || node.held) continue;
    if (!node.blank) {
      node.malformed = !node.content.ParseFromString(node.change->content);
    }
    for (const v1::Op& op : node.structure.ops()) {
      if (!Applies(op, node.header().lane) || HasUnknownFields(op)) {
        node.unknown = true;
      }
    }
  }
}

int History::Find(const Hash& hash) const {
  const auto found = by_hash_.find(hash);
  return found == by_hash_.end() ? -1 : found->second;
}

bool History::Saw(int later, int earlier) const {
  return causality_.Saw(later, earlier);
}

bool History::Knew(int later, int earlier) const {
  return Saw(later, earlier) ||
         std::ranges::find(nodes_[later].names, earlier) !=
             nodes_[later].names.end();
}

std::vector<int> History::Maximal(std::vector<int> nodes) const {
  std::ranges::sort(nodes);
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  std::vector<int> maximal;
  for (const int node : nodes) {
    std::erase_if(maximal, [&](int other) { return Saw(node, other); });
    maximal.push_back(node);
  }
  return maximal;
}

std::vector<int> History::Heads(Lane lane) const {
  std::vector<bool> seen(nodes_.size());  // by a change that is not held
  std::vector<int> heads;
  for (int i = size() - 1; i >= 0; --i) {
    if (nodes_[i].header().lane != lane) continue;
    if (!seen[i] && !nodes_[i].held) heads.push_back(i);
    if (!seen[i] && nodes_[i].held) continue;
    for (const int dep : deps_[i]) seen[dep] = true;
  }
  std::ranges::reverse(heads);
  return heads;
}

std::vector<bool> History::Past(const std::vector<int>& heads) const {
  std::vector<bool> past(nodes_.size());
  for (const int head : heads) past[head] = true;
  for (int i = size() - 1; i >= 0; --i) {
    if (!past[i]) continue;
    for (const int dep : deps_[i]) past[dep] = true;
  }
  return past;
}

void History::ForEachOp(const std::function<void(const OpView&)>& visit) const {
  for (int i = 0; i < size(); ++i) {
    if (nodes_[i].has_effect()) ForEachOpOf(i, visit);
  }
}

void History::ForEachOpOf(
    int index, const std::function<void(const OpView&)>& visit) const {
  const Node& node = nodes_[index];
  int next_value = 0;
  // How many values an unknown op takes is unknown: those behind it are lost
  // to this reader, as if redacted.
  bool values_known = !node.blank;
  for (int i = 0; i < node.structure.ops_size(); ++i) {
    OpView view{.node = index, .index = i, .op = &node.structure.ops(i)};
    if (!Applies(*view.op, node.header().lane)) {
      values_known = false;
      continue;
    }
    view.values.resize(FieldsOf(*view.op).size());
    for (const v1::Value*& value : view.values) {
      if (values_known && next_value < node.content.values_size()) {
        value = &node.content.values(next_value);
      }
      ++next_value;
    }
    visit(view);
  }
}

int History::Resolve(int node, uint32_t name) const {
  const std::vector<int>& names = nodes_[node].names;
  if (name == 0) return node;
  return name <= names.size() ? names[name - 1] : -1;
}

v1::ItemId History::Resolve(int node, const v1::OpRef& ref) const {
  v1::ItemId id;
  const std::vector<Hash>& names = nodes_[node].header().names;
  if (ref.change() == 0) {
    id.set_change(nodes_[node].hash().str());
  } else if (ref.change() <= names.size()) {
    id.set_change(names[ref.change() - 1].str());
  }
  id.set_op(ref.op());
  return id;
}

v1::Authored History::AuthoredBy(int index) const {
  const Node& node = nodes_[index];
  v1::Authored by;
  by.set_change(node.hash().str());
  by.set_actor(node.header().actor.str());
  by.set_signer(node.header().signer.str());
  by.set_wall_ms(node.header().wall_ms);
  by.set_lamport(node.header().lamport);
  return by;
}

bool History::Before(int a, int b) const {
  return EarlierChange(*nodes_[a].change, *nodes_[b].change);
}

}  // namespace dateline::sync

#include "sync/text/sequence.h"

#include "sync/base/check.h"

namespace dateline::sync::text {

Sequence::Counts Sequence::Own(const RunRecord& record) {
  return {record.length, record.state == 1 ? record.length : 0,
          record.state >= 1 ? record.length : 0,
          record.gone ? 0 : record.length};
}

RunHandle Sequence::NewNode(const RunRecord& record) {
  RunHandle handle;
  if (free_.empty()) {
    handle = static_cast<RunHandle>(nodes_.size());
    nodes_.emplace_back();
  } else {
    handle = free_.back();
    free_.pop_back();
  }
  // xorshift64: any sequence balances the tree; this one is the same on every
  // run, so that costs are too.
  priorities_ ^= priorities_ << 13;
  priorities_ ^= priorities_ >> 7;
  priorities_ ^= priorities_ << 17;
  Node node;
  node.record = record;
  node.priority = static_cast<uint32_t>(priorities_ >> 32);
  node.sums = Own(record);
  nodes_[handle] = node;
  by_id_[record.id] = handle;
  return handle;
}

void Sequence::Pull(RunHandle handle) {
  Node& node = nodes_[handle];
  node.sums = Own(node.record);
  for (const RunHandle child : {node.left, node.right}) {
    if (child == kNoRun) continue;
    for (int i = 0; i < kCounts; ++i) node.sums[i] += nodes_[child].sums[i];
  }
}

void Sequence::PullUp(RunHandle handle) {
  for (; handle != kNoRun; handle = nodes_[handle].parent) Pull(handle);
}

void Sequence::Replace(RunHandle parent, RunHandle old_child,
                       RunHandle new_child) {
  if (parent == kNoRun) {
    root_ = new_child;
  } else if (nodes_[parent].left == old_child) {
    nodes_[parent].left = new_child;
  } else {
    nodes_[parent].right = new_child;
  }
  if (new_child != kNoRun) nodes_[new_child].parent = parent;
}

void Sequence::RotateUp(RunHandle handle) {
  const RunHandle parent = nodes_[handle].parent;
  const RunHandle grandparent = nodes_[parent].parent;
  if (nodes_[parent].left == handle) {
    const RunHandle inner = nodes_[handle].right;
    nodes_[parent].left = inner;
    if (inner != kNoRun) nodes_[inner].parent = parent;
    nodes_[handle].right = parent;
  } else {
    const RunHandle inner = nodes_[handle].left;
    nodes_[parent].right = inner;
    if (inner != kNoRun) nodes_[inner].parent = parent;
    nodes_[handle].left = parent;
  }
  Replace(grandparent, parent, handle);
  nodes_[parent].parent = handle;
  Pull(parent);
  Pull(handle);
}

RunHandle Sequence::Leftmost(RunHandle handle) const {
  if (handle == kNoRun) return kNoRun;
  while (nodes_[handle].left != kNoRun) handle = nodes_[handle].left;
  return handle;
}

void Sequence::AddState(RunHandle run, int delta) {
  RunRecord& record = nodes_[run].record;
  DATELINE_CHECK(delta > 0 || record.state > 0);
  record.state += delta;
  PullUp(run);
}

void Sequence::SetGone(RunHandle run) {
  if (nodes_[run].record.gone) return;
  nodes_[run].record.gone = true;
  PullUp(run);
}

RunHandle Sequence::InsertAfter(RunHandle after, const RunRecord& record) {
  const RunHandle handle = NewNode(record);
  if (root_ == kNoRun) {
    root_ = handle;
    return handle;
  }
  if (after != kNoRun && nodes_[after].right == kNoRun) {
    nodes_[after].right = handle;
    nodes_[handle].parent = after;
  } else {
    const RunHandle next =
        Leftmost(after == kNoRun ? root_ : nodes_[after].right);
    nodes_[next].left = handle;
    nodes_[handle].parent = next;
  }
  PullUp(nodes_[handle].parent);
  while (nodes_[handle].parent != kNoRun &&
         nodes_[nodes_[handle].parent].priority < nodes_[handle].priority) {
    RotateUp(handle);
  }
  return handle;
}

RunHandle Sequence::Split(RunHandle run, uint64_t offset) {
  RunRecord tail = nodes_[run].record;
  DATELINE_CHECK(offset > 0 && offset < tail.length);
  tail.id += offset;
  tail.length -= offset;
  tail.left = tail.id - 1;  // typed behind it, before the same scalar
  nodes_[run].record.length = offset;
  PullUp(run);
  return InsertAfter(run, tail);
}

void Sequence::Erase(RunHandle run) {
  by_id_.erase(nodes_[run].record.id);
  while (nodes_[run].left != kNoRun && nodes_[run].right != kNoRun) {
    const RunHandle left = nodes_[run].left;
    const RunHandle right = nodes_[run].right;
    RotateUp(nodes_[left].priority > nodes_[right].priority ? left : right);
  }
  const RunHandle child =
      nodes_[run].left != kNoRun ? nodes_[run].left : nodes_[run].right;
  const RunHandle parent = nodes_[run].parent;
  Replace(parent, run, child);
  PullUp(parent);
  free_.push_back(run);
}

RunHandle Sequence::First() const { return Leftmost(root_); }

RunHandle Sequence::Next(RunHandle run) const {
  if (nodes_[run].right != kNoRun) return Leftmost(nodes_[run].right);
  RunHandle parent = nodes_[run].parent;
  while (parent != kNoRun && nodes_[parent].right == run) {
    run = parent;
    parent = nodes_[run].parent;
  }
  return parent;
}

RunHandle Sequence::Find(ScalarId id) const {
  auto it = by_id_.upper_bound(id);
  DATELINE_CHECK(it != by_id_.begin());
  --it;
  DATELINE_CHECK(id < nodes_[it->second].record.end());
  return it->second;
}

RunHandle Sequence::FirstFrom(ScalarId id) const {
  const auto it = by_id_.lower_bound(id);
  return it == by_id_.end() ? kNoRun : it->second;
}

Sequence::Place Sequence::At(Count count, uint64_t rank) const {
  const int kind = static_cast<int>(count);
  RunHandle handle = root_;
  if (handle == kNoRun || rank >= nodes_[handle].sums[kind]) return {};
  while (true) {
    const Node& node = nodes_[handle];
    if (node.left != kNoRun) {
      const uint64_t before = nodes_[node.left].sums[kind];
      if (rank < before) {
        handle = node.left;
        continue;
      }
      rank -= before;
    }
    const uint64_t own = Own(node.record)[kind];
    if (rank < own) return {handle, rank};
    rank -= own;
    handle = node.right;
  }
}

uint64_t Sequence::Size(Count count) const {
  return root_ == kNoRun ? 0 : nodes_[root_].sums[static_cast<int>(count)];
}

uint64_t Sequence::Before(Count count, RunHandle run) const {
  const int kind = static_cast<int>(count);
  uint64_t before = 0;
  if (nodes_[run].left != kNoRun) before = nodes_[nodes_[run].left].sums[kind];
  for (RunHandle parent = nodes_[run].parent; parent != kNoRun;
       run = parent, parent = nodes_[run].parent) {
    if (nodes_[parent].right != run) continue;
    before += Own(nodes_[parent].record)[kind];
    const RunHandle left = nodes_[parent].left;
    if (left != kNoRun) before += nodes_[left].sums[kind];
  }
  return before;
}

uint64_t Sequence::RankOf(ScalarId id) const {
  const RunHandle run = Find(id);
  return Before(Count::kAll, run) + (id - record(run).id);
}

}  // namespace dateline::sync::text

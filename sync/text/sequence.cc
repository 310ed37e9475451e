#include "sync/text/sequence.h"

#include <algorithm>

#include "sync/base/check.h"

namespace dateline::sync::text {
namespace {

int Number(Count count) { return static_cast<int>(count); }

// A long row of siblings' runs is left by the tree, a short one on foot.
constexpr int kStepsOnFoot = 8;

}  // namespace

void Sequence::Reset(uint32_t length) {
  runs_.Clear();
  leaves_.Clear();
  inners_.Clear();
  deleters_.Clear();
  by_id_.clear();
  ranks_.clear();
  first_child_ = kNoRun;
  first_leaf_ = leaves_.Add({});
  root_ = inners_.Add({});
  inners_[root_].size = 1;
  inners_[root_].children[0] = first_leaf_;
  inners_[root_].sums[0] = {};
  leaves_[first_leaf_].parent = root_;
  if (length == 0) return;
  RunRecord base;
  base.length = length;
  base.state = 1;
  first_child_ = NewRun(base);
  PlaceAt(first_leaf_, 0, first_child_);
}

Sequence::Counts Sequence::Own(const RunRecord& record) {
  return {record.state == 1 ? record.length : 0, record.length,
          record.state >= 1 ? record.length : 0};
}

int Sequence::FindIn(const std::array<uint32_t, kWidth>& entries, uint32_t size,
                     uint32_t entry) {
  uint32_t at = 0;
  while (at < size && entries[at] != entry) ++at;
  DATELINE_CHECK(at < size);
  return static_cast<int>(at);
}

// Adds to the counts above a leaf.
void Sequence::Add(uint32_t leaf, const Counts& delta) {
  uint32_t child = leaf;
  for (uint32_t node = leaves_[leaf].parent; node != kNoNode;
       child = node, node = inners_[node].parent) {
    Inner& inner = inners_[node];
    Counts& sums = inner.sums[FindIn(inner.children, inner.size, child)];
    for (int i = 0; i < kCounts; ++i) sums[i] += delta[i];
  }
}

Sequence::Counts Sequence::SumOf(uint32_t node, bool leaf) const {
  Counts sum{};
  const uint32_t size = leaf ? leaves_[node].size : inners_[node].size;
  for (uint32_t i = 0; i < size; ++i) {
    const Counts part =
        leaf ? Own(record(leaves_[node].runs[i])) : inners_[node].sums[i];
    for (int k = 0; k < kCounts; ++k) sum[k] += part[k];
  }
  return sum;
}

void Sequence::AddState(RunHandle run, int delta) {
  RunRecord& record = runs_[run].record;
  DATELINE_CHECK(delta > 0 || record.state > 0);
  Counts change = Own(record);
  record.state += delta;
  const Counts now = Own(record);
  for (int i = 0; i < kCounts; ++i) change[i] = now[i] - change[i];
  if (change != Counts{}) Add(runs_[run].leaf, change);
}

void Sequence::AddDeleter(RunHandle run, uint32_t turn, bool for_all) {
  RunRecord& record = runs_[run].record;
  record.deleters = deleters_.Add({turn, record.deleters});
  if (for_all) record.gone = 1;
}

RunHandle Sequence::NewRun(const RunRecord& record) {
  const RunHandle run = runs_.Add({record});
  by_id_.emplace_hint(by_id_.end(), record.id, run);
  ranks_.clear();
  return run;
}

RunHandle Sequence::Split(RunHandle run, uint32_t offset) {
  RunRecord tail = record(run);
  DATELINE_CHECK(offset > 0 && offset < tail.length);
  tail.id += offset;
  tail.length -= offset;
  tail.left = tail.id - 1;  // typed behind it, before the same scalar
  const RunHandle added = NewRun(tail);
  runs_[added].first_right = runs_[run].first_right;
  runs_[run].first_right = added;
  Counts taken = Own(record(run));
  runs_[run].record.length = offset;
  const Counts left = Own(record(run));
  for (int i = 0; i < kCounts; ++i) taken[i] = left[i] - taken[i];
  Add(runs_[run].leaf, taken);
  PlaceBehind(run, added);
  return added;
}

void Sequence::PlaceBehind(RunHandle after, RunHandle run) {
  if (after == kNoRun) return PlaceAt(first_leaf_, 0, run);
  const uint32_t leaf = runs_[after].leaf;
  PlaceAt(leaf, FindIn(leaves_[leaf].runs, leaves_[leaf].size, after) + 1, run);
}

void Sequence::PlaceBefore(RunHandle before, RunHandle run) {
  const uint32_t leaf = runs_[before].leaf;
  PlaceAt(leaf, FindIn(leaves_[leaf].runs, leaves_[leaf].size, before), run);
}

void Sequence::PlaceAt(uint32_t leaf, int at, RunHandle run) {
  if (leaves_[leaf].size == kWidth) {
    const uint32_t added = SplitLeaf(leaf);
    if (at > static_cast<int>(leaves_[leaf].size)) {
      at -= leaves_[leaf].size;
      leaf = added;
    }
  }
  Leaf& to = leaves_[leaf];
  std::copy_backward(to.runs.begin() + at, to.runs.begin() + to.size,
                     to.runs.begin() + to.size + 1);
  to.runs[at] = run;
  ++to.size;
  runs_[run].leaf = leaf;
  Add(leaf, Own(record(run)));
}

uint32_t Sequence::SplitLeaf(uint32_t leaf) {
  const uint32_t added = leaves_.Add({});
  Leaf& from = leaves_[leaf];
  Leaf& to = leaves_[added];
  // Typing goes on at the end more often than not.
  from.size = from.next == kNoNode ? kWidth - 2 : kWidth / 2;
  to.size = kWidth - from.size;
  std::copy(from.runs.begin() + from.size, from.runs.end(), to.runs.begin());
  for (uint32_t i = 0; i < to.size; ++i) runs_[to.runs[i]].leaf = added;
  to.next = from.next;
  from.next = added;
  AddChild(from.parent, leaf, added, true);
  return added;
}

// `added` took a part of what was in `child`, a child of `parent`.
void Sequence::AddChild(uint32_t parent, uint32_t child, uint32_t added,
                        bool leaves) {
  if (parent == kNoNode) {  // `child` was the root
    root_ = parent = inners_.Add({});
    inners_[parent].size = 1;
    inners_[parent].over_leaves = leaves;
    inners_[parent].children[0] = child;
    SetParent(child, leaves, parent);
  } else if (inners_[parent].size == kWidth) {
    const uint32_t half = SplitInner(parent);
    const Inner& inner = inners_[half];
    const auto end = inner.children.begin() + inner.size;
    if (std::find(inner.children.begin(), end, child) != end) parent = half;
  }
  Inner& inner = inners_[parent];
  const int at = FindIn(inner.children, inner.size, child) + 1;
  std::copy_backward(inner.children.begin() + at,
                     inner.children.begin() + inner.size,
                     inner.children.begin() + inner.size + 1);
  std::copy_backward(inner.sums.begin() + at, inner.sums.begin() + inner.size,
                     inner.sums.begin() + inner.size + 1);
  ++inner.size;
  inner.children[at] = added;
  inner.sums[at] = SumOf(added, leaves);
  inner.sums[at - 1] = SumOf(child, leaves);
  SetParent(added, leaves, parent);
}

uint32_t Sequence::SplitInner(uint32_t inner) {
  const uint32_t added = inners_.Add({});
  Inner& from = inners_[inner];
  Inner& to = inners_[added];
  to.over_leaves = from.over_leaves;
  to.size = kWidth / 2;
  from.size = kWidth - to.size;
  for (uint32_t i = 0; i < to.size; ++i) {
    to.children[i] = from.children[from.size + i];
    to.sums[i] = from.sums[from.size + i];
    SetParent(to.children[i], to.over_leaves, added);
  }
  AddChild(from.parent, inner, added, false);
  return added;
}

void Sequence::SetParent(uint32_t child, bool leaf, uint32_t parent) {
  (leaf ? leaves_[child].parent : inners_[child].parent) = parent;
}

RunHandle Sequence::Leftmost(RunHandle run) const {
  while (runs_[run].first_left != kNoRun) run = runs_[run].first_left;
  return run;
}

RunHandle Sequence::Rightmost(RunHandle run) const {
  while (runs_[run].first_right != kNoRun) {
    run = runs_[run].first_right;
    while (runs_[run].sibling != kNoRun) run = runs_[run].sibling;
  }
  return run;
}

// Ranks with one more, so that the end of the text is the last.
uint32_t Sequence::RankAfter(ScalarId id) const {
  return id == kNoScalar ? Size(Count::kAll) + 1 : RankOf(id) + 1;
}

RunHandle Sequence::First() const {
  const Leaf& leaf = leaves_[first_leaf_];
  return leaf.size == 0 ? kNoRun : leaf.runs[0];
}

RunHandle Sequence::Next(RunHandle run) const {
  const Leaf& leaf = leaves_[runs_[run].leaf];
  const uint32_t at = FindIn(leaf.runs, leaf.size, run) + 1;
  if (at < leaf.size) return leaf.runs[at];
  return leaf.next == kNoNode ? kNoRun : leaves_[leaf.next].runs[0];
}

RunHandle Sequence::NextExisting(RunHandle run) const {
  RunHandle next = run == kNoRun ? First() : Next(run);
  for (int step = 0; step < kStepsOnFoot; ++step, next = Next(next)) {
    if (next == kNoRun || record(next).state > 0) return next;
  }
  if (next == kNoRun) return next;
  const uint32_t before = Before(Count::kExists, next);
  return At(Count::kExists, before).run;
}

RunHandle Sequence::Find(ScalarId id) const {
  auto it = by_id_.upper_bound(id);
  DATELINE_CHECK(it != by_id_.begin());
  --it;
  DATELINE_CHECK(id < record(it->second).end());
  return it->second;
}

Sequence::Place Sequence::At(Count count, uint32_t rank) const {
  const int kind = Number(count);
  for (uint32_t node = root_;;) {
    const Inner& inner = inners_[node];
    uint32_t i = 0;
    while (i < inner.size && rank >= inner.sums[i][kind]) {
      rank -= inner.sums[i++][kind];
    }
    if (i == inner.size) return {};
    node = inner.children[i];
    if (!inner.over_leaves) continue;
    for (const RunHandle run : leaves_[node].runs) {
      const uint32_t own = Own(record(run))[kind];
      if (rank < own) return {run, rank};
      rank -= own;
    }
  }
}

uint32_t Sequence::Size(Count count) const {
  return SumOf(root_, false)[Number(count)];
}

uint32_t Sequence::Before(Count count, RunHandle run) const {
  const int kind = Number(count);
  uint32_t before = 0;
  const Leaf& leaf = leaves_[runs_[run].leaf];
  for (const RunHandle other : leaf.runs) {
    if (other == run) break;
    before += Own(record(other))[kind];
  }
  uint32_t child = runs_[run].leaf;
  for (uint32_t node = leaf.parent; node != kNoNode;
       child = node, node = inners_[node].parent) {
    const Inner& inner = inners_[node];
    for (int i = 0; inner.children[i] != child; ++i) {
      before += inner.sums[i][kind];
    }
  }
  return before;
}

uint32_t Sequence::RankOf(ScalarId id) const {
  const RunHandle run = Find(id);
  const uint32_t before =
      ranks_.empty() ? Before(Count::kAll, run) : ranks_[run];
  return before + (id - record(run).id);
}

void Sequence::CountRanks() {
  if (!ranks_.empty()) return;
  ranks_.resize(runs_.size());
  uint32_t rank = 0;
  for (uint32_t leaf = first_leaf_; leaf != kNoNode;
       leaf = leaves_[leaf].next) {
    for (uint32_t i = 0; i < leaves_[leaf].size; ++i) {
      const RunHandle run = leaves_[leaf].runs[i];
      ranks_[run] = rank;
      rank += record(run).length;
    }
  }
}

}  // namespace dateline::sync::text

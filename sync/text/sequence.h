// The scalars of a text in merged order, deleted ones too, as run-length
// records in an order-statistic B-tree: any position of the text at the version
// it stands at, or in the merged order, is found, and any run's position is
// read, in O(log n). The records also keep the FugueMax tree, which says where
// a new one goes (Weidner & Kleppmann, "The Art of the Fugue",
// arXiv 2305.00583).
#ifndef DATELINE_SYNC_TEXT_SEQUENCE_H_
#define DATELINE_SYNC_TEXT_SEQUENCE_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/container/btree_map.h"
#include "sync/text/pool.h"

namespace dateline::sync::text {

// Names one scalar: those of the text that a replay began with come first, then
// whatever was inserted, in the order of turns. Local to one replay; order
// between siblings never looks at it. Below 2^31.
using ScalarId = uint32_t;
constexpr ScalarId kNoScalar = ~ScalarId{0};
constexpr ScalarId kScalarIdsMax = ScalarId{1} << 31;

// A handle of a run; stays valid.
using RunHandle = uint32_t;
constexpr RunHandle kNoRun = ~RunHandle{0};

constexpr uint32_t kNoTurn = ~uint32_t{0};
constexpr uint32_t kNoDeleter = ~uint32_t{0};

// Consecutive scalars of one edit that stand together and share one state.
struct RunRecord {
  ScalarId id = 0;  // of its first scalar
  uint32_t length = 0;
  uint32_t edit = kNoTurn;         // the turn that inserted it; none: the base
  ScalarId left = kNoScalar;       // what stood before it: its left origin
  ScalarId right = kNoScalar;      // what stood behind it, deleted or not
  uint32_t deleters = kNoDeleter;  // the last of them (Sequence::deleter)
  // In the version that the replay stands at: 0 not inserted yet, 1 there,
  // 1 + n deleted by n edits.
  uint32_t state : 31 = 0;
  uint32_t gone : 1 = 0;  // in the version of all edits together

  ScalarId end() const { return id + length; }
};

// What is counted.
enum class Count : uint8_t {
  kPresent = 0,  // state 1: the text at the version the replay stands at
  kAll = 1,      // every scalar, deleted ones too
  kExists = 2,   // state >= 1
};

// Thread-compatible.
class Sequence {
 public:
  // Begins, or begins again, with a text of `length` scalars that all authors
  // saw.
  void Reset(uint32_t length);

  const RunRecord& record(RunHandle run) const { return runs_[run].record; }
  uint32_t run_count() const { return runs_.size(); }

  // Adds `delta` to the state (retreat -1, advance and delete +1).
  void AddState(RunHandle run, int delta);
  // The scalars are deleted by `turn`; `for_all` also in the version of all.
  void AddDeleter(RunHandle run, uint32_t turn, bool for_all);

  // Makes the scalar at `offset` (0 < offset < length) begin a run of its own
  // and returns that.
  RunHandle Split(RunHandle run, uint32_t offset);

  // Inserts a record, whose left and right are set, between the run that ends
  // with its left and the existing one that begins with its right (kNoRun at
  // the ends). `goes_before(other)` says whether it stands before the run
  // `other`, a sibling that its author has not seen, by the order of authors.
  template <typename GoesBefore>
  void Insert(RunHandle left, RunHandle right, const RunRecord& record,
              const GoesBefore& goes_before);

  RunHandle First() const;
  RunHandle Next(RunHandle run) const;
  // The next one that exists at this version; the first one for kNoRun.
  RunHandle NextExisting(RunHandle run) const;
  // The run that holds scalar `id`, which must be in the sequence.
  RunHandle Find(ScalarId id) const;

  struct Place {
    RunHandle run = kNoRun;
    uint32_t offset = 0;
  };
  // The scalar with `rank` others of its kind before it; kNoRun past the end.
  Place At(Count count, uint32_t rank) const;

  uint32_t Size(Count count) const;
  // How many scalars of the kind stand before the run.
  uint32_t Before(Count count, RunHandle run) const;
  // How many stand before scalar `id`, deleted ones too.
  uint32_t RankOf(ScalarId id) const;
  // Until the next insertion or split, RankOf reads what this counts.
  void CountRanks();

  // Who deleted the scalars of a run: a list from record.deleters on.
  struct Deleter {
    uint32_t turn = 0;
    uint32_t next = kNoDeleter;
  };
  const Deleter& deleter(uint32_t at) const { return deleters_[at]; }

 private:
  static constexpr int kCounts = 3;
  static constexpr int kWidth = 32;  // entries of a node
  static constexpr uint32_t kNoNode = ~uint32_t{0};
  using Counts = std::array<uint32_t, kCounts>;

  struct Run {
    RunRecord record;
    uint32_t leaf = kNoNode;
    // The FugueMax tree: the first on its left side, the first on the right of
    // its last scalar, and the next on the same side of the same parent.
    RunHandle first_left = kNoRun;
    RunHandle first_right = kNoRun;
    RunHandle sibling = kNoRun;
  };
  struct Leaf {
    uint32_t parent = kNoNode;
    uint32_t next = kNoNode;
    uint32_t size = 0;
    std::array<RunHandle, kWidth> runs;
  };
  struct Inner {
    uint32_t parent = kNoNode;
    uint32_t size = 0;
    bool over_leaves = true;
    std::array<uint32_t, kWidth> children;
    std::array<Counts, kWidth> sums;
  };

  static Counts Own(const RunRecord& record);
  static int FindIn(const std::array<uint32_t, kWidth>& entries, uint32_t size,
                    uint32_t entry);
  void Add(uint32_t leaf, const Counts& delta);
  Counts SumOf(uint32_t node, bool leaf) const;
  RunHandle NewRun(const RunRecord& record);
  void PlaceBehind(RunHandle after, RunHandle run);
  void PlaceBefore(RunHandle before, RunHandle run);
  void PlaceAt(uint32_t leaf, int at, RunHandle run);
  uint32_t SplitLeaf(uint32_t leaf);
  void AddChild(uint32_t parent, uint32_t child, uint32_t added, bool leaves);
  uint32_t SplitInner(uint32_t inner);
  void SetParent(uint32_t child, bool leaf, uint32_t parent);
  RunHandle Leftmost(RunHandle run) const;
  RunHandle Rightmost(RunHandle run) const;
  uint32_t RankAfter(ScalarId id) const;

  Pool<Run, 64> runs_;
  Pool<Leaf, 8> leaves_;
  Pool<Inner, 2> inners_;
  Pool<Deleter, 64> deleters_;
  uint32_t root_ = kNoNode;  // an inner node
  uint32_t first_leaf_ = kNoNode;
  RunHandle first_child_ = kNoRun;              // of the FugueMax tree's root
  absl::btree_map<ScalarId, RunHandle> by_id_;  // by first scalar
  std::vector<uint32_t> ranks_;                 // by run; empty: not counted
};

template <typename GoesBefore>
void Sequence::Insert(RunHandle left, RunHandle right, const RunRecord& record,
                      const GoesBefore& goes_before) {
  const RunHandle run = NewRun(record);
  // In its author's view nothing is on the right of `left`, or `right` is the
  // first there and nothing is on the left of that.
  const bool under_right =
      right != kNoRun && runs_[right].record.left == record.left;
  RunHandle* const list = under_right      ? &runs_[right].first_left
                          : left == kNoRun ? &first_child_
                                           : &runs_[left].first_right;
  RunHandle before = kNoRun;
  RunHandle next = *list;
  const uint32_t own_right =
      under_right || next == kNoRun ? 0 : RankAfter(record.right);
  for (; next != kNoRun; before = next, next = runs_[next].sibling) {
    if (!under_right) {  // who saw more to his right goes behind
      const uint32_t other = RankAfter(runs_[next].record.right);
      if (other < own_right) break;
      if (other > own_right) continue;
    }
    if (goes_before(runs_[next].record)) break;
  }
  runs_[run].sibling = next;
  (before == kNoRun ? *list : runs_[before].sibling) = run;
  if (next != kNoRun) {
    PlaceBefore(Leftmost(next), run);
  } else if (under_right) {
    PlaceBefore(right, run);
  } else if (before != kNoRun) {
    PlaceBehind(Rightmost(before), run);
  } else {
    PlaceBehind(left, run);
  }
}

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_SEQUENCE_H_

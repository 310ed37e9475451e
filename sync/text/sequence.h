// The scalars of a text in merged order, deleted ones too, as runs in a
// balanced tree that counts: any position, by any of the four counts, is found
// and any run's position is read in O(log n).
#ifndef DATELINE_SYNC_TEXT_SEQUENCE_H_
#define DATELINE_SYNC_TEXT_SEQUENCE_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/container/btree_map.h"

namespace dateline::sync::text {

// Names one inserted scalar: the number of scalars that earlier edits of the
// same call inserted, plus its offset in its edit. Local to one replay; order
// between siblings never looks at it.
using ScalarId = uint64_t;
constexpr ScalarId kNoScalar = ~ScalarId{0};

// A handle of a run; stays valid until the run is erased.
using RunHandle = uint32_t;
constexpr RunHandle kNoRun = ~RunHandle{0};

// Consecutive scalars of one edit that stand together and share one state.
struct RunRecord {
  ScalarId id = 0;  // of its first scalar
  uint64_t length = 0;
  uint32_t edit = 0;           // who inserted it; the caller's number
  ScalarId left = kNoScalar;   // what stood before it: its left origin
  ScalarId right = kNoScalar;  // what stood behind it, deleted or not
  // In the version that the replay stands at: 0 not inserted yet, 1 there,
  // 1 + n deleted by n edits.
  uint32_t state = 0;
  bool gone = false;  // in the version of all edits together

  ScalarId end() const { return id + length; }
};

// What is counted.
enum class Count : uint8_t {
  kAll = 0,      // every scalar, deleted ones too
  kPresent = 1,  // state 1: the text at the version the replay stands at
  kExists = 2,   // state >= 1
  kShown = 3,    // not gone: the text of all edits together
};

// A treap in an array of nodes. Thread-compatible.
class Sequence {
 public:
  const RunRecord& record(RunHandle run) const { return nodes_[run].record; }

  // Adds `run` `delta` to the state (retreat -1, advance and delete +1).
  void AddState(RunHandle run, int delta);
  void SetGone(RunHandle run);

  // Puts a run behind `after`, or at the start for kNoRun.
  RunHandle InsertAfter(RunHandle after, const RunRecord& record);
  // Makes the scalar at `offset` (0 < offset < length) begin a run of its own
  // and returns that.
  RunHandle Split(RunHandle run, uint64_t offset);
  void Erase(RunHandle run);

  RunHandle First() const;
  RunHandle Next(RunHandle run) const;
  // The run that holds scalar `id`, which must be in the sequence.
  RunHandle Find(ScalarId id) const;
  // The run with the lowest first scalar at or after `id`; kNoRun if none.
  RunHandle FirstFrom(ScalarId id) const;

  struct Place {
    RunHandle run = kNoRun;
    uint64_t offset = 0;
  };
  // The scalar with `rank` others of its kind before it; kNoRun past the end.
  Place At(Count count, uint64_t rank) const;

  uint64_t Size(Count count) const;
  // How many scalars of the kind stand before the run.
  uint64_t Before(Count count, RunHandle run) const;
  // The same before scalar `id` (kAll only: each scalar counts itself).
  uint64_t RankOf(ScalarId id) const;

 private:
  static constexpr int kCounts = 4;
  using Counts = std::array<uint64_t, kCounts>;
  struct Node {
    RunRecord record;
    RunHandle left = kNoRun;
    RunHandle right = kNoRun;
    RunHandle parent = kNoRun;
    uint32_t priority = 0;
    Counts sums{};  // of the subtree
  };

  static Counts Own(const RunRecord& record);
  RunHandle NewNode(const RunRecord& record);
  void Pull(RunHandle node);
  void PullUp(RunHandle node);
  void RotateUp(RunHandle node);
  void Replace(RunHandle parent, RunHandle old_child, RunHandle new_child);
  RunHandle Leftmost(RunHandle node) const;

  std::vector<Node> nodes_;
  std::vector<RunHandle> free_;
  RunHandle root_ = kNoRun;
  uint64_t priorities_ = 0x9e3779b97f4a7c15;
  absl::btree_map<ScalarId, RunHandle> by_id_;  // by first scalar
};

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_SEQUENCE_H_

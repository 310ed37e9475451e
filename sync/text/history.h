// The graph of edits: an order to replay them in, which of them everybody
// passed through, what lies between two versions, and who saw what.
#ifndef DATELINE_SYNC_TEXT_HISTORY_H_
#define DATELINE_SYNC_TEXT_HISTORY_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "sync/text/merge.h"

namespace dateline::sync::text {

// Edits are numbered by their turn: parents first, and a branch whole before
// the next one, so that a replay seldom goes back. Thread-compatible.
class History {
 public:
  // Borrows edits, which outlive it. Parents must stand before children.
  explicit History(const std::vector<Edit>& edits);

  size_t size() const { return edit_of_turn_.size(); }
  uint32_t edit_of(uint32_t turn) const { return edit_of_turn_[turn]; }
  uint32_t turn_of(uint32_t edit) const { return turn_of_edit_[edit]; }
  // Turns, ascending.
  absl::Span<const uint32_t> parents(uint32_t turn) const {
    return absl::MakeConstSpan(parents_).subspan(
        parents_begin_[turn], parents_begin_[turn + 1] - parents_begin_[turn]);
  }
  // Every other edit is either in the past of this one or builds on it.
  bool IsCritical(uint32_t turn) const { return critical_[turn]; }
  // Applies to the version just before it, and everybody built on it.
  bool IsLinear(uint32_t turn) const {
    return critical_[turn] && (turn == 0 || critical_[turn - 1]);
  }

  // Turns in the past of `from` and not of `to`, descending, and the other
  // way round, ascending. A version is given by its heads, as turns.
  struct Way {
    std::vector<uint32_t> back;
    std::vector<uint32_t> forth;
  };
  Way Between(absl::Span<const uint32_t> from,
              absl::Span<const uint32_t> to) const;

 private:
  void OrderTurns(const std::vector<Edit>& edits);
  void ListParents(const std::vector<Edit>& edits);
  void FindCritical();

  std::vector<uint32_t> edit_of_turn_;
  std::vector<uint32_t> turn_of_edit_;
  std::vector<uint32_t> parents_;        // of all turns, one after the other
  std::vector<uint32_t> parents_begin_;  // by turn, and the end
  std::vector<bool> critical_;
};

// Who saw whom among the turns [first, end). A branch is a chain that nobody
// left or joined but at its ends: who saw any of it from outside saw all, so
// one bit a pair of branches says it. Thread-compatible.
class Awareness {
 public:
  Awareness(const History& history, uint32_t first, uint32_t end);

  uint32_t branch_count() const { return branches_.size(); }
  // The turns of a branch: [begin, end).
  struct Branch {
    uint32_t begin = 0;
    uint32_t end = 0;
  };
  const Branch& branch(uint32_t number) const { return branches_[number]; }

  // True if `earlier` is in the past of `later`, or is it.
  bool Saw(uint32_t later, uint32_t earlier) const {
    const uint32_t a = branch_of_[later - first_];
    const uint32_t b = branch_of_[earlier - first_];
    return a == b ? earlier <= later : BranchSaw(a, b);
  }
  // Of two branches, which differ.
  bool BranchSaw(uint32_t later, uint32_t earlier) const {
    return (past_[later][earlier / 64] >> (earlier % 64)) & 1;
  }
  bool BranchesConcurrent(uint32_t a, uint32_t b) const {
    return a != b && !BranchSaw(a, b) && !BranchSaw(b, a);
  }

 private:
  void FindBranches(const History& history, uint32_t end);

  uint32_t first_;
  std::vector<uint32_t> branch_of_;
  std::vector<Branch> branches_;
  std::vector<std::vector<uint64_t>> past_;  // bits, by branch
};

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_HISTORY_H_

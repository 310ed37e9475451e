// Review of a report: stops, approvals, requests, home's decisions, and the
// status that follows from them (DESIGN 5, workflow). Thread-compatible.
#ifndef DATELINE_SYNC_MERGE_WORKFLOW_H_
#define DATELINE_SYNC_MERGE_WORKFLOW_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "dateline/v1/document.pb.h"
#include "sync/merge/history.h"
#include "sync/merge/items.h"

namespace dateline::sync {

class WorkflowMerge {
 public:
  WorkflowMerge(const History& history, const Items& items,
                const std::vector<int>& content)
      : history_(history), items_(items), content_(content) {}

  // Attests, requests, stops and decisions, in the order of the history.
  void Take(const OpView& op);

  void Emit(v1::Workflow* out);

 private:
  void TakeStop(const OpView& op);
  void TakeApproval(const OpView& op);
  void TakeRequest(const OpView& op);
  void TakeDecision(const OpView& op);

  void MarkRepeats(v1::Workflow* out);
  void LiftStops(v1::Workflow* out);
  void CloseRequests(v1::Workflow* out);
  // What an approval says about the content that is here now.
  void Compare(int node, const v1::AttestOp& op, v1::ApprovalState* out) const;
  bool CountsAsApproval(const v1::ApprovalState& approval) const;
  v1::Status StatusOf(const v1::Workflow& workflow) const;

  template <typename State>
  struct Placed {
    int node;
    State state;
  };
  template <typename State>
  void SortByTime(std::vector<Placed<State>>* states) const;

  const History& history_;           // not owned
  const Items& items_;               // not owned
  const std::vector<int>& content_;  // not owned
  std::vector<Placed<v1::StopState>> stops_;
  std::vector<Placed<v1::ApprovalState>> approvals_;
  std::vector<Placed<v1::RequestState>> requests_;
  std::vector<Placed<v1::DecisionState>> decisions_;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_WORKFLOW_H_

// What has happened to a statement: withdrawals, replacements, disputes,
// settlements and links, none erasing another (DESIGN 6). Thread-compatible.
#ifndef DATELINE_SYNC_MERGE_STATEMENTS_H_
#define DATELINE_SYNC_MERGE_STATEMENTS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "dateline/v1/document.pb.h"
#include "sync/merge/history.h"
#include "sync/merge/registers.h"

namespace dateline::sync {

class StatementMerge {
 public:
  explicit StatementMerge(const History& history) : history_(history) {}

  // Withdrawals, supersedes, answers, attests, links and settlements, in the
  // order of the history.
  void Take(const OpView& op);

  void Emit(v1::StatementState* out);

 private:
  struct Event {
    int node;
    v1::StatementEvent event;
  };
  struct Answer {
    OpPlace place;
    v1::ItemId event;
  };
  struct Link {
    OpPlace place;
    bool apart;
  };

  void TakeWithdrawal(const OpView& op);
  void TakeSupersede(const OpView& op);
  void TakeAttest(const OpView& op);
  void TakeSettle(const OpView& op);
  void TakeLink(const OpView& op);
  void TakeAnswer(const OpView& op);
  void Add(const OpView& op, v1::EventKind kind, v1::StatementEvent event);

  void ApplyAnswers();
  void MarkUnaware();
  void NoteSettlementsSeen();
  void EmitNotices(v1::StatementState* out) const;

  const History& history_;  // not owned
  std::vector<Event> events_;
  std::vector<Answer> answers_;
  absl::btree_map<std::string, std::vector<Link>> links_;  // by statement
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_STATEMENTS_H_

// The changes of one document in the order in which they have effect: without
// duplicates, parked ones apart, verdicts and redactions taken into account.
// The order is a topological one of deps and names, and among the ready ones
// by (lamport, hash), so that it is the same on every replica.
// Thread-compatible; borrows the changes.
#ifndef DATELINE_SYNC_MERGE_HISTORY_H_
#define DATELINE_SYNC_MERGE_HISTORY_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "dateline/v1/document.pb.h"
#include "sync/merge/causality.h"
#include "sync/merge/document.h"
#include "sync/merge/ops.h"
#include "sync/model/change.h"

namespace dateline::sync {

struct Node {
  const Change* change = nullptr;  // not owned
  v1::Structure structure;
  v1::Content content;     // empty if blank
  std::vector<int> names;  // nodes; -1: has not arrived here
  bool from_home = false;
  bool held = false;       // by a verdict: no effect
  bool blank = false;      // redacted, or a stub: words and values unknown
  bool malformed = false;  // cannot be parsed: no effect
  bool unknown = false;    // has an op or field that this reader ignores

  const Header& header() const { return change->header; }
  const Hash& hash() const { return change->hash; }
  bool has_effect() const { return !held && !malformed; }
};

// A verdict in force.
struct Verdict {
  Hash change;
  v1::Admission what = v1::ADMISSION_UNSPECIFIED;
  v1::HeldReason why = v1::HELD_REASON_UNSPECIFIED;
  uint32_t number = 0;
  int node = 0;
};

class History {
 public:
  History(const DocumentId& id, const std::vector<const Change*>& changes,
          const Authority& authority);

  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& node(int index) const { return nodes_[index]; }
  int size() const { return static_cast<int>(nodes_.size()); }
  const std::vector<int>& deps(int node) const { return deps_[node]; }
  // -1 if it is not here, or parked.
  int Find(const Hash& hash) const;

  // True if the author of `later` had `earlier` in that lane, or it is it.
  bool Saw(int later, int earlier) const;
  // The same, or a name of `later` names `earlier`.
  bool Knew(int later, int earlier) const;
  // Those of `nodes` that no other of them saw; ascending.
  std::vector<int> Maximal(std::vector<int> nodes) const;
  // Of a lane the nodes that no other saw, ascending: what a writer takes as
  // deps. Held changes are left out, unless one that is not stands on them.
  std::vector<int> Heads(Lane lane) const;

  // Nodes in the past of `heads`, by deps, and the heads: one bool a node.
  std::vector<bool> Past(const std::vector<int>& heads) const;

  // Every op with effect (not of held or malformed changes) in order.
  void ForEachOp(const std::function<void(const OpView&)>& visit) const;
  // What `visit` sees of one node's ops, whether or not it has effect.
  void ForEachOpOf(int node,
                   const std::function<void(const OpView&)>& visit) const;

  // The node that an op's reference means; -1 if it has not arrived.
  int Resolve(int node, uint32_t name) const;
  v1::ItemId Resolve(int node, const v1::OpRef& ref) const;

  v1::Authored AuthoredBy(int node) const;
  // True if a comes before b by (lamport, hash).
  bool Before(int a, int b) const;

  const std::vector<Hash>& parked() const { return parked_; }  // ascending
  const absl::btree_map<Hash, Verdict>& verdicts() const { return verdicts_; }

 private:
  void Order(const std::vector<const Change*>& applied);
  void Link();
  void Judge();
  void Redact();
  void ReadContent();

  std::vector<Node> nodes_;
  absl::btree_map<Hash, int> by_hash_;
  std::vector<std::vector<int>> deps_;
  Causality causality_;
  std::vector<Hash> parked_;
  absl::btree_map<Hash, Verdict> verdicts_;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_HISTORY_H_

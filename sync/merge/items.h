// Lists of items (citations, media, corrections, figures): keyed by the op
// that created them, each a small map of registers. A removal covers what its
// author saw of the item; an edit it did not see keeps the item (DESIGN 5).
// Thread-compatible.
#ifndef DATELINE_SYNC_MERGE_ITEMS_H_
#define DATELINE_SYNC_MERGE_ITEMS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "dateline/v1/document.pb.h"
#include "sync/merge/history.h"
#include "sync/merge/registers.h"
#include "sync/merge/texts.h"

namespace dateline::sync {

class Items {
 public:
  explicit Items(const History& history) : history_(history) {}

  // In the order of the history.
  void Add(const OpView& op);
  void Put(const OpView& op);
  void Remove(const OpView& op);

  // By (list, creating change, op). Gives the anchors to *texts to locate.
  void Emit(Texts* texts,
            google::protobuf::RepeatedPtrField<v1::Item>* out) const;

  // The citations of the version whose past is `past`; by id.
  void EmitCited(const std::vector<bool>& past,
                 google::protobuf::RepeatedPtrField<v1::Cited>* out) const;

 private:
  struct AnchorWrite {
    OpPlace place;
    const v1::CitationAnchor* anchor;
  };
  struct State {
    OpPlace place;
    const v1::ItemAddOp* add;
    Registers registers;
    std::vector<AnchorWrite> anchors;
    std::vector<OpPlace> puts;
    std::vector<OpPlace> removes;
  };
  using Key = std::pair<std::string, uint32_t>;  // change hash, op

  State* Find(int node, const v1::OpRef& ref);
  void Anchor(const OpView& op, const v1::CitationAnchor& anchor, State* item);
  // Of the ops in `past`, or of all if it is null.
  bool Alive(const State& item, const std::vector<bool>* past) const;
  bool Flagged(const State& item) const;
  void EmitOne(const Key& key, const State& item, Texts* texts,
               v1::Item* out) const;
  // What the writers of the item name, which they had seen elsewhere.
  void EmitSaw(const State& item, const std::vector<bool>* past,
               google::protobuf::RepeatedPtrField<std::string>* out) const;

  const History& history_;  // not owned
  absl::btree_map<Key, State> items_;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_ITEMS_H_

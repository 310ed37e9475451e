#include "sync/merge/references.h"

#include <algorithm>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"

namespace dateline::sync {
namespace {

using google::protobuf::RepeatedField;
using google::protobuf::RepeatedPtrField;

// Collects what one op names.
class Names {
 public:
  Names(const History& history, int node)
      : names_(history.node(node).header().names) {}
  void Take(uint32_t name) {
    if (name > 0 && name <= names_.size()) hashes_.push_back(names_[name - 1]);
  }
  void Take(const v1::OpRef& ref) { Take(ref.change()); }
  void Take(const RepeatedField<uint32_t>& names) {
    for (const uint32_t name : names) Take(name);
  }
  void Take(const RepeatedPtrField<v1::OpRef>& refs) {
    for (const v1::OpRef& ref : refs) Take(ref);
  }
  std::vector<Hash> hashes() && { return std::move(hashes_); }

 private:
  const std::vector<Hash>& names_;
  std::vector<Hash> hashes_;
};

void TakeRequest(const v1::RequestOp& request, Names* names) {
  names->Take(request.version());
  names->Take(request.approval());
  names->Take(request.stops());
  names->Take(request.newer());
  names->Take(request.answers());
}

void TakeDecision(const v1::DecisionOp& decision, Names* names) {
  names->Take(decision.request());
  names->Take(decision.version());
  names->Take(decision.approval());
  names->Take(decision.lifts());
}

}  // namespace

std::vector<Hash> NamedHere(const History& history, const OpView& view) {
  Names names(history, view.node);
  const v1::Op& op = *view.op;
  switch (op.kind_case()) {
    case v1::Op::kRemove:
      names.Take(op.remove().adds());
      break;
    case v1::Op::kItemAdd:
      names.Take(op.item_add().anchor().heads());
      break;
    case v1::Op::kItemPut:
      names.Take(op.item_put().item());
      names.Take(op.item_put().anchor().heads());
      break;
    case v1::Op::kItemRemove:
      names.Take(op.item_remove().item());
      break;
    case v1::Op::kLife:
      names.Take(op.life().heads());
      break;
    case v1::Op::kTextResolve:
      names.Take(op.text_resolve().edits());
      break;
    case v1::Op::kAnswer:
      names.Take(op.answer().event());
      break;
    case v1::Op::kAttest:
      names.Take(op.attest().version());
      break;
    case v1::Op::kRequest:
      TakeRequest(op.request(), &names);
      break;
    case v1::Op::kDecision:
      TakeDecision(op.decision(), &names);
      break;
    default:
      break;
  }
  return std::move(names).hashes();
}

std::vector<Hash> HashesOf(const History& history, int node,
                           const RepeatedField<uint32_t>& names) {
  Names taken(history, node);
  taken.Take(names);
  std::vector<Hash> hashes = std::move(taken).hashes();
  std::ranges::sort(hashes);
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

void EmitUnresolved(const History& history, RepeatedPtrField<v1::Note>* out) {
  absl::btree_map<Hash, absl::btree_set<Hash>> missing;
  history.ForEachOp([&](const OpView& op) {
    for (const Hash& hash : NamedHere(history, op)) {
      if (history.Find(hash) < 0) {
        missing[history.node(op.node).hash()].insert(hash);
      }
    }
  });
  for (const auto& [change, hashes] : missing) {
    v1::Note* const note = out->Add();
    note->set_change(change.str());
    for (const Hash& hash : hashes) note->add_missing(hash.str());
  }
}

}  // namespace dateline::sync

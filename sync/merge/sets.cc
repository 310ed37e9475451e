#include "sync/merge/sets.h"

namespace dateline::sync {

void Sets::Add(const OpView& op) {
  const v1::Value* const value = op.values[0];
  adds_[{op.op->add().field(),
         value == nullptr ? "" : value->SerializeAsString()}]
      .insert({history_.node(op.node).hash().str(), op.index});
}

void Sets::Remove(const OpView& op) {
  for (const v1::OpRef& ref : op.op->remove().adds()) {
    const v1::ItemId add = history_.Resolve(op.node, ref);
    removed_.insert({op.op->remove().field(), {add.change(), add.op()}});
  }
}

void Sets::Emit(google::protobuf::RepeatedPtrField<v1::ValueSet>* out) const {
  for (const auto& [key, adds] : adds_) {
    v1::Element element;
    for (const OpKey& add : adds) {
      if (removed_.contains({key.first, add})) continue;
      v1::ItemId* const id = element.add_adds();
      id->set_change(add.first);
      id->set_op(add.second);
    }
    if (element.adds_size() == 0) continue;
    if (!key.second.empty()) {
      element.mutable_value()->ParseFromString(key.second);
    }
    if (out->empty() || out->rbegin()->field() != key.first) {
      out->Add()->set_field(key.first);
    }
    *out->rbegin()->add_elements() = std::move(element);
  }
}

}  // namespace dateline::sync

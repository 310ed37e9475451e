#include "sync/merge/items.h"

#include <algorithm>

#include "absl/container/btree_set.h"
#include "sync/model/fields.h"

namespace dateline::sync {
namespace {

bool In(const std::vector<bool>* past, OpPlace op) {
  return past == nullptr || (*past)[op.node];
}

v1::ItemId IdOf(const std::pair<std::string, uint32_t>& key) {
  v1::ItemId id;
  id.set_change(key.first);
  id.set_op(key.second);
  return id;
}

}  // namespace

void Items::Add(const OpView& op) {
  const v1::ItemAddOp& add = op.op->item_add();
  const Key key{history_.node(op.node).hash().str(), op.index};
  State& item =
      items_
          .try_emplace(
              key,
              State{{op.node, op.index}, &add, Registers(history_), {}, {}, {}})
          .first->second;
  for (int i = 0; i < add.fields_size(); ++i) {
    item.registers.Write(add.fields(i), op, op.values[i]);
  }
  if (add.has_anchor()) Anchor(op, add.anchor(), &item);
}

void Items::Put(const OpView& op) {
  const v1::ItemPutOp& put = op.op->item_put();
  State* const item = Find(op.node, put.item());
  if (item == nullptr) return;
  item->puts.push_back({op.node, op.index});
  for (int i = 0; i < put.fields_size(); ++i) {
    item->registers.Write(put.fields(i), op, op.values[i]);
  }
  if (put.has_anchor()) Anchor(op, put.anchor(), item);
}

void Items::Remove(const OpView& op) {
  State* const item = Find(op.node, op.op->item_remove().item());
  if (item != nullptr) item->removes.push_back({op.node, op.index});
}

Items::State* Items::Find(int node, const v1::OpRef& ref) {
  const v1::ItemId id = history_.Resolve(node, ref);
  const auto found = items_.find({id.change(), id.op()});
  return found == items_.end() ? nullptr : &found->second;
}

void Items::Anchor(const OpView& op, const v1::CitationAnchor& anchor,
                   State* item) {
  std::erase_if(item->anchors, [&](const AnchorWrite& old) {
    return old.place.node == op.node || history_.Knew(op.node, old.place.node);
  });
  item->anchors.push_back({{op.node, op.index}, &anchor});
}

bool Items::Alive(const State& item, const std::vector<bool>* past) const {
  if (!In(past, item.place)) return false;
  const auto covered = [&](OpPlace put) {
    return std::ranges::any_of(item.removes, [&](OpPlace remove) {
      if (!In(past, remove)) return false;
      if (remove.node == put.node) return put.op < remove.op;
      return history_.Knew(remove.node, put.node);
    });
  };
  const bool removed = std::ranges::any_of(
      item.removes, [&](OpPlace remove) { return In(past, remove); });
  return !removed || std::ranges::any_of(item.puts, [&](OpPlace put) {
    return In(past, put) && !covered(put);
  });
}

// Some removal is left that no edit has seen: nobody has answered it.
bool Items::Flagged(const State& item) const {
  return std::ranges::any_of(item.removes, [&](OpPlace remove) {
    return std::ranges::none_of(item.puts, [&](OpPlace put) {
      if (remove.node == put.node) return remove.op < put.op;
      return history_.Knew(put.node, remove.node);
    });
  });
}

void Items::Emit(Texts* texts,
                 google::protobuf::RepeatedPtrField<v1::Item>* out) const {
  std::vector<std::pair<uint32_t, const Key*>> order;
  for (const auto& [key, item] : items_) {
    if (Alive(item, nullptr)) order.emplace_back(item.add->list(), &key);
  }
  std::ranges::stable_sort(order, {}, [](const auto& p) { return p.first; });
  for (const auto& [list, key] : order) {
    EmitOne(*key, items_.at(*key), texts, out->Add());
  }
}

void Items::EmitOne(const Key& key, const State& item, Texts* texts,
                    v1::Item* out) const {
  out->set_list(item.add->list());
  *out->mutable_id() = IdOf(key);
  out->set_target(item.add->target());
  if (item.add->has_target_item()) {
    *out->mutable_target_item() =
        history_.Resolve(item.place.node, item.add->target_item());
  }
  item.registers.Emit(out->mutable_registers());
  std::vector<AnchorWrite> anchors = item.anchors;
  std::ranges::sort(anchors, [&](const AnchorWrite& a, const AnchorWrite& b) {
    return history_.node(a.place.node).hash() <
           history_.node(b.place.node).hash();
  });
  for (const AnchorWrite& write : anchors) {
    texts->Locate(write.place.node, *write.anchor, out);
  }
  out->set_kept_against_removal(Flagged(item));
  *out->mutable_by() = history_.AuthoredBy(item.place.node);
  if (item.add->list() == kCitations)
    EmitSaw(item, nullptr, out->mutable_saw());
}

void Items::EmitSaw(
    const State& item, const std::vector<bool>* past,
    google::protobuf::RepeatedPtrField<std::string>* out) const {
  absl::btree_set<Hash> saw;
  const auto note = [&](OpPlace op) {
    if (!In(past, op)) return;
    const std::vector<Hash>& names = history_.node(op.node).header().names;
    saw.insert(names.begin(), names.end());
  };
  note(item.place);
  std::ranges::for_each(item.puts, note);
  for (const Hash& hash : saw) *out->Add() = hash.str();
}

void Items::EmitCited(
    const std::vector<bool>& past,
    google::protobuf::RepeatedPtrField<v1::Cited>* out) const {
  for (const auto& [key, item] : items_) {
    if (item.add->list() != kCitations || !Alive(item, &past)) continue;
    v1::Cited* const cited = out->Add();
    *cited->mutable_id() = IdOf(key);
    cited->set_target(item.add->target());
    if (item.add->has_target_item()) {
      *cited->mutable_target_item() =
          history_.Resolve(item.place.node, item.add->target_item());
    }
    *cited->mutable_by() = history_.AuthoredBy(item.place.node);
    EmitSaw(item, &past, cited->mutable_saw());
  }
}

}  // namespace dateline::sync

#include <algorithm>
#include <functional>
#include <tuple>

#include "sync/model/fields.h"
#include "sync/text/draft.h"
#include "sync/text/merge.h"
#include "tests/sync/merge/naive.h"

namespace dateline::testing {
namespace {

using sync::Hash;
using sync::Lane;
using History = NaiveHistory;
using Field = NaiveField;

void Anchors(const History& history, const std::vector<NaiveOp>& touching,
             const NaiveFields& fields, v1::Item* out) {
  std::vector<NaiveOp> writes;
  for (const NaiveOp& op : touching) {
    if (NaiveAnchorOf(*op.op) != nullptr) writes.push_back(op);
  }
  std::map<std::string, v1::Anchor> anchors;
  for (const NaiveOp& op : writes) {
    const v1::CitationAnchor& from = *NaiveAnchorOf(*op.op);
    if (!NaiveIsLive(op, writes)) continue;
    v1::Anchor anchor;
    std::multiset<std::string> heads;
    bool here = true;
    for (const uint32_t name : from.heads()) {
      heads.insert(History::Named(*op.by, name));
      here = here && history.Find(History::Named(*op.by, name)) != nullptr;
    }
    if (!here) continue;
    for (const std::string& head : heads) anchor.add_heads(head);
    anchor.set_quote_hash(from.quote_hash());
    const auto body = fields.find(sync::kBody);
    if (body == fields.end()) {
      anchor.set_lost(true);
    } else {
      const auto past = history.PastOf({heads.begin(), heads.end()});
      const auto tracked = sync::text::Track(
          body->second.made,
          {{body->second.Heads(history, past), from.start(), from.end()}})[0];
      anchor.set_start(tracked.start);
      anchor.set_end(tracked.end);
      anchor.set_lost(tracked.lost);
      for (const auto& segment :
           sync::text::Merge(body->second.made).segments) {
        if (segment.open && segment.raw_start < tracked.end &&
            tracked.start < segment.raw_end) {
          anchor.set_in_open_span(true);
        }
      }
    }
    anchors[op.by->hash()] = anchor;
  }
  for (const auto& [hash, anchor] : anchors) *out->add_anchors() = anchor;
}

// Add, puts and removals of one item; only those in `past` if it is given.
struct ItemOps {
  const NaiveOp* add = nullptr;
  std::vector<NaiveOp> puts, removes;

  bool Alive() const {
    return removes.empty() ||
           std::any_of(puts.begin(), puts.end(), [&](const NaiveOp& put) {
             return std::none_of(removes.begin(), removes.end(),
                                 [&](const NaiveOp& remove) {
                                   return History::Replaced(put, remove);
                                 });
           });
  }
  bool Flagged() const {
    return std::any_of(removes.begin(), removes.end(), [&](const auto& remove) {
      return std::none_of(puts.begin(), puts.end(), [&](const auto& put) {
        return History::Replaced(remove, put);
      });
    });
  }
};

std::map<std::pair<std::string, int>, ItemOps> ItemsOf(
    const History& history, const std::set<std::string>* past) {
  std::map<std::pair<std::string, int>, ItemOps> items;
  for (const NaiveOp& op : history.ops) {
    if (past != nullptr && !past->count(op.by->hash())) continue;
    if (op.op->has_item_add()) items[{op.by->hash(), op.index}].add = &op;
  }
  for (const NaiveOp& op : history.ops) {
    if (past != nullptr && !past->count(op.by->hash())) continue;
    if (!op.op->has_item_put() && !op.op->has_item_remove()) continue;
    const v1::ItemId id = History::Named(
        *op.by, op.op->has_item_put() ? op.op->item_put().item()
                                      : op.op->item_remove().item());
    const auto found = items.find({id.change(), id.op()});
    if (found == items.end()) continue;
    // An op of the item's own change that stands before it means nothing.
    if (found->second.add->by == op.by && op.index < found->second.add->index) {
      continue;
    }
    (op.op->has_item_put() ? found->second.puts : found->second.removes)
        .push_back(op);
  }
  return items;
}

std::set<std::string> SawOf(const ItemOps& ops) {
  std::set<std::string> saw = ops.add->by->names;
  for (const NaiveOp& put : ops.puts) {
    saw.insert(put.by->names.begin(), put.by->names.end());
  }
  return saw;
}

}  // namespace

const v1::CitationAnchor* NaiveAnchorOf(const v1::Op& op) {
  if (op.has_item_add() && op.item_add().has_anchor()) {
    return &op.item_add().anchor();
  }
  if (op.has_item_put() && op.item_put().has_anchor()) {
    return &op.item_put().anchor();
  }
  return nullptr;
}

void NaiveItems(const History& history, const NaiveFields& fields,
                v1::Document* out) {
  std::map<std::tuple<uint32_t, std::string, int>, v1::Item> shown;
  for (const auto& [key, ops] : ItemsOf(history, nullptr)) {
    if (!ops.Alive()) continue;
    const v1::ItemAddOp& add = ops.add->op->item_add();
    v1::Item item;
    item.set_list(add.list());
    *item.mutable_id() = ops.add->Id();
    item.set_target(add.target());
    if (add.has_target_item()) {
      *item.mutable_target_item() =
          History::Named(*ops.add->by, add.target_item());
    }
    std::vector<NaiveOp> touching = {*ops.add};
    touching.insert(touching.end(), ops.puts.begin(), ops.puts.end());
    std::map<uint32_t, std::vector<NaiveOp>> registers;
    for (const NaiveOp& op : touching) {
      for (const auto& [field, value] : op.values) {
        registers[field].push_back(op);
      }
    }
    for (const auto& [field, writes] : registers) {
      *item.add_registers() = NaiveRegisterOf(field, writes);
    }
    Anchors(history, touching, fields, &item);
    item.set_kept_against_removal(ops.Flagged());
    *item.mutable_by() = History::By(*ops.add->by);
    if (add.list() == sync::kCitations) {
      for (const std::string& hash : SawOf(ops)) item.add_saw(hash);
    }
    shown[{add.list(), key.first, key.second}] = item;
  }
  for (const auto& [key, item] : shown) *out->add_items() = item;
}

std::vector<v1::Cited> NaiveCited(const NaiveHistory& history,
                                  const std::set<std::string>& past) {
  std::vector<v1::Cited> all;
  for (const auto& [key, ops] : ItemsOf(history, &past)) {
    const v1::ItemAddOp& add = ops.add->op->item_add();
    if (add.list() != sync::kCitations || !ops.Alive()) continue;
    v1::Cited cited;
    *cited.mutable_id() = ops.add->Id();
    cited.set_target(add.target());
    if (add.has_target_item()) {
      *cited.mutable_target_item() =
          History::Named(*ops.add->by, add.target_item());
    }
    *cited.mutable_by() = History::By(*ops.add->by);
    for (const std::string& hash : SawOf(ops)) cited.add_saw(hash);
    all.push_back(cited);
  }
  return all;
}

}  // namespace dateline::testing

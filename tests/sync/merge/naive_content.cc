#include <algorithm>
#include <tuple>

#include "sync/base/digest.h"
#include "sync/model/fields.h"
#include "sync/text/draft.h"
#include "sync/text/merge.h"
#include "tests/sync/merge/naive.h"

namespace dateline::testing {
namespace {

using sync::Hash;
using sync::Lane;
using History = NaiveHistory;

void Registers(const History& history, v1::Document* out) {
  std::map<uint32_t, std::vector<NaiveOp>> fields;
  for (const NaiveOp& op : history.ops) {
    if (op.op->has_put()) fields[op.op->put().field()].push_back(op);
  }
  for (const auto& [field, writes] : fields) {
    *out->add_registers() = NaiveRegisterOf(field, writes);
  }
}

void Sets(const History& history, v1::Document* out) {
  std::map<uint32_t, std::map<std::string, v1::Element>> sets;
  for (const NaiveOp& add : history.ops) {
    if (!add.op->has_add()) continue;
    const uint32_t field = add.op->add().field();
    const bool removed = std::any_of(
        history.ops.begin(), history.ops.end(), [&](const NaiveOp& op) {
          if (!op.op->has_remove() || op.op->remove().field() != field) {
            return false;
          }
          for (const v1::OpRef& ref : op.op->remove().adds()) {
            const v1::ItemId id = History::Named(*op.by, ref);
            if (id.change() == add.by->hash() &&
                static_cast<int>(id.op()) == add.index) {
              return true;
            }
          }
          return false;
        });
    if (removed) continue;
    const v1::Value* const value = add.values[0].second;
    v1::Element& element =
        sets[field][value == nullptr ? "" : value->SerializeAsString()];
    if (value != nullptr) *element.mutable_value() = *value;
    *element.add_adds() = add.Id();
  }
  for (const auto& [field, elements] : sets) {
    v1::ValueSet* const set = out->add_sets();
    set->set_field(field);
    for (const auto& [key, element] : elements) *set->add_elements() = element;
  }
}

void Life(const History& history, v1::Document* out) {
  struct Write {
    NaiveOp op;
    std::set<std::string> covers;
  };
  std::vector<Write> writes;
  for (const NaiveOp& op : history.ops) {
    if (!op.op->has_life()) continue;
    std::set<std::string> heads = {op.by->hash()};
    bool here = true;
    for (const uint32_t name : op.op->life().heads()) {
      heads.insert(History::Named(*op.by, name));
      here = here && history.Find(History::Named(*op.by, name)) != nullptr;
    }
    if (here) writes.push_back({op, history.PastOf(heads)});
  }
  bool deleted = false, doubted = false, restored = false;
  for (const Write& write : writes) {
    const bool live =
        std::none_of(writes.begin(), writes.end(), [&](const Write& other) {
          if (other.op.by == write.op.by) {
            return other.op.index > write.op.index;
          }
          return other.covers.count(write.op.by->hash()) > 0;
        });
    if (!live) continue;
    if (!write.op.op->life().deleted()) {
      restored = true;
      continue;
    }
    bool saw_all = true;
    for (const NaiveOp& edit : history.ops) {
      const int kind = edit.op->kind_case();
      const bool content = kind >= 1 && kind <= 9 && !edit.op->has_life();
      if (content && !write.covers.count(edit.by->hash())) saw_all = false;
    }
    (saw_all ? deleted : doubted) = true;
  }
  out->set_deleted(deleted && !restored);
  out->set_brought_back((deleted || doubted) && !out->deleted());
}

void Version(const History& history, v1::Document* out) {
  const auto content = history.Content();
  std::set<std::string> heads;
  for (const NaiveChange* change : content) {
    const bool seen =
        std::any_of(content.begin(), content.end(), [&](const auto* other) {
          return other != change && other->past.count(change->hash());
        });
    if (!seen) heads.insert(change->hash());
  }
  sync::Digest id("dateline/version/1");
  v1::Version* const version = out->mutable_version();
  for (const std::string& head : heads) {
    version->add_heads(head);
    id.Add(head);
  }
  version->set_id(id.Finish().str());
  bool complete = true;
  for (const NaiveChange* change : content) {
    const sync::Header& header = change->change->header;
    for (int lane = 0; lane < 3; ++lane) {
      if (!(header.save_lanes >> lane & 1)) continue;
      complete =
          complete &&
          std::any_of(history.applied.begin(), history.applied.end(),
                      [&](const auto& pair) {
                        const sync::Change& other = *pair.second.change;
                        return other.header.signer == header.signer &&
                               other.feed.incarnation ==
                                   change->change->feed.incarnation &&
                               other.header.save == header.save &&
                               static_cast<int>(other.header.lane) == lane;
                      });
    }
  }
  version->set_complete(complete);
  version->set_can_approve(!heads.empty() && complete &&
                           out->conflicts() == 0 && !out->read_only());
  const NaiveChange *first = nullptr, *last = nullptr;
  for (const NaiveChange* change : content) {
    if (first == nullptr || change->time() < first->time()) first = change;
    if (last == nullptr || last->time() < change->time()) last = change;
  }
  if (first == nullptr) return;
  *out->mutable_created() = History::By(*first);
  *out->mutable_updated() = History::By(*last);
}

void Heads(const History& history, v1::Document* out) {
  for (int lane = 0; lane < 4; ++lane) {
    std::set<std::string> heads;
    for (const auto& one : history.applied) {
      const std::string& hash = one.first;
      if (static_cast<int>(one.second.change->header.lane) != lane) continue;
      if (one.second.held) continue;
      const bool seen = std::any_of(
          history.applied.begin(), history.applied.end(), [&](const auto& p) {
            return p.first != hash && !p.second.held &&
                   p.second.past.count(hash);
          });
      if (!seen) heads.insert(hash);
    }
    if (heads.empty()) continue;
    v1::LaneHeads* const lane_heads = out->add_heads();
    lane_heads->set_lane(static_cast<v1::Lane>(lane));
    for (const std::string& head : heads) lane_heads->add_heads(head);
  }
}

std::vector<uint32_t> NamesHere(const v1::Op& op) {
  std::vector<uint32_t> names;
  const auto ref = [&](const v1::OpRef& r) { names.push_back(r.change()); };
  const auto list = [&](const auto& numbers) {
    names.insert(names.end(), numbers.begin(), numbers.end());
  };
  for (const auto& r : op.remove().adds()) ref(r);
  if (NaiveAnchorOf(op) != nullptr) list(NaiveAnchorOf(op)->heads());
  if (op.has_item_put()) ref(op.item_put().item());
  if (op.has_item_remove()) ref(op.item_remove().item());
  list(op.life().heads());
  for (const auto& r : op.text_resolve().edits()) ref(r);
  ref(op.answer().event());
  list(op.attest().version());
  list(op.request().version());
  list(op.request().newer());
  ref(op.request().approval());
  for (const auto& r : op.request().stops()) ref(r);
  ref(op.request().answers());
  ref(op.decision().request());
  list(op.decision().version());
  ref(op.decision().approval());
  for (const auto& r : op.decision().lifts()) ref(r);
  return names;
}

void Rest(const History& history, v1::Document* out) {
  for (const auto& [hash, held] : history.held) *out->add_held() = held;
  for (const std::string& hash : history.parked) out->add_parked(hash);
  std::map<std::string, std::set<std::string>> missing;
  for (const NaiveOp& op : history.ops) {
    for (const uint32_t name : NamesHere(*op.op)) {
      const std::string hash = History::Named(*op.by, name);
      if (!hash.empty() && history.Find(hash) == nullptr) {
        missing[op.by->hash()].insert(hash);
      }
    }
  }
  for (const auto& [change, hashes] : missing) {
    v1::Note* const note = out->add_unresolved_names();
    note->set_change(change);
    for (const std::string& hash : hashes) note->add_missing(hash);
  }
  for (const auto& [hash, change] : history.applied) {
    if (change.held || change.change->header.lane == Lane::kReceipt) continue;
    if (!change.unknown && !change.broken) continue;
    out->add_unknown_ops(hash);
    if (change.change->header.ignorable_from > sync::kSchemaNow) {
      out->set_read_only(true);
    }
  }
  std::map<std::tuple<uint64_t, std::string, int>, v1::Redaction> redactions;
  for (const NaiveOp& op : history.ops) {
    if (!op.op->has_redact()) continue;
    v1::Redaction& view =
        redactions[{op.by->time().first, op.by->hash(), op.index}];
    *view.mutable_by() = History::By(*op.by);
    *view.mutable_changes() = op.op->redact().changes();
    view.set_reason(op.Words(sync::kReason));
    view.set_in_force(op.by->erases);
  }
  for (const auto& [key, view] : redactions) *out->add_redactions() = view;
  std::map<std::tuple<std::string, uint64_t, std::string, int, int>,
           v1::Acknowledged>
      acknowledged;
  for (const NaiveOp& op : history.ops) {
    for (int i = 0; i < op.op->ack().changes_size(); ++i) {
      v1::Acknowledged& seen =
          acknowledged[{op.op->ack().changes(i), op.by->time().first,
                        op.by->hash(), op.index, i}];
      seen.set_change(op.op->ack().changes(i));
      *seen.mutable_by() = History::By(*op.by);
    }
  }
  for (const auto& [key, seen] : acknowledged) *out->add_acknowledged() = seen;
}

}  // namespace

void NaiveContent(const NaiveHistory& history, v1::Document* out) {
  const NaiveFields fields = NaiveFieldsOf(history);
  Registers(history, out);
  Sets(history, out);
  for (const auto& [number, field] : fields) {
    NaiveTextOf(history, number, field, out);
  }
  NaiveItems(history, fields, out);
  Life(history, out);
  const auto count = [&](const auto& registers) {
    for (const v1::Register& one : registers) {
      if (one.writes_size() > 1) out->set_conflicts(out->conflicts() + 1);
    }
  };
  count(out->registers());
  for (const v1::Item& item : out->items()) {
    count(item.registers());
    out->set_conflicts(out->conflicts() + (item.anchors_size() > 1) +
                       item.kept_against_removal());
  }
  out->set_conflicts(out->conflicts() + out->brought_back());
  Rest(history, out);
  Heads(history, out);
  Version(history, out);
}

}  // namespace dateline::testing

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

bool IsLive(const NaiveOp& op, const std::vector<NaiveOp>& writes) {
  return std::none_of(writes.begin(), writes.end(), [&](const NaiveOp& other) {
    return History::Replaced(op, other);
  });
}

// One register of all its writes. `value` finds the value of a write.
v1::Register RegisterOf(uint32_t field, const std::vector<NaiveOp>& writes) {
  v1::Register out;
  out.set_field(field);
  std::map<std::string, std::vector<NaiveOp>> groups;  // by value
  for (const NaiveOp& op : writes) {
    if (!IsLive(op, writes)) continue;
    std::string key = "unknown " + op.by->hash();
    for (const auto& [at, value] : op.values) {
      if (at == field && value != nullptr) {
        key = "value " + value->SerializeAsString();
      }
    }
    groups[key].push_back(op);
  }
  const bool ranked = field != sync::kFigureRecord;
  std::vector<v1::Write> shown;
  for (auto& [key, ops] : groups) {
    const auto better = [&](const NaiveOp& a, const NaiveOp& b) {
      return ranked ? a.by->time() > b.by->time() : a.by->hash() < b.by->hash();
    };
    const NaiveOp best = *std::min_element(ops.begin(), ops.end(), better);
    v1::Write write;
    for (const auto& [at, value] : best.values) {
      if (at == field && value != nullptr) *write.mutable_value() = *value;
    }
    *write.mutable_by() = History::By(*best.by);
    write.set_op(best.index);
    std::map<std::string, v1::Authored> also;
    for (const NaiveOp& op : ops) {
      if (op.by != best.by) also[op.by->hash()] = History::By(*op.by);
    }
    for (const auto& [hash, by] : also) *write.add_also() = by;
    shown.push_back(write);
  }
  const auto time = [](const v1::Write& w) {
    return std::make_pair(w.by().lamport(), w.by().change());
  };
  std::sort(shown.begin(), shown.end(), [](const auto& a, const auto& b) {
    return a.by().change() < b.by().change();
  });
  if (ranked) {
    const auto winner = std::max_element(
        shown.begin(), shown.end(),
        [&](const auto& a, const auto& b) { return time(a) < time(b); });
    std::rotate(shown.begin(), winner, winner + 1);
  }
  for (const v1::Write& write : shown) *out.add_writes() = write;
  return out;
}

void Registers(const History& history, v1::Document* out) {
  std::map<uint32_t, std::vector<NaiveOp>> fields;
  for (const NaiveOp& op : history.ops) {
    if (op.op->has_put()) fields[op.op->put().field()].push_back(op);
  }
  for (const auto& [field, writes] : fields) {
    *out->add_registers() = RegisterOf(field, writes);
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

// The edits of one text field: which, by whom, after which others.
struct Field {
  std::vector<std::string> edits;  // change hashes, parents first
  std::map<std::string, int> first_op;
  std::vector<sync::text::Edit> made;

  int IndexOf(const std::string& hash) const {
    const auto at = std::find(edits.begin(), edits.end(), hash);
    return at == edits.end() ? -1 : static_cast<int>(at - edits.begin());
  }
  // Of the edits in `past` those that are in the past of no other of them.
  std::vector<uint32_t> Heads(const History& history,
                              const std::set<std::string>& past) const {
    std::vector<uint32_t> heads;
    for (size_t i = 0; i < edits.size(); ++i) {
      if (!past.count(edits[i])) continue;
      const bool seen = std::any_of(
          edits.begin(), edits.end(), [&](const std::string& other) {
            return other != edits[i] && past.count(other) &&
                   history.Find(other)->past.count(edits[i]);
          });
      if (!seen) heads.push_back(static_cast<uint32_t>(i));
    }
    return heads;
  }
};

uint32_t TextFieldOf(const v1::Op& op) {
  return op.has_text() ? op.text().field() : op.text_resolve().field();
}

// The ops of text of a change that is held too: its places count.
std::vector<const v1::Op*> TextOps(const NaiveChange& change, uint32_t field) {
  std::vector<const v1::Op*> ops;
  if (change.broken || change.change->header.lane != Lane::kText) return ops;
  for (const v1::Op& op : change.structure.ops()) {
    if ((op.has_text() || op.has_text_resolve()) && TextFieldOf(op) == field) {
      ops.push_back(&op);
    }
  }
  return ops;
}

sync::text::Edit EditOf(const NaiveChange& change, uint32_t field) {
  sync::text::Edit edit;
  edit.device = change.change->feed.device;
  edit.incarnation = change.change->feed.incarnation;
  edit.seq = change.change->seq;
  edit.hash = change.change->hash;
  edit.lamport = change.change->header.lamport;
  edit.held = change.held;
  bool known = !change.held && !change.blank;
  const auto words = sync::text::ToScalars(change.content.text());
  size_t next = 0;
  for (const v1::Op& op : change.structure.ops()) {
    if (!op.has_text() && !op.has_text_resolve()) known = false;
    if (!op.has_text()) continue;
    const auto decoded = sync::text::DecodeTextOp(op.text());
    if (!decoded.ok()) {
      known = false;
      if (op.text().field() == field) edit.erased = true;
      continue;
    }
    known = known && next + decoded->inserted_scalars <= words->size();
    if (op.text().field() == field) {
      edit.runs.insert(edit.runs.end(), decoded->runs.begin(),
                       decoded->runs.end());
      edit.touched.insert(edit.touched.end(), decoded->touched.begin(),
                          decoded->touched.end());
      if (known) {
        edit.inserted += words->substr(next, decoded->inserted_scalars);
      } else {
        edit.erased = true;
      }
    }
    next += decoded->inserted_scalars;
  }
  if (edit.erased) edit.inserted.clear();
  std::stable_sort(
      edit.touched.begin(), edit.touched.end(),
      [](const auto& a, const auto& b) { return a.start < b.start; });
  return edit;
}

Field FieldOf(const History& history, uint32_t number) {
  Field field;
  std::vector<const NaiveChange*> changes;
  for (const auto& [hash, change] : history.applied) {
    if (!TextOps(change, number).empty()) changes.push_back(&change);
  }
  // The smaller past first, which is another order than the product's. (Never
  // parents after children; resolutions after what they name.)
  std::map<std::string, int> depth;
  const std::function<int(const NaiveChange&)> DepthOf =
      [&](const NaiveChange& change) {
        const auto known = depth.find(change.hash());
        if (known != depth.end()) return known->second;
        int deepest = 0;
        std::set<std::string> before = change.names;
        for (const Hash& dep : change.change->header.deps) {
          before.insert(dep.str());
        }
        for (const std::string& hash : before) {
          const NaiveChange* const found = history.Find(hash);
          if (found == nullptr) continue;
          deepest = std::max(deepest, DepthOf(*found) + 1);
        }
        return depth[change.hash()] = deepest;
      };
  std::sort(changes.begin(), changes.end(), [&](const auto* a, const auto* b) {
    return std::make_pair(DepthOf(*a), b->hash()) <
           std::make_pair(DepthOf(*b), a->hash());
  });
  for (const NaiveChange* change : changes) {
    std::set<std::string> before = change->past;
    before.erase(change->hash());
    sync::text::Edit edit = EditOf(*change, number);
    edit.parents = field.Heads(history, before);
    const auto ops = TextOps(*change, number);
    std::set<uint32_t> resolves;
    for (const v1::Op* op : ops) {
      if (change->held) break;
      for (const v1::OpRef& ref : op->text_resolve().edits()) {
        const int at = field.IndexOf(History::Named(*change, ref.change()));
        if (at >= 0) resolves.insert(at);
      }
    }
    edit.resolves.assign(resolves.begin(), resolves.end());
    field.first_op[change->hash()] = static_cast<int>(
        std::find_if(change->structure.ops().begin(),
                     change->structure.ops().end(),
                     [&](const v1::Op& op) { return &op == ops[0]; }) -
        change->structure.ops().begin());
    field.edits.push_back(change->hash());
    field.made.push_back(std::move(edit));
  }
  return field;
}

void OpenSpan(const History& history, const Field& field,
              const sync::text::Segment& from, v1::OpenSpan* out) {
  const auto shown = [](std::u32string text) {
    text.erase(std::remove(text.begin(), text.end(), sync::text::kBlank),
               text.end());
    return sync::text::ToUtf8(text);
  };
  out->set_base(shown(from.base));
  std::map<std::pair<std::pair<uint64_t, std::string>, int>, v1::Original> all;
  for (size_t i = 0; i < from.originals.size(); ++i) {
    v1::Original original;
    original.set_text(shown(from.originals[i].text));
    std::pair<uint64_t, std::string> last;
    std::vector<uint32_t> edits = from.originals[i].edits;
    std::map<std::pair<uint64_t, std::string>, std::string> by_time;
    for (const uint32_t edit : edits) {
      by_time[history.Find(field.edits[edit])->time()] = field.edits[edit];
    }
    for (const auto& [time, hash] : by_time) {
      const NaiveChange& change = *history.Find(hash);
      last = std::max(last, change.time());
      *original.add_by() = History::By(change);
      v1::ItemId* const id = original.add_edits();
      id->set_change(hash);
      id->set_op(field.first_op.at(hash));
    }
    all[{last, static_cast<int>(i)}] = original;
  }
  for (const auto& [key, original] : all) *out->add_originals() = original;
}

void Text(const History& history, uint32_t number, const Field& field,
          v1::Document* out) {
  const sync::text::Merged merged = sync::text::Merge(field.made);
  v1::Text* const text = out->add_texts();
  text->set_field(number);
  text->set_raw_length(merged.raw.size());
  for (const sync::text::Segment& from : merged.segments) {
    if (from.open) {
      v1::Segment* const open = text->add_segments();
      open->set_raw_start(from.raw_start);
      open->set_raw_end(from.raw_end);
      OpenSpan(history, field, from, open->mutable_open());
      out->set_conflicts(out->conflicts() + 1);
      continue;
    }
    // Scalar by scalar; a blank ends a segment.
    std::u32string readable;
    for (uint32_t i = from.raw_start; i < from.raw_end; ++i) {
      if (merged.raw[i] != sync::text::kBlank) readable += merged.raw[i];
    }
    if (readable != from.text) {
      v1::Segment* const folded = text->add_segments();
      folded->set_text(sync::text::ToUtf8(from.text));
      folded->set_raw_start(from.raw_start);
      folded->set_raw_end(from.raw_end);
      folded->set_folded(true);
      continue;
    }
    v1::Segment* last = nullptr;
    for (uint32_t i = from.raw_start; i < from.raw_end; ++i) {
      if (merged.raw[i] == sync::text::kBlank) {
        last = nullptr;
        continue;
      }
      if (last == nullptr) {
        last = text->add_segments();
        last->set_raw_start(i);
      }
      last->set_text(last->text() +
                     sync::text::ToUtf8(std::u32string(1, merged.raw[i])));
      last->set_raw_end(i + 1);
    }
  }
}

std::map<uint32_t, Field> FieldsOf(const History& history) {
  std::set<uint32_t> numbers;
  for (const auto& [hash, change] : history.applied) {
    if (change.broken || change.change->header.lane != Lane::kText) continue;
    for (const v1::Op& op : change.structure.ops()) {
      if (op.has_text() || op.has_text_resolve())
        numbers.insert(TextFieldOf(op));
    }
  }
  std::map<uint32_t, Field> fields;
  for (const uint32_t number : numbers) {
    fields[number] = FieldOf(history, number);
  }
  return fields;
}

const v1::CitationAnchor* AnchorOf(const v1::Op& op) {
  if (op.has_item_add() && op.item_add().has_anchor()) {
    return &op.item_add().anchor();
  }
  if (op.has_item_put() && op.item_put().has_anchor()) {
    return &op.item_put().anchor();
  }
  return nullptr;
}

void Anchors(const History& history, const std::vector<NaiveOp>& touching,
             const std::map<uint32_t, Field>& fields, v1::Item* out) {
  std::vector<NaiveOp> writes;
  for (const NaiveOp& op : touching) {
    if (AnchorOf(*op.op) != nullptr) writes.push_back(op);
  }
  std::map<std::string, v1::Anchor> anchors;
  for (const NaiveOp& op : writes) {
    const v1::CitationAnchor& from = *AnchorOf(*op.op);
    if (!IsLive(op, writes)) continue;
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

void Items(const History& history, const std::map<uint32_t, Field>& fields,
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
      *item.add_registers() = RegisterOf(field, writes);
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
  if (AnchorOf(op) != nullptr) list(AnchorOf(op)->heads());
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

void NaiveContent(const NaiveHistory& history, v1::Document* out) {
  const std::map<uint32_t, Field> fields = FieldsOf(history);
  Registers(history, out);
  Sets(history, out);
  for (const auto& [number, field] : fields) {
    Text(history, number, field, out);
  }
  Items(history, fields, out);
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

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

}  // namespace

int NaiveField::IndexOf(const std::string& hash) const {
  const auto at = std::find(edits.begin(), edits.end(), hash);
  return at == edits.end() ? -1 : static_cast<int>(at - edits.begin());
}

std::vector<uint32_t> NaiveField::Heads(
    const NaiveHistory& history, const std::set<std::string>& past) const {
  std::vector<uint32_t> heads;
  for (size_t i = 0; i < edits.size(); ++i) {
    if (!past.count(edits[i])) continue;
    const bool seen =
        std::any_of(edits.begin(), edits.end(), [&](const std::string& other) {
          return other != edits[i] && past.count(other) &&
                 history.Find(other)->past.count(edits[i]);
        });
    if (!seen) heads.push_back(static_cast<uint32_t>(i));
  }
  return heads;
}

void NaiveTextOf(const History& history, uint32_t number, const Field& field,
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

NaiveFields NaiveFieldsOf(const History& history) {
  std::set<uint32_t> numbers;
  for (const auto& [hash, change] : history.applied) {
    if (change.broken || change.change->header.lane != Lane::kText) continue;
    for (const v1::Op& op : change.structure.ops()) {
      if (op.has_text() || op.has_text_resolve())
        numbers.insert(TextFieldOf(op));
    }
  }
  NaiveFields fields;
  for (const uint32_t number : numbers) {
    fields[number] = FieldOf(history, number);
  }
  return fields;
}

}  // namespace dateline::testing

#include "sync/merge/texts.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/container/btree_set.h"
#include "sync/merge/edits.h"
#include "sync/model/fields.h"
#include "sync/text/draft.h"

namespace dateline::sync {
namespace {

// As ==, which compares scalar by scalar.
bool Same(std::u32string_view a, std::u32string_view b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), a.size() * sizeof(char32_t)) == 0;
}

// By (lamport, hash) of the last change of each original.
template <typename LastNode>
std::vector<const text::Original*> Sorted(
    const History& history, const std::vector<text::Original>& originals,
    const LastNode& last_node) {
  std::vector<std::pair<int, const text::Original*>> keyed;
  for (const text::Original& original : originals) {
    keyed.emplace_back(last_node(original), &original);
  }
  std::ranges::stable_sort(keyed, [&](const auto& a, const auto& b) {
    if (a.first < 0 || b.first < 0) return a.first < b.first;
    return history.Before(a.first, b.first);
  });
  std::vector<const text::Original*> sorted;
  for (const auto& [node, original] : keyed) sorted.push_back(original);
  return sorted;
}

}  // namespace

Texts::Texts(const History& history) : history_(history) {
  for (int i = 0; i < history.size(); ++i) {
    if (history.node(i).header().lane == Lane::kText) AddNode(i);
  }
  for (auto& [field, text] : fields_) text.merged = text::Merge(text.edits);
}

void Texts::AddNode(int node) {
  auto edits = EditsOf(history_, node);
  for (auto& [number, edit] : edits) fields_[number];
  for (auto& [number, field] : fields_) {
    field.heads.resize(node + 1);
    std::vector<int> parents = HeadsOf(field, history_.deps(node));
    const auto found = edits.find(number);
    if (found == edits.end()) {
      field.heads[node] = std::move(parents);
      continue;
    }
    text::Edit& edit = found->second.edit;
    edit.parents.assign(parents.begin(), parents.end());
    absl::btree_set<uint32_t> resolves;
    for (const int answered : found->second.resolves) {
      const auto at = std::ranges::lower_bound(field.nodes, answered);
      if (at != field.nodes.end() && *at == answered) {
        resolves.insert(static_cast<uint32_t>(at - field.nodes.begin()));
      }
    }
    edit.resolves.assign(resolves.begin(), resolves.end());
    field.heads[node] = {static_cast<int>(field.edits.size())};
    field.edits.push_back(std::move(edit));
    field.nodes.push_back(node);
    field.ops.push_back(found->second.op);
  }
}

std::vector<int> Texts::HeadsOf(const Field& field,
                                const std::vector<int>& nodes) const {
  std::vector<int> seen;  // nodes
  for (const int node : nodes) {
    if (static_cast<size_t>(node) >= field.heads.size()) continue;
    for (const int edit : field.heads[node]) seen.push_back(field.nodes[edit]);
  }
  std::vector<int> edits;
  for (const int node : history_.Maximal(std::move(seen))) {
    const auto at = std::ranges::lower_bound(field.nodes, node);
    edits.push_back(static_cast<int>(at - field.nodes.begin()));
  }
  return edits;
}

void Texts::Emit(google::protobuf::RepeatedPtrField<v1::Text>* out) {
  for (const auto& [number, field] : fields_) {
    v1::Text* const text = out->Add();
    text->set_field(number);
    EmitOne(field, text);
  }
}

void Texts::EmitOne(const Field& field, v1::Text* out) {
  out->set_raw_length(static_cast<uint32_t>(field.merged.raw.size()));
  for (const text::Segment& segment : field.merged.segments) {
    if (segment.open) {
      EmitOpen(field, segment, out);
      ++open_spans_;
    } else {
      EmitPlain(field, segment, out);
    }
  }
}

// One segment for each stretch between redacted scalars; but one that reads
// otherwise than its raw slice stays whole.
void Texts::EmitPlain(const Field& field, const text::Segment& segment,
                      v1::Text* out) const {
  const std::u32string_view slice =
      std::u32string_view(field.merged.raw)
          .substr(segment.raw_start, segment.raw_end - segment.raw_start);
  const auto add = [out](const std::u32string& text, size_t start, size_t end) {
    v1::Segment* const plain = out->add_segments();
    plain->set_text(text::ToUtf8(text));
    plain->set_raw_start(static_cast<uint32_t>(start));
    plain->set_raw_end(static_cast<uint32_t>(end));
    return plain;
  };
  if (slice.empty() && segment.text.empty()) return;
  if (Same(slice, segment.text)) {  // nothing redacted: by far the most
    add(segment.text, segment.raw_start, segment.raw_end);
    return;
  }
  std::u32string shown(slice);
  std::erase(shown, text::kBlank);
  if (shown != segment.text) {
    add(segment.text, segment.raw_start, segment.raw_end)->set_folded(true);
    return;
  }
  for (size_t at = 0; at < slice.size();) {
    const bool blank = slice[at] == text::kBlank;
    size_t end = at;
    while (end < slice.size() && (slice[end] == text::kBlank) == blank) ++end;
    if (!blank) {
      add(std::u32string(slice.substr(at, end - at)), segment.raw_start + at,
          segment.raw_start + end);
    }
    at = end;
  }
}

void Texts::EmitOpen(const Field& field, const text::Segment& segment,
                     v1::Text* out) const {
  v1::Segment* const open = out->add_segments();
  open->set_raw_start(segment.raw_start);
  open->set_raw_end(segment.raw_end);
  open->mutable_open()->set_base(WithoutBlanks(segment.base));
  const auto last_node = [&](const text::Original& original) {
    int last = -1;
    for (const uint32_t edit : original.edits) {
      const int node = field.nodes[edit];
      if (last < 0 || history_.Before(last, node)) last = node;
    }
    return last;
  };
  for (const text::Original* original :
       Sorted(history_, segment.originals, last_node)) {
    v1::Original* const added = open->mutable_open()->add_originals();
    added->set_text(WithoutBlanks(original->text));
    std::vector<uint32_t> edits = original->edits;
    std::ranges::sort(edits, [&](uint32_t a, uint32_t b) {
      return history_.Before(field.nodes[a], field.nodes[b]);
    });
    for (const uint32_t edit : edits) {
      const int node = field.nodes[edit];
      *added->add_by() = history_.AuthoredBy(node);
      v1::ItemId* const id = added->add_edits();
      id->set_change(history_.node(node).hash().str());
      id->set_op(field.ops[edit]);
    }
  }
}

void Texts::Locate(int node, const v1::CitationAnchor& anchor, v1::Item* item) {
  std::vector<int> heads;
  for (const uint32_t name : anchor.heads()) {
    heads.push_back(history_.Resolve(node, name));
    if (heads.back() < 0) return;
  }
  v1::Anchor* const out = item->add_anchors();
  for (const int head : heads) out->add_heads(history_.node(head).hash().str());
  std::ranges::sort(*out->mutable_heads());
  out->set_quote_hash(anchor.quote_hash());
  Pending pending{{{}, anchor.start(), anchor.end()}, out};
  const auto body = fields_.find(kBody);
  if (body != fields_.end()) {
    for (const int edit : HeadsOf(body->second, heads)) {
      pending.anchor.heads.push_back(static_cast<uint32_t>(edit));
    }
  }
  pending_.push_back(std::move(pending));
}

void Texts::FindAnchors() {
  std::vector<text::Anchor> anchors;
  for (const Pending& pending : pending_) anchors.push_back(pending.anchor);
  const auto body = fields_.find(kBody);
  if (anchors.empty() || body == fields_.end()) {
    for (const Pending& pending : pending_) pending.out->set_lost(true);
    return;
  }
  const auto tracked = text::Track(body->second.edits, anchors);
  for (size_t i = 0; i < tracked.size(); ++i) {
    v1::Anchor* const out = pending_[i].out;
    out->set_start(tracked[i].start);
    out->set_end(tracked[i].end);
    out->set_lost(tracked[i].lost);
    for (const text::Segment& segment : body->second.merged.segments) {
      if (segment.open && segment.raw_start < tracked[i].end &&
          tracked[i].start < segment.raw_end) {
        out->set_in_open_span(true);
      }
    }
  }
}

}  // namespace dateline::sync

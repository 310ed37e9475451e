#include "sync/compose/review.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "sync/compose/action.h"
#include "sync/compose/notice_text.h"
#include "sync/model/fields.h"
#include "sync/text/draft.h"

namespace dateline::sync {
namespace {

std::string NameOf(uint32_t field) {
  const FieldInfo* info = FindField(field);
  return info == nullptr ? absl::StrCat("field ", field)
                         : std::string(info->name);
}

const v1::Register* FindRegister(const v1::Document& document, uint32_t field) {
  for (const v1::Register& r : document.registers()) {
    if (r.field() == field) return &r;
  }
  return nullptr;
}

// Every value of a register, the winner first: " / " between them.
std::string AllWrites(const v1::Register& r) {
  return absl::StrJoin(r.writes(), " / ",
                       [](std::string* out, const v1::Write& write) {
                         absl::StrAppend(out, ValueText(write.value()));
                       });
}

std::string ItemText(const v1::Item& item) {
  return absl::StrJoin(item.registers(), "; ",
                       [](std::string* out, const v1::Register& r) {
                         absl::StrAppend(out, AllWrites(r));
                       });
}

// Field number to what a reader gets of it, for diffs and search.
absl::btree_map<uint32_t, std::string> FieldTexts(
    const v1::Document& document) {
  absl::btree_map<uint32_t, std::string> out;
  for (const v1::Register& r : document.registers()) {
    out[r.field()] = AllWrites(r);
  }
  for (const v1::ValueSet& set : document.sets()) {
    out[set.field()] =
        absl::StrJoin(set.elements(), ", ",
                      [](std::string* text, const v1::Element& element) {
                        absl::StrAppend(text, ValueText(element.value()));
                      });
  }
  for (const v1::Item& item : document.items()) {
    std::string& text = out[item.list()];
    absl::StrAppend(&text, text.empty() ? "" : "\n", ItemText(item));
  }
  for (const v1::Text& text : document.texts()) {
    out[text.field()] = ReaderText(document, text.field());
  }
  return out;
}

// --- history ---------------------------------------------------------------

// The fields that a change's content ops touch; empty: no content change.
absl::btree_set<std::string> FieldsTouched(const v1::Structure& structure) {
  absl::btree_set<std::string> names;
  for (const v1::Op& op : structure.ops()) {
    switch (op.kind_case()) {
      case v1::Op::kPut:
        names.insert(NameOf(op.put().field()));
        break;
      case v1::Op::kAdd:
        names.insert(NameOf(op.add().field()));
        break;
      case v1::Op::kRemove:
        names.insert(NameOf(op.remove().field()));
        break;
      case v1::Op::kItemAdd:
        names.insert(NameOf(op.item_add().list()));
        break;
      case v1::Op::kItemPut:
        for (const uint32_t field : op.item_put().fields()) {
          names.insert(NameOf(field));
        }
        break;
      case v1::Op::kItemRemove:
        names.insert("item removed");
        break;
      case v1::Op::kText:
        names.insert(NameOf(op.text().field()));
        break;
      case v1::Op::kTextResolve:
        names.insert(NameOf(op.text_resolve().field()));
        break;
      case v1::Op::kLife:
        names.insert(op.life().deleted() ? "deleted" : "restored");
        break;
      default:
        break;
    }
  }
  return names;
}

struct Step {
  const Change* change;
  absl::btree_set<std::string> fields;  // empty: no content
};

// Changes that have an effect, in the order of (lamport, hash).
std::vector<Step> Steps(const std::vector<const Change*>& changes,
                        const v1::Document& now) {
  absl::btree_set<std::string> idle(now.parked().begin(), now.parked().end());
  for (const v1::HeldChange& held : now.held()) idle.insert(held.change());
  std::vector<Step> out;
  absl::btree_set<Hash> seen;
  for (const Change* change : changes) {
    if (change->holding == Holding::kPlaceOnly ||
        idle.contains(change->hash.str()) ||
        !seen.insert(change->hash).second) {
      continue;
    }
    v1::Structure structure;
    if (!structure.ParseFromString(change->structure)) continue;
    out.push_back({change, FieldsTouched(structure)});
  }
  std::sort(out.begin(), out.end(), [](const Step& a, const Step& b) {
    return std::pair(a.change->header.lamport, a.change->hash) <
           std::pair(b.change->header.lamport, b.change->hash);
  });
  return out;
}

// The maximal content changes of those taken so far. Requests and attestations
// stand between content changes of a lane: what they saw is looked through.
class HeadTracker {
 public:
  void Take(const Step& step) {
    absl::btree_set<Hash> below;
    for (const Hash& dep : step.change->header.deps) {
      const auto through = through_.find(dep);
      if (through == through_.end()) {
        below.insert(dep);
      } else {
        below.insert(through->second.begin(), through->second.end());
      }
    }
    if (step.fields.empty()) {
      through_[step.change->hash] = std::move(below);
      return;
    }
    for (const Hash& hash : below) heads_.erase(hash);
    heads_.insert(step.change->hash);
  }
  const absl::btree_set<Hash>& heads() const { return heads_; }

 private:
  absl::btree_set<Hash> heads_;
  absl::btree_map<Hash, absl::btree_set<Hash>> through_;
};

using SaveKey = std::tuple<DeviceId, uint64_t, uint64_t>;
SaveKey SaveOf(const Change& change) {
  return {change.feed.device, change.feed.incarnation, change.header.save};
}

template <typename Hashes>
bool SameHeads(const Hashes& hashes, const absl::btree_set<Hash>& heads) {
  if (static_cast<size_t>(hashes.size()) != heads.size()) return false;
  return std::equal(
      heads.begin(), heads.end(), hashes.begin(),
      [](const Hash& a, const std::string& b) { return a.view() == b; });
}

void MarkReview(const v1::Workflow& workflow,
                const absl::btree_set<Hash>& heads, v1::VersionRow* row) {
  for (const v1::ApprovalState& approval : workflow.approvals()) {
    if (approval.what() == v1::ATTESTATION_APPROVED &&
        SameHeads(approval.version(), heads)) {
      row->set_approved(true);
    }
  }
  for (const v1::DecisionState& decision : workflow.decisions()) {
    if ((decision.what() == v1::DECISION_PUBLISHED ||
         decision.what() == v1::DECISION_CORRECTED) &&
        SameHeads(decision.version(), heads)) {
      row->set_published(true);
    }
  }
}

void SetAuthored(const Change& change, v1::Authored* by) {
  by->set_change(change.hash.str());
  by->set_actor(change.header.actor.str());
  by->set_signer(change.header.signer.str());
  by->set_wall_ms(change.header.wall_ms);
  by->set_lamport(change.header.lamport);
}

v1::DiffKind KindOf(text::DiffPart::Kind kind) {
  switch (kind) {
    case text::DiffPart::Kind::kSame:
      return v1::DIFF_KIND_SAME;
    case text::DiffPart::Kind::kRemoved:
      return v1::DIFF_KIND_REMOVED;
    case text::DiffPart::Kind::kAdded:
      return v1::DIFF_KIND_ADDED;
  }
  return v1::DIFF_KIND_UNSPECIFIED;
}

v1::FieldDiff DiffField(uint32_t field, const std::string& from,
                        const std::string& to) {
  v1::FieldDiff out;
  out.set_field(field);
  out.set_name(NameOf(field));
  const auto old_text = text::ToScalars(from);
  const auto new_text = text::ToScalars(to);
  if (!old_text.ok() || !new_text.ok()) return out;
  for (const text::DiffPart& part : text::DiffWords(*old_text, *new_text)) {
    v1::DiffPart* to_part = out.add_parts();
    to_part->set_kind(KindOf(part.kind));
    to_part->set_text(text::ToUtf8(part.text));
  }
  return out;
}

v1::ConflictRow ConflictIn(const v1::Document& document, uint32_t field) {
  v1::ConflictRow row;
  row.set_document(document.id());
  row.set_slugline(RegisterText(document, kSlugline));
  row.set_field(field);
  row.set_field_name(NameOf(field));
  return row;
}

}  // namespace

std::string ValueText(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kText:
      return value.text();
    case v1::Value::kNumber:
      return absl::StrCat(value.number());
    case v1::Value::kPlace:
      return value.place().name();
    case v1::Value::kFigure:
      return FigureText(value.figure());
    case v1::Value::kTimeMs:
      return absl::FormatTime(absl::RFC3339_sec,
                              absl::FromUnixMillis(value.time_ms()),
                              absl::UTCTimeZone());
    case v1::Value::kId:
      return absl::BytesToHexString(value.id());
    case v1::Value::kFlag:
      return value.flag() ? "yes" : "no";
    case v1::Value::KIND_NOT_SET:
      break;
  }
  return "";
}

std::string RegisterText(const v1::Document& document, uint32_t field) {
  const v1::Register* r = FindRegister(document, field);
  return r == nullptr || r->writes().empty() ? ""
                                             : ValueText(r->writes(0).value());
}

std::string TitleOf(const v1::Document& document) {
  if (document.kind() != v1::DOCUMENT_KIND_STATEMENT) {
    for (const uint32_t field : {kHeadline, kSourceName, kTitle, kSlugline}) {
      std::string text = RegisterText(document, field);
      if (!text.empty()) return text;
    }
    return "";
  }
  std::vector<std::string> figures;
  for (const v1::Item& item : document.items()) {
    for (const v1::Register& r : item.registers()) {
      if (r.field() == kFigureRecord) figures.push_back(AllWrites(r));
    }
  }
  return absl::StrCat(RegisterText(document, kStatementSourceName),
                      figures.empty() ? "" : ": ",
                      absl::StrJoin(figures, "; "));
}

std::string FoldForSearch(absl::string_view text) {
  // U+064B..U+065F, U+0670 and U+0640, all of them 0xD9 and one byte.
  const auto folds = [](uint8_t second) {
    return (second >= 0x8B && second <= 0x9F) || second == 0xB0 ||
           second == 0x80;
  };
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (static_cast<uint8_t>(text[i]) == 0xD9 && i + 1 < text.size() &&
        folds(static_cast<uint8_t>(text[i + 1]))) {
      ++i;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::string SearchTextOf(const v1::Document& document) {
  return FoldForSearch(absl::StrJoin(FieldTexts(document), "\n",
                                     [](std::string* out, const auto& field) {
                                       absl::StrAppend(out, field.second);
                                     }));
}

std::vector<v1::VersionRow> HistoryOf(const std::vector<const Change*>& changes,
                                      const v1::Document& now) {
  // A save's parts follow all that its author saw, so it can be taken whole
  // where its first part stands.
  std::vector<SaveKey> order;
  absl::btree_map<SaveKey, std::vector<Step>> saves;
  for (Step& step : Steps(changes, now)) {
    std::vector<Step>& save = saves[SaveOf(*step.change)];
    if (save.empty()) order.push_back(SaveOf(*step.change));
    save.push_back(std::move(step));
  }
  std::vector<v1::VersionRow> rows;
  HeadTracker tracker;
  for (const SaveKey& key : order) {
    v1::VersionRow row;
    absl::btree_set<std::string> fields;
    for (const Step& step : saves[key]) {
      tracker.Take(step);
      if (!step.fields.empty()) SetAuthored(*step.change, row.mutable_by());
      fields.insert(step.fields.begin(), step.fields.end());
    }
    if (fields.empty()) continue;
    for (const Hash& head : tracker.heads()) row.add_heads(head.str());
    for (const std::string& field : fields) row.add_changed(field);
    MarkReview(now.workflow(), tracker.heads(), &row);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<v1::FieldDiff> DiffDocuments(const v1::Document& from,
                                         const v1::Document& to) {
  const auto before = FieldTexts(from);
  auto after = FieldTexts(to);
  for (const auto& [field, text] : before) after.try_emplace(field);
  std::vector<v1::FieldDiff> out;
  for (const auto& [field, text] : after) {
    const auto found = before.find(field);
    const std::string old_text = found == before.end() ? "" : found->second;
    if (old_text != text) out.push_back(DiffField(field, old_text, text));
  }
  return out;
}

std::vector<v1::ConflictRow> ConflictsOf(const v1::Document& document) {
  std::vector<v1::ConflictRow> out;
  const auto add_register = [&](const v1::Register& r, const v1::Item* item) {
    if (r.writes_size() < 2) return;
    v1::ConflictRow row = ConflictIn(document, r.field());
    *row.mutable_writes() = r.writes();
    if (item != nullptr) *row.mutable_item() = item->id();
    out.push_back(std::move(row));
  };
  for (const v1::Register& r : document.registers()) add_register(r, nullptr);
  for (const v1::Item& item : document.items()) {
    for (const v1::Register& r : item.registers()) add_register(r, &item);
  }
  for (const v1::Text& text : document.texts()) {
    for (const v1::Segment& segment : text.segments()) {
      if (!segment.has_open()) continue;
      v1::ConflictRow row = ConflictIn(document, text.field());
      *row.mutable_span() = segment.open();
      out.push_back(std::move(row));
    }
  }
  return out;
}

}  // namespace dateline::sync

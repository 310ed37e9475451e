#include "sync/merge/document.h"

#include <algorithm>
#include <utility>

#include "sync/base/errors.h"
#include "sync/merge/history.h"
#include "sync/merge/items.h"
#include "sync/merge/references.h"
#include "sync/merge/registers.h"
#include "sync/merge/sets.h"
#include "sync/merge/statements.h"
#include "sync/merge/texts.h"
#include "sync/merge/verdicts.h"
#include "sync/merge/versions.h"
#include "sync/merge/workflow.h"
#include "sync/model/fields.h"

namespace dateline::sync {
namespace {

// Where each kind of op goes. One per document; builds it once.
class Materializer {
 public:
  Materializer(const DocumentId& id, const History& history)
      : history_(history),
        content_(ContentNodes(history)),
        registers_(history),
        sets_(history),
        items_(history),
        texts_(history),
        workflow_(history, items_, content_),
        statement_(history) {
    out_.set_id(id.str());
  }

  v1::Document Build() {
    history_.ForEachOp([this](const OpView& op) { TakeContent(op); });
    history_.ForEachOp([this](const OpView& op) { TakeEvent(op); });
    EmitKind();
    EmitContent();
    EmitAdmission();
    EmitRedactions();
    EmitVersion();
    EmitAcknowledged();
    return std::move(out_);
  }

 private:
  void TakeContent(const OpView& op);
  void TakeEvent(const OpView& op);
  void EmitKind();
  void EmitContent();
  void EmitAdmission();
  void EmitRedactions();
  void EmitVersion();
  void EmitAcknowledged();

  const History& history_;
  const std::vector<int> content_;
  Registers registers_;
  Sets sets_;
  Items items_;
  Texts texts_;
  WorkflowMerge workflow_;
  StatementMerge statement_;
  std::vector<v1::Acknowledged> acknowledged_;
  std::vector<std::pair<int, v1::Redaction>> redactions_;  // by node
  v1::Document out_;
};

void Materializer::TakeContent(const OpView& op) {
  switch (op.op->kind_case()) {
    case v1::Op::kPut:
      return registers_.Write(op.op->put().field(), op, op.values[0]);
    case v1::Op::kAdd:
      return sets_.Add(op);
    case v1::Op::kRemove:
      return sets_.Remove(op);
    case v1::Op::kItemAdd:
      return items_.Add(op);
    case v1::Op::kItemPut:
      return items_.Put(op);
    case v1::Op::kItemRemove:
      return items_.Remove(op);
    default:
      return;  // texts and life read the history themselves
  }
}

void Materializer::TakeEvent(const OpView& op) {
  if (op.op->has_ack()) {
    for (const std::string& change : op.op->ack().changes()) {
      v1::Acknowledged seen;
      seen.set_change(change);
      *seen.mutable_by() = history_.AuthoredBy(op.node);
      acknowledged_.push_back(std::move(seen));
    }
    return;
  }
  if (op.op->has_redact()) {
    v1::Redaction redaction;
    *redaction.mutable_by() = history_.AuthoredBy(op.node);
    *redaction.mutable_changes() = op.op->redact().changes();
    redaction.set_reason(op.TextOf(kReason));
    redaction.set_in_force(RedactsInForce(history_, op.node));
    redactions_.emplace_back(op.node, std::move(redaction));
    return;
  }
  workflow_.Take(op);
  statement_.Take(op);
}

// The kind that the earliest change says, of those that have a say: one
// document has one kind.
void Materializer::EmitKind() {
  int first = -1;
  for (int i = 0; i < history_.size(); ++i) {
    const Node& node = history_.node(i);
    if (node.held || node.header().lane == Lane::kReceipt) continue;
    if (first < 0 || history_.Before(i, first)) first = i;
  }
  if (first < 0) return;
  out_.set_kind(
      static_cast<v1::DocumentKind>(history_.node(first).header().kind));
  if (out_.kind() == v1::DOCUMENT_KIND_REPORT) {
    workflow_.Emit(out_.mutable_workflow());
  } else if (out_.kind() == v1::DOCUMENT_KIND_STATEMENT) {
    statement_.Emit(out_.mutable_statement());
  }
}

void Materializer::EmitContent() {
  registers_.Emit(out_.mutable_registers());
  sets_.Emit(out_.mutable_sets());
  items_.Emit(&texts_, out_.mutable_items());
  texts_.FindAnchors();
  texts_.Emit(out_.mutable_texts());
  uint32_t conflicts = CountConflicts(out_.registers()) + texts_.open_spans();
  for (const v1::Item& item : out_.items()) {
    conflicts += CountConflicts(item.registers()) +
                 (item.anchors_size() > 1 ? 1 : 0) +
                 (item.kept_against_removal() ? 1 : 0);
  }
  const Life life = LifeOf(history_, content_);
  out_.set_deleted(life.deleted);
  out_.set_brought_back(life.brought_back);
  out_.set_conflicts(conflicts + (life.brought_back ? 1 : 0));
}

// Held, parked, unknown. What lane 3 brings is left out, for it is not served
// to everybody.
void Materializer::EmitAdmission() {
  for (const auto& [change, verdict] : history_.verdicts()) {
    if (verdict.what != v1::ADMISSION_HELD) continue;
    v1::HeldChange* const held = out_.add_held();
    held->set_change(change.str());
    held->set_why(verdict.why);
    *held->mutable_verdict() = history_.AuthoredBy(verdict.node);
    const int node = history_.Find(change);
    if (node < 0) continue;
    const Header& header = history_.node(node).header();
    if (header.lane == Lane::kReceipt) continue;
    held->set_actor(header.actor.str());
    held->set_signer(header.signer.str());
  }
  for (const Hash& hash : history_.parked()) out_.add_parked(hash.str());
  EmitUnresolved(history_, out_.mutable_unresolved_names());
  absl::btree_set<Hash> unknown;
  for (const Node& node : history_.nodes()) {
    if (node.held || node.header().lane == Lane::kReceipt) continue;
    if (!node.unknown && !node.malformed) continue;
    unknown.insert(node.hash());
    // A reader of schema S may ignore what it does not know of a change if S
    // is at least the change's `ignorable_from`.
    if (node.header().ignorable_from > kSchemaNow) out_.set_read_only(true);
  }
  for (const Hash& hash : unknown) out_.add_unknown_ops(hash.str());
}

void Materializer::EmitRedactions() {
  std::ranges::stable_sort(redactions_, [this](const auto& a, const auto& b) {
    return history_.Before(a.first, b.first);
  });
  for (auto& [node, redaction] : redactions_) {
    *out_.add_redactions() = std::move(redaction);
  }
}

void Materializer::EmitVersion() {
  for (const Lane lane : kLanes) {
    std::vector<Hash> heads;
    for (const int node : history_.Heads(lane)) {
      heads.push_back(history_.node(node).hash());
    }
    if (heads.empty()) continue;
    std::ranges::sort(heads);
    v1::LaneHeads* const out = out_.add_heads();
    out->set_lane(static_cast<v1::Lane>(lane));
    for (const Hash& head : heads) out->add_heads(head.str());
  }
  std::vector<Hash> heads;
  for (const int node : VersionHeads(history_, content_)) {
    heads.push_back(history_.node(node).hash());
  }
  std::ranges::sort(heads);
  v1::Version* const version = out_.mutable_version();
  for (const Hash& head : heads) version->add_heads(head.str());
  version->set_id(VersionId(heads).str());
  version->set_complete(SavesComplete(history_, content_));
  version->set_can_approve(!heads.empty() && version->complete() &&
                           out_.conflicts() == 0 && !out_.read_only());
  if (content_.empty()) return;
  const auto before = [this](int a, int b) { return history_.Before(a, b); };
  *out_.mutable_created() =
      history_.AuthoredBy(*std::ranges::min_element(content_, before));
  *out_.mutable_updated() =
      history_.AuthoredBy(*std::ranges::max_element(content_, before));
}

void Materializer::EmitAcknowledged() {
  std::ranges::stable_sort(acknowledged_, [](const auto& a, const auto& b) {
    if (a.change() != b.change()) return a.change() < b.change();
    if (a.by().lamport() != b.by().lamport()) {
      return a.by().lamport() < b.by().lamport();
    }
    return a.by().change() < b.by().change();
  });
  for (v1::Acknowledged& seen : acknowledged_) {
    *out_.add_acknowledged() = std::move(seen);
  }
}

}  // namespace

std::vector<Hash> RedactedIn(const v1::Document& document) {
  absl::btree_set<Hash> redacted;
  for (const v1::Redaction& redaction : document.redactions()) {
    if (!redaction.in_force()) continue;
    for (const std::string& change : redaction.changes()) {
      if (const auto hash = Hash::FromBytes(change); hash.ok()) {
        redacted.insert(*hash);
      }
    }
  }
  return {redacted.begin(), redacted.end()};
}

v1::Document MergeDocument(const DocumentId& id,
                           const std::vector<const Change*>& changes,
                           const Authority& authority) {
  const History history(id, changes, authority);
  return Materializer(id, history).Build();
}

absl::StatusOr<v1::Document> MergeDocumentAt(
    const DocumentId& id, const std::vector<const Change*>& changes,
    const Authority& authority, const std::vector<Hash>& heads) {
  const History history(id, changes, authority);
  std::vector<int> nodes;
  for (const Hash& head : heads) {
    const int node = history.Find(head);
    if (node < 0) {
      return MakeError(
          v1::INCOMPLETE_VERSION, "a part of this version has not arrived yet",
          {.field = "version", .got = head.ToHex(), .retry = true});
    }
    nodes.push_back(node);
  }
  // Only content outside the version is left out. Verdicts and redactions hold
  // for every version, whenever they came; what has no effect on content (a
  // held change too) may be named by what is inside.
  const std::vector<bool> past = history.Past(nodes);
  std::vector<bool> outside(history.size());
  for (const int content : ContentNodes(history)) {
    outside[content] = !past[content];
  }
  std::vector<const Change*> then;
  for (int i = 0; i < history.size(); ++i) {
    if (!outside[i]) then.push_back(history.node(i).change);
  }
  v1::Document document = MergeDocument(id, then, authority);
  document.clear_workflow();
  document.clear_statement();
  document.clear_acknowledged();
  return document;
}

}  // namespace dateline::sync

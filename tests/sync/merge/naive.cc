#include "tests/sync/merge/naive.h"

#include <algorithm>
#include <tuple>

#include "google/protobuf/message.h"

namespace dateline::testing {
namespace {

using sync::Change;
using sync::Hash;
using sync::Holding;
using sync::Lane;

const std::map<int, Lane> kLaneOfKind = {
    {v1::Op::kPut, Lane::kFact},         {v1::Op::kAdd, Lane::kFact},
    {v1::Op::kRemove, Lane::kFact},      {v1::Op::kItemAdd, Lane::kFact},
    {v1::Op::kItemPut, Lane::kFact},     {v1::Op::kItemRemove, Lane::kFact},
    {v1::Op::kText, Lane::kText},        {v1::Op::kLife, Lane::kFact},
    {v1::Op::kTextResolve, Lane::kText}, {v1::Op::kWithdraw, Lane::kNotice},
    {v1::Op::kSupersede, Lane::kFact},   {v1::Op::kAnswer, Lane::kFact},
    {v1::Op::kAttest, Lane::kFact},      {v1::Op::kRequest, Lane::kFact},
    {v1::Op::kStop, Lane::kNotice},      {v1::Op::kDecision, Lane::kFact},
    {v1::Op::kVerdict, Lane::kNotice},   {v1::Op::kAck, Lane::kReceipt},
    {v1::Op::kSameAs, Lane::kFact},      {v1::Op::kSettle, Lane::kFact},
    {v1::Op::kRedact, Lane::kNotice}};

bool Counts(const v1::Op& op, Lane lane) {
  const auto found = kLaneOfKind.find(op.kind_case());
  return found != kLaneOfKind.end() && found->second == lane;
}

// Whatever message is inside: its `field` or `fields`, if it carries values.
std::vector<uint32_t> Fields(const v1::Op& op) {
  if (op.has_put()) return {op.put().field()};
  if (op.has_add()) return {op.add().field()};
  std::vector<uint32_t> fields;
  const auto* kind = op.GetDescriptor()->FindFieldByNumber(op.kind_case());
  const auto& inner = op.GetReflection()->GetMessage(op, kind);
  const auto* list = inner.GetDescriptor()->FindFieldByName("fields");
  if (list == nullptr) return {};
  for (int i = 0; i < inner.GetReflection()->FieldSize(inner, list); ++i) {
    fields.push_back(inner.GetReflection()->GetRepeatedUInt32(inner, list, i));
  }
  return fields;
}

bool HasUnknown(const v1::Op& op) {
  v1::Op known = op;
  known.DiscardUnknownFields();
  return known.ByteSizeLong() != op.ByteSizeLong();
}

}  // namespace

std::string NaiveOp::Words(uint32_t field) const {
  for (const auto& [at, value] : values) {
    if (at == field && value != nullptr) return value->text();
  }
  return "";
}

v1::ItemId NaiveOp::Id() const {
  v1::ItemId id;
  id.set_change(by->hash());
  id.set_op(index);
  return id;
}

NaiveHistory::NaiveHistory(const sync::DocumentId& id,
                           const std::vector<const Change*>& changes,
                           const std::set<sync::DeviceId>& homes) {
  for (const Change* change : changes) {
    if (change->holding == Holding::kPlaceOnly) continue;
    if (change->header.document != id) continue;
    NaiveChange& known = applied[change->hash.str()];
    if (known.change != nullptr && known.change->holding == Holding::kWhole) {
      continue;
    }
    known.change = change;
  }
  Park();
  for (auto& [hash, change] : applied) {
    change.past = PastOf({hash});
    for (const Hash& name : change.change->header.names) {
      change.names.insert(name.str());
    }
    change.home = homes.count(change.change->header.signer) > 0;
    change.broken = !change.structure.ParseFromString(change.change->structure);
    change.blank = change.change->holding == Holding::kStub;
  }
  Judge();
  ReadOps();
}

void NaiveHistory::Park() {
  for (bool again = true; again;) {
    again = false;
    for (auto it = applied.begin(); it != applied.end();) {
      const Change& change = *it->second.change;
      const bool missing = std::any_of(
          change.header.deps.begin(), change.header.deps.end(),
          [&](const Hash& dep) {
            const auto found = applied.find(dep.str());
            return found == applied.end() ||
                   found->second.change->header.lane != change.header.lane;
          });
      if (!missing) {
        ++it;
        continue;
      }
      parked.insert(it->first);
      it = applied.erase(it);
      again = true;
    }
  }
}

std::set<std::string> NaiveHistory::PastOf(
    const std::set<std::string>& heads) const {
  std::set<std::string> past;
  std::vector<std::string> open(heads.begin(), heads.end());
  while (!open.empty()) {
    const std::string hash = open.back();
    open.pop_back();
    const auto found = applied.find(hash);
    if (found == applied.end() || !past.insert(hash).second) continue;
    for (const Hash& dep : found->second.change->header.deps) {
      open.push_back(dep.str());
    }
  }
  return past;
}

void NaiveHistory::Judge() {
  std::map<std::string, std::tuple<uint32_t, uint64_t, std::string, int>> best;
  std::set<std::string> judges, released, redacted;
  for (const auto& [hash, change] : applied) {
    if (change.broken || !change.home) continue;
    for (int i = 0; i < change.structure.ops_size(); ++i) {
      const v1::Op& op = change.structure.ops(i);
      if (!op.has_verdict() || !Counts(op, change.change->header.lane))
        continue;
      judges.insert(hash);
      const v1::VerdictOp& verdict = op.verdict();
      if (verdict.change().size() != 32) continue;
      const auto rank =
          std::make_tuple(verdict.number(), change.time().first, hash, i);
      if (best.count(verdict.change()) && best[verdict.change()] > rank) {
        continue;
      }
      best[verdict.change()] = rank;
      held.erase(verdict.change());
      released.erase(verdict.change());
      if (verdict.what() == v1::ADMISSION_RELEASED) {
        released.insert(verdict.change());
      }
      if (verdict.what() != v1::ADMISSION_HELD) continue;
      v1::HeldChange& view = held[verdict.change()];
      view.set_change(verdict.change());
      view.set_why(verdict.why());
      *view.mutable_verdict() = By(change);
    }
  }
  for (auto& [hash, view] : held) {
    const auto found = applied.find(hash);
    if (found == applied.end()) continue;
    if (!judges.count(hash)) found->second.held = true;
    const sync::Header& header = found->second.change->header;
    if (header.lane == Lane::kReceipt) continue;
    view.set_actor(header.actor.str());
    view.set_signer(header.signer.str());
  }
  for (auto& [hash, change] : applied) {
    const sync::Header& header = change.change->header;
    if (change.held || change.broken || header.lane != Lane::kNotice ||
        header.permission != sync::PermissionClass::kAdminister) {
      continue;
    }
    change.erases = change.home || released.count(hash) > 0;
    if (!change.erases) continue;
    for (const v1::Op& op : change.structure.ops()) {
      redacted.insert(op.redact().changes().begin(),
                      op.redact().changes().end());
    }
  }
  for (auto& [hash, change] : applied) {
    if (redacted.count(hash)) change.blank = true;
  }
}

void NaiveHistory::ReadOps() {
  for (auto& [hash, change] : applied) {
    if (change.held || change.broken) continue;
    if (!change.blank &&
        !change.content.ParseFromString(change.change->content)) {
      change.broken = true;
      continue;
    }
    bool known = !change.blank;
    int next = 0;
    for (int i = 0; i < change.structure.ops_size(); ++i) {
      NaiveOp op{&change, i, &change.structure.ops(i), {}};
      if (!Counts(*op.op, change.change->header.lane)) {
        change.unknown = true;
        known = false;
        continue;
      }
      change.unknown = change.unknown || HasUnknown(*op.op);
      for (const uint32_t field : Fields(*op.op)) {
        const bool here = known && next < change.content.values_size();
        op.values.emplace_back(field,
                               here ? &change.content.values(next) : nullptr);
        ++next;
      }
      ops.push_back(op);
    }
  }
}

const NaiveChange* NaiveHistory::Find(const std::string& hash) const {
  const auto found = applied.find(hash);
  return found == applied.end() ? nullptr : &found->second;
}

bool NaiveHistory::Knew(const NaiveChange& b, const NaiveChange& a) {
  return &a != &b && (b.past.count(a.hash()) || b.names.count(a.hash()));
}

bool NaiveHistory::Replaced(const NaiveOp& a, const NaiveOp& b) {
  return a.by == b.by ? a.index < b.index : Knew(*b.by, *a.by);
}

std::string NaiveHistory::Named(const NaiveChange& by, uint32_t name) {
  if (name == 0) return by.hash();
  const auto& names = by.change->header.names;
  return name <= names.size() ? names[name - 1].str() : "";
}

v1::ItemId NaiveHistory::Named(const NaiveChange& by, const v1::OpRef& ref) {
  v1::ItemId id;
  id.set_change(Named(by, ref.change()));
  id.set_op(ref.op());
  return id;
}

v1::Authored NaiveHistory::By(const NaiveChange& change) {
  v1::Authored by;
  by.set_change(change.hash());
  by.set_actor(change.change->header.actor.str());
  by.set_signer(change.change->header.signer.str());
  by.set_wall_ms(change.change->header.wall_ms);
  by.set_lamport(change.change->header.lamport);
  return by;
}

std::vector<const NaiveChange*> NaiveHistory::Content() const {
  std::set<const NaiveChange*> content;
  for (const NaiveOp& op : ops) {
    const int kind = op.op->kind_case();
    // PutOp to TextResolveOp: the numbers 1 to 9 of change.proto.
    if (kind >= 1 && kind <= 9) content.insert(op.by);
  }
  return {content.begin(), content.end()};
}

v1::Document NaiveDocument(const sync::DocumentId& id,
                           const std::vector<const Change*>& changes,
                           const std::set<sync::DeviceId>& homes) {
  const NaiveHistory history(id, changes, homes);
  v1::Document out;
  out.set_id(id.str());
  const NaiveChange* first = nullptr;
  for (const auto& [hash, change] : history.applied) {
    if (change.held || change.change->header.lane == Lane::kReceipt) continue;
    if (first == nullptr || change.time() < first->time()) first = &change;
  }
  NaiveContent(history, &out);
  if (first == nullptr) return out;
  out.set_kind(static_cast<v1::DocumentKind>(first->change->header.kind));
  if (out.kind() == v1::DOCUMENT_KIND_REPORT) {
    NaiveWorkflow(history, out.mutable_workflow());
  } else if (out.kind() == v1::DOCUMENT_KIND_STATEMENT) {
    NaiveStatement(history, out.mutable_statement());
  }
  return out;
}

}  // namespace dateline::testing

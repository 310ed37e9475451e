#include "sync/merge/statements.h"

#include <algorithm>
#include <optional>

#include "absl/container/btree_set.h"
#include "sync/model/fields.h"

namespace dateline::sync {
namespace {

using Key = std::pair<std::string, uint32_t>;  // change hash, op

Key KeyOf(const v1::ItemId& id) { return {id.change(), id.op()}; }

bool IsWithdrawal(v1::EventKind kind) {
  return kind == v1::EVENT_KIND_RETRACTED || kind == v1::EVENT_KIND_DISAVOWED;
}

}  // namespace

void StatementMerge::Take(const OpView& op) {
  switch (op.op->kind_case()) {
    case v1::Op::kWithdraw:
      return TakeWithdrawal(op);
    case v1::Op::kSupersede:
      return TakeSupersede(op);
    case v1::Op::kAttest:
      return TakeAttest(op);
    case v1::Op::kSettle:
      return TakeSettle(op);
    case v1::Op::kSameAs:
      return TakeLink(op);
    case v1::Op::kAnswer:
      return TakeAnswer(op);
    default:
      return;
  }
}

void StatementMerge::Add(const OpView& op, v1::EventKind kind,
                         v1::StatementEvent event) {
  event.set_kind(kind);
  event.mutable_id()->set_change(history_.node(op.node).hash().str());
  event.mutable_id()->set_op(op.index);
  event.set_reason(op.TextOf(kReason));
  *event.mutable_by() = history_.AuthoredBy(op.node);
  events_.push_back({op.node, std::move(event)});
}

void StatementMerge::TakeWithdrawal(const OpView& op) {
  const v1::WithdrawOp& withdraw = op.op->withdraw();
  if (withdraw.how() != v1::WITHDRAWAL_RETRACTED &&
      withdraw.how() != v1::WITHDRAWAL_DISAVOWED) {
    return;
  }
  v1::StatementEvent event;
  *event.mutable_figures() = withdraw.figures();
  event.set_notice_value(op.TextOf(kNoticeValue));
  event.set_notice_source(op.TextOf(kNoticeSource));
  event.set_notice_slugline(op.TextOf(kNoticeSlugline));
  Add(op,
      withdraw.how() == v1::WITHDRAWAL_RETRACTED ? v1::EVENT_KIND_RETRACTED
                                                 : v1::EVENT_KIND_DISAVOWED,
      std::move(event));
}

void StatementMerge::TakeSupersede(const OpView& op) {
  v1::StatementEvent event;
  event.set_statement(op.op->supersede().statement());
  *event.mutable_figures() = op.op->supersede().figures();
  Add(op, v1::EVENT_KIND_SUPERSEDED, std::move(event));
}

void StatementMerge::TakeAttest(const OpView& op) {
  const v1::AttestOp& attest = op.op->attest();
  v1::StatementEvent event;
  *event.mutable_figures() = attest.figures();
  if (attest.what() == v1::ATTESTATION_CONFIRMED) {
    Add(op, v1::EVENT_KIND_CONFIRMED, std::move(event));
  } else if (attest.what() == v1::ATTESTATION_DISPUTED) {
    Add(op, v1::EVENT_KIND_DISPUTED, std::move(event));
  }
}

void StatementMerge::TakeSettle(const OpView& op) {
  v1::StatementEvent event;
  *event.mutable_settle() = op.op->settle();
  const std::vector<Hash>& names = history_.node(op.node).header().names;
  for (const v1::SettleOp::Rival& rival : op.op->settle().rivals()) {
    // 0 is this very change, as everywhere; past the names is nothing.
    std::string* const version = event.add_settle_versions();
    if (rival.version() == 0) {
      *version = history_.node(op.node).hash().str();
    } else if (rival.version() <= names.size()) {
      *version = names[rival.version() - 1].str();
    }
  }
  Add(op, v1::EVENT_KIND_SETTLED, std::move(event));
}

void StatementMerge::TakeLink(const OpView& op) {
  std::vector<Link>& links = links_[op.op->same_as().statement()];
  std::erase_if(links, [&](const Link& old) {
    return old.place.node == op.node || history_.Knew(op.node, old.place.node);
  });
  links.push_back({{op.node, op.index}, op.op->same_as().apart()});
}

void StatementMerge::TakeAnswer(const OpView& op) {
  const v1::OpRef& event = op.op->answer().event();
  // Nothing answers what stands behind it: no two answer each other.
  if (event.change() == 0 && static_cast<int>(event.op()) >= op.index) return;
  answers_.push_back({{op.node, op.index}, history_.Resolve(op.node, event)});
}

void StatementMerge::Emit(v1::StatementState* out) {
  std::ranges::stable_sort(events_, [this](const Event& a, const Event& b) {
    return history_.Before(a.node, b.node);
  });
  ApplyAnswers();
  MarkUnaware();
  NoteSettlementsSeen();
  for (Event& event : events_) *out->add_events() = std::move(event.event);
  for (const auto& [statement, links] : links_) {
    if (std::ranges::any_of(links, [](const Link& l) { return !l.apart; })) {
      out->add_same_as(statement);
    }
  }
  EmitNotices(out);
}

// An answer can be answered too: the last ones count first. What answers one
// another comes later in the order of the history.
void StatementMerge::ApplyAnswers() {
  absl::btree_map<Key, int> answered;  // to the node of the first answer
  absl::btree_set<Key> void_answers;
  for (auto answer = answers_.rbegin(); answer != answers_.rend(); ++answer) {
    const Key key{history_.node(answer->place.node).hash().str(),
                  answer->place.op};
    if (void_answers.contains(key)) continue;
    void_answers.insert(KeyOf(answer->event));
    const auto [known, first] =
        answered.try_emplace(KeyOf(answer->event), answer->place.node);
    if (!first && history_.Before(answer->place.node, known->second)) {
      known->second = answer->place.node;
    }
  }
  for (Event& event : events_) {
    const auto found = answered.find(KeyOf(event.event.id()));
    if (found == answered.end()) continue;
    event.event.set_answered(true);
    *event.event.mutable_answered_by() = history_.AuthoredBy(found->second);
  }
}

// A later event of lane 1 names the heads of lane 0 that its author saw.
void StatementMerge::MarkUnaware() {
  for (Event& event : events_) {
    if (IsWithdrawal(event.event.kind())) continue;
    const std::vector<int>& names = history_.node(event.node).names;
    const auto saw = [&](const Event& withdrawal) {
      return std::ranges::any_of(names, [&](int name) {
        return name >= 0 && history_.Saw(name, withdrawal.node);
      });
    };
    event.event.set_unaware(
        std::ranges::any_of(events_, [&](const Event& other) {
          return IsWithdrawal(other.event.kind()) && !saw(other);
        }));
  }
}

void StatementMerge::NoteSettlementsSeen() {
  for (Event& event : events_) {
    if (event.event.kind() != v1::EVENT_KIND_SETTLED) continue;
    absl::btree_set<std::string> saw;
    for (const Hash& name : history_.node(event.node).header().names) {
      saw.insert(name.str());
    }
    for (const Event& other : events_) {
      if (other.event.kind() == v1::EVENT_KIND_SETTLED &&
          other.node != event.node && history_.Saw(event.node, other.node)) {
        saw.insert(history_.node(other.node).hash().str());
      }
    }
    for (const std::string& hash : saw) event.event.add_saw(hash);
  }
}

void StatementMerge::EmitNotices(v1::StatementState* out) const {
  absl::btree_map<Hash, int> notices;
  for (int i = 0; i < history_.size(); ++i) {
    if (history_.node(i).header().lane == Lane::kNotice) {
      notices.emplace(history_.node(i).hash(), i);
    }
  }
  for (const auto& [hash, node] : notices) {
    v1::Notice* const notice = out->add_notices();
    notice->set_change(hash.str());
    for (const Hash& dep : history_.node(node).header().deps) {
      notice->add_deps(dep.str());
    }
  }
}

}  // namespace dateline::sync

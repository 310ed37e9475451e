#include "sync/merge/workflow.h"

#include <algorithm>
#include <tuple>

#include "absl/container/btree_map.h"
#include "sync/merge/references.h"
#include "sync/model/fields.h"

namespace dateline::sync {
namespace {

using Key = std::pair<std::string, uint32_t>;

Key KeyOf(const v1::ItemId& id) { return {id.change(), id.op()}; }

v1::ItemId IdOf(const History& history, const OpView& op) {
  v1::ItemId id;
  id.set_change(history.node(op.node).hash().str());
  id.set_op(op.index);
  return id;
}

template <typename Repeated>
void AddHashes(const std::vector<Hash>& hashes, Repeated* out) {
  for (const Hash& hash : hashes) *out->Add() = hash.str();
}

// The nodes of a version that an op names; nothing if one has not arrived.
std::vector<int> Arrived(const History& history, int node,
                         const google::protobuf::RepeatedField<uint32_t>& names,
                         bool* all) {
  std::vector<int> nodes;
  *all = true;
  for (const uint32_t name : names) {
    const int named = history.Resolve(node, name);
    if (named < 0) {
      *all = false;
    } else {
      nodes.push_back(named);
    }
  }
  return nodes;
}

bool IsGate(v1::RequestKind kind) {
  return kind == v1::REQUEST_KIND_PUBLISH || kind == v1::REQUEST_KIND_RELEASE ||
         kind == v1::REQUEST_KIND_CORRECT || kind == v1::REQUEST_KIND_SPIKE ||
         kind == v1::REQUEST_KIND_SUBMIT || kind == v1::REQUEST_KIND_ASK;
}

}  // namespace

void WorkflowMerge::Take(const OpView& op) {
  if (op.op->has_stop()) TakeStop(op);
  if (op.op->has_attest()) TakeApproval(op);
  if (op.op->has_request()) TakeRequest(op);
  if (op.op->has_decision() && history_.node(op.node).from_home) {
    TakeDecision(op);
  }
}

void WorkflowMerge::TakeStop(const OpView& op) {
  v1::StopState stop;
  stop.set_what(op.op->stop().what());
  *stop.mutable_id() = IdOf(history_, op);
  *stop.mutable_by() = history_.AuthoredBy(op.node);
  stop.set_reason(op.TextOf(kReason));
  stop.set_in_force(true);
  stops_.push_back({op.node, std::move(stop)});
}

void WorkflowMerge::TakeApproval(const OpView& op) {
  const v1::AttestOp& attest = op.op->attest();
  if (attest.what() != v1::ATTESTATION_APPROVED &&
      attest.what() != v1::ATTESTATION_CHECKED) {
    return;  // about statements
  }
  v1::ApprovalState state;
  *state.mutable_id() = IdOf(history_, op);
  state.set_what(attest.what());
  AddHashes(HashesOf(history_, op.node, attest.version()),
            state.mutable_version());
  state.set_rendering(attest.rendering());
  state.set_rendering_hash(attest.rendering_hash());
  *state.mutable_by() = history_.AuthoredBy(op.node);
  state.set_note(op.TextOf(kReason));
  *state.mutable_figures() = attest.figures();
  if (attest.what() == v1::ATTESTATION_APPROVED) {
    Compare(op.node, attest, &state);
  }
  approvals_.push_back({op.node, std::move(state)});
}

void WorkflowMerge::Compare(int node, const v1::AttestOp& op,
                            v1::ApprovalState* out) const {
  bool all = false;
  const std::vector<int> heads = Arrived(history_, node, op.version(), &all);
  const std::vector<bool> past = history_.Past(heads);
  const PersonId approver = history_.node(node).header().actor;
  bool alone = all && !heads.empty();
  for (const int content : content_) {
    if (!past[content]) {
      out->set_newer_exists(true);
    } else if (history_.node(content).header().actor != approver) {
      alone = false;
    }
  }
  out->set_alone(alone);
  items_.EmitCited(past, out->mutable_citations());
}

void WorkflowMerge::TakeRequest(const OpView& op) {
  const v1::RequestOp& request = op.op->request();
  v1::RequestState state;
  state.set_what(request.what());
  *state.mutable_id() = IdOf(history_, op);
  *state.mutable_by() = history_.AuthoredBy(op.node);
  state.set_text(op.TextOf(kMessageText));
  if (state.text().empty()) state.set_text(op.TextOf(kReason));
  if (state.text().empty()) state.set_text(op.TextOf(kPublicNote));
  AddHashes(HashesOf(history_, op.node, request.version()),
            state.mutable_version());
  AddHashes(HashesOf(history_, op.node, request.newer()),
            state.mutable_newer());
  if (request.has_approval()) {
    *state.mutable_approval() = history_.Resolve(op.node, request.approval());
  }
  for (const v1::OpRef& stop : request.stops()) {
    *state.add_stops() = history_.Resolve(op.node, stop);
  }
  *state.mutable_withdrawn() = request.withdrawn();
  if (request.has_answers()) {
    *state.mutable_answers() = history_.Resolve(op.node, request.answers());
  }
  state.set_open(IsGate(request.what()));
  requests_.push_back({op.node, std::move(state)});
}

void WorkflowMerge::TakeDecision(const OpView& op) {
  const v1::DecisionOp& decision = op.op->decision();
  v1::DecisionState state;
  state.set_number(decision.number());
  state.set_what(decision.what());
  *state.mutable_id() = IdOf(history_, op);
  if (decision.has_request()) {
    *state.mutable_request() = history_.Resolve(op.node, decision.request());
  }
  if (decision.has_approval()) {
    *state.mutable_approval() = history_.Resolve(op.node, decision.approval());
  }
  AddHashes(HashesOf(history_, op.node, decision.version()),
            state.mutable_version());
  *state.mutable_by() = history_.AuthoredBy(op.node);
  state.set_reason(op.TextOf(kReason));
  if (state.reason().empty()) state.set_reason(op.TextOf(kPublicNote));
  for (const v1::OpRef& stop : decision.lifts()) {
    *state.add_lifts() = history_.Resolve(op.node, stop);
  }
  if (decision.what() == v1::DECISION_PUBLISHED ||
      decision.what() == v1::DECISION_CORRECTED) {
    bool all = false;
    items_.EmitCited(
        history_.Past(Arrived(history_, op.node, decision.version(), &all)),
        state.mutable_citations());
  }
  decisions_.push_back({op.node, std::move(state)});
}

template <typename State>
void WorkflowMerge::SortByTime(std::vector<Placed<State>>* states) const {
  std::ranges::stable_sort(*states, [this](const auto& a, const auto& b) {
    return history_.Before(a.node, b.node);
  });
}

void WorkflowMerge::Emit(v1::Workflow* out) {
  std::ranges::stable_sort(stops_, [this](const auto& a, const auto& b) {
    return history_.node(a.node).hash() < history_.node(b.node).hash();
  });
  SortByTime(&approvals_);
  SortByTime(&requests_);
  SortByTime(&decisions_);
  std::ranges::stable_sort(decisions_, {}, [](const auto& decision) {
    return decision.state.number();
  });
  for (auto& stop : stops_) *out->add_stops() = std::move(stop.state);
  for (auto& approval : approvals_) {
    *out->add_approvals() = std::move(approval.state);
  }
  for (auto& request : requests_) {
    *out->add_requests() = std::move(request.state);
  }
  for (auto& decision : decisions_) {
    *out->add_decisions() = std::move(decision.state);
  }
  MarkRepeats(out);
  LiftStops(out);
  CloseRequests(out);
  bool current = false, any = false;
  for (const v1::ApprovalState& approval : out->approvals()) {
    if (!CountsAsApproval(approval)) continue;
    any = true;
    current = current || !approval.newer_exists();
  }
  out->set_changed_since_approval(any && !current);
  out->set_status(StatusOf(*out));
}

// Of several decisions about one request the first counts, but what let go has
// let go: no refusal counts against it (adr/0004).
void WorkflowMerge::MarkRepeats(v1::Workflow* out) {
  absl::btree_map<Key, v1::DecisionState*> counting;
  for (v1::DecisionState& decision : *out->mutable_decisions()) {
    if (!decision.has_request()) continue;
    const auto [entry, is_first] =
        counting.try_emplace(KeyOf(decision.request()), &decision);
    if (is_first) continue;
    v1::DecisionState*& first = entry->second;
    if (first->what() == v1::DECISION_REFUSED &&
        decision.what() != v1::DECISION_REFUSED) {
      first->set_repeats(true);
      first = &decision;
    } else {
      decision.set_repeats(true);
    }
  }
}

void WorkflowMerge::LiftStops(v1::Workflow* out) {
  absl::btree_map<Key, const v1::DecisionState*> lifted;
  for (const v1::DecisionState& decision : out->decisions()) {
    if (decision.what() != v1::DECISION_RELEASED) continue;
    for (const v1::ItemId& stop : decision.lifts()) {
      lifted.try_emplace(KeyOf(stop), &decision);
    }
  }
  for (v1::StopState& stop : *out->mutable_stops()) {
    const auto found = lifted.find(KeyOf(stop.id()));
    if (found == lifted.end()) continue;
    stop.set_in_force(false);
    *stop.mutable_lifted_by() = found->second->by();
  }
}

void WorkflowMerge::CloseRequests(v1::Workflow* out) {
  absl::btree_set<Key> answered, taken_back, decided;
  absl::btree_set<std::pair<Key, std::string>> taken_back_by;
  for (const v1::RequestState& request : out->requests()) {
    const Key key = KeyOf(request.answers());
    if (request.what() == v1::REQUEST_KIND_ANSWER) answered.insert(key);
    if (request.what() == v1::REQUEST_KIND_TAKE_BACK) {
      taken_back.insert(key);
      taken_back_by.insert({key, request.by().actor()});
    }
  }
  for (const v1::DecisionState& decision : out->decisions()) {
    decided.insert(KeyOf(decision.request()));
  }
  // Who may write may answer a question and take back what was filed; what an
  // editor asks of home is his alone to take back.
  for (v1::RequestState& request : *out->mutable_requests()) {
    const Key key = KeyOf(request.id());
    const v1::RequestKind what = request.what();
    if (decided.contains(key) ||
        (what == v1::REQUEST_KIND_ASK && answered.contains(key)) ||
        (what == v1::REQUEST_KIND_SUBMIT && taken_back.contains(key)) ||
        taken_back_by.contains({key, request.by().actor()})) {
      request.set_open(false);
    }
  }
}

// One whose version has arrived: an approval of words that are not here yet
// says nothing about the words that are.
bool WorkflowMerge::CountsAsApproval(const v1::ApprovalState& approval) const {
  return approval.what() == v1::ATTESTATION_APPROVED &&
         std::ranges::all_of(approval.version(), [&](const std::string& head) {
           const auto hash = Hash::FromBytes(head);
           return hash.ok() && history_.Find(*hash) >= 0;
         });
}

v1::Status WorkflowMerge::StatusOf(const v1::Workflow& workflow) const {
  v1::Status status = v1::STATUS_DRAFT;
  const auto raise = [&status](bool holds, v1::Status to) {
    if (holds) status = to;
  };
  bool submitted = false, asked = false, review = false, approved = false;
  for (const v1::RequestState& request : workflow.requests()) {
    const bool ask = request.what() == v1::REQUEST_KIND_ASK;
    submitted |= request.what() == v1::REQUEST_KIND_SUBMIT && request.open();
    asked |= ask && request.open();
    review |= ask;
  }
  for (const v1::ApprovalState& approval : workflow.approvals()) {
    review = true;
    approved |= CountsAsApproval(approval);
  }
  raise(submitted, v1::STATUS_SUBMITTED);
  raise(review, v1::STATUS_IN_REVIEW);
  raise(asked, v1::STATUS_ASKED);
  raise(approved, v1::STATUS_APPROVED);
  bool out = false;
  for (const v1::DecisionState& decision : workflow.decisions()) {
    if (decision.repeats()) continue;
    raise(decision.what() == v1::DECISION_PUBLISHED, v1::STATUS_PUBLISHED);
    raise(decision.what() == v1::DECISION_CORRECTED, v1::STATUS_CORRECTED);
    out |= status == v1::STATUS_PUBLISHED || status == v1::STATUS_CORRECTED;
    // What is out cannot be dropped: it was spiked by a home that had
    // forgotten.
    raise(decision.what() == v1::DECISION_SPIKED && !out, v1::STATUS_SPIKED);
  }
  bool hold = false, kill = false;
  for (const v1::StopState& stop : workflow.stops()) {
    hold |= stop.in_force();
    kill |= stop.in_force() && stop.what() == v1::STOP_KIND_KILL;
  }
  raise(hold, v1::STATUS_HELD);
  raise(kill, v1::STATUS_KILLED);
  return status;
}

}  // namespace dateline::sync

#include <algorithm>
#include <functional>
#include <tuple>

#include "sync/model/fields.h"
#include "tests/sync/merge/naive.h"

namespace dateline::testing {
namespace {

using History = NaiveHistory;
using Time = std::tuple<uint64_t, std::string, int>;

Time TimeOf(const NaiveOp& op) {
  return {op.by->time().first, op.by->hash(), op.index};
}

bool SameId(const v1::ItemId& a, const v1::ItemId& b) {
  return a.change() == b.change() && a.op() == b.op();
}

std::set<std::string> Hashes(
    const NaiveChange& by,
    const google::protobuf::RepeatedField<uint32_t>& names) {
  std::set<std::string> hashes;
  for (const uint32_t name : names) {
    const std::string hash = History::Named(by, name);
    if (name != 0 && !hash.empty()) hashes.insert(hash);
  }
  return hashes;
}

std::set<std::string> VersionPast(
    const History& history, const NaiveChange& by,
    const google::protobuf::RepeatedField<uint32_t>& names) {
  std::set<std::string> heads;
  for (const uint32_t name : names) heads.insert(History::Named(by, name));
  return history.PastOf(heads);
}

std::string FirstOf(const NaiveOp& op, std::vector<uint32_t> fields) {
  for (const uint32_t field : fields) {
    if (!op.Words(field).empty()) return op.Words(field);
  }
  return "";
}

void Approvals(const History& history, v1::Workflow* out) {
  std::map<Time, v1::ApprovalState> sorted;
  for (const NaiveOp& op : history.ops) {
    const v1::AttestOp& attest = op.op->attest();
    if (attest.what() != v1::ATTESTATION_APPROVED &&
        attest.what() != v1::ATTESTATION_CHECKED) {
      continue;
    }
    v1::ApprovalState& state = sorted[TimeOf(op)];
    *state.mutable_id() = op.Id();
    state.set_what(attest.what());
    for (const auto& hash : Hashes(*op.by, attest.version())) {
      state.add_version(hash);
    }
    state.set_rendering(attest.rendering());
    state.set_rendering_hash(attest.rendering_hash());
    *state.mutable_by() = History::By(*op.by);
    state.set_note(op.Words(sync::kReason));
    *state.mutable_figures() = attest.figures();
    if (attest.what() == v1::ATTESTATION_CHECKED) continue;
    const auto past = VersionPast(history, *op.by, attest.version());
    bool all = attest.version_size() > 0, only_own = true;
    for (const uint32_t name : attest.version()) {
      all = all && history.Find(History::Named(*op.by, name)) != nullptr;
    }
    for (const NaiveChange* change : history.Content()) {
      if (!past.count(change->hash())) {
        state.set_newer_exists(true);
      } else if (change->change->header.actor != op.by->change->header.actor) {
        only_own = false;
      }
    }
    state.set_alone(all && only_own);
    for (const auto& cited : NaiveCited(history, past)) {
      *state.add_citations() = cited;
    }
  }
  for (const auto& [time, state] : sorted) *out->add_approvals() = state;
}

void Decisions(const History& history, v1::Workflow* out) {
  std::map<std::pair<uint32_t, Time>, v1::DecisionState> sorted;
  for (const NaiveOp& op : history.ops) {
    if (!op.op->has_decision() || !op.by->home) continue;
    const v1::DecisionOp& decision = op.op->decision();
    v1::DecisionState& state = sorted[{decision.number(), TimeOf(op)}];
    state.set_number(decision.number());
    state.set_what(decision.what());
    *state.mutable_id() = op.Id();
    if (decision.has_request()) {
      *state.mutable_request() = History::Named(*op.by, decision.request());
    }
    if (decision.has_approval()) {
      *state.mutable_approval() = History::Named(*op.by, decision.approval());
    }
    for (const auto& hash : Hashes(*op.by, decision.version())) {
      state.add_version(hash);
    }
    *state.mutable_by() = History::By(*op.by);
    state.set_reason(FirstOf(op, {sync::kReason, sync::kPublicNote}));
    for (const v1::OpRef& stop : decision.lifts()) {
      *state.add_lifts() = History::Named(*op.by, stop);
    }
    if (decision.what() != v1::DECISION_PUBLISHED &&
        decision.what() != v1::DECISION_CORRECTED) {
      continue;
    }
    const auto past = VersionPast(history, *op.by, decision.version());
    for (const auto& cited : NaiveCited(history, past)) {
      *state.add_citations() = cited;
    }
  }
  for (const auto& [key, state] : sorted) *out->add_decisions() = state;
  for (int i = 0; i < out->decisions_size(); ++i) {
    v1::DecisionState* const mine = out->mutable_decisions(i);
    for (int j = 0; j < out->decisions_size() && mine->has_request(); ++j) {
      const v1::DecisionState& other = out->decisions(j);
      if (i == j || !other.has_request() ||
          !SameId(other.request(), mine->request())) {
        continue;
      }
      const bool refused = mine->what() == v1::DECISION_REFUSED;
      const bool other_refused = other.what() == v1::DECISION_REFUSED;
      if (refused == other_refused ? j < i : refused) mine->set_repeats(true);
    }
  }
}

void Requests(const History& history, v1::Workflow* out) {
  std::map<Time, v1::RequestState> sorted;
  for (const NaiveOp& op : history.ops) {
    if (!op.op->has_request()) continue;
    const v1::RequestOp& request = op.op->request();
    v1::RequestState& state = sorted[TimeOf(op)];
    state.set_what(request.what());
    *state.mutable_id() = op.Id();
    *state.mutable_by() = History::By(*op.by);
    state.set_text(
        FirstOf(op, {sync::kMessageText, sync::kReason, sync::kPublicNote}));
    for (const auto& hash : Hashes(*op.by, request.version())) {
      state.add_version(hash);
    }
    for (const auto& hash : Hashes(*op.by, request.newer())) {
      state.add_newer(hash);
    }
    if (request.has_approval()) {
      *state.mutable_approval() = History::Named(*op.by, request.approval());
    }
    for (const v1::OpRef& stop : request.stops()) {
      *state.add_stops() = History::Named(*op.by, stop);
    }
    *state.mutable_withdrawn() = request.withdrawn();
    if (request.has_answers()) {
      *state.mutable_answers() = History::Named(*op.by, request.answers());
    }
    const std::set<int> closed_at_once = {v1::REQUEST_KIND_UNSPECIFIED,
                                          v1::REQUEST_KIND_ANSWER,
                                          v1::REQUEST_KIND_TAKE_BACK};
    bool open = !closed_at_once.count(request.what()) &&
                v1::RequestKind_IsValid(request.what());
    for (const NaiveOp& other : history.ops) {
      const v1::RequestOp& answer = other.op->request();
      const bool closes =
          (answer.what() == v1::REQUEST_KIND_ANSWER &&
           request.what() == v1::REQUEST_KIND_ASK) ||
          (answer.what() == v1::REQUEST_KIND_TAKE_BACK &&
           (request.what() == v1::REQUEST_KIND_SUBMIT ||
            other.by->change->header.actor == op.by->change->header.actor));
      if (closes && answer.has_answers() &&
          SameId(History::Named(*other.by, answer.answers()), op.Id())) {
        open = false;
      }
      if (other.by->home && other.op->decision().has_request() &&
          SameId(History::Named(*other.by, other.op->decision().request()),
                 op.Id())) {
        open = false;
      }
    }
    state.set_open(open);
  }
  for (const auto& [time, state] : sorted) *out->add_requests() = state;
}

void Stops(const History& history, v1::Workflow* out) {
  for (const NaiveOp& op : history.ops) {  // by (hash, index), as asked for
    if (!op.op->has_stop()) continue;
    v1::StopState* const state = out->add_stops();
    state->set_what(op.op->stop().what());
    *state->mutable_id() = op.Id();
    *state->mutable_by() = History::By(*op.by);
    state->set_reason(op.Words(sync::kReason));
    state->set_in_force(true);
    for (const v1::DecisionState& decision : out->decisions()) {
      if (decision.what() != v1::DECISION_RELEASED || !state->in_force()) {
        continue;
      }
      for (const v1::ItemId& lifted : decision.lifts()) {
        if (!SameId(lifted, op.Id())) continue;
        state->set_in_force(false);
        *state->mutable_lifted_by() = decision.by();
      }
    }
  }
}

bool IsWithdrawal(const NaiveOp& op) {
  return op.op->withdraw().how() == v1::WITHDRAWAL_RETRACTED ||
         op.op->withdraw().how() == v1::WITHDRAWAL_DISAVOWED;
}

// The kind of event that an op is, 0 for none.
v1::EventKind KindOf(const v1::Op& op) {
  if (op.withdraw().how() == v1::WITHDRAWAL_RETRACTED) {
    return v1::EVENT_KIND_RETRACTED;
  }
  if (op.withdraw().how() == v1::WITHDRAWAL_DISAVOWED) {
    return v1::EVENT_KIND_DISAVOWED;
  }
  if (op.has_supersede()) return v1::EVENT_KIND_SUPERSEDED;
  if (op.has_settle()) return v1::EVENT_KIND_SETTLED;
  if (op.attest().what() == v1::ATTESTATION_CONFIRMED) {
    return v1::EVENT_KIND_CONFIRMED;
  }
  if (op.attest().what() == v1::ATTESTATION_DISPUTED) {
    return v1::EVENT_KIND_DISPUTED;
  }
  return v1::EVENT_KIND_UNSPECIFIED;
}

// The ops of the answers in force that name `id`: an answer that is answered
// itself is not.
std::vector<NaiveOp> AnswersTo(const History& history, const v1::ItemId& id) {
  std::vector<NaiveOp> answers;
  for (const NaiveOp& op : history.ops) {
    if (op.op->has_answer() &&
        SameId(History::Named(*op.by, op.op->answer().event()), id) &&
        (id.change() != op.by->hash() ||
         static_cast<int>(id.op()) < op.index) &&
        AnswersTo(history, op.Id()).empty()) {
      answers.push_back(op);
    }
  }
  return answers;
}

v1::StatementEvent EventOf(const History& history, const NaiveOp& op) {
  v1::StatementEvent event;
  event.set_kind(KindOf(*op.op));
  *event.mutable_id() = op.Id();
  *event.mutable_by() = History::By(*op.by);
  event.set_reason(op.Words(sync::kReason));
  *event.mutable_figures() = op.op->has_withdraw() ? op.op->withdraw().figures()
                             : op.op->has_attest()
                                 ? op.op->attest().figures()
                                 : op.op->supersede().figures();
  event.set_statement(op.op->supersede().statement());
  event.set_notice_value(op.Words(sync::kNoticeValue));
  event.set_notice_source(op.Words(sync::kNoticeSource));
  event.set_notice_slugline(op.Words(sync::kNoticeSlugline));
  for (const NaiveOp& answer : AnswersTo(history, op.Id())) {
    if (event.answered() &&
        std::make_pair(event.answered_by().lamport(),
                       event.answered_by().change()) < answer.by->time()) {
      continue;
    }
    event.set_answered(true);
    *event.mutable_answered_by() = History::By(*answer.by);
  }
  std::set<std::string> seen;
  for (const std::string& name : op.by->names) {
    const auto past = history.PastOf({name});
    seen.insert(past.begin(), past.end());
  }
  for (const NaiveOp& other : history.ops) {
    if (!op.op->has_withdraw() && IsWithdrawal(other) &&
        !seen.count(other.by->hash())) {
      event.set_unaware(true);
    }
  }
  if (!op.op->has_settle()) return event;
  *event.mutable_settle() = op.op->settle();
  for (const auto& rival : op.op->settle().rivals()) {
    event.add_settle_versions(History::Named(*op.by, rival.version()));
  }
  std::set<std::string> saw = op.by->names;
  for (const NaiveOp& other : history.ops) {
    if (other.op->has_settle() && other.by != op.by &&
        op.by->past.count(other.by->hash())) {
      saw.insert(other.by->hash());
    }
  }
  for (const std::string& hash : saw) event.add_saw(hash);
  return event;
}

}  // namespace

void NaiveWorkflow(const NaiveHistory& history, v1::Workflow* out) {
  Approvals(history, out);
  Requests(history, out);
  Decisions(history, out);
  Stops(history, out);
  bool approved = false, current = false, asked = false, ask = false;
  bool submitted = false, kill = false, hold = false;
  for (const v1::ApprovalState& approval : out->approvals()) {
    if (approval.what() != v1::ATTESTATION_APPROVED) continue;
    const bool here = std::all_of(
        approval.version().begin(), approval.version().end(),
        [&](const auto& hash) { return history.Find(hash) != nullptr; });
    approved = approved || here;
    current = current || (here && !approval.newer_exists());
  }
  for (const v1::RequestState& request : out->requests()) {
    ask = ask || request.what() == v1::REQUEST_KIND_ASK;
    asked = asked || (request.what() == v1::REQUEST_KIND_ASK && request.open());
    submitted = submitted ||
                (request.what() == v1::REQUEST_KIND_SUBMIT && request.open());
  }
  for (const v1::StopState& stop : out->stops()) {
    hold = hold || stop.in_force();
    kill = kill || (stop.in_force() && stop.what() == v1::STOP_KIND_KILL);
  }
  v1::Status decided = v1::STATUS_UNSPECIFIED;
  for (const v1::DecisionState& decision : out->decisions()) {
    const std::map<int, v1::Status> said = {
        {v1::DECISION_PUBLISHED, v1::STATUS_PUBLISHED},
        {v1::DECISION_CORRECTED, v1::STATUS_CORRECTED},
        {v1::DECISION_SPIKED, v1::STATUS_SPIKED}};
    const auto found = said.find(decision.what());
    if (found == said.end() || decision.repeats()) continue;
    const bool went_out =
        decided == v1::STATUS_PUBLISHED || decided == v1::STATUS_CORRECTED;
    if (found->second == v1::STATUS_SPIKED && went_out) continue;
    decided = found->second;
  }
  const bool review = ask || out->approvals_size() > 0;
  out->set_changed_since_approval(approved && !current);
  out->set_status(kill                                ? v1::STATUS_KILLED
                  : hold                              ? v1::STATUS_HELD
                  : decided != v1::STATUS_UNSPECIFIED ? decided
                  : approved                          ? v1::STATUS_APPROVED
                  : asked                             ? v1::STATUS_ASKED
                  : review                            ? v1::STATUS_IN_REVIEW
                  : submitted                         ? v1::STATUS_SUBMITTED
                                                      : v1::STATUS_DRAFT);
}

void NaiveStatement(const NaiveHistory& history, v1::StatementState* out) {
  std::map<Time, v1::StatementEvent> events;
  std::map<std::string, std::vector<NaiveOp>> links;
  for (const NaiveOp& op : history.ops) {
    if (KindOf(*op.op) != v1::EVENT_KIND_UNSPECIFIED) {
      events[TimeOf(op)] = EventOf(history, op);
    }
    if (op.op->has_same_as()) {
      links[op.op->same_as().statement()].push_back(op);
    }
  }
  for (const auto& [time, event] : events) *out->add_events() = event;
  for (const auto& [statement, all] : links) {
    const std::vector<NaiveOp>& ops = all;
    const bool linked = std::any_of(ops.begin(), ops.end(), [&](const auto& a) {
      return !a.op->same_as().apart() &&
             std::none_of(ops.begin(), ops.end(), [&](const auto& b) {
               return History::Replaced(a, b);
             });
    });
    if (linked) out->add_same_as(statement);
  }
  for (const auto& [hash, change] : history.applied) {
    if (change.change->header.lane != sync::Lane::kNotice) continue;
    v1::Notice* const notice = out->add_notices();
    notice->set_change(hash);
    for (const sync::Hash& dep : change.change->header.deps) {
      notice->add_deps(dep.str());
    }
  }
}

}  // namespace dateline::testing

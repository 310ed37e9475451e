#include "tests/support/world.h"

#include <algorithm>

#include "sync/model/fields.h"

namespace dateline::testing {

using sync::Change;
using sync::DocumentId;
using sync::DocumentKind;
using sync::Hash;
using sync::Lane;
using sync::PermissionClass;

World::World(uint64_t seed, const WorldOptions& options, RawLength raw_length)
    : random_(seed), raw_length_(std::move(raw_length)), calm_(options.calm) {
  for (int i = 0; i <= options.authors; ++i) {
    authors_.emplace_back(static_cast<uint8_t>(i + 1));
  }
  homes_.insert(authors_[0].device);
  uint8_t number = 50;
  for (int i = 0; i < options.reports; ++i) {
    papers_.push_back({IdNumber<DocumentId>(number++), DocumentKind::kReport});
  }
  for (int i = 0; i < options.statements; ++i) {
    papers_.push_back(
        {IdNumber<DocumentId>(number++), DocumentKind::kStatement});
  }
  papers_.push_back({IdNumber<DocumentId>(number), DocumentKind::kSource});
  for (int i = 0; i < options.steps; ++i) Step();
}

std::vector<DocumentId> World::documents() const {
  std::vector<DocumentId> ids;
  for (const Paper& paper : papers_) ids.push_back(paper.id);
  return ids;
}

void World::Step() {
  const uint64_t what = random_.Below(10);
  if (what < 2) return Meet();
  if (what == 2) return Judge();
  Author& author = authors_[random_.Below(authors_.size())];
  Write(author, papers_[random_.Below(papers_.size())]);
}

// One learns what another has, of the first so many lanes: a lane never waits
// for a later one.
void World::Meet() {
  Author& to = authors_[random_.Below(authors_.size())];
  const Author& from = authors_[random_.Below(authors_.size())];
  const int lanes = random_.OneIn(3) ? random_.Below(4) : 4;
  for (const auto& [hash, change] : from.all()) {
    if (static_cast<int>(change->header.lane) < lanes) to.Learn(change);
  }
}

void World::Write(Author& author, const Paper& paper) {
  std::vector<LanePart> parts;
  if (random_.OneIn(3)) parts.push_back(Texts(author, paper));
  if (parts.empty() || random_.OneIn(2)) parts.push_back(Facts(author, paper));
  if (random_.OneIn(8)) parts.push_back(Notices(author, paper));
  if (random_.OneIn(10)) parts.push_back(Receipts(author, paper));
  for (ChangePtr& change : author.Save(paper.id, paper.kind, parts)) {
    changes_.push_back(std::move(change));
  }
}

// Home, or somebody who only says that he is, holds or releases a change.
void World::Judge() {
  Author& author =
      authors_[random_.OneIn(6) ? random_.Below(authors_.size()) : 0];
  const Paper& paper = papers_[random_.Below(papers_.size())];
  const Change* const judged = Some(author, paper);
  if (judged == nullptr || calm_) return;
  LanePart part(Lane::kNotice);
  part.Class(PermissionClass::kAdminister);
  v1::VerdictOp* const verdict = part.Op().mutable_verdict();
  verdict->set_what(random_.OneIn(3) ? v1::ADMISSION_RELEASED
                                     : v1::ADMISSION_HELD);
  verdict->set_why(v1::HELD_REASON_ROLE);
  verdict->set_change(judged->hash.str());
  uint32_t& number = verdicts_[judged->hash];
  verdict->set_number(random_.OneIn(5) ? number : ++number);
  changes_.push_back(author.SaveOne(paper.id, paper.kind, part));
  if (homes_.contains(author.device) && verdict->what() == v1::ADMISSION_HELD) {
    for (Author& other : authors_) other.LeaveOut(judged->hash);
  }
}

const Change* World::Some(const Author& author, const Paper& paper, int lane) {
  std::vector<const Change*> all;
  for (const auto& [hash, change] : author.all()) {
    if (change->header.document != paper.id) continue;
    if (lane >= 0 && static_cast<int>(change->header.lane) != lane) continue;
    all.push_back(change.get());
  }
  return all.empty() ? nullptr : all[random_.Below(all.size())];
}

v1::ItemId World::SomeOp(const Author& author, const Paper& paper,
                         const std::function<bool(const v1::Op&)>& wanted) {
  std::vector<v1::ItemId> all;
  for (const auto& [hash, change] : author.all()) {
    v1::Structure structure;
    if (change->header.document != paper.id) continue;
    if (!structure.ParseFromString(change->structure)) continue;
    for (int i = 0; i < structure.ops_size(); ++i) {
      if (wanted(structure.ops(i)) || random_.OneIn(100)) {
        all.push_back(IdOf(*change, i));
      }
    }
  }
  return all.empty() ? v1::ItemId() : all[random_.Below(all.size())];
}

const World::Paper& World::SomePaper(DocumentKind kind) {
  std::vector<const Paper*> all;
  for (const Paper& paper : papers_) {
    if (paper.kind == kind) all.push_back(&paper);
  }
  return *all[random_.Below(all.size())];
}

std::string World::Word() {
  const std::vector<std::string> words = {"12",   "14",     "Almaty", "almaty ",
                                          "dead", "бензин", "وزارة",  "164"};
  return words[random_.Below(words.size())];
}

v1::Value World::SomeFigure() {
  v1::Value value = FigureValue(random_.OneIn(2) ? "killed" : "Killed", Word(),
                                12 + 2 * random_.Below(2), random_.OneIn(8));
  if (random_.OneIn(4)) value.mutable_figure()->mutable_part_of()->set_op(0);
  return value;
}

void World::NameHeads(const Author& author, const Paper& paper, LanePart* part,
                      google::protobuf::RepeatedField<uint32_t>* names) {
  for (const Lane lane : {Lane::kFact, Lane::kText}) {
    for (const Hash& head : author.Heads(paper.id, lane)) {
      if (!random_.OneIn(6)) names->Add(part->Name(head));
    }
  }
}

LanePart World::Facts(Author& author, const Paper& paper) {
  LanePart part(Lane::kFact);
  for (uint64_t i = 0; i <= random_.Below(3); ++i) {
    const uint64_t what = random_.Below(8);
    if (what < 5) {
      AddFact(author, paper, &part);
    } else if (paper.kind == DocumentKind::kReport) {
      AddReview(author, paper, &part);
    } else {
      AddEvent(author, paper, &part);
    }
  }
  if (random_.OneIn(25)) AddOdd(&part);
  if (random_.OneIn(10)) part.Op().mutable_put()->set_field(sync::kByline);
  if (random_.OneIn(10)) {  // something that it need not name
    if (const Change* const some = Some(author, paper)) part.Name(some->hash);
  }
  return part;
}

void World::AddFact(Author& author, const Paper& paper, LanePart* part) {
  const bool report = paper.kind == DocumentKind::kReport;
  const uint32_t list = report ? sync::kCitations : sync::kFigures;
  const auto is_item = [](const v1::Op& op) { return op.has_item_add(); };
  switch (random_.Below(10)) {
    case 0:
    case 1:
      if (report) {
        part->Put(sync::kHeadline, Word());
      } else {
        part->Put(paper.kind == DocumentKind::kSource
                      ? sync::kSourceName
                      : sync::kStatementSourceName,
                  random_.OneIn(2) ? "Ministry" : "ministry ");
      }
      return;
    case 2:
      part->Add(sync::kSubjects, Word());
      return;
    case 3:
      part->Remove(sync::kSubjects,
                   {SomeOp(author, paper,
                           [](const v1::Op& op) { return op.has_add(); })});
      return;
    case 4:
    case 8:
    case 9:
      if (report) {
        const Paper& statement = SomePaper(DocumentKind::kStatement);
        part->Cite(statement.id.str(), SomeOp(author, statement, is_item));
        if (const Change* const notice = Some(author, statement, 0)) {
          part->Name(notice->hash);
        }
        v1::ItemAddOp* const add =
            part->structure.mutable_ops()->rbegin()->mutable_item_add();
        for (const Hash& head : author.Heads(paper.id, Lane::kText)) {
          add->mutable_anchor()->add_heads(part->Name(head));
        }
        const uint32_t end = raw_length_(author, paper.id, sync::kBody);
        add->mutable_anchor()->set_start(random_.Below(end + 1));
        add->mutable_anchor()->set_end(end);
      } else {
        part->AddItem(list, {{sync::kFigureRecord, SomeFigure()}});
      }
      return;
    case 5:
      part->PutItem(SomeOp(author, paper, is_item),
                    report ? sync::kCitedSource : sync::kFigureRecord,
                    report ? TextValue(Word()) : SomeFigure());
      return;
    case 6:
      part->RemoveItem(SomeOp(author, paper, is_item));
      return;
    default: {
      v1::LifeOp* const life = part->Op().mutable_life();
      life->set_deleted(!random_.OneIn(3));
      NameHeads(author, paper, part, life->mutable_heads());
    }
  }
}

void World::AddReview(Author& author, const Paper& paper, LanePart* part) {
  const auto is_request = [](const v1::Op& op) { return op.has_request(); };
  const auto is_attest = [](const v1::Op& op) { return op.has_attest(); };
  const auto is_stop = [](const v1::Op& op) { return op.has_stop(); };
  const v1::ItemId request_id = SomeOp(author, paper, is_request);
  const bool home = homes_.contains(author.device);
  switch (home ? random_.Below(2) * 2 : random_.Below(5) / 2) {
    case 0: {
      v1::AttestOp* const attest = part->Op().mutable_attest();
      attest->set_what(random_.OneIn(4) ? v1::ATTESTATION_CHECKED
                                        : v1::ATTESTATION_APPROVED);
      NameHeads(author, paper, part, attest->mutable_version());
      attest->add_fields(sync::kReason);
      part->Value(TextValue(Word()));
      return;
    }
    case 1: {
      v1::RequestOp* const request = part->Op().mutable_request();
      request->set_what(static_cast<v1::RequestKind>(random_.Below(10)));
      NameHeads(author, paper, part, request->mutable_version());
      if (random_.OneIn(2)) {
        *request->mutable_answers() = part->Ref(request_id);
        *request->mutable_approval() =
            part->Ref(SomeOp(author, paper, is_attest));
        *request->add_stops() = part->Ref(SomeOp(author, paper, is_stop));
      }
      request->add_fields(sync::kMessageText);
      part->Value(TextValue(Word()));
      return;
    }
    default: {
      v1::DecisionOp* const decision = part->Op().mutable_decision();
      decision->set_what(static_cast<v1::Decision>(random_.Below(6)));
      decision->set_number(random_.Below(5));
      NameHeads(author, paper, part, decision->mutable_version());
      if (home) {
        *decision->mutable_request() = part->Ref(request_id);
        const v1::ItemId stop = SomeOp(author, paper, is_stop);
        *decision->add_lifts() = part->Ref(stop);
        if (!stop.change().empty() && random_.OneIn(2)) {
          decision->set_what(v1::DECISION_RELEASED);
        }
      }
    }
  }
}

void World::AddEvent(Author& author, const Paper& paper, LanePart* part) {
  const Paper& other = SomePaper(DocumentKind::kStatement);
  const auto is_item = [](const v1::Op& op) { return op.has_item_add(); };
  const auto is_event = [](const v1::Op& op) {
    return op.has_withdraw() || op.has_supersede() || op.has_settle() ||
           op.has_answer() || op.has_attest();
  };
  if (const Change* const notice = Some(author, paper, 0)) {
    if (random_.OneIn(2)) part->Name(notice->hash);
  }
  switch (random_.Below(9) / 2) {  // seldom a settlement
    case 0:
      part->Op().mutable_supersede()->set_statement(other.id.str());
      return;
    case 1:
      part->Op().mutable_attest()->set_what(random_.OneIn(2)
                                                ? v1::ATTESTATION_DISPUTED
                                                : v1::ATTESTATION_CONFIRMED);
      return;
    case 2: {
      const v1::ItemId event = SomeOp(author, paper, is_event);
      v1::AnswerOp* const answer = part->Op().mutable_answer();
      *answer->mutable_event() = part->Ref(event);
      return;
    }
    case 3: {
      v1::SameAsOp* const same = part->Op().mutable_same_as();
      same->set_statement(other.id.str());
      same->set_apart(!random_.OneIn(3));
      return;
    }
    default: {
      v1::SettleOp* const settle = part->Op().mutable_settle();
      settle->set_stands(static_cast<int>(random_.Below(4)) - 1);
      for (const Paper& rival_paper : papers_) {
        if (rival_paper.kind != DocumentKind::kStatement) continue;
        const v1::ItemId figure = SomeOp(author, rival_paper, is_item);
        if (figure.change().empty()) continue;
        v1::SettleOp::Rival* const rival = settle->add_rivals();
        rival->set_statement(rival_paper.id.str());
        *rival->mutable_figure() = figure;
        rival->set_version(part->Name(*Hash::FromBytes(figure.change())));
      }
    }
  }
}

// What a reader of this schema does not know: a later kind, a later field, or
// an op that stands in the wrong lane.
void World::AddOdd(LanePart* part) {
  part->ignorable_from = random_.Below(4);
  v1::Op& op = part->Op();
  switch (random_.Below(3)) {
    case 0:
      op.ParseFromString(std::string("\xc2\x3e\x01x", 4));  // field 1000
      return;
    case 1:
      op.mutable_put()->set_field(sync::kEdNote);
      op.mutable_put()->MergeFromString(std::string("\xc0\x3e\x01", 3));
      part->Value(TextValue(Word()));
      return;
    default:
      op.mutable_stop()->set_what(v1::STOP_KIND_KILL);
  }
}

LanePart World::Texts(Author& author, const Paper& paper) {
  LanePart part(Lane::kText);
  AddText(author, paper, &part);
  if (random_.OneIn(4)) AddText(author, paper, &part);
  if (random_.OneIn(40)) AddOdd(&part);
  return part;
}

void World::AddText(Author& author, const Paper& paper, LanePart* part) {
  const uint32_t field = random_.OneIn(5) ? sync::kNotes : sync::kBody;
  if (random_.OneIn(6)) {
    v1::TextResolveOp* const resolve = part->Op().mutable_text_resolve();
    resolve->set_field(field);
    for (int i = 0; i < 3; ++i) {
      const v1::ItemId edit = SomeOp(author, paper, [&](const v1::Op& op) {
        return op.has_text() && op.text().field() == field;
      });
      if (!edit.change().empty()) *resolve->add_edits() = part->Ref(edit);
    }
    if (random_.OneIn(2)) return;
  }
  uint32_t length = raw_length_(author, paper.id, field);
  if (random_.OneIn(30)) length += 5;  // void: past the end
  part->Write(field, SomeEdit(length));
}

sync::text::NetEdit World::SomeEdit(uint32_t length) {
  sync::text::NetEdit edit;
  const uint32_t start = random_.Below(length + 1);
  const uint32_t removed = std::min<uint32_t>(random_.Below(4), length - start);
  if (removed > 0) {
    edit.runs.push_back({start, removed, sync::text::RunKind::kDelete});
  }
  if (removed == 0 || random_.OneIn(2)) {
    const uint32_t added = 1 + random_.Below(3);
    for (uint32_t i = 0; i < added; ++i) {
      edit.inserted += U"abc 12.ю"[random_.Below(8)];
    }
    edit.runs.push_back({start, added, sync::text::RunKind::kInsert});
  }
  const uint32_t from = start - std::min<uint32_t>(start, random_.Below(3));
  const uint32_t to =
      std::min<uint32_t>(length, start + removed + random_.Below(3));
  edit.touched = {{from, to}};
  return edit;
}

LanePart World::Notices(Author& author, const Paper& paper) {
  LanePart part(Lane::kNotice);
  const auto is_item = [](const v1::Op& op) { return op.has_item_add(); };
  const uint64_t what = random_.Below(4);
  if (what == 0 && !calm_) {
    v1::RedactOp* const redact = part.Op().mutable_redact();
    if (const Change* const some = Some(author, paper)) {
      redact->add_changes(some->hash.str());
    }
    redact->add_fields(sync::kReason);
    part.Value(TextValue("a name"));
    part.Class(random_.OneIn(3) ? PermissionClass::kContent
                                : PermissionClass::kAdminister);
  } else if (what == 1) {
    v1::StopOp* const stop = part.Op().mutable_stop();
    stop->set_what(random_.OneIn(2) ? v1::STOP_KIND_HOLD : v1::STOP_KIND_KILL);
    stop->add_fields(sync::kReason);
    part.Value(TextValue(Word()));
    part.Class(PermissionClass::kStop);
  } else {
    v1::WithdrawOp* const withdraw = part.Op().mutable_withdraw();
    withdraw->set_how(static_cast<v1::Withdrawal>(random_.Below(3)));
    if (random_.OneIn(2)) {
      *withdraw->add_figures() = SomeOp(author, paper, is_item);
    }
    withdraw->add_fields(sync::kNoticeValue);
    part.Value(TextValue(Word()));
  }
  return part;
}

LanePart World::Receipts(Author& author, const Paper& paper) {
  LanePart part(Lane::kReceipt);
  v1::AckOp* const ack = part.Op().mutable_ack();
  if (const Change* const seen = Some(author, paper)) {
    ack->add_changes(seen->hash.str());
  }
  return part;
}

}  // namespace dateline::testing

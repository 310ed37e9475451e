#include "client-core/cli/view_json.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client-core/cli/document.h"
#include "client-core/cli/figure_text.h"
#include "client-core/cli/times.h"
#include "client-core/cli/words.h"
#include "sync/compose/action.h"
#include "sync/model/fields.h"

namespace dateline::cli {
namespace {

std::string FieldName(uint32_t field) {
  const sync::FieldInfo* const info = sync::FindField(field);
  return info == nullptr ? absl::StrCat("field", field)
                         : std::string(info->name.data(), info->name.size());
}

Json SegmentsJson(const v1::Text& text, Invocation& invocation) {
  Json out = Json::array();
  for (const v1::Segment& segment : text.segments()) {
    if (!segment.has_open()) {
      out.push_back({{"text", segment.text()}});
      continue;
    }
    Json originals = Json::array();
    for (const v1::Original& original : segment.open().originals()) {
      originals.push_back({{"text", original.text()},
                           {"by", ListOf(original.by(), invocation)},
                           {"edits", ItemNames(original.edits())}});
    }
    out.push_back(
        {{"open",
          {{"base", segment.open().base()}, {"originals", originals}}}});
  }
  return out;
}

Json CitationJson(const v1::Item& item) {
  Json out = {{"id", ItemName(item.id())},
              {"statement", Hex(item.target())},
              {"figure", ItemName(item.target_item())}};
  for (const v1::Register& one : item.registers()) {
    if (!one.writes().empty()) {
      out[FieldName(one.field())] = ToJson(one.writes(0).value());
    }
  }
  Json anchors = Json::array();
  for (const v1::Anchor& anchor : item.anchors()) {
    anchors.push_back({{"start", anchor.start()},
                       {"end", anchor.end()},
                       {"lost", anchor.lost()},
                       {"inOpenSpan", anchor.in_open_span()}});
  }
  out["anchors"] = anchors;
  return out;
}

Json FigureItemJson(const v1::Item& item, int number, Invocation& invocation) {
  Json records = Json::array();
  for (const v1::Register& one : item.registers()) {
    if (one.field() != sync::kFigureRecord) continue;
    for (const v1::Write& write : one.writes()) {
      records.push_back(ToJson(write, invocation));
    }
  }
  return {{"id", ItemName(item.id())},
          {"number", number},
          {"records", records},
          {"conflict", records.size() > 1}};
}

// Registers as {name: winner}, and every value where there is more than one.
void AddRegisters(const v1::Document& document, Invocation& invocation,
                  Json* out) {
  Json alternatives = Json::object();
  for (const v1::Register& one : document.registers()) {
    if (one.writes().empty()) continue;
    (*out)[FieldName(one.field())] = ToJson(one.writes(0).value());
    if (one.writes_size() > 1) {
      alternatives[FieldName(one.field())] = ListOf(one.writes(), invocation);
    }
  }
  for (const v1::ValueSet& set : document.sets()) {
    Json values = Json::array();
    for (const v1::Element& element : set.elements()) {
      values.push_back(ToJson(element.value()));
    }
    (*out)[FieldName(set.field())] = values;
  }
  (*out)["alternatives"] = alternatives;
}

void AddTexts(const v1::Document& document, Invocation& invocation, Json* out) {
  for (const v1::Text& text : document.texts()) {
    const std::string name = FieldName(text.field());
    (*out)[name] = sync::ReaderText(document, text.field());
    (*out)[name + "Segments"] = SegmentsJson(text, invocation);
  }
}

void AddItems(const v1::Document& document, Invocation& invocation, Json* out) {
  if (document.kind() == v1::DOCUMENT_KIND_STATEMENT) {
    Json figures = Json::array();
    for (const v1::Item* item : ItemsOf(document, sync::kFigures)) {
      figures.push_back(FigureItemJson(
          *item, static_cast<int>(figures.size()) + 1, invocation));
    }
    (*out)["figures"] = figures;
    return;
  }
  Json citations = Json::array();
  for (const v1::Item* item : ItemsOf(document, sync::kCitations)) {
    citations.push_back(CitationJson(*item));
  }
  (*out)["citations"] = citations;
}

Json StopJson(const v1::StopState& stop, Invocation& invocation) {
  Json out = {{"id", ItemName(stop.id())},
              {"what", Camel(Word(stop.what()))},
              {"reason", stop.reason()},
              {"inForce", stop.in_force()},
              {"by", ToJson(stop.by(), invocation)}};
  if (stop.has_lifted_by()) {
    out["liftedBy"] = ToJson(stop.lifted_by(), invocation);
  }
  return out;
}

Json ApprovalJson(const v1::ApprovalState& approval, Invocation& invocation) {
  return {{"id", ItemName(approval.id())},
          {"what", Camel(Word(approval.what()))},
          {"version", HexList(approval.version())},
          {"rendering", approval.rendering()},
          {"renderingHash", Hex(approval.rendering_hash())},
          {"note", approval.note()},
          {"newerExists", approval.newer_exists()},
          {"alone", approval.alone()},
          {"by", ToJson(approval.by(), invocation)}};
}

Json RequestJson(const v1::RequestState& request, Invocation& invocation) {
  return {{"id", ItemName(request.id())},
          {"what", Camel(Word(request.what()))},
          {"text", request.text()},
          {"open", request.open()},
          {"version", HexList(request.version())},
          {"by", ToJson(request.by(), invocation)}};
}

Json DecisionJson(const v1::DecisionState& decision, Invocation& invocation) {
  return {{"number", decision.number()},
          {"what", Camel(Word(decision.what()))},
          {"request", ItemName(decision.request())},
          {"approval", ItemName(decision.approval())},
          {"version", HexList(decision.version())},
          {"reason", decision.reason()},
          {"lifts", ItemNames(decision.lifts())},
          {"repeats", decision.repeats()},
          {"by", ToJson(decision.by(), invocation)}};
}

Json WorkflowJson(const v1::Workflow& workflow, Invocation& invocation) {
  Json stops = Json::array(), approvals = Json::array();
  Json requests = Json::array(), decisions = Json::array();
  for (const auto& stop : workflow.stops()) {
    stops.push_back(StopJson(stop, invocation));
  }
  for (const auto& approval : workflow.approvals()) {
    approvals.push_back(ApprovalJson(approval, invocation));
  }
  for (const auto& request : workflow.requests()) {
    requests.push_back(RequestJson(request, invocation));
  }
  for (const auto& decision : workflow.decisions()) {
    decisions.push_back(DecisionJson(decision, invocation));
  }
  return {{"status", Camel(Word(workflow.status()))},
          {"changedSinceApproval", workflow.changed_since_approval()},
          {"stops", stops},
          {"approvals", approvals},
          {"requests", requests},
          {"decisions", decisions}};
}

Json EventJson(const v1::StatementEvent& event, Invocation& invocation) {
  Json out = {{"id", ItemName(event.id())},
              {"kind", Camel(Word(event.kind()))},
              {"figures", ItemNames(event.figures())},
              {"reason", event.reason()},
              {"answered", event.answered()},
              {"by", ToJson(event.by(), invocation)}};
  if (!event.statement().empty()) out["statement"] = Hex(event.statement());
  if (!event.notice_value().empty()) out["value"] = event.notice_value();
  return out;
}

void AddStatement(const v1::Document& document, Invocation& invocation,
                  Json* out) {
  Json events = Json::array();
  for (const v1::StatementEvent& event : document.statement().events()) {
    events.push_back(EventJson(event, invocation));
  }
  (*out)["events"] = events;
  (*out)["sameAs"] = HexList(document.statement().same_as());
}

void AddCare(const v1::Document& document, Invocation& invocation, Json* out) {
  Json held = Json::array();
  for (const v1::HeldChange& change : document.held()) {
    held.push_back({{"change", Hex(change.change())},
                    {"why", Camel(Word(change.why()))},
                    {"actor", invocation.PersonName(change.actor())}});
  }
  (*out)["held"] = held;
  Json redactions = Json::array();
  for (const v1::Redaction& redaction : document.redactions()) {
    redactions.push_back({{"changes", HexList(redaction.changes())},
                          {"reason", redaction.reason()},
                          {"inForce", redaction.in_force()},
                          {"by", ToJson(redaction.by(), invocation)}});
  }
  (*out)["redactions"] = redactions;
  (*out)["parked"] = HexList(document.parked());
  (*out)["unknownOps"] = HexList(document.unknown_ops());
  (*out)["readOnly"] = document.read_only();
}

}  // namespace

std::string Hex(const std::string& bytes) {
  return absl::BytesToHexString(bytes);
}

std::string ItemName(const v1::ItemId& id) {
  if (id.change().empty()) return "";
  return absl::StrCat(Hex(id.change()), ".", id.op());
}

Json ToJson(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kText:
      return value.text();
    case v1::Value::kNumber:
      return value.number();
    case v1::Value::kPlace: {
      Json place = {{"name", value.place().name()}};
      if (!value.place().country().empty()) {
        place["country"] = value.place().country();
      }
      if (value.place().has_point()) {
        place["latitude"] = value.place().latitude();
        place["longitude"] = value.place().longitude();
      }
      return place;
    }
    case v1::Value::kFigure:
      return ToJson(value.figure());
    case v1::Value::kTimeMs:
      return JsonTime(value.time_ms());
    case v1::Value::kId:
      return Hex(value.id());
    case v1::Value::kFlag:
      return value.flag();
    case v1::Value::KIND_NOT_SET:
      break;
  }
  return nullptr;  // redacted, or of a newer app
}

Json ToJson(const v1::Figure& figure) {
  Json out = {{"counted", figure.counted()},  {"place", figure.place()},
              {"period", figure.period()},    {"low", figure.low()},
              {"best", figure.best()},        {"high", figure.high()},
              {"atLeast", figure.at_least()}, {"phrase", FigurePhrase(figure)}};
  if (!figure.as_of().empty()) out["asOf"] = figure.as_of();
  if (!figure.unit().empty()) out["unit"] = figure.unit();
  if (figure.has_part_of()) {
    out["partOf"] = figure.part_of().change().empty()
                        ? absl::StrCat(".", figure.part_of().op())
                        : ItemName(figure.part_of());
  }
  return out;
}

Json ToJson(const v1::Authored& by, Invocation& invocation) {
  return {{"change", Hex(by.change())},
          {"actor", invocation.PersonName(by.actor())},
          {"device", invocation.DeviceName(by.signer())},
          {"time", JsonTime(by.wall_ms())}};
}

Json ToJson(const v1::Write& write, Invocation& invocation) {
  return {{"id", absl::StrCat(Hex(write.by().change()), ".", write.op())},
          {"value", ToJson(write.value())},
          {"by", ToJson(write.by(), invocation)},
          {"also", ListOf(write.also(), invocation)}};
}

Json ToJson(const client::Row& row, Invocation& invocation) {
  return {{"id", row.id.ToHex()},
          {"assignment", invocation.AssignmentName(row.assignment.str())},
          {"kind", Camel(Word(row.kind))},
          {"slugline", row.slugline},
          {"headline", row.headline},
          {"status", Camel(Word(row.status))},
          {"whereabouts", Camel(Word(row.where))},
          {"updated", JsonTime(row.updated_ms)},
          {"conflicts", row.conflicts},
          {"withdrawnFigure", row.withdrawn_figure},
          {"probablyWithdrawn", row.probably_withdrawn},
          {"mine", row.mine},
          {"draft", row.draft}};
}

Json ToJson(const v1::Document& document, Invocation& invocation) {
  Json out = {{"id", Hex(document.id())},
              {"kind", Camel(Word(document.kind()))}};
  AddRegisters(document, invocation, &out);
  AddTexts(document, invocation, &out);
  AddItems(document, invocation, &out);
  if (document.kind() == v1::DOCUMENT_KIND_STATEMENT) {
    AddStatement(document, invocation, &out);
  } else {
    out["status"] = Camel(Word(document.workflow().status()));
    out["workflow"] = WorkflowJson(document.workflow(), invocation);
  }
  out["version"] = HexList(document.version().heads());
  out["versionId"] = Hex(document.version().id());
  out["complete"] = document.version().complete();
  out["canApprove"] = document.version().can_approve();
  out["conflicts"] = document.conflicts();
  out["deleted"] = document.deleted();
  out["broughtBack"] = document.brought_back();
  out["created"] = ToJson(document.created(), invocation);
  out["updated"] = ToJson(document.updated(), invocation);
  AddCare(document, invocation, &out);
  return out;
}

Json ToJson(const client::View& view, Invocation& invocation) {
  Json out = ToJson(view.document, invocation);
  out["assignment"] = invocation.AssignmentName(view.assignment.str());
  out["whereabouts"] = Camel(Word(view.where));
  out["withdrawals"] = ListOf(view.withdrawals, invocation);
  out["draft"] = view.draft;
  return out;
}

Json ToJson(const v1::VersionRow& version, Invocation& invocation) {
  Json changed = Json::array();
  for (const std::string& name : version.changed()) changed.push_back(name);
  return {{"by", ToJson(version.by(), invocation)},
          {"version", HexList(version.heads())},
          {"changed", changed},
          {"approved", version.approved()},
          {"published", version.published()}};
}

Json ToJson(const v1::FieldDiff& diff) {
  Json parts = Json::array();
  for (const v1::DiffPart& part : diff.parts()) {
    const char* const kind = part.kind() == v1::DIFF_KIND_REMOVED ? "removed"
                             : part.kind() == v1::DIFF_KIND_ADDED ? "added"
                                                                  : "same";
    parts.push_back({{"kind", kind}, {"text", part.text()}});
  }
  return {{"field", diff.name()}, {"parts", parts}};
}

}  // namespace dateline::cli

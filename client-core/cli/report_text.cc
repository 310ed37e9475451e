#include "client-core/cli/report_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client-core/cli/document.h"
#include "client-core/cli/figure_text.h"
#include "client-core/cli/times.h"
#include "client-core/cli/width.h"
#include "client-core/cli/words.h"
#include "sync/compose/action.h"
#include "sync/model/fields.h"

namespace dateline::cli {
namespace {

std::string FieldLabel(uint32_t field) {
  const sync::FieldInfo* const info = sync::FindField(field);
  return info == nullptr ? absl::StrCat("field ", field)
                         : std::string(info->name.data(), info->name.size());
}

std::string Label(absl::string_view name) {
  constexpr int kLabelCells = 16;
  std::string out = absl::StrCat(name);
  out.resize(std::max<size_t>(out.size() + 1, kLabelCells), ' ');
  return out;
}

void AddRegister(const v1::Register& one, Invocation& invocation,
                 std::string* out) {
  const std::string label = Label(FieldLabel(one.field()));
  if (one.writes_size() == 1) {
    absl::StrAppend(out, label, Printable(ValueText(one.writes(0).value())),
                    "\n");
    return;
  }
  absl::StrAppend(out, label,
                  invocation.style().Alarm("≠ CONFLICT: nobody has chosen"),
                  "\n");
  int number = 0;
  for (const v1::Write& write : one.writes()) {
    absl::StrAppend(out, "  ", ++number, ") ",
                    Printable(ValueText(write.value())), "   (",
                    Printable(invocation.PersonName(write.by().actor())), ", ",
                    PeopleTime(write.by().wall_ms()), ")\n");
  }
}

void AddWorkflow(const v1::Workflow& workflow, Invocation& invocation,
                 std::string* out) {
  for (const v1::StopState& stop : workflow.stops()) {
    if (!stop.in_force()) continue;
    absl::StrAppend(out,
                    invocation.style().Alarm(absl::StrCat(
                        "■ ", absl::AsciiStrToUpper(Word(stop.what())))),
                    " by ", Printable(invocation.PersonName(stop.by().actor())),
                    ": ", Printable(stop.reason()), "\n");
  }
  for (const v1::ApprovalState& approval : workflow.approvals()) {
    absl::StrAppend(out, "✓ ", Word(approval.what()), " by ",
                    Printable(invocation.PersonName(approval.by().actor())),
                    ", ", PeopleTime(approval.by().wall_ms()),
                    approval.newer_exists()
                        ? "  (an older version: there is a newer one)"
                        : "",
                    "\n");
  }
  for (const v1::RequestState& request : workflow.requests()) {
    if (request.what() != v1::REQUEST_KIND_ASK || !request.open()) continue;
    absl::StrAppend(out, "? ",
                    Printable(invocation.PersonName(request.by().actor())),
                    " asks: ", Printable(request.text()), "\n");
  }
  for (const v1::DecisionState& decision : workflow.decisions()) {
    absl::StrAppend(out, "· ", Word(decision.what()),
                    decision.repeats() ? " (once more, after a restore)" : "",
                    decision.reason().empty() ? "" : ": ",
                    Printable(decision.reason()), "\n");
  }
}

// "✗ RETRACTED, DISAVOWED": what in force covers the figure that is cited.
std::string Fate(const v1::Item& citation, const client::View& view) {
  std::string out;
  for (const v1::WithdrawalView& withdrawal : view.withdrawals) {
    bool covers = withdrawal.figures().empty();
    for (const v1::ItemId& figure : withdrawal.figures()) {
      covers |= SameItem(figure, citation.target_item());
    }
    if (!covers || withdrawal.answered() ||
        withdrawal.statement() != citation.target()) {
      continue;
    }
    absl::StrAppend(&out, out.empty() ? "✗ " : ", ",
                    absl::AsciiStrToUpper(Word(withdrawal.kind())));
  }
  return out;
}

void AddCitations(const client::View& view, const Style& style,
                  std::string* out) {
  for (const v1::Item* item : ItemsOf(view.document, sync::kCitations)) {
    const v1::Figure* const record = RecordOf(*item, sync::kCitedRecord);
    absl::StrAppend(
        out, "cites           ",
        record == nullptr ? "a figure" : Printable(FigurePhrase(*record)),
        "  [", ShortId(item->target()), "]  ", style.Alarm(Fate(*item, view)),
        "\n");
  }
}

void AddCare(const v1::Document& document, Invocation& invocation,
             std::string* out) {
  if (document.deleted()) absl::StrAppend(out, "deleted\n");
  if (document.brought_back()) {
    absl::StrAppend(out, "brought back: one deleted it, another edited it\n");
  }
  for (const v1::Redaction& redaction : document.redactions()) {
    absl::StrAppend(
        out, redaction.in_force() ? "redacted: " : "redaction asked for: ",
        Count(redaction.changes_size(), "change"), ", by ",
        Printable(invocation.PersonName(redaction.by().actor())), ", ",
        PeopleTime(redaction.by().wall_ms()),
        redaction.reason().empty() ? "" : ": ", Printable(redaction.reason()),
        "\n");
  }
  if (!document.version().complete()) {
    absl::StrAppend(out, "incomplete: parts of it have not arrived\n");
  }
}

}  // namespace

std::string ValueText(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kText:
      return value.text();
    case v1::Value::kNumber:
      return absl::StrCat(value.number());
    case v1::Value::kPlace:
      return value.place().country().empty()
                 ? value.place().name()
                 : absl::StrCat(value.place().name(), ", ",
                                value.place().country());
    case v1::Value::kFigure:
      return FigurePhrase(value.figure());
    case v1::Value::kTimeMs:
      return PeopleTime(value.time_ms());
    case v1::Value::kId:
      return ShortId(value.id());
    case v1::Value::kFlag:
      return value.flag() ? "yes" : "no";
    case v1::Value::KIND_NOT_SET:
      break;
  }
  return "(redacted)";
}

std::string WithdrawalText(const v1::WithdrawalView& withdrawal,
                           const Style& style) {
  return absl::StrCat(
      style.Alarm(
          absl::StrCat("✗ ", absl::AsciiStrToUpper(Word(withdrawal.kind())))),
      " ", Printable(withdrawal.value()), " (", Printable(withdrawal.source()),
      ")", withdrawal.reason().empty() ? "" : ": ",
      Printable(withdrawal.reason()),
      withdrawal.answered() ? "  (said to be a mistake)" : "");
}

std::string HeldText(const v1::Document& document, Invocation& invocation) {
  std::string out;
  for (const v1::HeldChange& held : document.held()) {
    absl::StrAppend(&out, "■ held, without effect: change ",
                    ShortId(held.change()), " of ",
                    Printable(invocation.PersonName(held.actor())), " (",
                    Word(held.why()), ")\n");
  }
  return out;
}

std::string ReportText(const client::View& view, Invocation& invocation) {
  const v1::Document& document = view.document;
  std::string out;
  for (const v1::WithdrawalView& withdrawal : view.withdrawals) {
    absl::StrAppend(&out, WithdrawalText(withdrawal, invocation.style()), "\n");
  }
  absl::StrAppend(&out, Label("report"), ShortId(document.id()), "  ",
                  Word(document.workflow().status()), ", ", Word(view.where),
                  "\n");
  if (view.draft) {
    absl::StrAppend(&out, "✎ a draft of it waits: dateline report edit ",
                    ShortId(document.id()), "\n");
  }
  AddWorkflow(document.workflow(), invocation, &out);
  for (const v1::Register& one : document.registers()) {
    AddRegister(one, invocation, &out);
  }
  for (const v1::ValueSet& set : document.sets()) {
    std::string values;
    for (const v1::Element& element : set.elements()) {
      absl::StrAppend(&values, values.empty() ? "" : ", ",
                      ValueText(element.value()));
    }
    absl::StrAppend(&out, Label(FieldLabel(set.field())), Printable(values),
                    "\n");
  }
  AddCitations(view, invocation.style(), &out);
  absl::StrAppend(&out, HeldText(document, invocation));
  AddCare(document, invocation, &out);
  for (const v1::Text& text : document.texts()) {
    absl::StrAppend(&out, text.field() == sync::kBody ? "\n" : "\n(notes)\n",
                    PrintableLines(sync::ReaderText(document, text.field())),
                    "\n");
  }
  return out;
}

std::string DiffText(const std::vector<v1::FieldDiff>& fields,
                     const Style& style) {
  std::string out;
  for (const v1::FieldDiff& field : fields) {
    absl::StrAppend(&out, style.Bold(field.name()), "\n  ");
    for (const v1::DiffPart& part : field.parts()) {
      const std::string text = PrintableLines(part.text());
      if (part.kind() == v1::DIFF_KIND_REMOVED) {
        absl::StrAppend(&out, style.Removed(absl::StrCat("[-", text, "-]")));
      } else if (part.kind() == v1::DIFF_KIND_ADDED) {
        absl::StrAppend(&out, style.Added(absl::StrCat("{+", text, "+}")));
      } else {
        absl::StrAppend(&out, text);
      }
    }
    absl::StrAppend(&out, "\n");
  }
  return out;
}

}  // namespace dateline::cli

#include <algorithm>

#include "absl/strings/str_join.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/compose/action_checks.h"
#include "sync/compose/actions.h"
#include "sync/compose/notice_text.h"
#include "sync/compose/owed.h"
#include "sync/compose/part_builder.h"
#include "sync/model/fields.h"

namespace dateline::sync {
namespace {

// Figures that one notice can name and still say something.
constexpr int kFiguresPerNotice = 6;

std::vector<Part> One(PartBuilder builder) {
  std::vector<Part> parts;
  parts.push_back(std::move(builder).Finish());
  return parts;
}

const v1::Item* FindFigure(const v1::Document& statement,
                           const v1::ItemId& id) {
  for (const v1::Item& item : statement.items()) {
    if (item.list() == kFigures && SameItem(item.id(), id)) return &item;
  }
  return nullptr;
}

absl::Status CheckFigures(
    const google::protobuf::RepeatedPtrField<v1::ItemId>& figures,
    const v1::Document& statement, absl::string_view field) {
  for (const v1::ItemId& figure : figures) {
    if (FindFigure(statement, figure) == nullptr) {
      return NotThere("figure", field);
    }
  }
  return absl::OkStatus();
}

// An event of lane 1 names what its author had seen of lane 0, so that one
// made unaware of a withdrawal can be told.
void NameNotices(const v1::Document& statement, PartBuilder* part) {
  for (const Hash& head : HeadsOf(statement, Lane::kNotice)) part->Name(head);
}

std::string RecordText(const v1::Item& figure) {
  std::vector<std::string> records;
  for (const v1::Register& one : figure.registers()) {
    if (one.field() != kFigureRecord) continue;
    for (const v1::Write& write : one.writes()) {
      records.push_back(FigureText(write.value().figure()));
    }
  }
  return absl::StrJoin(records, " / ");
}

std::string SourceOf(const v1::Document& statement) {
  for (const v1::Register& one : statement.registers()) {
    if (one.field() == kStatementSourceName && !one.writes().empty()) {
      return one.writes(0).value().text();
    }
  }
  return "";
}

// Sluglines of the reports that use figures of the statement.
std::string UsersOf(const v1::Document& statement, const v1::Ledger& ledger) {
  std::vector<std::string> sluglines;
  for (const v1::LedgerRow& row : ledger.rows()) {
    for (const v1::LedgerEntry& entry : row.entries()) {
      if (entry.statement() != statement.id()) continue;
      for (const v1::Use& use : entry.uses()) {
        const std::string& name =
            use.slugline().empty() ? use.headline() : use.slugline();
        if (!name.empty() &&
            std::ranges::find(sluglines, name) == sluglines.end()) {
          sluglines.push_back(name);
        }
      }
    }
  }
  return absl::StrJoin(sluglines, ", ");
}

// One notice: of the figures given, or of the whole statement.
Part Notice(const v1::Withdraw& action,
            const std::vector<const v1::Item*>& figures, bool whole,
            const Seen& seen) {
  PartBuilder part(seen.document, Lane::kNotice);
  v1::WithdrawOp* withdraw = part.AddOp()->mutable_withdraw();
  withdraw->set_how(action.how());
  std::vector<std::string> values;
  for (const v1::Item* figure : figures) {
    if (!whole) *withdraw->add_figures() = figure->id();
    values.push_back(RecordText(*figure));
  }
  AddNotice({{kNoticeValue, absl::StrJoin(values, "; ")},
             {kNoticeSource, SourceOf(seen.document)},
             {kNoticeSlugline, UsersOf(seen.document, seen.ledger)},
             {kReason, action.reason()}},
            withdraw->mutable_fields(), &part);
  return std::move(part).Finish();
}

}  // namespace

Parts Compose(const v1::Withdraw& action, const Seen& seen) {
  DATELINE_RETURN_IF_ERROR(
      CheckFigures(action.figures(), seen.document, "withdraw.figures"));
  std::vector<const v1::Item*> figures;
  for (const v1::Item& item : seen.document.items()) {
    const bool named =
        action.figures().empty() ||
        std::ranges::any_of(action.figures(), [&](const v1::ItemId& id) {
          return SameItem(id, item.id());
        });
    if (item.list() == kFigures && named) figures.push_back(&item);
  }
  if (action.figures().empty()) {
    return std::vector<Part>{Notice(action, figures, true, seen)};
  }
  std::vector<Part> parts;
  for (size_t i = 0; i < figures.size(); i += kFiguresPerNotice) {
    const size_t end = std::min(figures.size(), i + kFiguresPerNotice);
    parts.push_back(Notice(action, {figures.begin() + i, figures.begin() + end},
                           false, seen));
  }
  return parts;
}

Parts Compose(const v1::Supersede& action, const Seen& seen) {
  if (action.statement().empty() || action.statement() == seen.document.id()) {
    return NotThere("older statement", "supersede.statement");
  }
  PartBuilder part(seen.document, Lane::kFact);
  NameNotices(seen.document, &part);
  v1::SupersedeOp* supersede = part.AddOp()->mutable_supersede();
  supersede->set_statement(action.statement());
  *supersede->mutable_figures() = action.figures();
  return One(std::move(part));
}

Parts Compose(const v1::AttestFigure& action, const Seen& seen) {
  PartBuilder part(seen.document, Lane::kFact);
  v1::AttestOp* attest = part.AddOp()->mutable_attest();
  attest->set_what(action.what());
  if (action.what() == v1::ATTESTATION_APPROVED) {
    return MakeError(v1::BAD_REQUEST, "a version is approved, not a figure",
                     {.field = "attest_figure.what"});
  }
  if (action.what() == v1::ATTESTATION_CHECKED) {
    part.NameAll(seen.document.version().heads(), attest->mutable_version());
  } else {
    DATELINE_RETURN_IF_ERROR(
        CheckFigures(action.figures(), seen.document, "attest_figure.figures"));
    NameNotices(seen.document, &part);
  }
  *attest->mutable_figures() = action.figures();
  part.AddNote(kReason, action.note(), attest->mutable_fields());
  return One(std::move(part));
}

Parts Compose(const v1::SameAs& action, const Seen& seen) {
  if (action.statement().empty() || action.statement() == seen.document.id()) {
    return NotThere("other statement", "same_as.statement");
  }
  PartBuilder part(seen.document, Lane::kFact);
  NameNotices(seen.document, &part);
  v1::SameAsOp* same = part.AddOp()->mutable_same_as();
  same->set_statement(action.statement());
  same->set_apart(action.apart());
  return One(std::move(part));
}

Parts Compose(const v1::Settle& action, const Seen& seen) {
  const v1::LedgerRow* row = nullptr;
  for (const v1::LedgerRow& one : seen.ledger.rows()) {
    if (one.counted() == action.counted() && one.place() == action.place() &&
        one.period() == action.period()) {
      row = &one;
    }
  }
  if (row == nullptr) return NotThere("figure", "settle.counted");
  PartBuilder part(seen.document, Lane::kFact);
  NameNotices(seen.document, &part);
  for (const v1::ItemId& settlement : row->settlements()) {
    part.Name(settlement.change());
  }
  v1::SettleOp* settle = part.AddOp()->mutable_settle();
  settle->set_stands(-1);
  for (const uint32_t index : row->current()) {
    const v1::LedgerEntry& entry = row->entries(static_cast<int>(index));
    v1::SettleOp::Rival* rival = settle->add_rivals();
    rival->set_statement(entry.statement());
    *rival->mutable_figure() = entry.figure();
    rival->set_version(part.Name(entry.version()));
    if (entry.statement() == action.statement() &&
        SameItem(entry.figure(), action.figure())) {
      settle->set_stands(settle->rivals_size() - 1);
    }
  }
  if (settle->rivals().empty() ||
      (settle->stands() < 0 && !action.statement().empty())) {
    return NotThere("figure that stands", "settle.figure");
  }
  part.AddNote(kReason, action.note(), settle->mutable_fields());
  return One(std::move(part));
}

Parts Compose(const v1::AnswerEvent& action, const Seen& seen) {
  const auto& events = seen.document.statement().events();
  if (std::ranges::none_of(events, [&](const v1::StatementEvent& event) {
        return SameItem(event.id(), action.event());
      })) {
    return NotThere("event", "answer_event.event");
  }
  PartBuilder part(seen.document, Lane::kFact);
  NameNotices(seen.document, &part);
  v1::AnswerOp* answer = part.AddOp()->mutable_answer();
  part.Ref(action.event(), answer->mutable_event());
  part.AddNote(kReason, action.reason(), answer->mutable_fields());
  return One(std::move(part));
}

Parts Compose(const v1::CorrectFigure& action, const Seen& seen) {
  if (FindFigure(seen.document, action.figure()) == nullptr) {
    return NotThere("figure", "correct_figure.figure");
  }
  PartBuilder part(seen.document, Lane::kFact);
  NameNotices(seen.document, &part);
  v1::ItemPutOp* put = part.AddOp()->mutable_item_put();
  part.Ref(action.figure(), put->mutable_item());
  put->add_fields(kFigureRecord);
  v1::Value value;
  *value.mutable_figure() = action.record();
  part.AddValue(std::move(value));
  if (!action.note().empty()) {
    v1::ItemAddOp* note = part.AddOp()->mutable_item_add();
    note->set_list(kStatementNotes);
    part.AddText(kReason, action.note(), note->mutable_fields());
  }
  return One(std::move(part));
}

}  // namespace dateline::sync

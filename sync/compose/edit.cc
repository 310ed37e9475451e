// ComposeEdit: what an author changed, as one part a lane.
#include <algorithm>
#include <utility>

#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"
#include "sync/compose/action.h"
#include "sync/compose/action_checks.h"
#include "sync/compose/part_builder.h"
#include "sync/compose/reader_text.h"
#include "sync/compose/text_edit.h"
#include "sync/model/fields.h"
#include "sync/wire/walk.h"

namespace dateline::sync {
namespace {

// Values are equal if their bytes are: one library writes both.
bool Same(const v1::Value& a, const v1::Value& b) {
  return a.SerializeAsString() == b.SerializeAsString();
}

bool IsEmpty(const v1::Value& value) {
  return value.has_text() && value.text().empty();
}

const v1::Register* FindRegister(const v1::Document& document, uint32_t field) {
  for (const v1::Register& one : document.registers()) {
    if (one.field() == field) return &one;
  }
  return nullptr;
}

// A conflict is not settled by saving what was shown of it.
bool Differs(const v1::Register* shown, const v1::Value& value) {
  if (shown == nullptr || shown->writes().empty()) return !IsEmpty(value);
  return !Same(shown->writes(0).value(), value);
}

absl::Status CheckRegister(const v1::Register* shown, uint32_t field) {
  const bool fixed = field == kStatementSource || field == kStatementSourceName;
  if (!fixed || shown == nullptr || shown->writes().empty()) {
    return absl::OkStatus();
  }
  return MakeError(v1::BAD_REQUEST,
                   "the source of a statement is fixed: make a new statement",
                   {.field = std::string(FindField(field)->name)});
}

absl::Status EditRegisters(const v1::Document& base, const DocumentEdit& edit,
                           PartBuilder* facts) {
  for (const auto& [field, value] : edit.registers) {
    const v1::Register* shown = FindRegister(base, field);
    if (!Differs(shown, value)) continue;
    DATELINE_RETURN_IF_ERROR(CheckRegister(shown, field));
    facts->AddOp()->mutable_put()->set_field(field);
    facts->AddValue(value);
  }
  return absl::OkStatus();
}

bool Contains(const std::vector<v1::Value>& values, const v1::Value& value) {
  return std::ranges::any_of(
      values, [&](const v1::Value& other) { return Same(other, value); });
}

absl::Status EditSet(const v1::Document& base, uint32_t field,
                     const std::vector<v1::Value>& values, PartBuilder* facts) {
  if (values.size() > kSetElementsMax) {
    return TooLarge("set", "kSetElementsMax", kSetElementsMax, values.size());
  }
  std::vector<v1::Value> shown;
  v1::RemoveOp remove;
  remove.set_field(field);
  for (const v1::ValueSet& set : base.sets()) {
    if (set.field() != field) continue;
    for (const v1::Element& element : set.elements()) {
      shown.push_back(element.value());
      if (Contains(values, element.value())) continue;
      for (const v1::ItemId& add : element.adds()) {
        facts->Ref(add, remove.add_adds());
      }
    }
  }
  if (!remove.adds().empty()) *facts->AddOp()->mutable_remove() = remove;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::vector<v1::Value> before(
        values.begin(), values.begin() + static_cast<ptrdiff_t>(i));
    if (Contains(shown, values[i]) || Contains(before, values[i])) continue;
    facts->AddOp()->mutable_add()->set_field(field);
    facts->AddValue(values[i]);
  }
  return absl::OkStatus();
}

// `part_of` without a change names another new figure by its index here; in
// the change it names the op that creates it.
absl::Status AddFigures(const std::vector<v1::Figure>& figures,
                        PartBuilder* facts) {
  const auto first = static_cast<uint32_t>(facts->ops());
  for (const v1::Figure& figure : figures) {
    v1::ItemAddOp* add = facts->AddOp()->mutable_item_add();
    add->set_list(kFigures);
    add->add_fields(kFigureRecord);
    v1::Value value;
    *value.mutable_figure() = figure;
    if (figure.has_part_of() && figure.part_of().change().empty()) {
      const uint32_t whole = figure.part_of().op();
      if (whole >= figures.size()) {
        return MakeError(v1::BAD_REQUEST,
                         "a figure is part of one that is not there",
                         {.field = "figures.part_of",
                          .limit = absl::StrCat(figures.size(), " figures"),
                          .got = absl::StrCat(whole)});
      }
      value.mutable_figure()->mutable_part_of()->set_op(first + whole);
    }
    facts->AddValue(std::move(value));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Part>> ComposeEdit(const v1::Document& base,
                                              const DocumentEdit& edit) {
  PartBuilder words(base, Lane::kText);
  for (const auto& [field, edited] : edit.texts) {
    if (const size_t size = CountScalars(edited); size > kTextScalarsMax) {
      return TooLarge("text", "kTextScalarsMax", kTextScalarsMax, size);
    }
    if (FindText(base, field) == nullptr) {
      DATELINE_RETURN_IF_ERROR(AddFirstText(field, edited, &words));
      continue;
    }
    DATELINE_ASSIGN_OR_RETURN(const TextEdit text, EditOf(base, field, edited));
    if (!text.empty()) AddTextEdit(field, text, &words);
  }
  PartBuilder facts(base, Lane::kFact);
  DATELINE_RETURN_IF_ERROR(EditRegisters(base, edit, &facts));
  for (const auto& [field, values] : edit.sets) {
    DATELINE_RETURN_IF_ERROR(EditSet(base, field, values, &facts));
  }
  DATELINE_RETURN_IF_ERROR(
      CheckItemCount(base, kFigures, edit.new_figures.size()));
  DATELINE_RETURN_IF_ERROR(AddFigures(edit.new_figures, &facts));
  std::vector<Part> parts;
  if (!words.empty()) parts.push_back(std::move(words).Finish());
  if (!facts.empty()) parts.push_back(std::move(facts).Finish());
  return parts;
}

}  // namespace dateline::sync

#include "client-core/engine/edits.h"

#include "absl/strings/str_cat.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/model/fields.h"
#include "sync/text/draft.h"

namespace dateline::client {
namespace {

v1::Value TextValue(const std::string& text) {
  v1::Value value;
  value.set_text(text);
  return value;
}

void PutText(uint32_t field, const std::optional<std::string>& text,
             sync::DocumentEdit* out) {
  if (text) out->registers[field] = TextValue(*text);
}

void PutTime(uint32_t field, const std::optional<absl::Time>& time,
             sync::DocumentEdit* out) {
  if (time) out->registers[field].set_time_ms(absl::ToUnixMillis(*time));
}

absl::Status CheckUtf8(uint32_t field, absl::string_view words) {
  if (sync::text::ToScalars(words).ok()) return absl::OkStatus();
  const sync::FieldInfo* const info = sync::FindField(field);
  const std::string name =
      info == nullptr ? absl::StrCat("field ", field) : std::string(info->name);
  return sync::MakeError(v1::BAD_UTF8, absl::StrCat(name, " is not UTF-8 text"),
                         {.field = name});
}

absl::Status CheckUtf8(uint32_t field, const v1::Value& value) {
  DATELINE_RETURN_IF_ERROR(CheckUtf8(field, value.text()));
  DATELINE_RETURN_IF_ERROR(CheckUtf8(field, value.place().name()));
  return CheckUtf8(field, value.place().country());
}

}  // namespace

absl::Status CheckWords(const sync::DocumentEdit& edit) {
  for (const auto& [field, value] : edit.registers) {
    DATELINE_RETURN_IF_ERROR(CheckUtf8(field, value));
  }
  for (const auto& [field, values] : edit.sets) {
    for (const v1::Value& value : values) {
      DATELINE_RETURN_IF_ERROR(CheckUtf8(field, value));
    }
  }
  for (const auto& [field, words] : edit.texts) {
    DATELINE_RETURN_IF_ERROR(CheckUtf8(field, words));
  }
  for (const v1::Figure& figure : edit.new_figures) {
    for (const std::string& words :
         {figure.counted(), figure.place(), figure.period(), figure.unit()}) {
      DATELINE_RETURN_IF_ERROR(CheckUtf8(sync::kFigures, words));
    }
  }
  return absl::OkStatus();
}

sync::DocumentEdit ToDocumentEdit(const ReportEdit& edit) {
  sync::DocumentEdit out;
  PutText(sync::kSlugline, edit.slugline, &out);
  PutText(sync::kHeadline, edit.headline, &out);
  PutText(sync::kByline, edit.byline, &out);
  PutText(sync::kEdNote, edit.ed_note, &out);
  PutText(sync::kLanguage, edit.language, &out);
  PutText(sync::kExternalId, edit.external_id, &out);
  PutTime(sync::kEmbargoedUntil, edit.embargoed_until, &out);
  PutTime(sync::kContentCreated, edit.content_created, &out);
  if (edit.located) {
    *out.registers[sync::kLocated].mutable_place() = *edit.located;
  }
  if (edit.urgency) out.registers[sync::kUrgency].set_number(*edit.urgency);
  if (edit.subjects) {
    std::vector<v1::Value>& subjects = out.sets[sync::kSubjects];
    for (const std::string& subject : *edit.subjects) {
      subjects.push_back(TextValue(subject));
    }
  }
  if (edit.body) out.texts[sync::kBody] = *edit.body;
  if (edit.notes) out.texts[sync::kNotes] = *edit.notes;
  return out;
}

sync::DocumentEdit ToDocumentEdit(const StatementEdit& edit) {
  sync::DocumentEdit out;
  PutText(sync::kStatementSourceName, edit.source, &out);
  PutText(sync::kChannel, edit.channel, &out);
  PutText(sync::kEvidence, edit.evidence, &out);
  PutText(sync::kQuote, edit.quote, &out);
  PutTime(sync::kSaidAt, edit.said, &out);
  PutTime(sync::kHeardAt, edit.heard, &out);
  out.new_figures = edit.new_figures;
  return out;
}

}  // namespace dateline::client

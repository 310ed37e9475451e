#include "sync/model/fields.h"

#include <initializer_list>

#include "sync/base/limits.h"

namespace dateline::sync {
namespace {

using enum DocumentKind;
using enum FieldShape;

constexpr FieldInfo kFields[] = {
    {kSlugline, "slugline", kReport, kRegister, ValueKind::kText,
     kSluglineBytesMax},
    {kHeadline, "headline", kReport, kRegister, ValueKind::kText,
     kHeadlineBytesMax},
    {kLocated, "located", kReport, kRegister, ValueKind::kPlace,
     kHeadlineBytesMax},
    {kByline, "byline", kReport, kRegister, ValueKind::kText,
     kHeadlineBytesMax},
    {kUrgency, "urgency", kReport, kRegister, ValueKind::kNumber, 0},
    {kEdNote, "edNote", kReport, kRegister, ValueKind::kText,
     kShortTextBytesMax},
    {kEmbargoedUntil, "embargoedUntil", kReport, kRegister, ValueKind::kTime,
     0},
    {kContentCreated, "contentCreated", kReport, kRegister, ValueKind::kTime,
     0},
    {kLanguage, "language", kReport, kRegister, ValueKind::kText,
     kLanguageBytesMax},
    {kExternalId, "externalId", kReport, kRegister, ValueKind::kText,
     kHeadlineBytesMax},
    {kSubjects, "subjects", kReport, kSet, ValueKind::kText, kHeadlineBytesMax},
    {kCitations, "citations", kReport, kList, ValueKind::kNone, 0},
    {kMedia, "media", kReport, kList, ValueKind::kNone, 0},
    {kCorrections, "corrections", kReport, kList, ValueKind::kNone, 0},
    {kResolutions, "resolutions", kReport, kList, ValueKind::kNone, 0},
    {kBody, "body", kReport, FieldShape::kText, ValueKind::kText,
     kContentBytesMax},
    {kNotes, "notes", kReport, FieldShape::kText, ValueKind::kText,
     kContentBytesMax},
    {kStatementSource, "sourceId", kStatement, kRegister, ValueKind::kId, 0},
    {kStatementSourceName, "source", kStatement, kRegister, ValueKind::kText,
     kSluglineBytesMax},
    {kChannel, "channel", kStatement, kRegister, ValueKind::kText,
     kHeadlineBytesMax},
    {kSaidAt, "said", kStatement, kRegister, ValueKind::kTime, 0},
    {kHeardAt, "heard", kStatement, kRegister, ValueKind::kTime, 0},
    {kEvidence, "evidence", kStatement, kRegister, ValueKind::kText,
     kShortTextBytesMax},
    {kQuote, "quote", kStatement, kRegister, ValueKind::kText,
     kShortTextBytesMax},
    {kFigures, "figures", kStatement, kList, ValueKind::kNone, 0},
    {kStatementNotes, "resolutions", kStatement, kList, ValueKind::kNone, 0},
    {kSourceName, "name", kSource, kRegister, ValueKind::kText,
     kHeadlineBytesMax},
    {kSourceOrigin, "origin", kSource, kRegister, ValueKind::kText,
     kHeadlineBytesMax},
    {kTitle, "title", kAssignment, kRegister, ValueKind::kText,
     kHeadlineBytesMax},
    {kFigureRecord, "figure", kStatement, kRegister, ValueKind::kFigure,
     kHeadlineBytesMax},
    {kCitedRecord, "citedFigure", kReport, kRegister, ValueKind::kFigure,
     kHeadlineBytesMax},
    {kCitedQuote, "citedQuote", kReport, kRegister, ValueKind::kText,
     kShortTextBytesMax},
    {kCitedSource, "citedSource", kReport, kRegister, ValueKind::kText,
     kSluglineBytesMax},
    {kCorrectionNote, "correctionNote", kReport, kRegister, ValueKind::kText,
     kShortTextBytesMax},
    {kReason, "reason", kReport, kRegister, ValueKind::kText,
     kShortTextBytesMax},
    {kNoticeValue, "noticeValue", kStatement, kRegister, ValueKind::kText,
     kSluglineBytesMax},
    {kNoticeSource, "noticeSource", kStatement, kRegister, ValueKind::kText,
     kSluglineBytesMax},
    {kNoticeSlugline, "noticeSlugline", kStatement, kRegister, ValueKind::kText,
     kSluglineBytesMax},
    {kMessageText, "message", kReport, kRegister, ValueKind::kText,
     kShortTextBytesMax},
    {kPublicNote, "publicNote", kReport, kRegister, ValueKind::kText,
     kShortTextBytesMax},
};

}  // namespace

const FieldInfo* FindField(uint32_t field) {
  for (const FieldInfo& info : kFields) {
    if (info.field == field) return &info;
  }
  return nullptr;
}

const FieldInfo* FindField(DocumentKind kind, absl::string_view name) {
  for (const FieldInfo& info : kFields) {
    if (info.kind == kind && info.name == name) return &info;
  }
  return nullptr;
}

}  // namespace dateline::sync

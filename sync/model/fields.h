// Field numbers, for ever: registers, sets, lists and texts of each document
// kind, with the IPTC ninjs name that people and JSON see. A number is never
// used again for something else.
#ifndef DATELINE_SYNC_MODEL_FIELDS_H_
#define DATELINE_SYNC_MODEL_FIELDS_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "sync/model/header.h"

namespace dateline::sync {

enum class FieldShape : uint8_t { kRegister, kSet, kList, kText };
enum class ValueKind : uint8_t {
  kNone,
  kText,
  kNumber,
  kPlace,
  kFigure,
  kTime,
  kId,
  kFlag,
};

// --- report ---
constexpr uint32_t kSlugline = 1;
constexpr uint32_t kHeadline = 2;
constexpr uint32_t kLocated = 3;  // Place; the dateline
constexpr uint32_t kByline = 4;
constexpr uint32_t kUrgency = 5;  // 1..9
constexpr uint32_t kEdNote = 6;
constexpr uint32_t kEmbargoedUntil = 7;  // time
constexpr uint32_t kContentCreated = 8;  // time
constexpr uint32_t kLanguage = 9;        // BCP 47
constexpr uint32_t kExternalId = 10;     // where it was imported from
constexpr uint32_t kSubjects = 20;       // set of text
constexpr uint32_t kCitations = 30;      // list
constexpr uint32_t kMedia = 31;          // list
constexpr uint32_t kCorrections = 32;    // list
constexpr uint32_t kResolutions = 33;    // list: why a conflict was settled so
constexpr uint32_t kBody = 40;           // text
constexpr uint32_t kNotes = 41;          // text
// --- statement ---
constexpr uint32_t kStatementSource = 50;      // id of a source; fixed
constexpr uint32_t kStatementSourceName = 51;  // as said: "Health Ministry"
constexpr uint32_t kChannel = 52;
constexpr uint32_t kSaidAt = 53;   // time
constexpr uint32_t kHeardAt = 54;  // time
constexpr uint32_t kEvidence = 55;
constexpr uint32_t kQuote = 56;           // the words, as heard
constexpr uint32_t kFigures = 60;         // list
constexpr uint32_t kStatementNotes = 61;  // list: why it was corrected so
// --- source ---
constexpr uint32_t kSourceName = 70;
constexpr uint32_t kSourceOrigin = 71;  // who it quotes: counts origins
// --- assignment ---
constexpr uint32_t kTitle = 80;
// --- registers of items ---
constexpr uint32_t kFigureRecord = 100;    // Figure; no provisional winner
constexpr uint32_t kCitedRecord = 101;     // Figure, a copy at citing
constexpr uint32_t kCitedQuote = 102;      // text, the words of the body
constexpr uint32_t kCitedSource = 103;     // text
constexpr uint32_t kCorrectionNote = 104;  // text, public
// --- values of events, requests, stops and decisions ---
constexpr uint32_t kReason = 120;
constexpr uint32_t kNoticeValue = 121;  // "killed, whole country: 164"
constexpr uint32_t kNoticeSource = 122;
constexpr uint32_t kNoticeSlugline = 123;
constexpr uint32_t kMessageText = 124;  // of an ask or an answer
constexpr uint32_t kPublicNote = 125;   // of a correction

struct FieldInfo {
  uint32_t field;
  absl::string_view name;  // ninjs where it has one
  DocumentKind kind;
  FieldShape shape;
  ValueKind value;
  size_t bytes_max;  // of a text value
};

// nullptr for a field this reader does not know.
const FieldInfo* FindField(uint32_t field);
// By ninjs name; nullptr if there is none of that kind.
const FieldInfo* FindField(DocumentKind kind, absl::string_view name);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MODEL_FIELDS_H_

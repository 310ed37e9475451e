// A document as people read it: titles, words to search, versions, what
// differs between two, what is open. One copy for the phone and the desk. Pure.
#ifndef DATELINE_SYNC_COMPOSE_REVIEW_H_
#define DATELINE_SYNC_COMPOSE_REVIEW_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "dateline/v1/desk.pb.h"
#include "dateline/v1/document.pb.h"
#include "sync/model/change.h"

namespace dateline::sync {

// A value in one line; a time as RFC 3339 in UTC.
std::string ValueText(const v1::Value& value);

// The provisional winner of a register; "" if it is not written.
std::string RegisterText(const v1::Document& document, uint32_t field);

// One line: a report's headline, or slugline; a statement's source and
// figures ("Health Ministry: killed 164"), every record where they conflict.
std::string TitleOf(const v1::Document& document);

// All words of a document, one field a line, for full-text search. The same
// document gives the same words.
std::string SearchTextOf(const v1::Document& document);
// Words and queries as an index should get them: without the vowel signs and
// the stretching of Arabic, which FTS5 would take for ends of words.
std::string FoldForSearch(absl::string_view text);

// One row a save of content, oldest first; `heads` is the version once it was
// in (in the order of (lamport, hash)). `now` is the document that `changes`
// give. actor_name is left to who knows the roster.
std::vector<v1::VersionRow> HistoryOf(const std::vector<const Change*>& changes,
                                      const v1::Document& now);

// Fields that differ, by field number, with a word diff.
std::vector<v1::FieldDiff> DiffDocuments(const v1::Document& from,
                                         const v1::Document& to);

// Open conflicts: registers, records of items, spans of text.
std::vector<v1::ConflictRow> ConflictsOf(const v1::Document& document);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_COMPOSE_REVIEW_H_

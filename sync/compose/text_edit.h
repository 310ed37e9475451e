// Between the text that people see and the merged text that edits count in.
// People see each open span as a block of originals between marker lines; the
// merged characters under it are never shown (DESIGN 5).
#ifndef DATELINE_SYNC_COMPOSE_TEXT_EDIT_H_
#define DATELINE_SYNC_COMPOSE_TEXT_EDIT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dateline/v1/document.pb.h"
#include "sync/compose/part_builder.h"
#include "sync/text/draft.h"

namespace dateline::sync {

// An edit against the merged text, and the edits of open spans it answers.
struct TextEdit {
  text::NetEdit net;
  std::vector<v1::ItemId> resolves;
  bool empty() const { return net.runs.empty() && resolves.empty(); }
};

// What changed between ReaderText(document, field) and `edited`. A block that
// is gone altogether is resolved by what stands in its place; one that is
// whole stays open. BAD_UTF8; BAD_REQUEST for a block of which a part is left,
// or that was moved: its words would be lost otherwise.
absl::StatusOr<TextEdit> EditOf(const v1::Document& document, uint32_t field,
                                absl::string_view edited);

// Answers the open span whose originals are made by exactly `edits`, with
// `words`. NOT_FOUND if no open span has one of them; CONFLICT if it has more.
absl::StatusOr<TextEdit> ResolutionOf(
    const v1::Document& document, uint32_t field,
    const google::protobuf::RepeatedPtrField<v1::ItemId>& edits,
    absl::string_view words);

// The words of [start, end) of the merged text. OUT_OF_RANGE_VALUE past its
// end; CONFLICT where an open span lies in it.
absl::StatusOr<std::string> QuoteOf(const v1::Document& document,
                                    uint32_t field, uint32_t start,
                                    uint32_t end);

// The ops of a first text, as EditOf and AddTextEdit would add them: nothing is
// there to be compared with. BAD_UTF8.
absl::Status AddFirstText(uint32_t field, absl::string_view words,
                          PartBuilder* part);

// Adds the ops of an edit that is not empty.
void AddTextEdit(uint32_t field, const TextEdit& edit, PartBuilder* part);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_COMPOSE_TEXT_EDIT_H_

#include "sync/compose/reader_text.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "sync/compose/action.h"

namespace dateline::sync {
namespace {

std::string ShortNames(const v1::Original& original) {
  std::vector<std::string> names;
  for (const v1::ItemId& edit : original.edits()) {
    names.push_back(absl::BytesToHexString(edit.change().substr(0, 4)));
  }
  return absl::StrJoin(names, "+");
}

// `at_line_start`: whether the text before it ends a line (or is empty).
std::string BlockOf(const v1::OpenSpan& span, bool at_line_start) {
  const std::vector<std::string> lines = MarkerLines(span);
  std::string block = at_line_start ? "" : "\n";
  for (int i = 0; i < span.originals_size(); ++i) {
    absl::StrAppend(&block, lines[i], "\n", span.originals(i).text(), "\n");
  }
  absl::StrAppend(&block, lines.back(), "\n");
  return block;
}

}  // namespace

const v1::Text* FindText(const v1::Document& document, uint32_t field) {
  for (const v1::Text& text : document.texts()) {
    if (text.field() == field) return &text;
  }
  return nullptr;
}

std::vector<std::string> MarkerLines(const v1::OpenSpan& span) {
  std::vector<std::string> lines, names;
  for (const v1::Original& original : span.originals()) {
    names.push_back(ShortNames(original));
    lines.push_back(
        absl::StrCat(lines.empty() ? "<<<<<<< " : "======= ", names.back()));
  }
  lines.push_back(absl::StrCat(">>>>>>> ", absl::StrJoin(names, " ")));
  return lines;
}

Shown Show(const v1::Text* text) {
  Shown shown;
  if (text == nullptr) return shown;
  for (const v1::Segment& segment : text->segments()) {
    if (!segment.has_open()) {
      shown.text += segment.text();
      continue;
    }
    const bool at_line_start = shown.text.empty() || shown.text.back() == '\n';
    shown.blocks.push_back(BlockOf(segment.open(), at_line_start));
    shown.text += shown.blocks.back();
  }
  return shown;
}

std::string ReaderText(const v1::Document& document, uint32_t field) {
  return Show(FindText(document, field)).text;
}

}  // namespace dateline::sync

// The text of a field as people and $EDITOR see it, block by block. Private to
// the room; ReaderText (action.h) is its door.
#ifndef DATELINE_SYNC_COMPOSE_READER_TEXT_H_
#define DATELINE_SYNC_COMPOSE_READER_TEXT_H_

#include <string>
#include <vector>

#include "dateline/v1/document.pb.h"

namespace dateline::sync {

// nullptr: the document has no such text yet.
const v1::Text* FindText(const v1::Document& document, uint32_t field);

// The marker lines of a span, without their line breaks: one before each
// original, one after the last. Each names changes, so that none is taken for
// another's or for the author's words.
std::vector<std::string> MarkerLines(const v1::OpenSpan& span);

// What people see, and for each open span the exact bytes of its block.
struct Shown {
  std::string text;
  std::vector<std::string> blocks;
};
Shown Show(const v1::Text* text);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_COMPOSE_READER_TEXT_H_

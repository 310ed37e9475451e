// The words of a notice: lane 0 is read alone and fits one packet, so that its
// values are shortened, in any script, until the body is within
// kNoticeBytesMax. Private to the room.
#ifndef DATELINE_SYNC_COMPOSE_NOTICE_TEXT_H_
#define DATELINE_SYNC_COMPOSE_NOTICE_TEXT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "dateline/v1/document.pb.h"
#include "sync/compose/part_builder.h"

namespace dateline::sync {

// At most `bytes_max` bytes of `text`: whole scalars, rather whole words, and
// "…" for what was left out.
std::string Shortened(absl::string_view text, size_t bytes_max);

// A report's slugline, or what else names it.
std::string SluglineOf(const v1::Document& document);
// "killed, Almaty: 103"; "detained: at least 5,800" reads without its unit.
std::string FigureText(const v1::Figure& figure);

// Adds (field, text) values to the one op of a notice, leaving out empty
// texts. Each keeps a fair share of the room that is left; the last, the
// reason, takes the rest.
void AddNotice(const std::vector<std::pair<uint32_t, std::string>>& texts,
               google::protobuf::RepeatedField<uint32_t>* fields,
               PartBuilder* part);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_COMPOSE_NOTICE_TEXT_H_

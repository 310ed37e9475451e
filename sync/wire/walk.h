// A first look at protobuf bytes from outside, before they are parsed: sizes,
// nesting and UTF-8, with the path of the field at fault. Protobuf's own
// parser says only "no", and says it on stderr for bad UTF-8.
#ifndef DATELINE_SYNC_WIRE_WALK_H_
#define DATELINE_SYNC_WIRE_WALK_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace dateline::sync {

// `bytes` should be a message of `type`. Unknown fields pass. BAD_REQUEST for
// bytes that are no protobuf, nested past kProtoDepthMax, or with a known
// field of another wire type; BAD_UTF8 for a string that is not UTF-8.
absl::Status WalkMessage(absl::string_view bytes,
                         const google::protobuf::Descriptor& type);

// Well-formed UTF-8: shortest forms, no surrogates, nothing past U+10FFFF.
bool IsUtf8(absl::string_view text);
// Unicode scalar values of well-formed UTF-8.
size_t CountScalars(absl::string_view text);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_WIRE_WALK_H_

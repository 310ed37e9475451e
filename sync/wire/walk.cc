#include "sync/wire/walk.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "sync/base/codec.h"
#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"

namespace dateline::sync {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;

// Wire types of protobuf. 3 and 4 (groups) were never ours.
constexpr int kVarint = 0;
constexpr int kFixed64 = 1;
constexpr int kSizedType = 2;
constexpr int kFixed32 = 5;

// Where a value stands; said only when something is wrong there.
struct Path {
  const Path* outer = nullptr;
  const FieldDescriptor* field = nullptr;

  std::string Text() const {
    if (field == nullptr) return outer == nullptr ? "" : outer->Text();
    const std::string before = outer == nullptr ? "" : outer->Text();
    return before.empty() ? field->name()
                          : absl::StrCat(before, ".", field->name());
  }
};

absl::Status Malformed(const Path& path, absl::string_view what) {
  return MakeError(v1::BAD_REQUEST,
                   absl::StrCat("a message is malformed: ", what),
                   {.field = path.Text()});
}

// Protobuf's varints need not be minimal; only their length is bounded.
bool TakeProtoVarint(ByteReader* in, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    const uint8_t byte = in->U8();
    if (in->failed()) return false;
    if (shift < 64) *value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

int WireTypeOf(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_DOUBLE:
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64:
      return kFixed64;
    case FieldDescriptor::TYPE_FLOAT:
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_SFIXED32:
      return kFixed32;
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_BYTES:
    case FieldDescriptor::TYPE_MESSAGE:
    case FieldDescriptor::TYPE_GROUP:
      return kSizedType;
    default:
      return kVarint;
  }
}

class Walker {
 public:
  absl::Status Message(absl::string_view bytes, const Descriptor& type,
                       const Path& path, size_t depth) {
    if (depth > kProtoDepthMax) {
      return MakeError(
          v1::BAD_REQUEST, "a message is nested too deep",
          {.field = path.Text(),
           .limit = absl::StrCat("kProtoDepthMax=", kProtoDepthMax),
           .got = absl::StrCat(depth)});
    }
    ByteReader in(bytes);
    while (!in.rest().empty()) {
      DATELINE_RETURN_IF_ERROR(Field(&in, type, path, depth));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Field(ByteReader* in, const Descriptor& type, const Path& path,
                     size_t depth) {
    uint64_t tag = 0;
    if (!TakeProtoVarint(in, &tag) || tag >> 3 == 0 || tag > UINT32_MAX) {
      return Malformed(path, "a tag");
    }
    const int wire_type = static_cast<int>(tag & 7);
    const FieldDescriptor* field =
        type.FindFieldByNumber(static_cast<int>(tag >> 3));
    const Path here{&path, field};
    uint64_t number = 0;
    absl::string_view bytes;
    switch (wire_type) {
      case kVarint:
        if (!TakeProtoVarint(in, &number)) return Malformed(here, "a varint");
        break;
      case kFixed64:
        in->Take(8);
        break;
      case kFixed32:
        in->Take(4);
        break;
      case kSizedType:
        if (!TakeProtoVarint(in, &number)) return Malformed(here, "a length");
        bytes = in->Take(number);
        break;
      default:
        return Malformed(here, "a wire type that no version uses");
    }
    if (in->failed()) return Malformed(here, "truncated");
    if (field == nullptr) return absl::OkStatus();
    return Known(*field, wire_type, bytes, here, depth);
  }

  absl::Status Known(const FieldDescriptor& field, int wire_type,
                     absl::string_view bytes, const Path& path, size_t depth) {
    const bool packed = wire_type == kSizedType && field.is_packable();
    if (wire_type != WireTypeOf(field) && !packed) {
      return Malformed(path, "a wire type that is not the field's");
    }
    if (field.type() == FieldDescriptor::TYPE_MESSAGE) {
      return Message(bytes, *field.message_type(), path, depth + 1);
    }
    if (field.type() == FieldDescriptor::TYPE_STRING && !IsUtf8(bytes)) {
      const std::string name = path.Text();
      return MakeError(v1::BAD_UTF8,
                       absl::StrCat("the text of ", name, " is not UTF-8"),
                       {.field = name});
    }
    return absl::OkStatus();
  }
};

// Bytes of the sequence of several that `first` begins; 0: none.
int SequenceLength(uint8_t first) {
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  if (first >= 0xF0 && first <= 0xF4) return 4;
  return 0;
}

}  // namespace

absl::Status WalkMessage(absl::string_view bytes, const Descriptor& type) {
  return Walker().Message(bytes, type, Path(), 1);
}

bool IsUtf8(absl::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const uint8_t first = static_cast<uint8_t>(text[i]);
    if (first < 0x80) {
      ++i;
      continue;
    }
    const int length = SequenceLength(first);
    if (length == 0 || text.size() - i < static_cast<size_t>(length)) {
      return false;
    }
    for (int k = 1; k < length; ++k) {
      if ((static_cast<uint8_t>(text[i + k]) & 0xC0) != 0x80) return false;
    }
    const uint8_t second = static_cast<uint8_t>(text[i + 1]);
    if ((first == 0xE0 && second < 0xA0) ||  // not the shortest form
        (first == 0xED && second > 0x9F) ||  // surrogates
        (first == 0xF0 && second < 0x90) ||  // not the shortest form
        (first == 0xF4 && second > 0x8F)) {  // past U+10FFFF
      return false;
    }
    i += static_cast<size_t>(length);
  }
  return true;
}

size_t CountScalars(absl::string_view text) {
  size_t count = 0;
  for (const char byte : text) {
    count += static_cast<int8_t>(byte) >= -0x40 ? 1 : 0;  // not 10xxxxxx
  }
  return count;
}

}  // namespace dateline::sync

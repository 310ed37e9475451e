// The canonical bytes of a document that an approval covers: rendering number
// 1, for ever. Declared in document.h; this is the layout. Integers are little
// endian; "sized" is a u32 length and that many bytes; "list of" is a u32
// count and that many.
//
//   "dateline/rendering/1" and a zero byte
//   document id                12 bytes (as many as it has)
//   kind                       u8, the DocumentKind
//   deleted                    u8, 0 or 1
//   registers                  list of register, by field
//   sets                       list of: field u32, list of value, ascending
//   items                      list of item, by (list, change, op)
//   texts                      list of text, by field; an empty one is left out
//
//   register  field u32, list of value: those that compete, in the order of
//             Document.registers
//   item      list u32, id, target sized, target item (an id), list of
//             register, list of anchor
//   id        change sized, op u32
//   anchor    start u32, end u32, lost u8, quote hash sized
//   text      field u32, list of segment; plain neighbours are joined
//   segment   0 (u8), text sized; or 1 (u8), list of original's text, sized
//   value     kind u8, then by kind:
//     0 unknown, or redacted   nothing
//     1 text                   sized
//     2 number                 i64
//     3 place                  name sized, has point u8, latitude f64 bits
//                              u64, longitude f64 bits u64, country sized
//     4 figure                 counted, place, period, as of: sized; low,
//                              best, high: i64; at least u8; unit sized;
//                              part of (an id)
//     5 time                   i64, ms
//     6 id                     sized
//     7 flag                   u8
//
// Authors, times, workflow and events are no part of it: who approves covers
// what readers get.
#ifndef DATELINE_SYNC_MERGE_RENDERING_H_
#define DATELINE_SYNC_MERGE_RENDERING_H_

#include <string>

#include "dateline/v1/change.pb.h"
#include "dateline/v1/document.pb.h"

namespace dateline::sync {

// Appends the layout's primitives to a string.
class RenderingWriter {
 public:
  void U8(uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void U32(uint32_t value);
  void U64(uint64_t value);
  void Sized(const std::string& bytes);
  void Raw(const std::string& bytes) { out_ += bytes; }

  void Id(const v1::ItemId& id);
  void Value(const v1::Value& value);
  void Registers(
      const google::protobuf::RepeatedPtrField<v1::Register>& registers);
  void Set(const v1::ValueSet& set);
  void Item(const v1::Item& item);
  void Text(const v1::Text& text);

  std::string Take() && { return std::move(out_); }

 private:
  void Place(const v1::Place& place);
  void Figure(const v1::Figure& figure);

  std::string out_;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_RENDERING_H_

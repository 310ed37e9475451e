#include "sync/merge/rendering.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "sync/base/digest.h"
#include "sync/merge/document.h"

namespace dateline::sync {

void RenderingWriter::U32(uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) U8(value >> shift & 0xff);
}

void RenderingWriter::U64(uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) U8(value >> shift & 0xff);
}

void RenderingWriter::Sized(const std::string& bytes) {
  U32(static_cast<uint32_t>(bytes.size()));
  out_ += bytes;
}

void RenderingWriter::Id(const v1::ItemId& id) {
  Sized(id.change());
  U32(id.op());
}

void RenderingWriter::Place(const v1::Place& place) {
  Sized(place.name());
  U8(place.has_point());
  U64(std::bit_cast<uint64_t>(place.latitude()));
  U64(std::bit_cast<uint64_t>(place.longitude()));
  Sized(place.country());
}

void RenderingWriter::Figure(const v1::Figure& figure) {
  Sized(figure.counted());
  Sized(figure.place());
  Sized(figure.period());
  Sized(figure.as_of());
  U64(static_cast<uint64_t>(figure.low()));
  U64(static_cast<uint64_t>(figure.best()));
  U64(static_cast<uint64_t>(figure.high()));
  U8(figure.at_least());
  Sized(figure.unit());
  Id(figure.part_of());
}

void RenderingWriter::Value(const v1::Value& value) {
  U8(static_cast<uint8_t>(value.kind_case()));  // the layout's numbers
  switch (value.kind_case()) {
    case v1::Value::kText:
      return Sized(value.text());
    case v1::Value::kNumber:
      return U64(static_cast<uint64_t>(value.number()));
    case v1::Value::kPlace:
      return Place(value.place());
    case v1::Value::kFigure:
      return Figure(value.figure());
    case v1::Value::kTimeMs:
      return U64(static_cast<uint64_t>(value.time_ms()));
    case v1::Value::kId:
      return Sized(value.id());
    case v1::Value::kFlag:
      return U8(value.flag());
    case v1::Value::KIND_NOT_SET:
      return;
  }
}

void RenderingWriter::Registers(
    const google::protobuf::RepeatedPtrField<v1::Register>& registers) {
  U32(static_cast<uint32_t>(registers.size()));
  for (const v1::Register& one : registers) {
    U32(one.field());
    U32(static_cast<uint32_t>(one.writes_size()));
    for (const v1::Write& write : one.writes()) Value(write.value());
  }
}

void RenderingWriter::Set(const v1::ValueSet& set) {
  std::vector<std::string> values;
  for (const v1::Element& element : set.elements()) {
    RenderingWriter value;
    value.Value(element.value());
    values.push_back(std::move(value).Take());
  }
  std::ranges::sort(values);
  U32(set.field());
  U32(static_cast<uint32_t>(values.size()));
  for (const std::string& value : values) Raw(value);
}

void RenderingWriter::Item(const v1::Item& item) {
  U32(item.list());
  Id(item.id());
  Sized(item.target());
  Id(item.target_item());
  Registers(item.registers());
  U32(static_cast<uint32_t>(item.anchors_size()));
  for (const v1::Anchor& anchor : item.anchors()) {
    U32(anchor.start());
    U32(anchor.end());
    U8(anchor.lost());
    Sized(anchor.quote_hash());
  }
}

void RenderingWriter::Text(const v1::Text& text) {
  std::vector<const v1::OpenSpan*> opens;
  std::vector<std::string> plain;  // null in `opens`
  for (const v1::Segment& segment : text.segments()) {
    if (segment.has_open()) {
      opens.push_back(&segment.open());
      plain.emplace_back();
    } else if (!opens.empty() && opens.back() == nullptr) {
      plain.back() += segment.text();
    } else {
      opens.push_back(nullptr);
      plain.push_back(segment.text());
    }
  }
  U32(text.field());
  U32(static_cast<uint32_t>(opens.size()));
  for (size_t i = 0; i < opens.size(); ++i) {
    U8(opens[i] != nullptr);
    if (opens[i] == nullptr) {
      Sized(plain[i]);
      continue;
    }
    U32(static_cast<uint32_t>(opens[i]->originals_size()));
    for (const v1::Original& original : opens[i]->originals()) {
      Sized(original.text());
    }
  }
}

std::string Rendering(const v1::Document& document) {
  RenderingWriter out;
  out.Raw(std::string("dateline/rendering/1", 21));  // with its zero
  out.Raw(document.id());
  out.U8(static_cast<uint8_t>(document.kind()));
  out.U8(document.deleted());
  out.Registers(document.registers());
  out.U32(static_cast<uint32_t>(document.sets_size()));
  for (const v1::ValueSet& set : document.sets()) out.Set(set);
  out.U32(static_cast<uint32_t>(document.items_size()));
  for (const v1::Item& item : document.items()) out.Item(item);
  std::vector<const v1::Text*> texts;
  for (const v1::Text& text : document.texts()) {
    if (text.segments_size() > 0) texts.push_back(&text);
  }
  out.U32(static_cast<uint32_t>(texts.size()));
  for (const v1::Text* text : texts) out.Text(*text);
  return std::move(out).Take();
}

Hash RenderingHash(const v1::Document& document) {
  return HashOf(Rendering(document));
}

}  // namespace dateline::sync

#include "sync/compose/part_builder.h"

#include <algorithm>

#include "sync/base/check.h"
#include "sync/base/limits.h"
#include "sync/wire/check.h"

namespace dateline::sync {

std::vector<Hash> HeadsOf(const v1::Document& document, Lane lane) {
  std::vector<Hash> heads;
  for (const v1::LaneHeads& lane_heads : document.heads()) {
    if (static_cast<int>(lane_heads.lane()) != static_cast<int>(lane)) continue;
    for (const std::string& head : lane_heads.heads()) {
      heads.push_back(HashFrom(head));
    }
  }
  std::ranges::sort(heads);
  return heads;
}

Hash HashFrom(absl::string_view bytes) {
  const absl::StatusOr<Hash> hash = Hash::FromBytes(bytes);
  DATELINE_CHECK(hash.ok());
  return *hash;
}

PartBuilder::PartBuilder(const v1::Document& document, Lane lane) {
  const absl::StatusOr<DocumentId> id = DocumentId::FromBytes(document.id());
  DATELINE_CHECK(id.ok());
  part_.lane = lane;
  part_.document = *id;
  part_.kind = static_cast<DocumentKind>(document.kind());
  part_.deps = HeadsOf(document, lane);
  // A notice or a receipt holds whatever else it saw; lanes 1 and 2 are joined
  // before anything is said about them (JoinHeads).
  const bool alone = lane == Lane::kNotice || lane == Lane::kReceipt;
  if (alone && part_.deps.size() > kDepsMax) part_.deps.resize(kDepsMax);
}

uint32_t PartBuilder::Name(const sync::Name& name) {
  const auto found = std::ranges::find(part_.names, name);
  const auto index = static_cast<uint32_t>(found - part_.names.begin()) + 1;
  if (found == part_.names.end()) part_.names.push_back(name);
  return index;
}

void PartBuilder::Ref(const v1::ItemId& id, v1::OpRef* out) {
  out->set_change(Name(id.change()));
  out->set_op(id.op());
}

void PartBuilder::AddValue(v1::Value value) {
  *part_.content.add_values() = std::move(value);
}

void PartBuilder::AddText(uint32_t field, absl::string_view text,
                          google::protobuf::RepeatedField<uint32_t>* fields) {
  fields->Add(field);
  v1::Value value;
  value.set_text(std::string(text));
  AddValue(std::move(value));
}

void PartBuilder::AddNote(uint32_t field, absl::string_view text,
                          google::protobuf::RepeatedField<uint32_t>* fields) {
  if (!text.empty()) AddText(field, text, fields);
}

Part PartBuilder::Finish() && {
  part_.permission = RequiredClass(part_.structure, part_.kind);
  return std::move(part_);
}

}  // namespace dateline::sync

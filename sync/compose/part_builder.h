// Builds one part: ops, their values, and the changes they name, each named
// once. Used by every composing file of the room.
#ifndef DATELINE_SYNC_COMPOSE_PART_BUILDER_H_
#define DATELINE_SYNC_COMPOSE_PART_BUILDER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "dateline/v1/document.pb.h"
#include "sync/compose/part.h"

namespace dateline::sync {

// Heads of a lane as `document` shows them, ascending.
std::vector<Hash> HeadsOf(const v1::Document& document, Lane lane);

// The materializer gives ids and hashes of the right length: one that is not
// is our own bug. What comes from a person's action is checked before.
Hash HashFrom(absl::string_view bytes);

class PartBuilder {
 public:
  PartBuilder(const v1::Document& document, Lane lane);

  v1::Op* AddOp() { return part_.structure.add_ops(); }
  bool empty() const { return part_.structure.ops_size() == 0; }
  int ops() const { return part_.structure.ops_size(); }
  // Of structure and content, as they would be sealed now.
  size_t BodyBytes() const {
    return part_.structure.ByteSizeLong() + part_.content.ByteSizeLong();
  }

  // Index of a name, from 1.
  uint32_t Name(const Name& name);
  uint32_t Name(absl::string_view hash) { return Name(HashFrom(hash)); }
  void Ref(const v1::ItemId& id, v1::OpRef* out);
  template <typename Hashes>
  void NameAll(const Hashes& hashes,
               google::protobuf::RepeatedField<uint32_t>* out) {
    for (const auto& hash : hashes) out->Add(Name(hash));
  }

  // Values go in op order: call them in that order.
  void AddValue(v1::Value value);
  void AddText(uint32_t field, absl::string_view text,
               google::protobuf::RepeatedField<uint32_t>* fields);
  // Nothing for an empty text.
  void AddNote(uint32_t field, absl::string_view text,
               google::protobuf::RepeatedField<uint32_t>* fields);
  std::string* text() { return part_.content.mutable_text(); }
  v1::Content* content() { return &part_.content; }

  // The class that its ops need is filled in.
  Part Finish() &&;

 private:
  Part part_;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_COMPOSE_PART_BUILDER_H_

// The text fields of a document: hands the edits to sync/text, each with the
// edits its author saw as parents, and lays out what people get.
// Thread-compatible.
#ifndef DATELINE_SYNC_MERGE_TEXTS_H_
#define DATELINE_SYNC_MERGE_TEXTS_H_

#include <cstdint>
#include <vector>

#include "absl/container/btree_map.h"
#include "dateline/v1/document.pb.h"
#include "sync/merge/history.h"
#include "sync/text/merge.h"

namespace dateline::sync {

class Texts {
 public:
  explicit Texts(const History& history);

  // By field.
  void Emit(google::protobuf::RepeatedPtrField<v1::Text>* out);
  uint32_t open_spans() const { return open_spans_; }

  // Adds to *item where the anchor, written by `node`, stands now; nothing
  // while a version it names has not arrived. The positions are filled in by
  // FindAnchors: all anchors of a text are tracked in one walk.
  void Locate(int node, const v1::CitationAnchor& anchor, v1::Item* item);
  void FindAnchors();

 private:
  struct Field {
    std::vector<text::Edit> edits;
    std::vector<int> nodes;               // by edit
    std::vector<uint32_t> ops;            // by edit: the op that names it
    std::vector<std::vector<int>> heads;  // by node: edits that it saw
    text::Merged merged;
  };
  struct Pending {
    text::Anchor anchor;
    v1::Anchor* out;  // not owned
  };

  void AddNode(int node);
  // The edits of `field` that nodes, and what they saw, leave as heads.
  std::vector<int> HeadsOf(const Field& field,
                           const std::vector<int>& nodes) const;
  void EmitOne(const Field& field, v1::Text* out);
  void EmitPlain(const Field& field, const text::Segment& segment,
                 v1::Text* out) const;
  void EmitOpen(const Field& field, const text::Segment& segment,
                v1::Text* out) const;

  const History& history_;  // not owned
  absl::btree_map<uint32_t, Field> fields_;
  std::vector<Pending> pending_;  // of kBody
  uint32_t open_spans_ = 0;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_TEXTS_H_

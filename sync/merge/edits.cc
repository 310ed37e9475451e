#include "sync/merge/edits.h"

#include <algorithm>
#include <utility>

#include "sync/text/draft.h"

namespace dateline::sync {
namespace {

// Takes the scalars of one TextOp after another from Content.text.
class Words {
 public:
  explicit Words(const Node& node) : known_(!node.blank && !node.held) {
    if (!known_) return;
    auto scalars = text::ToScalars(node.content.text());
    if (scalars.ok()) text_ = *std::move(scalars);
    known_ = scalars.ok();
  }
  bool known() const { return known_; }
  void Lose() { known_ = false; }
  std::u32string Take(uint64_t count) {
    if (known_ && text_.size() - next_ < count) known_ = false;
    if (!known_) return std::u32string();  // sync/text needs the runs alone
    next_ += count;
    return text_.substr(next_ - count, count);
  }

 private:
  bool known_;
  std::u32string text_;
  size_t next_ = 0;
};

void AddRuns(const v1::TextOp& op, Words* words, text::Edit* edit) {
  auto decoded = text::DecodeTextOp(op);
  if (!decoded.ok()) {  // void, and nothing behind it can be told
    words->Lose();
    return;
  }
  edit->runs.insert(edit->runs.end(), decoded->runs.begin(),
                    decoded->runs.end());
  edit->touched.insert(edit->touched.end(), decoded->touched.begin(),
                       decoded->touched.end());
  std::ranges::sort(edit->touched, {}, &text::Range::start);
  edit->inserted += words->Take(decoded->inserted_scalars);
  if (!words->known()) {
    edit->erased = true;
    edit->inserted.clear();
  }
}

FieldEdit NewEdit(const Node& node, int op) {
  FieldEdit added;
  added.op = op;
  added.edit.hash = node.hash();
  added.edit.device = node.change->feed.device;
  added.edit.incarnation = node.change->feed.incarnation;
  added.edit.seq = node.change->seq;
  added.edit.lamport = node.header().lamport;
  added.edit.held = node.held;
  return added;
}

}  // namespace

absl::btree_map<uint32_t, FieldEdit> EditsOf(const History& history,
                                             int index) {
  const Node& node = history.node(index);
  absl::btree_map<uint32_t, FieldEdit> edits;
  if (node.malformed || node.header().lane != Lane::kText) return edits;
  Words words(node);
  for (int i = 0; i < node.structure.ops_size(); ++i) {
    const v1::Op& op = node.structure.ops(i);
    if (!Applies(op, Lane::kText)) {
      words.Lose();
      continue;
    }
    const uint32_t field =
        op.has_text() ? op.text().field() : op.text_resolve().field();
    FieldEdit& edit = edits.try_emplace(field, NewEdit(node, i)).first->second;
    if (op.has_text()) AddRuns(op.text(), &words, &edit.edit);
    if (node.held) continue;
    for (const v1::OpRef& ref : op.text_resolve().edits()) {
      const int answered = history.Resolve(index, ref.change());
      if (answered >= 0 && answered != index) {
        edit.resolves.push_back(answered);
      }
    }
  }
  return edits;
}

std::string WithoutBlanks(const std::u32string& scalars) {
  std::u32string shown = scalars;
  std::erase(shown, text::kBlank);
  return text::ToUtf8(shown);
}

}  // namespace dateline::sync

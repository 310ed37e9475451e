#include "tests/sync/text/naive.h"

#include <algorithm>
#include <tuple>

namespace dateline::testing {

using sync::text::Edit;
using sync::text::Run;
using sync::text::RunKind;

NaiveText::NaiveText(const std::vector<Edit>& edits) : edits_(edits) {
  for (int edit = 0; edit < edits.size(); ++edit) {
    std::set<int> past;
    for (const uint32_t parent : edits[edit].parents) {
      past.insert(pasts_[parent].begin(), pasts_[parent].end());
    }
    past.insert(edit);
    pasts_.push_back(past);
    marks_.emplace_back();
    Apply(edit);
  }
}

bool NaiveText::Fits(const Edit& edit, size_t size) const {
  int64_t length = size;
  size_t inserted = 0;
  for (const Run& run : edit.runs) {
    const int64_t position = run.position;
    if (run.kind == RunKind::kInsert) {
      if (position > length) return false;
      length += run.length;
      inserted += run.length;
      continue;
    }
    const bool back = run.kind == RunKind::kDeleteBackward;
    const int64_t start = back ? position - run.length : position;
    if (start < 0 || start + run.length > length) return false;
    length -= run.length;
  }
  return inserted == edit.inserted.size() ||
         ((edit.held || edit.erased) && edit.inserted.empty());
}

void NaiveText::Apply(int number) {
  const Edit& edit = edits_[number];
  const std::set<int>& past = pasts_[number];
  if (!Fits(edit, PresentAt(past).size())) {
    invalid_.push_back(number);
    return;
  }
  for (const sync::text::Range& range : edit.touched) {
    Mark(number, range.start, range.end);
  }
  size_t next = 0;
  for (const Run& run : edit.runs) {
    if (run.kind == RunKind::kInsert) {
      Mark(number, run.position, run.position);
      for (uint32_t i = 0; i < run.length; ++i) {
        const std::vector<int> present = PresentAt(past);
        const uint32_t at = run.position + i;
        const char32_t value =
            next < edit.inserted.size() ? edit.inserted[next] : U'?';
        ++next;
        InsertScalar(number, at == 0 ? -1 : present[at - 1], value);
      }
      continue;
    }
    const bool back = run.kind == RunKind::kDeleteBackward;
    const uint32_t start = back ? run.position - run.length : run.position;
    Mark(number, start, start + run.length);
    const std::vector<int> present = PresentAt(past);
    for (uint32_t i = 0; i < run.length; ++i) {
      scalars_[present[start + i]].deleted_by.insert(number);
    }
  }
}

void NaiveText::Mark(int edit, size_t start, size_t end) {
  const std::vector<int> present = PresentAt(pasts_[edit]);
  start = std::min(start, present.size());
  end = std::max(start, std::min(end, present.size()));
  NaiveMark mark;
  if (start > 0) mark.left = present[start - 1];
  if (end < present.size()) mark.right = present[end];
  if (start < end) mark.first = present[start];
  if (start < end) mark.last = present[end - 1];
  mark.words.assign(present.begin() + start, present.begin() + end);
  marks_[edit].push_back(mark);
}

void NaiveText::InsertScalar(int edit, int left, char32_t value) {
  const std::set<int>& past = pasts_[edit];
  NaiveScalar scalar;
  scalar.edit = edit;
  scalar.value = value;
  bool left_has_right_child = false;
  for (const NaiveScalar& other : scalars_) {
    if (past.count(other.edit) && other.right_side && other.parent == left) {
      left_has_right_child = true;
    }
  }
  int right = -1;
  for (int i = left == -1 ? 0 : OrderOf(left) + 1; i < order_.size(); ++i) {
    if (!past.count(scalars_[order_[i]].edit)) continue;
    right = order_[i];
    break;
  }
  scalar.right_side = !left_has_right_child;
  scalar.parent = left_has_right_child ? right : left;
  scalar.right_origin = right;
  scalars_.push_back(scalar);
  std::vector<int> order;
  Walk(-1, &order);
  order_ = order;
}

int NaiveText::OrderOf(int scalar) const {
  return std::find(order_.begin(), order_.end(), scalar) - order_.begin();
}

bool NaiveText::SiblingBefore(int a, int b) const {
  if (scalars_[a].right_side) {
    const int end = order_.size();
    const int a_right = scalars_[a].right_origin == -1
                            ? end
                            : OrderOf(scalars_[a].right_origin);
    const int b_right = scalars_[b].right_origin == -1
                            ? end
                            : OrderOf(scalars_[b].right_origin);
    if (a_right != b_right) return a_right > b_right;
  }
  const Edit& x = edits_[scalars_[a].edit];
  const Edit& y = edits_[scalars_[b].edit];
  return std::tie(x.device, x.incarnation, x.seq, x.hash, a) <
         std::tie(y.device, y.incarnation, y.seq, y.hash, b);
}

void NaiveText::Walk(int node, std::vector<int>* out) const {
  std::vector<int> lefts;
  std::vector<int> rights;
  for (int i = 0; i < scalars_.size(); ++i) {
    if (scalars_[i].parent != node) continue;
    (scalars_[i].right_side ? rights : lefts).push_back(i);
  }
  const auto before = [this](int a, int b) { return SiblingBefore(a, b); };
  std::sort(lefts.begin(), lefts.end(), before);
  std::sort(rights.begin(), rights.end(), before);
  // Left children of the root would be those of the end: there are none, for
  // whatever has nothing to its right hangs on the right of something.
  for (const int child : lefts) Walk(child, out);
  if (node != -1) out->push_back(node);
  for (const int child : rights) Walk(child, out);
}

std::vector<int> NaiveText::PresentAt(const std::set<int>& past) const {
  std::vector<int> present;
  for (const int i : order_) {
    if (!past.count(scalars_[i].edit)) continue;
    bool deleted = false;
    for (const int by : scalars_[i].deleted_by) deleted |= past.count(by) > 0;
    if (!deleted) present.push_back(i);
  }
  return present;
}

bool NaiveText::Readable(int i, const std::set<int>& past) const {
  const Edit& edit = edits_[scalars_[i].edit];
  if (!past.count(scalars_[i].edit) || edit.held || edit.erased) return false;
  for (const int by : scalars_[i].deleted_by) {
    if (past.count(by) && !edits_[by].held) return false;
  }
  return true;
}

std::set<int> NaiveText::VersionToEdit() const {
  std::set<int> version;
  for (int edit = 0; edit < edits_.size(); ++edit) {
    if (edits_[edit].held) continue;
    version.insert(pasts_[edit].begin(), pasts_[edit].end());
  }
  return version;
}

std::u32string NaiveText::Raw() const {
  std::u32string raw;
  for (const int i : PresentAt(VersionToEdit())) {
    const Edit& edit = edits_[scalars_[i].edit];
    raw += edit.held || edit.erased ? sync::text::kBlank : scalars_[i].value;
  }
  return raw;
}

std::vector<int> NaiveText::RawAuthors() const {
  std::vector<int> authors;
  for (const int i : PresentAt(VersionToEdit())) {
    authors.push_back(scalars_[i].edit);
  }
  return authors;
}

std::u32string NaiveText::Shown() const {
  std::set<int> all;
  for (int edit = 0; edit < edits_.size(); ++edit) all.insert(edit);
  std::u32string shown;
  for (const int i : order_) {
    if (Readable(i, all)) shown += scalars_[i].value;
  }
  return shown;
}

}  // namespace dateline::testing

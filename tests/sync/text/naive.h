// The text merge as its definition reads, scalar by scalar on an explicit
// FugueMax tree (Weidner & Kleppmann, "The Art of the Fugue"), O(n^2) and
// worse. Shares no code with sync/text but its plain structs.
#ifndef DATELINE_TESTS_SYNC_TEXT_NAIVE_H_
#define DATELINE_TESTS_SYNC_TEXT_NAIVE_H_

#include <set>
#include <string>
#include <vector>

#include "sync/text/merge.h"

namespace dateline::testing {

struct NaiveScalar {
  int edit = 0;
  char32_t value = 0;
  int parent = -1;  // -1: the root
  bool right_side = true;
  int right_origin = -1;     // -1: the end
  std::set<int> deleted_by;  // edits
};

// Something touched: scalars (-1: none, or the end) beside and at the ends.
struct NaiveMark {
  int left = -1;
  int first = -1;
  int last = -1;
  int right = -1;
  std::vector<int> words;
};

// All edits replayed, each on the text that its author had.
class NaiveText {
 public:
  explicit NaiveText(const std::vector<sync::text::Edit>& edits);

  // What Merged::raw and a reader of a text without conflicts must be.
  std::u32string Raw() const;
  std::u32string Shown() const;
  std::vector<int> RawAuthors() const;
  std::vector<uint32_t> invalid() const { return invalid_; }

  const std::vector<int>& order() const { return order_; }
  const NaiveScalar& scalar(int i) const { return scalars_[i]; }
  const std::set<int>& past(int edit) const { return pasts_[edit]; }
  // Scalars that an author with this past has before him, in order.
  std::vector<int> PresentAt(const std::set<int>& past) const;
  // What a reader of this past sees of scalar `i`: not held, not deleted.
  bool Readable(int i, const std::set<int>& past) const;
  // What the edit touched by its ranges and by its runs; none for a void one.
  const std::vector<NaiveMark>& marks(int edit) const { return marks_[edit]; }
  // The version that the next edit would count in.
  std::set<int> VersionToEdit() const;

 private:
  void Apply(int edit);
  bool Fits(const sync::text::Edit& edit, size_t size) const;
  void Mark(int edit, size_t start, size_t end);
  void InsertScalar(int edit, int left, char32_t value);
  int OrderOf(int scalar) const;
  bool SiblingBefore(int a, int b) const;
  void Walk(int node, std::vector<int>* out) const;

  const std::vector<sync::text::Edit>& edits_;
  std::vector<std::set<int>> pasts_;  // with the edit itself
  std::vector<NaiveScalar> scalars_;
  std::vector<int> order_;
  std::vector<std::vector<NaiveMark>> marks_;
  std::vector<uint32_t> invalid_;
};

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SYNC_TEXT_NAIVE_H_

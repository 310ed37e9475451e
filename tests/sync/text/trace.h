// Real keystroke histories (github.com/josephg/editing-traces). A benchmark or
// a test takes a path; nothing of them is in the project.
#ifndef DATELINE_TESTS_SYNC_TEXT_TRACE_H_
#define DATELINE_TESTS_SYNC_TEXT_TRACE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sync/text/merge.h"

namespace dateline::testing {

// Deletes, then inserts, at one position.
struct Patch {
  uint32_t position = 0;
  uint32_t deleted = 0;
  std::u32string inserted;
};

struct Transaction {
  int author = 0;
  std::vector<uint32_t> parents;  // indexes of earlier transactions
  std::vector<Patch> patches;
};

struct Trace {
  std::string name;
  bool concurrent = false;
  std::vector<Transaction> transactions;
  std::u32string end_content;
  uint64_t patches = 0;
  uint64_t scalars = 0;  // inserted and deleted
};

// Reads FILE.json or FILE.json.gz. NotFound or InvalidArgument if it cannot.
absl::StatusOr<Trace> ReadTrace(const std::string& path);

// As edits, without guarded ranges. A chain of one author's transactions that
// nobody else stands between becomes one edit, as a device seals keystrokes:
// of at most `keystrokes` patches.
std::vector<sync::text::Edit> EditsOf(const Trace& trace, size_t keystrokes);

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SYNC_TEXT_TRACE_H_

// Real keystroke histories (github.com/josephg/editing-traces) as edits of
// ours. A benchmark or a test takes a path; nothing of them is in the project.
#ifndef DATELINE_TESTS_SYNC_TEXT_TRACE_H_
#define DATELINE_TESTS_SYNC_TEXT_TRACE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sync/text/merge.h"

namespace dateline::testing {

struct Trace {
  std::vector<sync::text::Edit> edits;
  std::u32string end_content;
  uint64_t patches = 0;
};

// Reads FILE.json or FILE.json.gz. `batch` transactions of a trace by one
// author become one edit, as a device seals keystrokes; a concurrent trace
// keeps one edit a transaction. NotFound or InvalidArgument if it cannot.
absl::StatusOr<Trace> ReadTrace(const std::string& path, int batch);

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SYNC_TEXT_TRACE_H_

// The small story whose bytes each release leaves behind, for later ones to
// read (golden/VERSION). Written by make_golden, never again.
#ifndef DATELINE_TESTS_COMPAT_GOLDEN_STORY_H_
#define DATELINE_TESTS_COMPAT_GOLDEN_STORY_H_

#include <vector>

#include "absl/status/statusor.h"
#include "sync/base/ids.h"
#include "sync/wire/pack.h"

namespace dateline::testing {

struct GoldenStory {
  std::vector<sync::RunOfChanges> runs;  // in an order that can be taken in
  sync::DocumentId report;
  sync::DocumentId statement;
};
// Two reporters, a desk and home: a report with a conflict and an open span, a
// statement with figures, a citation, an approval, a decision, a withdrawal,
// an acknowledgement, a verdict, a redacted change and a bare place.
absl::StatusOr<GoldenStory> TellGoldenStory();

// One line a change: feed, seq, hash, how much of it is held.
std::string ListOf(const std::vector<sync::RunOfChanges>& runs);

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_COMPAT_GOLDEN_STORY_H_

// Traces through our engine: as local edits, as a remote's history, and as the
// bytes that travel.
#ifndef DATELINE_TESTS_BENCH_TEXT_REPLAY_H_
#define DATELINE_TESTS_BENCH_TEXT_REPLAY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sync/model/change.h"
#include "sync/text/replica.h"
#include "tests/sync/text/trace.h"

namespace dateline::bench {

// What a device has when it stops typing: its changes as the store keeps them,
// the frames that carry them, and the text, stored plain.
struct Typed {
  std::vector<sync::Change> changes;
  size_t wire_bytes = 0;
  std::string text;
};

// Every patch a keystroke, sealed each kKeystrokesPerSealMax. Of a trace that
// is not concurrent.
Typed TypeAll(const testing::Trace& trace, sync::text::Keep keep);

// The bodies of changes that came from elsewhere, and which stand on which.
struct Received {
  std::vector<std::string> structures;
  std::vector<std::string> contents;
  std::vector<sync::text::Edit> graph;  // without runs and words
};
Received ReceivedOf(const std::vector<sync::Change>& changes);
Received ReceivedOf(const std::vector<sync::text::Edit>& edits);

// Decoded, merged, readable.
absl::StatusOr<std::string> MergeReceived(const Received& received);

}  // namespace dateline::bench

#endif  // DATELINE_TESTS_BENCH_TEXT_REPLAY_H_

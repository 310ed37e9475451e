#include "tests/bench/text/offline.h"

#include "absl/strings/str_cat.h"
#include "sync/text/replay.h"
#include "tests/bench/text/memory.h"
#include "tests/sync/text/world.h"

namespace dateline::bench {
namespace {

using sync::text::Edit;
using sync::text::Merged;
using testing::Offline;

constexpr int kEvents = 5000;

struct Kind {
  Offline kind;
  bool swapped;  // who of the two is replayed first
  const char* name;
};
constexpr Kind kKinds[] = {
    {Offline::kRandomPlaces, false, "random places"},
    {Offline::kSameParagraph, false, "same paragraph"},
    {Offline::kAdversarial, false, "adversarial"},
    {Offline::kAdversarial, true, "adversarial, swapped"}};

std::vector<Edit> Worked(const Kind& kind, int events_each) {
  sync::SeededRandom random(1);
  return testing::OfflineWorld(
      {.kind = kind.kind, .events_each = events_each, .swapped = kind.swapped},
      random);
}

// What the merge holds in its tree: an event in the middle of a run leaves two.
uint32_t RunRecords(const std::vector<Edit>& edits) {
  const sync::text::History history(edits);
  sync::text::Replay replay(edits, history);
  replay.UnfoldText();
  for (uint32_t turn = 0; turn < history.size(); ++turn) {
    replay.Apply(turn, sync::text::Marks::kNone);
  }
  return replay.sequence().run_count();
}

}  // namespace

void MeasureOffline(Report& report) {
  for (const Kind& kind : kKinds) {
    for (const int count : {1000, kEvents, 10000, 100000}) {
      const std::vector<Edit> edits = Worked(kind, count);
      const double ms = MedianMs([&] { Merge(edits); });
      Figure figure = {absl::StrCat(count, " against ", count, ", ", kind.name),
                       ms, "ms"};
      if (count == kEvents) figure.at_most = 20;
      figure.note = absl::StrCat(static_cast<int>(ms * 1e6 / (2 * count)),
                                 " ns an event");
      report.Add(figure);
    }
  }
  for (const Kind& kind : kKinds) {
    const std::vector<Edit> edits = Worked(kind, kEvents);
    const size_t before = HeapBytes();
    ResetHeapPeak();
    const Merged merged = Merge(edits);
    const double peak = HeapPeakBytes() - before;
    report.Add({.name = absl::StrCat("peak memory of a merge, ", kind.name),
                .value = peak / RunRecords(edits),
                .unit = "B/run",
                .at_most = 200,
                .note = absl::StrCat(static_cast<int>(peak / 1024), " KiB, ",
                                     static_cast<int>(peak / (2 * kEvents)),
                                     " B an event")});
  }
}

}  // namespace dateline::bench

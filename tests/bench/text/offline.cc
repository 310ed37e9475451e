#include "tests/bench/text/offline.h"

#include "absl/strings/str_cat.h"
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
  const char* name;
};
constexpr Kind kKinds[] = {{Offline::kRandomPlaces, "random places"},
                           {Offline::kSameParagraph, "same paragraph"},
                           {Offline::kAdversarial, "adversarial"}};

std::vector<Edit> Worked(Offline kind, int events_each) {
  sync::SeededRandom random(1);
  return OfflineWorld(kind, events_each, random);
}

}  // namespace

void MeasureOffline(Report& report) {
  for (const auto& [kind, name] : kKinds) {
    for (const int count : {1000, kEvents}) {
      const std::vector<Edit> edits = Worked(kind, count);
      const double ms = MedianMs([&] { Merge(edits); });
      Figure figure = {absl::StrCat(count, " against ", count, ", ", name), ms,
                       "ms"};
      if (count == kEvents) figure.at_most = 20;
      figure.note = absl::StrCat(static_cast<int>(ms * 1e6 / (2 * count)),
                                 " ns an event");
      report.Add(figure);
    }
  }
  for (const auto& [kind, name] : kKinds) {
    const std::vector<Edit> edits = Worked(kind, kEvents);
    const size_t before = HeapBytes();
    ResetHeapPeak();
    const Merged merged = Merge(edits);
    const double peak = HeapPeakBytes() - before;
    report.Add({.name = absl::StrCat("peak memory of a merge, ", name),
                .value = peak / (2 * kEvents),
                .unit = "B/run",
                .at_most = 200,
                .note = absl::StrCat(static_cast<int>(peak / 1024), " KiB")});
  }
}

}  // namespace dateline::bench

// What the text merge costs: `text_bench [TRACE...]`. Real traces by path,
// then two authors offline at once. Prints medians of some rounds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>

#include "sync/base/random.h"
#include "sync/text/merge.h"
#include "tests/sync/text/trace.h"
#include "tests/sync/text/world.h"

namespace dateline {
namespace {

using sync::text::Edit;
using sync::text::Merged;

constexpr int kRounds = 5;

double MedianMs(const std::function<void()>& run) {
  std::vector<double> rounds;
  for (int i = 0; i < kRounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double, std::milli> took =
        std::chrono::steady_clock::now() - start;
    rounds.push_back(took.count());
  }
  std::sort(rounds.begin(), rounds.end());
  return rounds[kRounds / 2];
}

bool RunTrace(const char* path) {
  for (const int batch : {1, 500}) {
    const absl::StatusOr<testing::Trace> trace =
        testing::ReadTrace(path, batch);
    if (!trace.ok()) {
      std::fprintf(stderr, "error: %s\n", trace.status().ToString().c_str());
      return false;
    }
    Merged merged;
    const double ms = MedianMs([&] { merged = Merge(trace->edits); });
    const bool right = merged.raw == trace->end_content;
    std::printf("%s  edits=%zu patches=%llu  %.1f ms  %s\n", path,
                trace->edits.size(),
                static_cast<unsigned long long>(trace->patches), ms,
                right ? "equals endContent" : "DIFFERS from endContent");
    if (!right) return false;
  }
  return true;
}

// `count` edits each by two authors who do not see each other, on one text.
std::vector<Edit> Offline(int count, bool same_place) {
  sync::SeededRandom random(1);
  Edit base = testing::MakeEdit(9, 1, {});
  base.inserted.assign(10000, U'.');
  base.runs = {{0, 10000}};
  std::vector<Edit> edits = {base};
  for (int author = 0; author < 2; ++author) {
    uint32_t parent = 0;
    uint32_t length = 10000;
    for (int i = 0; i < count; ++i) {
      Edit edit = testing::MakeEdit(author, i + 1, {parent});
      edit.lamport = i + 2;
      const uint32_t at =
          same_place ? 5000 + i : static_cast<uint32_t>(random.Below(length));
      edit.inserted = U"x";
      edit.runs = {{at, 1}};
      ++length;
      parent = edits.size();
      edits.push_back(edit);
    }
  }
  return edits;
}

void RunOffline() {
  for (const bool same_place : {false, true}) {
    for (const int count : {1000, 5000, 10000, 100000}) {
      const std::vector<Edit> edits = Offline(count, same_place);
      const double ms = MedianMs([&] { Merge(edits); });
      std::printf("offline %d against %d, %s: %.1f ms\n", count, count,
                  same_place ? "one place" : "random places", ms);
      std::fflush(stdout);
    }
  }
}

}  // namespace
}  // namespace dateline

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (!dateline::RunTrace(argv[i])) return 1;
  }
  dateline::RunOffline();
  return 0;
}

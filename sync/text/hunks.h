// What differs between two texts, by words in any script: first by lines, then
// by words inside the lines that differ (Myers, "An O(ND) Difference
// Algorithm", 1986, with a bound), then without what both ends share.
#ifndef DATELINE_SYNC_TEXT_HUNKS_H_
#define DATELINE_SYNC_TEXT_HUNKS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "sync/text/merge.h"

namespace dateline::sync::text {

// [from_start, from_end) became [to_start, to_end); scalars.
struct Hunk {
  uint32_t from_start = 0;
  uint32_t from_end = 0;
  uint32_t to_start = 0;
  uint32_t to_end = 0;
  friend bool operator==(const Hunk&, const Hunk&) = default;
};

// Ascending and apart; whole words at either side.
std::vector<Hunk> WordHunks(const std::u32string& from,
                            const std::u32string& to);
// The same, each shortened at both ends to the scalars that differ.
std::vector<Hunk> ScalarHunks(const std::u32string& from,
                              const std::u32string& to);

// Adds the runs of one hunk, which begins at `start` of the text as the runs
// before left it. What is replaced is inserted behind the old words before
// these go: an insertion in front of them would share its place with one at
// the end of the sentence before.
void AddRuns(uint32_t start, uint32_t removed, uint32_t added,
             std::vector<Run>* runs);

// Adds what was typed next; it joins the run before if it goes on where that
// stopped. Backspaces become one run backward.
void AppendRun(const Run& run, std::vector<Run>* runs);

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_HUNKS_H_

// The one generator of the text tests: authors who edit, meet and part.
#ifndef DATELINE_TESTS_SYNC_TEXT_WORLD_H_
#define DATELINE_TESTS_SYNC_TEXT_WORLD_H_

#include <vector>

#include "sync/base/random.h"
#include "sync/text/merge.h"

namespace dateline::testing {

struct WorldOptions {
  int authors = 3;
  int edits = 10;
  uint64_t held_one_in = 0;  // 0: never
  uint64_t erased_one_in = 0;
  uint64_t invalid_one_in = 0;
  bool touched = false;   // ranges at random, around the runs or not
  bool resolves = false;  // some write over an open span, or name at random
};

// A random graph of edits. Each author edits what he knows; every few steps
// one learns all that another knows.
std::vector<sync::text::Edit> RandomWorld(const WorldOptions& options,
                                          sync::Random& random);

// Two authors who work on one text of sentences without a link, an event an
// edit, each with the sentence that it touched.
enum class Offline : uint8_t {
  kRandomPlaces,
  kSameParagraph,  // of five sentences
  kAdversarial,    // both type backward in one place, and arrive in turns
};
struct OfflineOptions {
  Offline kind = Offline::kRandomPlaces;
  int events_each = 100;
  uint32_t sentences = 100;
  uint32_t sentence_length = 100;
  bool swapped = false;  // the device ids of the two
};
std::vector<sync::text::Edit> OfflineWorld(const OfflineOptions& options,
                                           sync::Random& random);

// The same edits in another topological order. place[i] is where edit i of
// `edits` went.
std::vector<sync::text::Edit> Shuffled(
    const std::vector<sync::text::Edit>& edits, sync::Random& random,
    std::vector<uint32_t>* place);
// In exactly this order: edit i goes to place[i].
std::vector<sync::text::Edit> Reordered(
    const std::vector<sync::text::Edit>& edits,
    const std::vector<uint32_t>& place);

// The edits whose `keep` is set (closed under parents), renumbered.
std::vector<sync::text::Edit> Subset(const std::vector<sync::text::Edit>& edits,
                                     const std::vector<bool>& keep);

// An edit by author number `author` (0 is "A"), his `seq`-th.
sync::text::Edit MakeEdit(int author, uint64_t seq,
                          std::vector<uint32_t> parents);

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SYNC_TEXT_WORLD_H_

// Sorts the edits of one open span into voices: those that stand together
// without competing, so that their words can be read as one original.
#ifndef DATELINE_SYNC_TEXT_VOICES_H_
#define DATELINE_SYNC_TEXT_VOICES_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sync/text/history.h"
#include "sync/text/merge.h"
#include "sync/text/replay.h"

namespace dateline::sync::text {

using Voice = std::vector<uint32_t>;  // turns, ascending

struct Cast {
  std::vector<Voice> voices;
  Voice common;  // in every voice
  Voice base;    // those of `common` that do not compete among themselves
};

// Each of `involved` (turns, ascending) is heard in one voice or more. A voice
// is an edit with all that its author saw. Where he saw two that competed (he
// edited another part of what has become one span, or did not hear of their
// resolution), the later one is heard with him, and the other one in a voice
// of its own, again with his edit, so that no voice blends them.
//   saw_both(turn)          if its author saw two that competed for him
//   compete(a, b, voice)    if they compete for one who has heard `voice`
Cast FindVoices(
    const Replay& replay, const Awareness& awareness,
    const std::vector<uint32_t>& involved,
    const std::function<bool(uint32_t)>& saw_both,
    const std::function<bool(uint32_t, uint32_t, const Voice&)>& compete);

// Equal words become one original.
void AddOriginal(std::u32string words, const Voice& voice,
                 const History& history, std::vector<Original>* originals);
// By (lamport, device, incarnation, seq) of their last edit, then by words.
void SortOriginals(const Replay& replay, const History& history,
                   std::vector<Original>* originals);

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_VOICES_H_

// A text on the device that edits it: plain UTF-8 and nothing else while nobody
// types, and what was typed since the last seal. Merging is not its business:
// a draft does not move under its author (DESIGN 5).
#ifndef DATELINE_SYNC_TEXT_REPLICA_H_
#define DATELINE_SYNC_TEXT_REPLICA_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sync/text/breaks.h"
#include "sync/text/draft.h"

namespace dateline::sync::text {

// What a seal keeps of the keystrokes since the one before.
enum class Keep : uint8_t {
  kNet,         // what came of them: what our drafts do
  kEverything,  // every run as it was typed, backspaces as one run backward
};

// Positions and lengths are Unicode scalar values. Seal after at most
// kKeystrokesPerSealMax keystrokes: the cost of each grows with their number.
// Thread-compatible.
class Replica {
 public:
  // BAD_UTF8.
  static absl::StatusOr<Replica> Open(absl::string_view utf8,
                                      Keep keep = Keep::kNet);

  // A keystroke. OUT_OF_RANGE_VALUE for a position outside the text, which
  // then stays as it was.
  absl::Status Insert(uint32_t position, std::u32string_view words);
  absl::Status Delete(uint32_t position, uint32_t length);

  // What was typed since Open or the last Seal, as one edit of the text of
  // then, guarded; no runs if nothing came of it.
  NetEdit Seal();

  uint32_t size() const { return size_; }  // scalars
  std::string Text() const;

 private:
  // A stretch of base_ or of typed_, in scalars.
  struct Piece {
    uint32_t start = 0;
    uint32_t length = 0;
    bool typed = false;
  };
  // [start, end) of base_ became `inserted`.
  struct Change {
    uint32_t start = 0;
    uint32_t end = 0;
    std::u32string inserted;
  };

  Replica(std::string base, uint32_t size, Keep keep);
  absl::Status CheckRange(uint32_t position, uint64_t length) const;
  void Seek(uint32_t position);
  std::vector<Change> Changes() const;
  void Shorten(Change* change) const;
  std::string Applied(const std::vector<Change>& changes) const;
  void StartOver();

  std::string base_;  // the text at the last seal
  uint32_t base_size_ = 0;
  uint32_t size_ = 0;
  Keep keep_;
  std::vector<Piece> pieces_;  // the text now, if anything was typed
  std::u32string typed_;
  // The piece that `position` of the last keystroke is in or at the end of,
  // and where it begins in the text.
  size_t at_ = 0;
  uint32_t at_start_ = 0;
  NetEdit log_;  // kEverything
  SentenceBreaker breaker_;
};

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_REPLICA_H_

// Merges concurrent edits of one text field and guards sentences and numbers.
// Pure. Algorithm: eg-walker (Gentle & Kleppmann, EuroSys 2025,
// arXiv 2409.14252) with the FugueMax order; the guard is DESIGN 5.
#ifndef DATELINE_SYNC_TEXT_MERGE_H_
#define DATELINE_SYNC_TEXT_MERGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "sync/base/digest.h"
#include "sync/base/ids.h"

namespace dateline::sync::text {

enum class RunKind : uint8_t { kInsert = 0, kDelete = 1, kDeleteBackward = 2 };

// One run of an edit. Positions and lengths are Unicode scalar values of the
// text as the runs before it left it. kDeleteBackward deletes
// [position - length, position).
struct Run {
  uint32_t position = 0;
  uint32_t length = 0;
  RunKind kind = RunKind::kInsert;
  friend bool operator==(const Run&, const Run&) = default;
};

// [start, end) in scalars of the parents' text; start == end is an insertion
// point.
struct Range {
  uint32_t start = 0;
  uint32_t end = 0;
  friend bool operator==(const Range&, const Range&) = default;
};

// Stands in Merged::raw for a scalar that nobody may read any more (or, where
// others built on it, never might): its position counts, no segment shows it.
constexpr char32_t kBlank = 0xFDD0;

// One change's edit of one text field.
struct Edit {
  DeviceId device;  // (device, incarnation, seq, offset) orders siblings
  uint64_t incarnation = 0;
  uint64_t seq = 0;
  Hash hash;  // the change's: after seq, for a fork gives one seq to two
  uint64_t lamport = 0;           // orders originals only
  std::vector<uint32_t> parents;  // indexes of earlier edits: its heads
  std::vector<Run> runs;
  std::u32string inserted;  // of all insert runs, in order; may be empty for
                            // a held or erased edit, whose words nobody reads
  bool held = false;        // inserts deleted at birth, deletes not made
  bool erased = false;      // redacted: what it inserted are blanks
  std::vector<Range> touched;
  std::vector<uint32_t> resolves;  // edits whose ranges it answers
};

// One version of an open span: the words that `edits` together would give. A
// resolution names the edits of all originals (Edit::resolves) and replaces the
// span's raw slice.
struct Original {
  std::u32string text;
  std::vector<uint32_t> edits;  // ascending
};

// A piece of what a reader gets: plain text, or an open span with originals
// (two or more, ordered by the (lamport, device, seq) of their last edit).
// [raw_start, raw_end) is where it stands in Merged::raw. A plain text that is
// not its raw slice is one of two things: what several wrote alike (raw holds
// every copy), or, with raw_start == raw_end, words that only a held edit
// deleted and on whose deletion others built: readers see them, and no position
// names them until the verdict changes. A new edit replaces such a segment
// whole. Blanks stand in no segment.
struct Segment {
  bool open = false;
  std::u32string text;              // plain
  std::u32string base;              // open: what the authors started from
  std::vector<Original> originals;  // open
  uint32_t raw_start = 0;
  uint32_t raw_end = 0;
};

struct Merged {
  std::u32string raw;  // merged characters; never shown where a span is open
  std::vector<Segment> segments;
  std::vector<uint32_t> invalid;  // edits void for an invalid position
};

// `edits` in any topological order (parents before children). The result does
// not depend on which. Never fails on data: an edit with an invalid position
// is void, on every replica alike.
Merged Merge(const std::vector<Edit>& edits);

// Who wrote `length` scalars of Merged::raw, in order.
struct Authorship {
  uint32_t length = 0;
  uint32_t edit = 0;
};
std::vector<Authorship> Authors(const std::vector<Edit>& edits);

// A span of text at the version whose heads are `heads`, and where it is now.
struct Anchor {
  std::vector<uint32_t> heads;
  uint32_t start = 0;
  uint32_t end = 0;
};
struct Tracked {
  uint32_t start = 0;  // in Merged::raw
  uint32_t end = 0;
  bool lost = false;  // every scalar of it is deleted
};
std::vector<Tracked> Track(const std::vector<Edit>& edits,
                           const std::vector<Anchor>& anchors);

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_MERGE_H_

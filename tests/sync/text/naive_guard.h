// The guard as its definition reads: sets of points, every pair of edits,
// every judge. Shares no code with sync/text but its plain structs.
#ifndef DATELINE_TESTS_SYNC_TEXT_NAIVE_GUARD_H_
#define DATELINE_TESTS_SYNC_TEXT_NAIVE_GUARD_H_

#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "sync/text/merge.h"

namespace dateline::testing {

// What a reader gets, neighboring plain pieces in one.
struct Piece {
  bool open = false;
  std::u32string text;
  std::u32string base;
  std::vector<std::pair<std::u32string, std::set<uint32_t>>> originals;
  uint32_t raw_start = 0;  // open only
  uint32_t raw_end = 0;
  friend bool operator==(const Piece&, const Piece&) = default;
};
std::ostream& operator<<(std::ostream& out, const Piece& piece);

std::vector<Piece> NaivePieces(const std::vector<sync::text::Edit>& edits);
std::vector<Piece> PiecesOf(const sync::text::Merged& merged);

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SYNC_TEXT_NAIVE_GUARD_H_

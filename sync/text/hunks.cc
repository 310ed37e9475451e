#include "sync/text/hunks.h"

#include <algorithm>
#include <string_view>

#include "absl/container/btree_map.h"
#include "sync/text/breaks.h"

namespace dateline::sync::text {
namespace {

// Beyond so many differences two passages count as wholly different: the
// trace of a bounded search stays within 4 MB and its time within 100 KB * D.
constexpr int kDifferencesMax = 1000;

// Numbers for tokens, equal tokens alike.
using Tokens = std::vector<uint32_t>;
using Names = absl::btree_map<std::u32string_view, uint32_t>;

Tokens NameTokens(const std::u32string& text,
                  const std::vector<uint32_t>& breaks, Names* names) {
  Tokens tokens;
  uint32_t start = 0;
  for (const uint32_t end : breaks) {
    const std::u32string_view token(text.data() + start, end - start);
    tokens.push_back(names->try_emplace(token, names->size()).first->second);
    start = end;
  }
  return tokens;
}

// Myers' greedy search forward, keeping each round's frontier for the way
// back.
class Search {
 public:
  Search(const Tokens& from, const Tokens& to) : from_(from), to_(to) {}

  // In tokens. One hunk of all, past the bound.
  std::vector<Hunk> Run() {
    const int n = from_.size();
    const int m = to_.size();
    const int bound = std::min(n + m, kDifferencesMax);
    std::vector<int> reach(2 * bound + 3, 0);
    for (int d = 0; d <= bound; ++d) {
      for (int k = -d; k <= d; k += 2) {
        int x = Begin(reach, bound + 1, d, k);
        while (x < n && x - k < m && from_[x] == to_[x - k]) ++x;
        reach[bound + 1 + k] = x;
        if (x >= n && x - k >= m) return WalkBack(d);
      }
      rounds_.emplace_back(reach.begin() + (bound + 1 - d),
                           reach.begin() + (bound + 2 + d));
    }
    return {Whole()};
  }

 private:
  Hunk Whole() const {
    Hunk hunk;
    hunk.from_end = from_.size();
    hunk.to_end = to_.size();
    return hunk;
  }

  // Where round d sets out on diagonal k: one down from k + 1 or one right
  // from k - 1, whichever has come further. May overrun the end; then its
  // diagonal is dead.
  static int Begin(const std::vector<int>& reach, int middle, int d, int k) {
    if (d == 0) return 0;
    const bool down =
        k == -d || (k != d && reach[middle + k - 1] < reach[middle + k + 1]);
    return down ? reach[middle + k + 1] : reach[middle + k - 1] + 1;
  }

  std::vector<Hunk> WalkBack(int d) const {
    std::vector<Hunk> hunks;
    int x = from_.size();
    int y = to_.size();
    for (; d > 0; --d) {
      const std::vector<int>& before = rounds_[d - 1];  // diagonals 1-d..d-1
      const int k = x - y;
      const int middle = d - 1;
      const bool down = k == -d || (k != d && before[middle + k - 1] <
                                                  before[middle + k + 1]);
      const int old_x = down ? before[middle + k + 1] : before[middle + k - 1];
      const int old_y = old_x - (down ? k + 1 : k - 1);
      AddStep(old_x, old_y, down, &hunks);
      x = old_x;
      y = old_y;
    }
    std::reverse(hunks.begin(), hunks.end());
    return hunks;
  }

  // One token taken (right) or given (down) at (x, y); joins the hunk found
  // before, which lies behind it.
  static void AddStep(int x, int y, bool down, std::vector<Hunk>* hunks) {
    Hunk step;
    step.from_start = x;
    step.from_end = x + (down ? 0 : 1);
    step.to_start = y;
    step.to_end = y + (down ? 1 : 0);
    if (!hunks->empty() && hunks->back().from_start == step.from_end &&
        hunks->back().to_start == step.to_end) {
      hunks->back().from_start = step.from_start;
      hunks->back().to_start = step.to_start;
      return;
    }
    hunks->push_back(step);
  }

  const Tokens& from_;
  const Tokens& to_;
  std::vector<std::vector<int>> rounds_;
};

// The difference of two token lists, without searching what both ends share.
std::vector<Hunk> DiffTokens(const Tokens& from, const Tokens& to) {
  size_t head = 0;
  const size_t shorter = std::min(from.size(), to.size());
  while (head < shorter && from[head] == to[head]) ++head;
  size_t tail = 0;
  while (tail < shorter - head &&
         from[from.size() - 1 - tail] == to[to.size() - 1 - tail]) {
    ++tail;
  }
  const Tokens from_middle(from.begin() + head, from.end() - tail);
  const Tokens to_middle(to.begin() + head, to.end() - tail);
  if (from_middle.empty() && to_middle.empty()) return {};
  std::vector<Hunk> hunks = Search(from_middle, to_middle).Run();
  for (Hunk& hunk : hunks) {
    hunk.from_start += head;
    hunk.from_end += head;
    hunk.to_start += head;
    hunk.to_end += head;
  }
  return hunks;
}

uint32_t StartOf(const std::vector<uint32_t>& breaks, uint32_t token) {
  return token == 0 ? 0 : breaks[token - 1];
}

// Differences by the tokens that `break_up` makes, in scalars.
template <typename BreakUp>
std::vector<Hunk> DiffBy(const std::u32string& from, const std::u32string& to,
                         BreakUp break_up) {
  // A first draft, or the end of one: all words are new, or gone.
  if (from.empty() || to.empty()) {
    if (from.size() == to.size()) return {};
    Hunk all;
    all.from_end = static_cast<uint32_t>(from.size());
    all.to_end = static_cast<uint32_t>(to.size());
    return {all};
  }
  const std::vector<uint32_t> from_breaks = break_up(from);
  const std::vector<uint32_t> to_breaks = break_up(to);
  Names names;
  const Tokens from_tokens = NameTokens(from, from_breaks, &names);
  const Tokens to_tokens = NameTokens(to, to_breaks, &names);
  std::vector<Hunk> hunks = DiffTokens(from_tokens, to_tokens);
  for (Hunk& hunk : hunks) {
    hunk.from_start = StartOf(from_breaks, hunk.from_start);
    hunk.from_end = StartOf(from_breaks, hunk.from_end);
    hunk.to_start = StartOf(to_breaks, hunk.to_start);
    hunk.to_end = StartOf(to_breaks, hunk.to_end);
  }
  return hunks;
}

}  // namespace

std::vector<Hunk> WordHunks(const std::u32string& from,
                            const std::u32string& to) {
  std::vector<Hunk> hunks;
  for (const Hunk& lines : DiffBy(from, to, LineBreaks)) {
    const std::u32string a =
        from.substr(lines.from_start, lines.from_end - lines.from_start);
    const std::u32string b =
        to.substr(lines.to_start, lines.to_end - lines.to_start);
    for (Hunk words : DiffBy(a, b, WordBreaks)) {
      words.from_start += lines.from_start;
      words.from_end += lines.from_start;
      words.to_start += lines.to_start;
      words.to_end += lines.to_start;
      hunks.push_back(words);
    }
  }
  return hunks;
}

std::vector<Hunk> ScalarHunks(const std::u32string& from,
                              const std::u32string& to) {
  std::vector<Hunk> hunks = WordHunks(from, to);
  for (Hunk& hunk : hunks) {
    while (hunk.from_start < hunk.from_end && hunk.to_start < hunk.to_end &&
           from[hunk.from_start] == to[hunk.to_start]) {
      ++hunk.from_start;
      ++hunk.to_start;
    }
    while (hunk.from_start < hunk.from_end && hunk.to_start < hunk.to_end &&
           from[hunk.from_end - 1] == to[hunk.to_end - 1]) {
      --hunk.from_end;
      --hunk.to_end;
    }
  }
  return hunks;
}

void AddRuns(uint32_t start, uint32_t removed, uint32_t added,
             std::vector<Run>* runs) {
  if (added > 0) runs->push_back({start + removed, added});
  if (removed > 0) runs->push_back({start, removed, RunKind::kDelete});
}

void AppendRun(const Run& run, std::vector<Run>* runs) {
  const bool inserts = run.kind == RunKind::kInsert;
  if (runs->empty() || inserts != (runs->back().kind == RunKind::kInsert)) {
    runs->push_back(run);
    return;
  }
  Run& last = runs->back();
  if (inserts) {
    if (run.position == last.position + last.length) {
      last.length += run.length;
    } else {
      runs->push_back(run);
    }
    return;
  }
  const bool back = last.kind == RunKind::kDeleteBackward;
  if (!back && run.position == last.position) {
    last.length += run.length;
    return;
  }
  const uint32_t cursor = back ? last.position - last.length : last.position;
  if (run.position + run.length == cursor && (back || last.length == 1)) {
    last = {back ? last.position : last.position + 1, last.length + run.length,
            RunKind::kDeleteBackward};
    return;
  }
  runs->push_back(run);
}

}  // namespace dateline::sync::text

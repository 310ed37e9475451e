#include "tests/sync/text/naive_guard.h"

#include <algorithm>
#include <tuple>

#include "sync/text/draft.h"
#include "tests/sync/text/naive.h"

namespace dateline::testing {
namespace {

using sync::text::Edit;

// Scalar number i of the order is point 2i + 1, the gap before it 2i.
using Points = std::set<int>;

bool Meet(const Points& a, const Points& b) {
  return std::any_of(a.begin(), a.end(), [&](int p) { return b.count(p) > 0; });
}
bool Holds(const Points& a, const Points& b) {
  return std::all_of(b.begin(), b.end(), [&](int p) { return a.count(p) > 0; });
}

struct Rival {
  int first = 0;
  int second = 0;
  Points shared;
  Points all;
};

class NaiveGuard {
 public:
  explicit NaiveGuard(const std::vector<Edit>& edits)
      : edits_(edits), text_(edits) {
    for (int i = 0; i < text_.order().size(); ++i) place_[text_.order()[i]] = i;
    for (int edit = 0; edit < edits.size(); ++edit) {
      touched_.push_back(Ranges(edit, false));
      covered_.push_back(Ranges(edit, true));
    }
    for (int a = 0; a < edits.size(); ++a) {
      for (int b = a + 1; b < edits.size(); ++b) Compare(a, b);
    }
  }

  std::vector<Piece> Pieces() const {
    std::vector<Piece> pieces;
    const std::set<int> now = text_.VersionToEdit();
    const std::vector<int> present = text_.PresentAt(now);
    const std::set<int> raw(present.begin(), present.end());
    std::set<int> everything;
    for (int i = 0; i < edits_.size(); ++i) everything.insert(i);
    uint32_t raw_at = 0;
    const std::vector<Points> spans = Spans();
    for (int i = 0; i <= text_.order().size(); ++i) {
      for (const Points& span : spans) {
        if (*span.begin() / 2 == i) AddSpan(span, raw_at, raw, &pieces);
      }
      if (i == text_.order().size()) break;
      const int scalar = text_.order()[i];
      raw_at += raw.count(scalar);
      const bool hidden = std::any_of(
          spans.begin(), spans.end(),
          [&](const Points& span) { return span.count(2 * i + 1) > 0; });
      if (hidden || !text_.Readable(scalar, everything)) continue;
      AddPlain(std::u32string(1, text_.scalar(scalar).value), &pieces);
    }
    return pieces;
  }

 private:
  bool Saw(int later, int earlier) const {
    return text_.past(later).count(earlier) > 0;
  }

  Points PointsOf(const NaiveMark& mark, bool wide) const {
    int low;
    int high;
    if (mark.first == -1 || wide) {
      low = mark.left == -1 ? 0 : 2 * place_.at(mark.left) + 2;
      high = 2 * (mark.right == -1 ? static_cast<int>(place_.size())
                                   : place_.at(mark.right));
    } else {
      low = 2 * place_.at(mark.first) + 1;
      high = 2 * place_.at(mark.last) + 1;
    }
    Points points;
    for (int p = low; p <= high; ++p) points.insert(p);
    return points;
  }

  // Ranges that touch are one.
  std::vector<Points> Ranges(int edit, bool wide) const {
    if (edits_[edit].held) return {};
    Points all;
    for (const NaiveMark& mark : text_.marks(edit)) {
      all.merge(PointsOf(mark, wide));
    }
    std::vector<Points> ranges;
    for (const int p : all) {
      if (ranges.empty() || *ranges.back().rbegin() + 1 < p) {
        ranges.emplace_back();
      }
      ranges.back().insert(p);
    }
    return ranges;
  }

  void Compare(int a, int b) {
    if (Saw(b, a)) return;
    for (const Points& x : touched_[a]) {
      for (const Points& y : touched_[b]) {
        if (!Meet(x, y)) continue;
        Rival rival{a, b, {}, x};
        rival.all.insert(y.begin(), y.end());
        std::set_intersection(x.begin(), x.end(), y.begin(), y.end(),
                              std::inserter(rival.shared, rival.shared.end()));
        bool open = true;
        for (int judge = 0; judge < edits_.size(); ++judge) {
          open = open && !Closes(judge, rival, x, y);
        }
        if (open) rivals_.push_back(rival);
      }
    }
  }

  bool Closes(int judge, const Rival& rival, const Points& x,
              const Points& y) const {
    if (edits_[judge].held || touched_[judge].empty()) {
      if (edits_[judge].held || IsVoid(judge)) return false;
    }
    if (!Saw(judge, rival.first) || !Saw(judge, rival.second)) return false;
    for (const Points& range : covered_[judge]) {
      if (Holds(range, rival.shared)) return true;
    }
    return Named(judge, rival.first, x) && Named(judge, rival.second, y);
  }

  bool IsVoid(int edit) const {
    const std::vector<uint32_t> invalid = text_.invalid();
    return std::count(invalid.begin(), invalid.end(), edit) > 0;
  }

  bool Named(int judge, int edit, const Points& range) const {
    for (const uint32_t named : edits_[judge].resolves) {
      if (named == edit) return true;
      if (!Saw(named, edit)) continue;
      for (const Points& later : touched_[named]) {
        if (Holds(later, range)) return true;
      }
    }
    return false;
  }

  std::vector<Points> Spans() const {
    std::vector<Points> spans;
    for (const Rival& rival : rivals_) {
      Points span = rival.all;
      std::vector<Points> apart;
      for (const Points& other : spans) {
        if (Meet(other, span)) {
          span.insert(other.begin(), other.end());
        } else {
          apart.push_back(other);
        }
      }
      apart.push_back(span);
      spans = apart;
    }
    std::sort(spans.begin(), spans.end(), [](const Points& a, const Points& b) {
      return *a.begin() < *b.begin();
    });
    return spans;
  }

  std::u32string Words(const Points& span, const std::set<int>& version) const {
    std::u32string words;
    for (const int p : span) {
      if (p % 2 == 0) continue;
      const int scalar = text_.order()[p / 2];
      if (text_.Readable(scalar, version)) words += text_.scalar(scalar).value;
    }
    return words;
  }

  std::u32string OwnWords(const Points& span, int edit) const {
    std::u32string words;
    std::set<int> everything;
    for (int i = 0; i < edits_.size(); ++i) everything.insert(i);
    for (const int p : span) {
      if (p % 2 == 0) continue;
      const int scalar = text_.order()[p / 2];
      if (text_.scalar(scalar).edit != edit) continue;
      if (text_.Readable(scalar, everything)) {
        words += text_.scalar(scalar).value;
      }
    }
    return words;
  }

  // Edits that touched the span and that not all competitors saw, in two
  // kinds: those of one side, and those that saw two competing ones.
  void Involve(const Points& span, std::set<int>* one_sided,
               std::set<int>* saw_both) const {
    std::vector<Rival> inside;
    for (const Rival& rival : rivals_) {
      if (Meet(rival.all, span)) inside.push_back(rival);
    }
    for (int edit = 0; edit < edits_.size(); ++edit) {
      bool touches = false;
      for (const Points& range : touched_[edit]) touches |= Meet(range, span);
      bool seen_by_all = true;
      bool both = false;
      for (const Rival& rival : inside) {
        seen_by_all =
            seen_by_all && Saw(rival.first, edit) && Saw(rival.second, edit);
        both = both || (Saw(edit, rival.first) && Saw(edit, rival.second));
      }
      if (touches && !seen_by_all) (both ? saw_both : one_sided)->insert(edit);
    }
  }

  void AddSpan(const Points& span, uint32_t raw_at, const std::set<int>& raw,
               std::vector<Piece>* pieces) const {
    std::set<int> one_sided;
    std::set<int> saw_both;
    Involve(span, &one_sided, &saw_both);
    std::vector<std::pair<std::u32string, std::set<uint32_t>>> said;
    std::set<int> common;
    for (int i = 0; i < edits_.size(); ++i) common.insert(i);
    for (const int edit : one_sided) {
      bool last = true;
      for (const int other : one_sided) {
        last = last && (other == edit || !Saw(other, edit));
      }
      if (!last) continue;
      std::set<int> seen;
      for (const int i : common) {
        if (Saw(edit, i)) seen.insert(i);
      }
      common = seen;
      std::set<uint32_t> by;
      for (const int other : one_sided) {
        if (Saw(edit, other)) by.insert(other);
      }
      AddVoice(Words(span, text_.past(edit)), by, &said);
    }
    for (const int edit : saw_both) {
      const std::u32string words = OwnWords(span, edit);
      const uint32_t by = edit;
      if (!words.empty()) AddVoice(words, {by}, &said);
    }
    if (said.size() == 1) {
      AddPlain(said[0].first, pieces);
      return;
    }
    std::sort(said.begin(), said.end(), [this](const auto& a, const auto& b) {
      return Key(a.second) != Key(b.second) ? Key(a.second) < Key(b.second)
                                            : a.first < b.first;
    });
    Piece piece;
    piece.open = true;
    piece.base = Words(span, common);
    piece.originals = said;
    piece.raw_start = raw_at;
    piece.raw_end = raw_at;
    for (const int p : span) {
      if (p % 2 == 1) piece.raw_end += raw.count(text_.order()[p / 2]);
    }
    pieces->push_back(piece);
  }

  static void AddVoice(
      const std::u32string& words, const std::set<uint32_t>& by,
      std::vector<std::pair<std::u32string, std::set<uint32_t>>>* said) {
    for (auto& [text, edits] : *said) {
      if (text != words) continue;
      edits.insert(by.begin(), by.end());
      return;
    }
    said->push_back({words, by});
  }

  using OrderKey = std::tuple<uint64_t, sync::DeviceId, uint64_t, uint64_t>;
  OrderKey Key(const std::set<uint32_t>& edits) const {
    OrderKey last{};
    for (const uint32_t i : edits) {
      const Edit& edit = edits_[i];
      last = std::max(last, OrderKey(edit.lamport, edit.device,
                                     edit.incarnation, edit.seq));
    }
    return last;
  }

  static void AddPlain(const std::u32string& words,
                       std::vector<Piece>* pieces) {
    if (words.empty()) return;
    if (pieces->empty() || pieces->back().open) pieces->emplace_back();
    pieces->back().text += words;
  }

  const std::vector<Edit>& edits_;
  const NaiveText text_;
  std::map<int, int> place_;  // scalar to its number in the order
  std::vector<std::vector<Points>> touched_;
  std::vector<std::vector<Points>> covered_;
  std::vector<Rival> rivals_;
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const Piece& piece) {
  if (!piece.open) return out << "\"" << sync::text::ToUtf8(piece.text) << "\"";
  out << "[" << piece.raw_start << "," << piece.raw_end << " was \""
      << sync::text::ToUtf8(piece.base) << "\"";
  for (const auto& [text, edits] : piece.originals) {
    out << " | \"" << sync::text::ToUtf8(text) << "\" by";
    for (const uint32_t edit : edits) out << " " << edit;
  }
  return out << "]";
}

std::vector<Piece> NaivePieces(const std::vector<Edit>& edits) {
  return NaiveGuard(edits).Pieces();
}

std::vector<Piece> PiecesOf(const sync::text::Merged& merged) {
  std::vector<Piece> pieces;
  for (const sync::text::Segment& segment : merged.segments) {
    if (!segment.open) {
      if (segment.text.empty()) continue;
      if (pieces.empty() || pieces.back().open) pieces.emplace_back();
      pieces.back().text += segment.text;
      continue;
    }
    Piece piece;
    piece.open = true;
    piece.base = segment.base;
    for (const sync::text::Original& original : segment.originals) {
      piece.originals.push_back(
          {original.text,
           std::set<uint32_t>(original.edits.begin(), original.edits.end())});
    }
    piece.raw_start = segment.raw_start;
    piece.raw_end = segment.raw_end;
    pieces.push_back(piece);
  }
  return pieces;
}

}  // namespace dateline::testing

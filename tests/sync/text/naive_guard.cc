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
  std::set<int> closers;
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
        Rival rival{a, b, {}, x, {}};
        rival.all.insert(y.begin(), y.end());
        std::set_intersection(x.begin(), x.end(), y.begin(), y.end(),
                              std::inserter(rival.shared, rival.shared.end()));
        for (int judge = 0; judge < edits_.size(); ++judge) {
          if (Closes(judge, rival, x, y)) rival.closers.insert(judge);
        }
        rivals_.push_back(rival);
      }
    }
  }

  bool Closes(int judge, const Rival& rival, const Points& x,
              const Points& y) const {
    if (edits_[judge].held || IsVoid(judge)) return false;
    if (!Saw(judge, rival.first) || !Saw(judge, rival.second)) return false;
    bool touches_a_word = false;
    for (const NaiveMark& mark : text_.marks(judge)) {
      for (const int word : mark.words) {
        touches_a_word |= rival.shared.count(2 * place_.at(word) + 1) > 0;
      }
    }
    for (const Points& range : covered_[judge]) {
      if (touches_a_word && Holds(range, rival.shared)) return true;
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
      if (!rival.closers.empty()) continue;
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

  std::set<int> Involved(const Points& span) const {
    std::set<int> involved;
    for (int edit = 0; edit < edits_.size(); ++edit) {
      for (const Points& range : touched_[edit]) {
        if (Meet(range, span)) involved.insert(edit);
      }
    }
    return involved;
  }

  // Whether they compete for one who has heard `voice`: what closes a pair
  // was heard, or touched nothing here and was seen by somebody heard.
  bool Compete(const Points& span, const std::set<int>& involved, int a, int b,
               const std::set<uint32_t>& voice) const {
    const auto heard = [&](int closer) {
      if (involved.count(closer)) return voice.count(closer) > 0;
      return std::any_of(voice.begin(), voice.end(),
                         [&](uint32_t edit) { return Saw(edit, closer); });
    };
    return std::any_of(rivals_.begin(), rivals_.end(), [&](const Rival& rival) {
      return rival.first == std::min(a, b) && rival.second == std::max(a, b) &&
             Meet(rival.all, span) &&
             std::none_of(rival.closers.begin(), rival.closers.end(), heard);
    });
  }

  // Adds `edit`, then all of `involved` that its author saw, newest first, but
  // for what competes with somebody in the voice.
  void AddWithPast(const Points& span, const std::set<int>& involved, int edit,
                   std::set<uint32_t>* voice) const {
    std::vector<int> wanted(involved.begin(), involved.end());
    std::sort(wanted.begin(), wanted.end(), [&](int a, int b) {
      return Key({uint32_t(b)}) < Key({uint32_t(a)});
    });
    wanted.insert(wanted.begin(), edit);
    for (const int next : wanted) {
      if (!Saw(edit, next)) continue;
      bool fits = true;
      for (const uint32_t other : *voice) {
        fits = fits && !Compete(span, involved, next, other, *voice);
      }
      if (fits) voice->insert(next);
      if (!voice->count(edit)) return;
    }
  }

  std::vector<std::set<uint32_t>> Voices(const Points& span,
                                         const std::set<int>& involved) const {
    std::vector<std::set<uint32_t>> voices;
    std::set<int> unheard = involved;
    while (!unheard.empty()) {
      int leader = -1;
      for (const int edit : unheard) {
        bool seen = false;
        for (const int other : unheard) {
          seen = seen || (other != edit && Saw(other, edit));
        }
        if (seen) continue;
        if (leader == -1 || Key({uint32_t(leader)}) < Key({uint32_t(edit)})) {
          leader = edit;
        }
      }
      std::set<uint32_t> voice;
      AddWithPast(span, involved, leader, &voice);
      std::map<OrderKey, int> later;
      for (const int edit : involved) {
        if (edit != leader && Saw(edit, leader)) {
          later[Key({uint32_t(edit)})] = edit;
        }
      }
      for (const auto& [key, edit] : later) {
        AddWithPast(span, involved, edit, &voice);
      }
      for (const uint32_t edit : voice) unheard.erase(edit);
      voices.push_back(voice);
    }
    return voices;
  }

  void AddSpan(const Points& span, uint32_t raw_at, const std::set<int>& raw,
               std::vector<Piece>* pieces) const {
    const std::set<int> involved = Involved(span);
    const auto version = [&](const std::set<uint32_t>& heard) {
      std::set<int> version;
      for (int i = 0; i < edits_.size(); ++i) {
        if (!involved.count(i) || heard.count(i)) version.insert(i);
      }
      return version;
    };
    std::vector<std::pair<std::u32string, std::set<uint32_t>>> said;
    std::set<uint32_t> common(involved.begin(), involved.end());
    const std::vector<std::set<uint32_t>> voices = Voices(span, involved);
    for (const std::set<uint32_t>& voice : voices) {
      for (const int i : involved) {
        if (!voice.count(i)) common.erase(i);
      }
    }
    for (const std::set<uint32_t>& voice : voices) {
      std::set<uint32_t> own = voice;
      for (const uint32_t i : common) own.erase(i);
      AddVoice(Words(span, version(voice)), own.empty() ? voice : own, &said);
    }
    std::set<uint32_t> base = common;
    for (const uint32_t a : common) {
      for (const uint32_t b : common) {
        if (a != b && Compete(span, involved, a, b, common)) base.erase(a);
      }
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
    piece.base = Words(span, version(base));
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

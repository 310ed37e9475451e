#include "sync/text/voices.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace dateline::sync::text {
namespace {

bool WrittenBefore(const Edit& a, const Edit& b) {
  return a.lamport != b.lamport ? a.lamport < b.lamport : GoesBefore(a, b);
}

using SawBoth = std::function<bool(uint32_t)>;
using Compete = std::function<bool(uint32_t, uint32_t, const Voice&)>;

bool Contains(const Voice& voice, uint32_t turn) {
  return std::binary_search(voice.begin(), voice.end(), turn);
}

class Casting {
 public:
  Casting(const Replay& replay, const Awareness& awareness,
          const std::vector<uint32_t>& involved, const SawBoth& saw_both,
          const Compete& compete)
      : awareness_(awareness),
        saw_both_(saw_both),
        compete_(compete),
        by_age_(involved) {
    std::sort(by_age_.begin(), by_age_.end(), [&](uint32_t a, uint32_t b) {
      return WrittenBefore(replay.edit(a), replay.edit(b));
    });
  }

  Cast Run() {
    Cast cast;
    Voice unheard = by_age_;
    std::sort(unheard.begin(), unheard.end());
    while (!unheard.empty()) {
      Voice voice = VoiceOf(Leader(unheard));
      Voice left;
      std::set_difference(unheard.begin(), unheard.end(), voice.begin(),
                          voice.end(), std::back_inserter(left));
      unheard = std::move(left);
      Voice both = voice;
      if (!cast.voices.empty()) {
        both.clear();
        std::set_intersection(cast.common.begin(), cast.common.end(),
                              voice.begin(), voice.end(),
                              std::back_inserter(both));
      }
      cast.common = std::move(both);
      cast.voices.push_back(std::move(voice));
    }
    cast.base = WithoutRivals(cast.common);
    return cast;
  }

 private:
  // The newest that nobody unheard has seen.
  uint32_t Leader(const Voice& unheard) const {
    for (size_t i = by_age_.size(); i-- > 0;) {
      const uint32_t turn = by_age_[i];
      if (!Contains(unheard, turn)) continue;
      const bool seen =
          std::any_of(unheard.begin(), unheard.end(), [&](uint32_t other) {
            return other != turn && awareness_.Saw(other, turn);
          });
      if (!seen) return turn;
    }
    return unheard.front();
  }

  Voice VoiceOf(uint32_t leader) const {
    Voice voice;
    AddWithPast(leader, &voice);
    for (const uint32_t turn : by_age_) {
      if (turn != leader && awareness_.Saw(turn, leader)) {
        AddWithPast(turn, &voice);
      }
    }
    return voice;
  }

  // Adds the turn, then what its author saw, the newest first (what closes a
  // pair comes before the pair), as far as it competes with none in the voice.
  void AddWithPast(uint32_t turn, Voice* voice) const {
    const bool check = !voice->empty() || saw_both_(turn);
    if (!check) {
      *voice = SeenBy(turn);
      return;
    }
    Add(turn, voice);
    if (!Contains(*voice, turn)) return;
    for (size_t i = by_age_.size(); i-- > 0;) {
      if (awareness_.Saw(turn, by_age_[i])) Add(by_age_[i], voice);
    }
  }

  Voice SeenBy(uint32_t turn) const {
    Voice voice;
    for (const uint32_t seen : by_age_) {
      if (awareness_.Saw(turn, seen)) voice.push_back(seen);
    }
    std::sort(voice.begin(), voice.end());
    return voice;
  }

  void Add(uint32_t turn, Voice* voice) const {
    const auto place = std::lower_bound(voice->begin(), voice->end(), turn);
    if (place != voice->end() && *place == turn) return;
    if (CompetesWithAny(turn, *voice)) return;
    voice->insert(place, turn);
  }

  bool CompetesWithAny(uint32_t turn, const Voice& voice) const {
    return std::any_of(voice.begin(), voice.end(), [&](uint32_t other) {
      return compete_(std::min(turn, other), std::max(turn, other), voice);
    });
  }

  // Nobody's choice is made for him: of two that compete, neither is left.
  Voice WithoutRivals(const Voice& voice) const {
    Voice left;
    for (const uint32_t turn : voice) {
      if (!CompetesWithAny(turn, voice)) left.push_back(turn);
    }
    return left;
  }

  const Awareness& awareness_;
  const SawBoth& saw_both_;
  const Compete& compete_;
  std::vector<uint32_t> by_age_;
};

}  // namespace

Cast FindVoices(const Replay& replay, const Awareness& awareness,
                const std::vector<uint32_t>& involved, const SawBoth& saw_both,
                const Compete& compete) {
  return Casting(replay, awareness, involved, saw_both, compete).Run();
}

void AddOriginal(std::u32string words, const Voice& voice,
                 const History& history, std::vector<Original>* originals) {
  auto same =
      std::find_if(originals->begin(), originals->end(),
                   [&](const Original& other) { return other.text == words; });
  if (same == originals->end()) {
    originals->emplace_back();
    same = std::prev(originals->end());
    same->text = std::move(words);
  }
  for (const uint32_t turn : voice) {
    same->edits.push_back(history.edit_of(turn));
  }
  std::sort(same->edits.begin(), same->edits.end());
  same->edits.erase(std::unique(same->edits.begin(), same->edits.end()),
                    same->edits.end());
}

void SortOriginals(const Replay& replay, const History& history,
                   std::vector<Original>* originals) {
  const auto last = [&](const Original& original) -> const Edit& {
    const Edit* latest = nullptr;
    for (const uint32_t number : original.edits) {
      const Edit& edit = replay.edit(history.turn_of(number));
      if (latest == nullptr || WrittenBefore(*latest, edit)) latest = &edit;
    }
    return *latest;
  };
  std::sort(originals->begin(), originals->end(),
            [&](const Original& a, const Original& b) {
              const Edit& x = last(a);
              const Edit& y = last(b);
              return &x == &y ? a.text < b.text : WrittenBefore(x, y);
            });
}

}  // namespace dateline::sync::text

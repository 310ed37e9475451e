// Laws of the text merge: on every small world, and on a hundred thousand.
#include <algorithm>
#include <numeric>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/base/random.h"
#include "sync/text/breaks.h"
#include "sync/text/draft.h"
#include "sync/text/history.h"
#include "sync/text/merge.h"
#include "sync/text/replay.h"
#include "tests/support/seed.h"
#include "tests/sync/text/naive.h"
#include "tests/sync/text/naive_guard.h"
#include "tests/sync/text/world.h"

namespace dateline::sync::text {
namespace {

using ::dateline::testing::ForEachSeed;
using ::dateline::testing::MakeEdit;
using ::dateline::testing::NaivePieces;
using ::dateline::testing::NaiveText;
using ::dateline::testing::Offline;
using ::dateline::testing::Piece;
using ::dateline::testing::PiecesOf;
using ::dateline::testing::RandomWorld;
using ::dateline::testing::Reordered;
using ::dateline::testing::Shuffled;
using ::dateline::testing::WorldOptions;

// Every graph of `count` edits on the text "ab", each edit inserting or
// deleting one scalar anywhere; `visit` gets each.
class EverySmallWorld {
 public:
  using Visit = std::function<void(const std::vector<Edit>&)>;
  // `descending`: later edits have lower device ids, so that ties fall the
  // other way.
  EverySmallWorld(int count, bool descending, Visit visit)
      : count_(count), descending_(descending), visit_(std::move(visit)) {
    Edit base = MakeEdit(0, 1, {});
    base.runs = {{0, 2}};
    base.inserted = U"ab";
    edits_ = {base};
    pasts_ = {{0}};
    Extend();
  }

 private:
  void Extend() {
    if (edits_.size() == count_ + 1) return visit_(edits_);
    const uint32_t next = edits_.size();
    // Every set of earlier edits of which none saw another.
    for (uint32_t set = 1; set < 1u << next; ++set) {
      std::vector<uint32_t> parents;
      std::set<uint32_t> past = {next};
      for (uint32_t i = 0; i < next; ++i) {
        if (!(set >> i & 1)) continue;
        parents.push_back(i);
        past.insert(pasts_[i].begin(), pasts_[i].end());
      }
      bool apart = true;
      for (const uint32_t a : parents) {
        for (const uint32_t b : parents) {
          apart = apart && (a == b || !pasts_[a].count(b));
        }
      }
      if (!apart) continue;
      pasts_.push_back(past);
      EditEverywhere(parents, past);
      pasts_.pop_back();
    }
  }

  void EditEverywhere(const std::vector<uint32_t>& parents,
                      const std::set<uint32_t>& past) {
    std::vector<bool> keep(edits_.size());
    for (const uint32_t i : past) {
      if (i < keep.size()) keep[i] = true;
    }
    const int number = edits_.size();
    const uint32_t length = Merge(testing::Subset(edits_, keep)).raw.size();
    const int author = descending_ ? 20 - number : number;
    Edit edit = MakeEdit(author, 1, parents);
    edit.lamport = number;
    edits_.push_back(edit);
    for (uint32_t at = 0; at <= length; ++at) {
      edits_.back().runs = {{at, 1}};
      edits_.back().inserted = std::u32string(1, U'0' + number);
      Extend();
      edits_.back().inserted.clear();
      if (at == length) continue;
      edits_.back().runs = {{at, 1, RunKind::kDelete}};
      Extend();
    }
    edits_.pop_back();
  }

  const int count_;
  const bool descending_;
  const Visit visit_;
  std::vector<Edit> edits_;
  std::vector<std::set<uint32_t>> pasts_;
};

void ExpectSameInAllOrders(const std::vector<Edit>& edits,
                           const std::u32string& raw) {
  std::vector<uint32_t> place(edits.size());
  std::iota(place.begin(), place.end(), 0);
  do {
    bool parents_first = true;
    for (size_t i = 0; i < edits.size(); ++i) {
      for (const uint32_t parent : edits[i].parents) {
        parents_first = parents_first && place[parent] < place[i];
      }
    }
    if (!parents_first) continue;
    ASSERT_EQ(Merge(Reordered(edits, place)).raw, raw);
  } while (std::next_permutation(place.begin(), place.end()));
}

TEST(TextLawsTest, EverySmallWorldEqualsTheNaiveReferenceInEveryOrder) {
  uint64_t worlds = 0;
  for (const bool descending : {false, true}) {
    EverySmallWorld(3, descending, [&](const std::vector<Edit>& edits) {
      if (::testing::Test::HasFatalFailure()) return;
      ++worlds;
      const Merged merged = Merge(edits);
      ASSERT_EQ(merged.raw, NaiveText(edits).Raw());
      ASSERT_EQ(PiecesOf(merged), NaivePieces(edits));
      ExpectSameInAllOrders(edits, merged.raw);
    });
  }
  EXPECT_GT(worlds, 2000u);
  RecordProperty("worlds", static_cast<int>(worlds));
}

TEST(TextLawsTest, AHundredThousandWorldsEqualTheNaiveReference) {
  ForEachSeed(100000, [](uint64_t seed) {
    SeededRandom random(seed);
    const WorldOptions options = {
        .authors = static_cast<int>(2 + random.Below(3)),
        .edits = static_cast<int>(2 + random.Below(5)),
        .held_one_in = random.OneIn(4) ? 5u : 0u,
        .touched = random.OneIn(2),
        .resolves = random.OneIn(2)};
    const std::vector<Edit> edits = RandomWorld(options, random);
    std::vector<uint32_t> place;
    const std::vector<Edit> shuffled = Shuffled(edits, random, &place);
    const Merged merged = Merge(shuffled);
    ASSERT_EQ(merged.raw, NaiveText(shuffled).Raw());
    ASSERT_EQ(PiecesOf(merged), NaivePieces(shuffled));
  });
}

TEST(TextLawsTest, WhatNobodyDeletedStandsThereExactlyOnce) {
  ForEachSeed(1000, [](uint64_t seed) {
    SeededRandom random(seed);
    const std::vector<Edit> edits =
        RandomWorld({.authors = 4, .edits = 25}, random);
    const NaiveText naive(edits);
    std::vector<uint32_t> expected(edits.size());
    for (const int i : naive.order()) {
      if (naive.scalar(i).deleted_by.empty()) ++expected[naive.scalar(i).edit];
    }
    std::vector<uint32_t> found(edits.size());
    for (const Authorship& part : Authors(edits)) {
      found[part.edit] += part.length;
    }
    ASSERT_EQ(found, expected);
  });
}

std::u32string TextOf(Replay& replay) {
  if (replay.is_plain()) return replay.plain().Take();
  std::u32string text;
  const Sequence& sequence = replay.sequence();
  for (RunHandle run = sequence.First(); run != kNoRun;
       run = sequence.Next(run)) {
    const RunRecord& record = sequence.record(run);
    if (!record.gone) text += replay.Words(record, 0, record.length);
  }
  return text;
}

TEST(TextLawsTest, AReplayThatFoldsAtCriticalVersionsGivesTheSameText) {
  uint64_t folded = 0;
  ForEachSeed(1500, [&](uint64_t seed) {
    SeededRandom random(seed);
    const std::vector<Edit> edits =
        RandomWorld({.authors = 2, .edits = 25}, random);
    const History history(edits);
    Replay whole(edits, history);
    Replay partial(edits, history);
    whole.UnfoldText();
    for (uint32_t turn = 0; turn < history.size(); ++turn) {
      whole.Apply(turn, Marks::kNone);
      partial.Apply(turn, history.IsLinear(turn) ? Marks::kNone : Marks::kEnds);
      if (!history.IsCritical(turn) || partial.is_plain()) continue;
      partial.Fold();
      folded += partial.is_plain() ? 1 : 0;
    }
    ASSERT_EQ(TextOf(partial), TextOf(whole));
  });
  EXPECT_GT(folded, 500u);
}

TEST(TextLawsTest, AuthorsOfflineInAnyOrderEqualTheNaiveReference) {
  for (const Offline kind : {Offline::kRandomPlaces, Offline::kSameParagraph,
                             Offline::kAdversarial}) {
    for (const bool swapped : {false, true}) {
      ForEachSeed(3, [&](uint64_t seed) {
        SeededRandom random(seed);
        const std::vector<Edit> edits =
            testing::OfflineWorld({.kind = kind,
                                   .events_each = 12,
                                   .sentences = 4,
                                   .sentence_length = 8,
                                   .swapped = swapped},
                                  random);
        std::vector<uint32_t> place;
        for (const auto& order : {edits, Shuffled(edits, random, &place)}) {
          const Merged merged = Merge(order);
          ASSERT_EQ(merged.raw, NaiveText(order).Raw());
          ASSERT_EQ(PiecesOf(merged), NaivePieces(order));
        }
      });
    }
  }
}

// What an author types at `at` of the base text, one edit a key.
void TypeRun(const std::u32string& words, uint32_t at, bool backward,
             int author, std::vector<Edit>* edits) {
  uint32_t parent = 0;
  for (uint32_t i = 0; i < words.size(); ++i) {
    Edit edit = MakeEdit(author, i + 1, {parent});
    edit.runs = {{backward ? at : at + i, 1}};
    edit.inserted = words.substr(backward ? words.size() - 1 - i : i, 1);
    parent = edits->size();
    edits->push_back(edit);
  }
}

TEST(TextLawsTest, RunsTypedApartAreNeverInterleaved) {
  for (int kinds = 0; kinds < 8; ++kinds) {
    std::vector<Edit> edits = {MakeEdit(9, 1, {})};
    edits[0].runs = {{0, 2}};
    edits[0].inserted = U"()";
    const std::u32string words[] = {U"Almaty", U"Aktau", U"Bishkek"};
    for (int author = 0; author < 3; ++author) {
      TypeRun(words[author], 1, kinds >> author & 1, author, &edits);
    }
    const std::u32string raw = Merge(edits).raw;
    for (const std::u32string& word : words) {
      EXPECT_NE(raw.find(word), std::u32string::npos) << ToUtf8(raw);
    }
  }
}

// --- numbers ---------------------------------------------------------------

std::u32string NumberText(uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::u32string(digits.begin(), digits.end());
}

std::set<std::u32string> NumbersOf(const std::u32string& text) {
  std::set<std::u32string> numbers;
  std::u32string number;
  for (const char32_t scalar : text + U" ") {
    if (IsDigit(scalar)) {
      number += scalar;
    } else if (!number.empty()) {
      numbers.insert(number);
      number.clear();
    }
  }
  return numbers;
}

// Authors as our apps let them be: they see segments, edit plain ones through
// Diff, and answer open spans whole.
class Newsroom {
 public:
  Newsroom(int authors, SeededRandom& random)
      : random_(random), known_(authors), seqs_(authors) {
    Edit base = MakeEdit(9, 1, {});
    for (int i = 0; i < 4; ++i) {
      base.inserted += U"In town " + NewNumber() + U" lie and " + NewNumber() +
                       (i == 1 ? U" go.\n" : U" go. ");
    }
    base.runs = {{0, static_cast<uint32_t>(base.inserted.size())}};
    edits_ = {base};
    for (std::set<uint32_t>& known : known_) known = {0};
  }

  void Step() {
    const int author = random_.Below(known_.size());
    if (random_.OneIn(3)) {
      const int other = random_.Below(known_.size());
      known_[author].insert(known_[other].begin(), known_[other].end());
      return;
    }
    std::vector<bool> keep(edits_.size());
    for (const uint32_t i : known_[author]) keep[i] = true;
    const Merged seen = Merge(testing::Subset(edits_, keep));
    if (seen.segments.empty()) return;
    const size_t chosen = random_.Below(seen.segments.size());
    Edit edit = MakeEdit(author, ++seqs_[author], Heads(known_[author]));
    edit.lamport = edits_.size();
    if (!Write(seen, chosen, known_[author], &edit)) return;
    known_[author].insert(edits_.size());
    edits_.push_back(edit);
  }

  void ExpectNoNumberThatNobodyWrote() const {
    for (const Piece& piece : PiecesOf(Merge(edits_))) {
      ExpectWritten(piece.text);
      ExpectWritten(piece.base);
      for (const auto& [text, by] : piece.originals) ExpectWritten(text);
    }
  }

 private:
  void ExpectWritten(const std::u32string& text) const {
    for (const std::u32string& number : NumbersOf(text)) {
      EXPECT_TRUE(written_.count(number)) << ToUtf8(number);
    }
  }

  std::u32string NewNumber() {
    const std::u32string number = NumberText(10 + random_.Below(9990));
    written_.insert(number);
    return number;
  }

  std::vector<uint32_t> Heads(const std::set<uint32_t>& known) const {
    std::set<uint32_t> heads = known;
    for (const uint32_t i : known) {
      for (const uint32_t parent : edits_[i].parents) heads.erase(parent);
    }
    return {heads.begin(), heads.end()};
  }

  // False if the author would rather not.
  bool Write(const Merged& seen, size_t chosen, const std::set<uint32_t>& known,
             Edit* edit) {
    const Segment& segment = seen.segments[chosen];
    const bool exact =
        !segment.open &&
        seen.raw.substr(segment.raw_start,
                        segment.raw_end - segment.raw_start) == segment.text;
    if (exact) return EditPlain(segment, edit);
    if (segment.open && !random_.OneIn(3)) return false;
    const uint32_t length = segment.raw_end - segment.raw_start;
    edit->inserted = segment.open ? segment.originals[0].text : segment.text;
    if (random_.OneIn(2)) edit->inserted = U"There " + NewNumber() + U" lie.";
    const uint32_t size = edit->inserted.size();
    if (size > 0) edit->runs.push_back({segment.raw_end, size});
    if (length > 0) {
      edit->runs.push_back({segment.raw_start, length, RunKind::kDelete});
    }
    edit->touched = {{segment.raw_start, segment.raw_end}};
    const std::vector<uint32_t> numbers(known.begin(), known.end());
    for (const Original& original : segment.originals) {
      for (const uint32_t by : original.edits) {
        edit->resolves.push_back(numbers[by]);
      }
    }
    return true;
  }

  bool EditPlain(const Segment& segment, Edit* edit) {
    const NetEdit net = Diff(segment.text, Rewritten(segment.text));
    if (net.runs.empty()) return false;
    edit->inserted = net.inserted;
    edit->runs = net.runs;
    edit->touched = net.touched;
    for (text::Run& run : edit->runs) run.position += segment.raw_start;
    for (Range& range : edit->touched) {
      range.start += segment.raw_start;
      range.end += segment.raw_start;
    }
    return true;
  }

  std::u32string Rewritten(std::u32string text) {
    const size_t at = random_.Below(text.size() + 1);
    const size_t digit = text.find_first_of(U"0123456789", at);
    if (random_.Below(3) > 0 && digit != std::u32string::npos) {
      size_t start = digit;
      while (start > 0 && IsDigit(text[start - 1])) --start;
      const size_t end = text.find_first_not_of(U"0123456789", digit);
      return text.replace(start, end - start, NewNumber());
    }
    const size_t stop = text.find(U". ", at);
    if (stop == std::u32string::npos) {
      return text + U" At last " + NewNumber() + U" came.";
    }
    if (random_.OneIn(2)) {
      return text.insert(stop + 2, U"Then " + NewNumber() + U" came. ");
    }
    const size_t next = text.find(U". ", stop + 1);
    if (next == std::u32string::npos) return text;
    return text.erase(stop + 2, next - stop);
  }

  SeededRandom& random_;
  std::vector<Edit> edits_;
  std::vector<std::set<uint32_t>> known_;
  std::vector<uint64_t> seqs_;
  std::set<std::u32string> written_;
};

TEST(TextLawsTest, NoReaderEverSeesANumberThatNobodyWrote) {
  ForEachSeed(600, [](uint64_t seed) {
    SeededRandom random(seed);
    Newsroom newsroom(3, random);
    for (int step = 0; step < 24; ++step) {
      newsroom.Step();
      newsroom.ExpectNoNumberThatNobodyWrote();
    }
  });
}

}  // namespace
}  // namespace dateline::sync::text

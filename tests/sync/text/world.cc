#include "tests/sync/text/world.h"

#include <algorithm>

namespace dateline::testing {
namespace {

using sync::Random;
using sync::text::Edit;
using sync::text::Merged;
using sync::text::Original;
using sync::text::Range;
using sync::text::Run;
using sync::text::RunKind;
using sync::text::Segment;

// What one author knows.
using Known = std::vector<bool>;

std::vector<uint32_t> HeadsOf(const std::vector<Edit>& edits,
                              const Known& known) {
  std::vector<bool> has_child(edits.size());
  for (size_t i = 0; i < edits.size(); ++i) {
    if (!known[i]) continue;
    for (const uint32_t parent : edits[i].parents) has_child[parent] = true;
  }
  std::vector<uint32_t> heads;
  for (uint32_t i = 0; i < edits.size(); ++i) {
    if (known[i] && !has_child[i]) heads.push_back(i);
  }
  return heads;
}

// The text that positions count in: held edits count there.
Merged TextOf(const std::vector<Edit>& edits, const Known& known) {
  std::vector<Edit> seen = Subset(edits, known);
  for (Edit& edit : seen) edit.held = false;
  return sync::text::Merge(seen);
}

// Writes over an open span and names all in it, as the desk does.
bool ResolveOne(const Merged& text, const Known& known, Random& random,
                Edit* edit) {
  std::vector<uint32_t> numbers;  // of all edits, by those of the subset
  for (uint32_t i = 0; i < known.size(); ++i) {
    if (known[i]) numbers.push_back(i);
  }
  for (const Segment& segment : text.segments) {
    if (!segment.open || random.OneIn(3)) continue;
    const uint32_t length = segment.raw_end - segment.raw_start;
    edit->inserted = U"R";
    edit->runs.push_back({segment.raw_end, 1});
    if (length > 0) {
      edit->runs.push_back({segment.raw_start, length, RunKind::kDelete});
    }
    edit->touched.push_back({segment.raw_start, segment.raw_end});
    if (random.OneIn(4)) return true;  // by its range alone
    for (const Original& original : segment.originals) {
      for (const uint32_t by : original.edits) {
        edit->resolves.push_back(numbers[by]);
      }
    }
    return true;
  }
  return false;
}

Run RandomRun(uint32_t length, Random& random) {
  Run run;
  if (length == 0 || random.Below(5) < 3) {
    run.position = random.Below(length + 1);
    run.length = 1 + random.Below(3);
    return run;
  }
  run.length = 1 + random.Below(std::min<uint32_t>(3, length));
  const uint32_t start = random.Below(length - run.length + 1);
  const bool back = random.OneIn(2);
  run.kind = back ? RunKind::kDeleteBackward : RunKind::kDelete;
  run.position = back ? start + run.length : start;
  return run;
}

void AddRuns(uint32_t length, Random& random, Edit* edit) {
  const int runs = 1 + random.Below(3);
  for (int i = 0; i < runs; ++i) {
    const Run run = RandomRun(length, random);
    edit->runs.push_back(run);
    if (run.kind != RunKind::kInsert) {
      length -= run.length;
      continue;
    }
    length += run.length;
    for (uint32_t j = 0; j < run.length; ++j) {
      edit->inserted += static_cast<char32_t>(U'a' + random.Below(26));
    }
  }
}

Edit RandomEdit(const WorldOptions& options, const std::vector<Edit>& edits,
                const Known& known, int author, uint64_t seq, Random& random) {
  Edit edit = MakeEdit(author, seq, HeadsOf(edits, known));
  edit.lamport = edits.size() + 1;
  const Merged text = TextOf(edits, known);
  const uint32_t length = text.raw.size();
  if (options.resolves && random.OneIn(3) &&
      ResolveOne(text, known, random, &edit)) {
    return edit;
  }
  if (options.resolves && random.OneIn(5)) {
    for (uint32_t i = 0; i < edits.size(); ++i) {
      if (known[i] && random.OneIn(2)) edit.resolves.push_back(i);
    }
  }
  AddRuns(length, random, &edit);
  if (options.touched && random.OneIn(2)) {
    Range range;
    range.start = random.Below(length + 1);
    range.end = range.start + random.Below(length - range.start + 1);
    edit.touched.push_back(range);
  }
  if (options.held_one_in > 0) edit.held = random.OneIn(options.held_one_in);
  if (options.erased_one_in > 0 && random.OneIn(options.erased_one_in)) {
    edit.erased = true;
    if (random.OneIn(2)) edit.inserted.clear();
  }
  if (options.invalid_one_in > 0 && random.OneIn(options.invalid_one_in)) {
    edit.runs.back().position += length + 1000;
  }
  return edit;
}

constexpr uint32_t kSentencesOfAParagraph = 5;

// One author's text, as the lengths of its sentences.
class Offliner {
 public:
  Offliner(const OfflineOptions& options, int author)
      : options_(options),
        author_(author),
        lengths_(options.sentences, options.sentence_length) {}

  Edit Next(Random& random) {
    const bool adversarial = options_.kind == Offline::kAdversarial;
    const uint32_t chosen =
        adversarial ? options_.sentences / 2 : random.Below(SentencesOfKind());
    uint32_t start = 0;
    for (uint32_t i = 0; i < chosen; ++i) start += lengths_[i];
    uint32_t& length = lengths_[chosen];
    Edit edit = MakeEdit(author_, ++seq_, {});
    edit.touched = {{start, start + length - 1}};  // without the space behind
    const uint32_t at =
        start + (adversarial ? options_.sentence_length / 2
                             : static_cast<uint32_t>(random.Below(length - 2)));
    if (!adversarial && random.Below(5) == 0 &&
        length > options_.sentence_length / 2) {
      edit.runs = {{at, 1, RunKind::kDelete}};
      --length;
      return edit;
    }
    edit.runs = {{at, 1}};
    edit.inserted = static_cast<char32_t>(U'a' + author_);
    ++length;
    return edit;
  }

 private:
  uint32_t SentencesOfKind() const {
    return options_.kind == Offline::kSameParagraph
               ? std::min(kSentencesOfAParagraph, options_.sentences)
               : options_.sentences;
  }

  const OfflineOptions& options_;
  const int author_;
  uint64_t seq_ = 0;
  std::vector<uint32_t> lengths_;
};

}  // namespace

std::vector<Edit> OfflineWorld(const OfflineOptions& options, Random& random) {
  Edit base = MakeEdit(9, 1, {});
  base.runs = {{0, options.sentences * options.sentence_length}};
  for (uint32_t i = 0; i < options.sentences; ++i) {
    base.inserted += std::u32string(options.sentence_length - 2, U'w') + U". ";
  }
  std::vector<Edit> edits = {base};
  Offliner authors[] = {{options, options.swapped ? 1 : 0},
                        {options, options.swapped ? 0 : 1}};
  uint32_t last[] = {0, 0};
  for (int i = 0; i < 2 * options.events_each; ++i) {
    const bool in_turns = options.kind == Offline::kAdversarial;
    const int author = in_turns ? i % 2 : i / options.events_each;
    Edit edit = authors[author].Next(random);
    edit.parents = {last[author]};
    edit.lamport = i + 2;
    last[author] = edits.size();
    edits.push_back(std::move(edit));
  }
  return edits;
}

Edit MakeEdit(int author, uint64_t seq, std::vector<uint32_t> parents) {
  Edit edit;
  edit.device.data()[0] = static_cast<uint8_t>('A' + author);
  edit.incarnation = 1;
  edit.seq = seq;
  edit.parents = std::move(parents);
  return edit;
}

std::vector<Edit> RandomWorld(const WorldOptions& options, Random& random) {
  std::vector<Edit> edits;
  std::vector<Known> known(options.authors, Known(options.edits));
  std::vector<uint64_t> seqs(options.authors);
  while (edits.size() < options.edits) {
    const int author = random.Below(options.authors);
    if (random.OneIn(3)) {
      const int other = random.Below(options.authors);
      for (size_t i = 0; i < edits.size(); ++i) {
        if (known[other][i]) known[author][i] = true;
      }
      continue;
    }
    known[author][edits.size()] = false;
    edits.push_back(RandomEdit(options, edits, known[author], author,
                               ++seqs[author], random));
    known[author][edits.size() - 1] = true;
  }
  return edits;
}

std::vector<Edit> Reordered(const std::vector<Edit>& edits,
                            const std::vector<uint32_t>& place) {
  std::vector<Edit> out(edits.size());
  for (size_t i = 0; i < edits.size(); ++i) {
    Edit edit = edits[i];
    for (uint32_t& parent : edit.parents) parent = place[parent];
    std::sort(edit.parents.begin(), edit.parents.end());
    for (uint32_t& answered : edit.resolves) answered = place[answered];
    out[place[i]] = std::move(edit);
  }
  return out;
}

std::vector<Edit> Shuffled(const std::vector<Edit>& edits, Random& random,
                           std::vector<uint32_t>* place) {
  place->assign(edits.size(), 0);
  std::vector<bool> done(edits.size());
  for (size_t turn = 0; turn < edits.size(); ++turn) {
    std::vector<uint32_t> ready;
    for (uint32_t i = 0; i < edits.size(); ++i) {
      bool all = !done[i];
      for (const uint32_t parent : edits[i].parents) all = all && done[parent];
      if (all) ready.push_back(i);
    }
    const uint32_t chosen = ready[random.Below(ready.size())];
    done[chosen] = true;
    (*place)[chosen] = turn;
  }
  return Reordered(edits, *place);
}

std::vector<Edit> Subset(const std::vector<Edit>& edits,
                         const std::vector<bool>& keep) {
  std::vector<uint32_t> place(edits.size());
  std::vector<Edit> out;
  for (size_t i = 0; i < edits.size(); ++i) {
    if (!keep[i]) continue;
    place[i] = out.size();
    Edit edit = edits[i];
    for (uint32_t& parent : edit.parents) parent = place[parent];
    std::vector<uint32_t> resolves;
    for (const uint32_t answered : edit.resolves) {
      if (keep[answered]) resolves.push_back(place[answered]);
    }
    edit.resolves = resolves;
    out.push_back(std::move(edit));
  }
  return out;
}

}  // namespace dateline::testing

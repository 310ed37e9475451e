#include "tests/sync/wire/random_changes.h"

#include <algorithm>
#include <string>

#include "sync/model/fields.h"
#include "tests/sync/wire/world.h"

namespace dateline::testing {
namespace {

using sync::Change;
using sync::Hash;
using sync::Header;
using sync::Holding;
using sync::Lane;

std::string RandomWords(sync::Random& random) {
  constexpr const char* kWords[] = {"airport ",  "Алматы ", "القتلى ", "12 ",
                                    "аурухана ", "👍",       "\n"};
  std::string text;
  for (uint64_t i = random.Below(12); i > 0; --i) {
    text += kWords[random.Below(std::size(kWords))];
  }
  return text;
}

uint32_t Scalars(const std::string& text) {
  return static_cast<uint32_t>(std::ranges::count_if(
      text, [](char byte) { return (byte & 0xC0) != 0x80; }));
}

// Heads and names out of what has been written so far.
Header RandomHeader(const std::vector<Hash>& written, sync::Random& random) {
  Header header;
  const auto pick = [&](std::vector<Hash>* out, uint64_t most) {
    for (uint64_t i = random.Below(most + 1); i > 0 && !written.empty(); --i) {
      out->push_back(random.OneIn(8) ? Hash::Make(random)
                                     : written[random.Below(written.size())]);
    }
  };
  if (random.OneIn(2)) pick(&header.deps, 4);
  std::ranges::sort(header.deps);
  header.deps.erase(std::unique(header.deps.begin(), header.deps.end()),
                    header.deps.end());
  if (random.OneIn(3)) pick(&header.names, 6);
  if (random.OneIn(10)) header.schema = static_cast<uint32_t>(random.Below(5));
  if (random.OneIn(10)) header.trailing = "later";
  if (random.OneIn(4)) header.save_lanes = 7;
  return header;
}

Change RandomChange(Author* author, Lane lane,
                    const std::vector<Hash>& written) {
  sync::Random& random = author->random;
  const Header header = RandomHeader(written, random);
  if (lane == Lane::kText) {
    v1::Content content;
    content.set_text("." + RandomWords(random));
    return author->Write(lane,
                         InsertStructure(sync::kBody, Scalars(content.text())),
                         content, header);
  }
  v1::Structure structure;
  v1::Content content;
  for (uint64_t i = random.Below(6) + 1; i > 0; --i) {
    if (random.OneIn(4)) {
      structure.add_ops()->mutable_add()->set_field(sync::kSubjects);
    } else {
      structure.add_ops()->mutable_put()->set_field(sync::kHeadline);
    }
    content.add_values()->set_text(RandomWords(random));
  }
  return author->Write(lane, structure, content, header);
}

void RandomHolding(sync::Random& random, Change* change) {
  if (random.OneIn(8)) *change = ToStub(*change);
  if (!random.OneIn(12)) return;
  Change place;
  place.feed = change->feed;
  place.seq = change->seq;
  place.previous = change->previous;
  place.hash = change->hash;
  place.holding = Holding::kPlaceOnly;
  *change = place;
}

}  // namespace

std::vector<sync::RunOfChanges> RandomRuns(uint64_t seed, int authors,
                                           int runs) {
  std::vector<Author> people;
  for (int i = 0; i < authors; ++i) people.emplace_back(seed * 100 + i);
  sync::SeededRandom random(seed);
  std::vector<Hash> written;
  std::vector<sync::RunOfChanges> out;
  for (int i = 0; i < runs; ++i) {
    Author& author = people[random.Below(people.size())];
    const Lane lane = random.OneIn(2) ? Lane::kText : Lane::kFact;
    std::vector<Change> changes;
    for (uint64_t k = random.Below(5) + 1; k > 0; --k) {
      changes.push_back(RandomChange(&author, lane, written));
      written.push_back(changes.back().hash);
    }
    out.push_back(author.Run(changes));
    for (Change& change : out.back().changes) RandomHolding(random, &change);
  }
  return out;
}

}  // namespace dateline::testing

// Whatever authors wrote apart, in whatever order it arrives, is merged as the
// naive reference does: the text, who wrote it, what is void, what is open.
#include "absl/strings/string_view.h"
#include "sync/base/check.h"
#include "tests/sync/text/byte_random.h"
#include "tests/sync/text/naive.h"
#include "tests/sync/text/naive_guard.h"
#include "tests/sync/text/world.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace text = dateline::sync::text;
  namespace testing = dateline::testing;
  testing::ByteRandom random(
      absl::string_view(reinterpret_cast<const char*>(data), size));
  const testing::WorldOptions options = {
      .authors = static_cast<int>(2 + random.Below(3)),
      .edits = static_cast<int>(2 + random.Below(9)),
      .held_one_in = random.OneIn(4) ? 4u : 0u,
      .erased_one_in = random.OneIn(4) ? 4u : 0u,
      .invalid_one_in = random.OneIn(4) ? 4u : 0u,
      .touched = random.OneIn(2),
      .resolves = random.OneIn(2)};
  std::vector<uint32_t> place;
  const std::vector<text::Edit> edits =
      testing::Shuffled(RandomWorld(options, random), random, &place);
  const testing::NaiveText naive(edits);
  const text::Merged merged = text::Merge(edits);
  DATELINE_CHECK(merged.raw == naive.Raw());
  DATELINE_CHECK(merged.invalid == naive.invalid());
  DATELINE_CHECK(testing::PiecesOf(merged) == testing::NaivePieces(edits));
  std::vector<int> authors;
  for (const text::Authorship& part : text::Authors(edits)) {
    authors.insert(authors.end(), part.length, static_cast<int>(part.edit));
  }
  DATELINE_CHECK(authors == naive.RawAuthors());
  return 0;
}

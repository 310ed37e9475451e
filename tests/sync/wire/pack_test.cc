#include "sync/wire/pack.h"

#include "gtest/gtest.h"
#include "sync/base/limits.h"
#include "sync/model/fields.h"
#include "tests/support/status_matchers.h"
#include "tests/sync/wire/world.h"

namespace dateline::sync {
namespace {

using ::dateline::testing::Author;
using ::dateline::testing::Fails;
using ::dateline::testing::MapIndex;

void ExpectSame(const Change& got, const Change& want) {
  EXPECT_EQ(got.hash, want.hash);
  EXPECT_EQ(got.head(), want.head());
  EXPECT_EQ(got.previous, want.previous);
  EXPECT_EQ(got.holding, want.holding);
  EXPECT_EQ(got.header, want.header);
  EXPECT_EQ(got.header_bytes, want.header_bytes);
  EXPECT_EQ(got.structure, want.structure);
  EXPECT_EQ(got.salt, want.salt);
  EXPECT_EQ(got.content, want.content);
  EXPECT_EQ(got.content_hash, want.content_hash);
}

void ExpectSame(const std::vector<RunOfChanges>& got,
                const std::vector<RunOfChanges>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].feed, want[i].feed);
    EXPECT_EQ(got[i].signature, want[i].signature);
    ASSERT_EQ(got[i].changes.size(), want[i].changes.size());
    for (size_t k = 0; k < got[i].changes.size(); ++k) {
      ExpectSame(got[i].changes[k], want[i].changes[k]);
    }
    EXPECT_EQ(got[i].changes.back().signature, want[i].signature);
  }
}

// Some of everything that a phone writes.
std::vector<RunOfChanges> SmallStory(Author* author) {
  std::vector<Change> facts = {author->WriteHeadline("Flights stop"),
                               author->WriteHeadline("Airport is shut")};
  std::vector<Change> texts = {author->WriteBody("Nobody lands. ")};
  Header names_text;
  names_text.names = {texts[0].hash};
  facts.push_back(author->Write(Lane::kFact, testing::PutStructure(kSlugline),
                                testing::TextContent("airport"), names_text));
  return {author->Run(facts), author->Run(texts)};
}

TEST(PackTest, BringsEveryByteOfEveryChangeToAReceiverThatHoldsNothing) {
  Author author(1);
  const std::vector<RunOfChanges> runs = SmallStory(&author);
  for (const int level : {0, 3}) {
    MapIndex sender, receiver;
    const v1::PackFrame frame = EncodePack(runs, sender, level);
    ASSERT_OK_AND_ASSIGN(const DecodedPack pack, DecodePack(frame, receiver));
    EXPECT_TRUE(pack.rejected.empty());
    ExpectSame(pack.runs, runs);
  }
}

}  // namespace
}  // namespace dateline::sync

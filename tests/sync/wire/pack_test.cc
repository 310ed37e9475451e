#include "sync/wire/pack.h"

#include "gtest/gtest.h"
#include "sync/model/fields.h"
#include "tests/support/status_matchers.h"
#include "tests/sync/wire/expect_same.h"
#include "tests/sync/wire/world.h"

namespace dateline::sync {
namespace {

using ::dateline::testing::Author;
using ::dateline::testing::ExpectSame;
using ::dateline::testing::Fails;
using ::dateline::testing::MapIndex;

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

TEST(PackTest, SendsWhatTheReceiverHoldsByPlaceAndContinuesIt) {
  Author author(2);
  const std::vector<RunOfChanges> first = SmallStory(&author);
  MapIndex sender, receiver;
  sender.AddAll(first);
  receiver.AddAll(first);
  const std::vector<RunOfChanges> next = {
      author.Run({author.WriteHeadline("Airport opens")})};
  const v1::PackFrame by_place = EncodePack(next, sender, 0);
  NoIndex nothing;
  const v1::PackFrame in_full = EncodePack(next, nothing, 0);
  // Dep is the previous change in both; only the previous hash is sent more.
  EXPECT_LT(by_place.pack().size() + Hash::kSize, in_full.pack().size() + 1);
  ASSERT_OK_AND_ASSIGN(const DecodedPack pack, DecodePack(by_place, receiver));
  ExpectSame(pack.runs, next);
  ASSERT_OK_AND_ASSIGN(const DecodedPack full, DecodePack(in_full, receiver));
  ExpectSame(full.runs, next);
}

TEST(PackTest, LeavesOutARunThatDoesNotContinueWhatIsHeldAndKeepsTheOthers) {
  Author almaty(3), aktau(4);
  const Change first = almaty.WriteHeadline("One");
  const Change second = almaty.WriteHeadline("Two");
  const RunOfChanges gap = almaty.Run({second});
  const RunOfChanges whole = aktau.Run({aktau.WriteHeadline("Three")});
  MapIndex sender, receiver;
  sender.Add(first);
  ASSERT_OK_AND_ASSIGN(
      const DecodedPack pack,
      DecodePack(EncodePack({gap, whole}, sender, 3), receiver));
  ExpectSame(pack.runs, {whole});
  ASSERT_EQ(pack.rejected.size(), 1u);
  EXPECT_EQ(pack.rejected[0].feed, gap.feed);
  EXPECT_EQ(pack.rejected[0].seq, 2u);
  EXPECT_THAT(pack.rejected[0].why, Fails(v1::BAD_CHAIN));
}

TEST(PackTest, LeavesOutARunThatNamesAPlaceWhichIsNotHeld) {
  Author almaty(5), desk(6);
  const Change named = almaty.WriteHeadline("One");
  Header header;
  header.document = almaty.document;
  header.deps = {named.hash};
  const Change second = desk.WriteHeadline("Before it");
  const Change third = desk.Write(Lane::kFact, testing::PutStructure(kHeadline),
                                  testing::TextContent("Two"), header);
  MapIndex sender, receiver;
  sender.Add(named);
  const v1::PackFrame frame =
      EncodePack({desk.Run({second, third})}, sender, 0);
  ASSERT_OK_AND_ASSIGN(const DecodedPack without, DecodePack(frame, receiver));
  EXPECT_TRUE(without.runs.empty());
  ASSERT_EQ(without.rejected.size(), 1u);
  EXPECT_EQ(without.rejected[0].seq, 2u);
  EXPECT_THAT(without.rejected[0].why, Fails(v1::BAD_CHAIN));
  receiver.Add(named);
  ASSERT_OK_AND_ASSIGN(const DecodedPack with, DecodePack(frame, receiver));
  ExpectSame(with.runs, {desk.Run({second, third})});
}

TEST(PackTest, ABadChangeLeavesItsPlaceSoThatTheFeedGoesOn) {
  Author author(7);
  const Change before = author.WriteHeadline("Before");
  v1::Structure zero;
  zero.add_ops()->mutable_request();  // kind 0
  const Change bad = author.Write(Lane::kFact, zero, {});
  const Change after = author.WriteHeadline("After");
  const RunOfChanges run = author.Run({before, bad, after});
  MapIndex sender, receiver;
  ASSERT_OK_AND_ASSIGN(const DecodedPack pack,
                       DecodePack(EncodePack({run}, sender, 0), receiver));
  ASSERT_EQ(pack.runs.size(), 1u);
  const std::vector<Change>& got = pack.runs[0].changes;
  ASSERT_EQ(got.size(), 3u);
  ExpectSame(got[0], before);
  ExpectSame(got[2], after);
  EXPECT_EQ(got[1].holding, Holding::kPlaceOnly);
  EXPECT_EQ(got[1].head(), bad.head());
  EXPECT_EQ(got[1].previous, before.hash);
  EXPECT_TRUE(got[1].structure.empty() && got[1].content.empty());
  ASSERT_EQ(pack.rejected.size(), 1u);
  EXPECT_EQ(pack.rejected[0].seq, 2u);
  EXPECT_THAT(pack.rejected[0].why, Fails(v1::OUT_OF_RANGE_VALUE));
  // The signature still proves what is left.
  EXPECT_TRUE(VerifyHead(author.key.public_key(), got[2].head(),
                         pack.runs[0].signature));
}

TEST(PackTest, PassesStubsAndPlacesOn) {
  Author author(8);
  const Change whole = author.WriteHeadline("One");
  const Change redacted = ToStub(author.WriteHeadline("Two"));
  Change place = author.WriteHeadline("Three");
  Change bare;
  bare.feed = place.feed;
  bare.seq = place.seq;
  bare.previous = place.previous;
  bare.hash = place.hash;
  bare.holding = Holding::kPlaceOnly;
  const Change last = author.WriteHeadline("Four");
  const std::vector<RunOfChanges> runs = {
      author.Run({whole, redacted, bare, last})};
  MapIndex sender, receiver;
  ASSERT_OK_AND_ASSIGN(const DecodedPack pack,
                       DecodePack(EncodePack(runs, sender, 3), receiver));
  ExpectSame(pack.runs, runs);
  EXPECT_TRUE(pack.rejected.empty());
}

TEST(PackTest, SendsAHeaderOfALaterSchemaAsItIs) {
  Author author(9);
  Header later;
  later.schema = 7;
  later.ignorable_from = 3;
  later.trailing = "what a later layout adds";
  const Change change =
      author.Write(Lane::kFact, testing::PutStructure(kHeadline),
                   testing::TextContent("One"), later);
  const Change after = author.WriteHeadline("Two");
  const std::vector<RunOfChanges> runs = {author.Run({change, after})};
  MapIndex sender, receiver;
  ASSERT_OK_AND_ASSIGN(const DecodedPack pack,
                       DecodePack(EncodePack(runs, sender, 0), receiver));
  ExpectSame(pack.runs, runs);
}

TEST(PackTest, AnUnknownLayoutOfAHeaderKeepsItsPlace) {
  Author author(10);
  Change odd = author.WriteHeadline("One");
  odd.header_bytes[0] = 2;
  odd.hash = ComputeHash(odd);
  MapIndex sender, receiver;
  ASSERT_OK_AND_ASSIGN(
      const DecodedPack pack,
      DecodePack(EncodePack({author.Run({odd})}, sender, 0), receiver));
  ASSERT_EQ(pack.runs.size(), 1u);
  EXPECT_EQ(pack.runs[0].changes[0].holding, Holding::kPlaceOnly);
  EXPECT_EQ(pack.runs[0].changes[0].hash, odd.hash);
  ASSERT_EQ(pack.rejected.size(), 1u);
  EXPECT_THAT(pack.rejected[0].why, Fails(v1::BAD_REQUEST));
}

TEST(PackTest, CarriesBothBranchesOfAFork) {
  Author phone(11);
  const Change common = phone.WriteHeadline("Common");
  Author clone = Author(11);
  (void)clone.WriteHeadline("Common");
  clone.heads = phone.heads;
  clone.last = phone.last;
  const Change mine = phone.WriteHeadline("Mine");
  const Change mine_next = phone.WriteHeadline("Mine, next");
  const Change theirs = clone.WriteHeadline("Theirs");
  const Change theirs_next = clone.WriteHeadline("Theirs, next");
  ASSERT_EQ(mine.seq, theirs.seq);
  ASSERT_NE(mine.hash, theirs.hash);
  MapIndex sender, receiver;
  sender.Add(common);
  receiver.Add(common);
  const std::vector<RunOfChanges> runs = {
      phone.Run({mine}), phone.Run({theirs}), phone.Run({mine_next}),
      phone.Run({theirs_next})};
  ASSERT_OK_AND_ASSIGN(const DecodedPack pack,
                       DecodePack(EncodePack(runs, sender, 3), receiver));
  ExpectSame(pack.runs, runs);
}

TEST(PackTest, ASaveOfTwoLanesSendsItsSaltOnce) {
  Author author(12);
  Change text = author.WriteBody("Nobody lands.");
  --author.save;
  Change fact = author.WriteHeadline("Airport is shut");
  fact.salt = text.salt;
  fact.content_hash = ContentHash(fact.salt, fact.content);
  fact.hash = ComputeHash(fact);
  const std::vector<RunOfChanges> runs = {author.Run({text}),
                                          author.Run({fact})};
  MapIndex sender, receiver;
  const v1::PackFrame frame = EncodePack(runs, sender, 0);
  const size_t first = frame.pack().find(text.salt.str());
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(frame.pack().find(text.salt.str(), first + 1), std::string::npos);
  ASSERT_OK_AND_ASSIGN(const DecodedPack pack, DecodePack(frame, receiver));
  ExpectSame(pack.runs, runs);
}

TEST(PackTest, ADifferentBitAnywhereIsNeverTakenForTheSameChange) {
  Author author(20);
  MapIndex index;
  const std::vector<RunOfChanges> runs = SmallStory(&author);
  const v1::PackFrame good = EncodePack(runs, index, 0);
  for (size_t i = 0; i < good.pack().size(); ++i) {
    for (const int bit : {0, 3, 7}) {
      v1::PackFrame frame = good;
      (*frame.mutable_pack())[i] ^= static_cast<char>(1 << bit);
      const absl::StatusOr<DecodedPack> pack = DecodePack(frame, index);
      if (!pack.ok()) continue;
      // What is still accepted is proven otherwise by a signature.
      bool same = pack->runs.size() == runs.size() && pack->rejected.empty();
      for (size_t r = 0; same && r < runs.size(); ++r) {
        same = pack->runs[r].feed == runs[r].feed &&
               VerifyHead(author.key.public_key(),
                          pack->runs[r].changes.back().head(),
                          pack->runs[r].signature);
      }
      EXPECT_FALSE(same) << "byte " << i << ", bit " << bit;
    }
  }
}

}  // namespace
}  // namespace dateline::sync

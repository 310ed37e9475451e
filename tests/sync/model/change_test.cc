#include "sync/model/change.h"

#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace dateline::sync {
namespace {

class ChangeTest : public ::testing::Test {
 protected:
  Change Next(const FeedHead& after, const std::string& content) {
    Header header;
    header.document = DocumentId::Make(random);
    header.signer = after.feed.device;
    header.lamport = after.seq + 1;
    header.save_lanes = 0b010;
    return Seal({.after = after,
                 .header = header,
                 .structure = "structure",
                 .content = content,
                 .salt = Salt::Make(random)});
  }

  SeededRandom random{1};
  const FeedHead start{.feed = {.device = DeviceId::Make(random),
                                .incarnation = random.Next(),
                                .assignment = AssignmentId::Make(random),
                                .lane = Lane::kFact}};
};

TEST_F(ChangeTest, EachContinuesTheOneBeforeIt) {
  const Change first = Next(start, "one");
  const Change second = Next(first.head(), "two");
  EXPECT_EQ(first.seq, 1u);
  EXPECT_TRUE(first.previous.IsZero());
  EXPECT_EQ(second.seq, 2u);
  EXPECT_EQ(second.previous, first.hash);
}

TEST_F(ChangeTest, ADifferenceAnywhereChangesTheHash) {
  const Change change = Next(start, "one");
  ASSERT_EQ(ComputeHash(change), change.hash);
  const auto differs = [&](auto spoil) {
    Change other = change;
    spoil(&other);
    return ComputeHash(other) != change.hash;
  };
  EXPECT_TRUE(differs([](Change* c) { ++c->seq; }));
  EXPECT_TRUE(differs([](Change* c) { ++c->feed.incarnation; }));
  EXPECT_TRUE(differs([](Change* c) { c->feed.lane = Lane::kText; }));
  EXPECT_TRUE(differs([](Change* c) { c->previous = c->hash; }));
  EXPECT_TRUE(differs([](Change* c) { c->header_bytes += '\0'; }));
  EXPECT_TRUE(differs([](Change* c) { c->structure += '\0'; }));
  EXPECT_TRUE(differs([](Change* c) { c->content_hash = c->hash; }));
  Salt other_salt = change.salt;
  ++other_salt.data()[0];
  EXPECT_NE(ContentHash(other_salt, change.content), change.content_hash);
  EXPECT_NE(ContentHash(change.salt, "two"), change.content_hash);
}

TEST_F(ChangeTest, BytesMovedFromHeaderToStructureAreAnotherChange) {
  Change change = Next(start, "one");
  change.structure = change.header_bytes.back() + change.structure;
  change.header_bytes.pop_back();
  EXPECT_NE(ComputeHash(change), change.hash);
}

TEST_F(ChangeTest, AStubHasNoWordsAndTheSameHash) {
  const Change change = Next(start, "what was said");
  const Change stub = ToStub(change);
  EXPECT_EQ(stub.holding, Holding::kStub);
  EXPECT_TRUE(stub.content.empty());
  EXPECT_EQ(stub.salt, Salt());
  EXPECT_EQ(ComputeHash(stub), change.hash);
  EXPECT_EQ(Next(stub.head(), "two").previous, change.hash);
}

TEST_F(ChangeTest, ASignatureCoversFeedSeqAndHash) {
  const SigningKey key = SigningKey::Make(random);
  const FeedHead head = Next(start, "one").head();
  const Signature signature = SignHead(key, head);
  EXPECT_TRUE(VerifyHead(key.public_key(), head, signature));
  FeedHead other = head;
  ++other.seq;
  EXPECT_FALSE(VerifyHead(key.public_key(), other, signature));
  other = head;
  other.feed.lane = Lane::kText;
  EXPECT_FALSE(VerifyHead(key.public_key(), other, signature));
  other = head;
  other.hash = Hash();
  EXPECT_FALSE(VerifyHead(key.public_key(), other, signature));
}

TEST_F(ChangeTest, AFeedsBytesComeBack) {
  ASSERT_OK_AND_ASSIGN(const FeedId feed,
                       FeedId::FromBytes(start.feed.Bytes()));
  EXPECT_EQ(feed, start.feed);
  EXPECT_EQ(start.feed.Bytes().size(), 33u);
  std::string bytes = start.feed.Bytes();
  bytes.back() = 4;
  EXPECT_FALSE(FeedId::FromBytes(bytes).ok());
  EXPECT_FALSE(FeedId::FromBytes(bytes.substr(1)).ok());
}

}  // namespace
}  // namespace dateline::sync

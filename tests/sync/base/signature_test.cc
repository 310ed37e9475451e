#include "sync/base/signature.h"

#include "gtest/gtest.h"

namespace dateline::sync {
namespace {

TEST(SignatureTest, VerifiesOnlyTheSameKeyDomainAndMessage) {
  SeededRandom random(1);
  const SigningKey key = SigningKey::Make(random);
  const SigningKey other = SigningKey::Make(random);
  const Signature signature = key.Sign("domain", "message");
  EXPECT_TRUE(Verify(key.public_key(), "domain", "message", signature));
  EXPECT_FALSE(Verify(other.public_key(), "domain", "message", signature));
  EXPECT_FALSE(Verify(key.public_key(), "domains", "message", signature));
  EXPECT_FALSE(Verify(key.public_key(), "domain", "massage", signature));
}

TEST(SignatureTest, AKeyComesBackFromItsSeed) {
  SeededRandom random(2);
  const SigningKey key = SigningKey::Make(random);
  EXPECT_EQ(SigningKey::FromSeed(key.seed()).public_key(), key.public_key());
}

}  // namespace
}  // namespace dateline::sync

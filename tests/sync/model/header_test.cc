#include "sync/model/header.h"

#include "gtest/gtest.h"
#include "sync/base/limits.h"
#include "sync/base/random.h"
#include "tests/support/seed.h"
#include "tests/support/status_matchers.h"

namespace dateline::sync {
namespace {

using ::dateline::testing::Fails;
using ::dateline::testing::ForEachSeed;

Header SomeHeader(Random& random) {
  Header header;
  header.lane = Lane::kText;
  header.kind = DocumentKind::kStatement;
  header.permission = PermissionClass::kAttest;
  header.document = DocumentId::Make(random);
  header.actor = PersonId::Make(random);
  header.signer = DeviceId::Make(random);
  header.lamport = 300;
  header.wall_ms = 1641722400000;
  header.save = 7;
  header.save_lanes = 0b110;
  header.deps = {Hash::Make(random)};
  header.names = {Hash::Make(random), Hash::Make(random)};
  return header;
}

// Where the fixed part ends and the varints begin.
constexpr size_t kFixedBytes = 4 + 12 + 12 + 12;

TEST(HeaderTest, ComesBackFromItsBytes) {
  ForEachSeed(200, [](uint64_t seed) {
    SeededRandom random(seed);
    Header header = SomeHeader(random);
    header.lamport = 1 + random.Below(kLamportMax);
    header.wall_ms =
        static_cast<int64_t>(random.Below(1ull << 47)) - (1ll << 45);
    header.save = random.Next();
    header.schema = static_cast<uint32_t>(random.Next());
    header.ignorable_from = static_cast<uint32_t>(random.Next());
    if (random.OneIn(2)) header.trailing = "later";
    ASSERT_OK_AND_ASSIGN(const Header again,
                         DecodeHeader(EncodeHeader(header)));
    EXPECT_EQ(again, header);
    EXPECT_EQ(EncodeHeader(again), EncodeHeader(header));
  });
}

TEST(HeaderTest, KeepsKindsClassesAndTrailingBytesOfALaterVersion) {
  SeededRandom random(1);
  Header header = SomeHeader(random);
  header.kind = static_cast<DocumentKind>(200);
  header.permission = static_cast<PermissionClass>(201);
  header.trailing = std::string("\0\xFF later", 8);
  ASSERT_OK_AND_ASSIGN(const Header again, DecodeHeader(EncodeHeader(header)));
  EXPECT_EQ(again, header);
}

TEST(HeaderTest, HasEachValueAtItsLimitAndNotOnePastIt) {
  const struct {
    const char* name;
    void (*at)(Header*);
    void (*past)(Header*);
  } cases[] = {
      {"lane",
       [](auto* h) {
         h->lane = Lane::kReceipt;
         h->save_lanes = 0xFF;
       },
       [](auto* h) {
         h->lane = static_cast<Lane>(4);
         h->save_lanes = 0xFF;
       }},
      {"kind", [](auto* h) { h->kind = DocumentKind::kReport; },
       [](auto* h) { h->kind = static_cast<DocumentKind>(0); }},
      {"class", [](auto* h) { h->permission = PermissionClass::kContent; },
       [](auto* h) { h->permission = static_cast<PermissionClass>(0); }},
      {"Lamport, low", [](auto* h) { h->lamport = 1; },
       [](auto* h) { h->lamport = 0; }},
      {"Lamport, high", [](auto* h) { h->lamport = kLamportMax; },
       [](auto* h) { h->lamport = kLamportMax + 1; }},
      {"wall time, early", [](auto* h) { h->wall_ms = kWallMsMin; },
       [](auto* h) { h->wall_ms = kWallMsMin - 1; }},
      {"wall time, late", [](auto* h) { h->wall_ms = kWallMsMax; },
       [](auto* h) { h->wall_ms = kWallMsMax + 1; }},
      {"lanes of the save", [](auto* h) { h->save_lanes = 0b100; },
       [](auto* h) { h->save_lanes = 0b010; }},
      {"deps",
       [](auto* h) {
         h->deps = {Hash(), h->deps[0]};
       },
       [](auto* h) {
         h->deps = {h->deps[0], h->deps[0]};
       }},
      {"order of deps",
       [](auto* h) {
         h->deps = {Hash(), h->deps[0]};
       },
       [](auto* h) {
         h->deps = {h->deps[0], Hash()};
       }},
  };
  for (const auto& c : cases) {
    SeededRandom random(2);
    Header header = SomeHeader(random);
    c.at(&header);
    EXPECT_OK(DecodeHeader(EncodeHeader(header))) << c.name;
    c.past(&header);
    EXPECT_THAT(DecodeHeader(EncodeHeader(header)), Fails(v1::BAD_REQUEST))
        << c.name;
  }
}

TEST(HeaderTest, RefusesAVarintThatIsNotMinimal) {
  SeededRandom random(3);
  Header header = SomeHeader(random);
  header.lamport = 5;
  const std::string good = EncodeHeader(header);
  ASSERT_EQ(good[kFixedBytes], 5);
  std::string padded = good;
  padded.replace(kFixedBytes, 1, std::string("\x85\x00", 2));
  EXPECT_THAT(DecodeHeader(padded), Fails(v1::BAD_REQUEST));
  std::string endless = good;
  endless.replace(kFixedBytes, 1, std::string(9, '\xFF') + "\x7F");
  EXPECT_THAT(DecodeHeader(endless), Fails(v1::BAD_REQUEST));
}

TEST(HeaderTest, RefusesAnUnknownLayoutAndEveryTruncation) {
  SeededRandom random(4);
  const std::string good = EncodeHeader(SomeHeader(random));
  ASSERT_OK(DecodeHeader(good));
  std::string other = good;
  other[0] = 2;
  EXPECT_THAT(DecodeHeader(other), Fails(v1::BAD_REQUEST));
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_THAT(DecodeHeader(good.substr(0, size)), Fails(v1::BAD_REQUEST))
        << size;
  }
}

}  // namespace
}  // namespace dateline::sync

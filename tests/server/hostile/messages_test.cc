// Bytes that are no session: as the first message, and in the middle of one.
#include <zstd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sync/base/limits.h"
#include "sync/base/random.h"
#include "tests/server/hostile/hostile.h"

namespace dateline::testing {
namespace {

class MessagesTest : public HostileTest {};

std::string RandomBytes(uint64_t seed) {
  sync::SeededRandom random(seed);
  std::string bytes(1 + random.Below(300), '\0');
  random.Fill(reinterpret_cast<uint8_t*>(bytes.data()), bytes.size());
  return bytes;
}

// A field of a message: its number, and bytes.
std::string Sized(int field, const std::string& bytes) {
  std::string out;
  for (uint64_t number : {uint64_t{8} * field + 2, uint64_t{bytes.size()}}) {
    for (; number >= 0x80; number >>= 7) {
      out.push_back(static_cast<char>(number | 0x80));
    }
    out.push_back(static_cast<char>(number));
  }
  return out + bytes;
}

TEST_F(MessagesTest, RandomBytesAreABadRequestWheneverTheyCome) {
  const auto member = room().Join("reporter");
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    const std::string bytes = absl::StrCat(RandomBytes(seed), kCanary);
    for (const Outcome& out :
         {room().SendBytes({bytes}),
          room().SyncBytes(*member, member->Hello(), {bytes})}) {
      ExpectPlain(out.error);
      EXPECT_EQ(out.error.reason(), v1::BAD_REQUEST);
      EXPECT_EQ(out.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
      EXPECT_EQ(out.status.error_message(), out.error.sentence());
      EXPECT_FALSE(out.ended);
    }
  }
  ExpectUnharmed();
}

TEST_F(MessagesTest, ATruncatedHelloIsABadRequestAtEveryLength) {
  const auto member = room().Join("reporter");
  const std::string hello = member->Hello();
  for (size_t length = 0; length < hello.size(); ++length) {
    SCOPED_TRACE(length);
    const Outcome out = room().SendBytes({hello.substr(0, length)});
    ExpectPlain(out.error);
    EXPECT_EQ(out.error.reason(), v1::BAD_REQUEST);
  }
  // It was not used up by what was cut.
  EXPECT_TRUE(room().SyncBytes(*member, hello, {}).ended);
  ExpectUnharmed();
}

TEST_F(MessagesTest, ATruncatedFrameStoresNothingAtAnyLength) {
  const auto member = room().Join("reporter");
  const sync::Change change = member->WriteHeadline(kCanary);
  sync::NoIndex nothing;
  v1::PackFrame frame =
      sync::EncodePack({member->Run({change})}, nothing, /*level=*/0);
  const std::string whole = BytesOf(frame), pack = frame.pack();
  for (size_t length = 0; length < whole.size(); length += 3) {
    SCOPED_TRACE(length);
    const Outcome out =
        room().SyncBytes(*member, member->Hello(), {whole.substr(0, length)});
    ExpectPlain(out.error);
    EXPECT_EQ(out.error.reason(), v1::BAD_REQUEST);
    EXPECT_TRUE(out.acked.empty());
  }
  for (size_t length = 0; length < pack.size(); ++length) {
    SCOPED_TRACE(length);
    frame.set_pack(pack.substr(0, length));
    EXPECT_TRUE(room().Sync(*member, {frame}).acked.empty());
  }
  EXPECT_EQ(room().Status().changes, before().changes);
  ExpectUnharmed();
}

TEST_F(MessagesTest, NestingIsCutShort) {
  const auto member = room().Join("reporter");
  const std::string groups = std::string(100000, '\x0B') + kCanary;
  std::string sized;
  for (int i = 0; i < 5000; ++i) sized = Sized(i % 5 + 1, sized);
  sized = Sized(3, sized);  // Heads, down to what no version has
  for (const std::string& bytes : {groups, sized}) {
    ExpectPlain(room().SendBytes({bytes}).error);
    const Outcome out =
        room().SyncBytes(*member, member->Hello(), {bytes, Sized(2, bytes)});
    ExpectPlain(out.error);
    EXPECT_EQ(out.error.reason(), v1::BAD_REQUEST);
  }
  ExpectUnharmed();
}

TEST_F(MessagesTest, AMessageIsTakenAtTheLimitAndRefusedPastIt) {
  const auto member = room().Join("reporter");
  // Fields that nobody knows yet fill it up.
  std::string end = ClientEndBytes();
  end += Sized(99, std::string(sync::kMessageBytesMax - end.size() - 6, 'x'));
  ASSERT_EQ(end.size(), sync::kMessageBytesMax);
  EXPECT_TRUE(room().SyncBytes(*member, member->Hello(), {end}).ended);
  ExpectError(room().SyncBytes(*member, member->Hello(), {end + '\0'}).error,
              {v1::TOO_LARGE, "message",
               absl::StrCat("kMessageBytesMax=", sync::kMessageBytesMax),
               absl::StrCat(sync::kMessageBytesMax + 1)});
  // So much that gRPC does not hand it to us.
  const Outcome huge =
      room().SendBytes({std::string(4 * sync::kMessageBytesMax, 'x')});
  EXPECT_EQ(huge.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  ExpectUnharmed();
}

TEST_F(MessagesTest, MessagesOutOfTheGrammarAreNamed) {
  const auto member = room().Join("reporter");
  const sync::Change change = member->WriteHeadline(kCanary);
  const sync::Change text = member->WriteBody(kCanary);
  v1::PackFrame good = member->Frame({change});
  v1::PackFrame with_cursor = good;
  with_cursor.mutable_after()->set_assignment(member->assignment.str());
  sync::NoIndex nothing;
  const v1::PackFrame lanes = sync::EncodePack(
      {member->Run({change}), member->Run({text})}, nothing, 3);
  v1::ClientMessage heads;
  heads.mutable_heads()->set_assignment(member->assignment.str());
  v1::ClientMessage short_heads;
  short_heads.mutable_heads()->set_assignment("short");
  const struct {
    std::string name;
    bool hello;
    std::string message;
    Expected expected;
  } table[] = {
      {"a pack before Hello",
       false,
       BytesOf(good),
       {v1::BAD_REQUEST, "client_message"}},
      {"the end before Hello",
       false,
       ClientEndBytes(),
       {v1::BAD_REQUEST, "client_message"}},
      {"nothing", false, "", {v1::BAD_REQUEST, "kind", "hello", "none"}},
      {"a kind that is not known",
       true,
       Sized(99, kCanary),
       {v1::BAD_REQUEST, "kind", "hello", "none"}},
      {"Hello twice",
       true,
       member->Hello(),
       {v1::BAD_REQUEST, "client_message"}},
      {"heads that nobody asked for",
       true,
       heads.SerializeAsString(),
       {v1::BAD_REQUEST, "heads"}},
      {"an id too short",
       true,
       short_heads.SerializeAsString(),
       {v1::BAD_REQUEST, "heads.assignment", "12 bytes", "5 bytes"}},
      {"a frame without changes",
       true,
       BytesOf(v1::PackFrame()),
       {v1::BAD_REQUEST, "pack"}},
      {"a pushed frame with a cursor",
       true,
       BytesOf(with_cursor),
       {v1::BAD_REQUEST, "pack"}},
      {"two lanes in one frame",
       true,
       BytesOf(lanes),
       {v1::BAD_REQUEST, "pack.runs"}},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.name);
    const Outcome out =
        row.hello ? room().SyncBytes(*member, member->Hello(), {row.message})
                  : room().SendBytes({row.message});
    ExpectError(out.error, row.expected);
    EXPECT_TRUE(out.acked.empty());
    ExpectUnharmed();
  }
}

v1::PackFrame Bomb(size_t real, uint32_t said) {
  const std::string zeros(real, '\0');
  std::string packed(ZSTD_compressBound(real), '\0');
  packed.resize(
      ZSTD_compress(packed.data(), packed.size(), zeros.data(), real, 19));
  v1::PackFrame frame;
  frame.set_pack(packed);
  frame.set_size(said);
  return frame;
}

TEST_F(MessagesTest, APackThatIsABombIsNeverOpened) {
  const auto member = room().Join("reporter");
  constexpr size_t kMax = sync::kPackBytesMax;
  const std::string limit = absl::StrCat("kPackBytesMax=", kMax);
  v1::PackFrame stuffed;
  stuffed.set_pack(std::string(kMax + 1, 'x'));
  v1::PackFrame dictionary = Bomb(100, 100);
  dictionary.set_dictionary(7);
  const struct {
    std::string name;
    v1::PackFrame frame;
    Expected expected;
  } table[] = {
      {"one past the limit, as it says itself",
       Bomb(kMax + 1, kMax + 1),
       {v1::TOO_LARGE, "pack.size", limit, absl::StrCat(kMax + 1)}},
      {"256 MiB that say 100 bytes",
       Bomb(256 << 20, 100),
       {v1::BAD_REQUEST, "pack"}},
      {"256 MiB that say the limit",
       Bomb(256 << 20, kMax),
       {v1::BAD_REQUEST, "pack"}},
      {"the limit, of nothing but zeros",
       Bomb(kMax, kMax),
       {v1::BAD_REQUEST, ""}},
      {"one past the limit, not compressed",
       stuffed,
       {v1::TOO_LARGE, "pack.pack", limit, absl::StrCat(kMax + 1)}},
      {"a dictionary that we do not have",
       dictionary,
       {v1::UNSUPPORTED_VERSION, "pack.dictionary", "0", "7"}},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.name);
    const Outcome out = room().Sync(*member, {row.frame});
    ExpectError(out.error, row.expected);
    ExpectUnharmed();
  }
}

}  // namespace
}  // namespace dateline::testing

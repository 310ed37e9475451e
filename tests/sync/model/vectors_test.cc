// Test vectors of protos/README.md: every byte of headers, hashes, signatures
// and packs, computed from the inputs that stand beside them. If this fails,
// devices in the field no longer understand one another: the file is right.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "sync/model/change.h"
#include "sync/model/fields.h"
#include "sync/wire/pack.h"
#include "tests/support/status_matchers.h"

namespace dateline::sync {
namespace {

template <typename T>
T Counting(uint8_t first) {
  T out;
  for (size_t i = 0; i < T::kSize; ++i) {
    out.data()[i] = static_cast<uint8_t>(first + i);
  }
  return out;
}

// "name = hex", in order.
class Vectors {
 public:
  void Title(absl::string_view title) {
    absl::StrAppend(&text_, text_.empty() ? "" : "\n", "# ", title, "\n");
  }
  void Add(absl::string_view name, absl::string_view bytes) {
    absl::StrAppend(&text_, name, " = ", absl::BytesToHexString(bytes), "\n");
  }
  void AddNumber(absl::string_view name, int64_t number) {
    absl::StrAppend(&text_, name, " = ", number, "\n");
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

const FeedId kFeed{.device = Counting<DeviceId>(0x10),
                   .incarnation = 0x0123456789ABCDEF,
                   .assignment = Counting<AssignmentId>(0x20),
                   .lane = Lane::kFact};

Header FirstHeader() {
  Header header;
  header.lane = Lane::kFact;
  header.kind = DocumentKind::kReport;
  header.permission = PermissionClass::kContent;
  header.document = Counting<DocumentId>(0x30);
  header.actor = Counting<PersonId>(0x40);
  header.signer = kFeed.device;
  header.lamport = 300;
  header.wall_ms = 1641722400000;  // 2022-01-09 10:00 UTC
  header.save = 7;
  header.save_lanes = 0b110;
  header.names = {Counting<Hash>(0x80)};
  return header;
}

Change FirstChange() {
  v1::Structure structure;
  structure.add_ops()->mutable_put()->set_field(kHeadline);
  v1::Content content;
  content.add_values()->set_text("Әуежай жабық");
  return Seal({.after = {.feed = kFeed},
               .header = FirstHeader(),
               .structure = structure.SerializeAsString(),
               .content = content.SerializeAsString(),
               .salt = Counting<Salt>(0x50)});
}

Change SecondChange(const Change& first) {
  Header header = FirstHeader();
  header.lamport = 301;
  header.wall_ms += 61000;
  header.save = 8;
  header.save_lanes = 0b010;
  header.deps = {first.hash};
  header.names.clear();
  v1::Structure structure;
  structure.add_ops()->mutable_put()->set_field(kUrgency);
  v1::Content content;
  content.add_values()->set_number(2);
  return Seal({.after = first.head(),
               .header = header,
               .structure = structure.SerializeAsString(),
               .content = content.SerializeAsString(),
               .salt = Counting<Salt>(0x60)});
}

void AddChange(const Change& change, Vectors* out) {
  out->Add("feed", change.feed.Bytes());
  out->AddNumber("seq", static_cast<int64_t>(change.seq));
  out->Add("previous", change.previous.view());
  out->Add("header", change.header_bytes);
  out->Add("structure", change.structure);
  out->Add("structure_hash", HashOf(change.structure).view());
  out->Add("salt", change.salt.view());
  out->Add("content", change.content);
  out->Add("content_hash", change.content_hash.view());
  out->Add("hash", change.hash.view());
}

std::string AllVectors() {
  Vectors out;
  out.Title(
      "BLAKE2b-256 of \"abc\", and with the domain \"dateline/change/1\"");
  out.Add("plain", HashOf("abc").view());
  out.Add("domain", Digest("dateline/change/1").Add("abc").Finish().view());
  const Change first = FirstChange();
  const Change second = SecondChange(first);
  out.Title(
      "a first change: lamport 300, wall 1641722400000 ms, save 7 of "
      "lanes 1 and 2, one name");
  AddChange(first, &out);
  out.Title(
      "the change after it: lamport 301, 61 s later, save 8, the first "
      "one as dep");
  AddChange(second, &out);
  const SigningKey key = SigningKey::FromSeed(Counting<KeySeed>(0x70));
  const Signature signature = SignHead(key, second.head());
  out.Title("the run of both, signed with domain \"dateline/run/1\"");
  out.Add("key_seed", key.seed().view());
  out.Add("public_key", key.public_key().view());
  out.Add("signature", signature.view());
  NoIndex nothing;
  out.Title("the run of both as Pack, before zstd");
  out.Add(
      "pack",
      EncodePack(
          {{.feed = kFeed, .changes = {first, second}, .signature = signature}},
          nothing, 0)
          .pack());
  out.Title("the same, the first redacted");
  out.Add("pack", EncodePack({{.feed = kFeed,
                               .changes = {ToStub(first), second},
                               .signature = signature}},
                             nothing, 0)
                      .pack());
  return out.text();
}

TEST(VectorsTest, EveryByteIsAsItWasReleased) {
  std::ifstream file(std::string(DATELINE_VECTORS) + "/change-1.txt");
  std::stringstream released;
  released << file.rdbuf();
  EXPECT_EQ(AllVectors(), released.str());
}

TEST(VectorsTest, TheSignatureOfTheVectorVerifies) {
  const SigningKey key = SigningKey::FromSeed(Counting<KeySeed>(0x70));
  const Change second = SecondChange(FirstChange());
  EXPECT_TRUE(VerifyHead(key.public_key(), second.head(),
                         SignHead(key, second.head())));
}

}  // namespace
}  // namespace dateline::sync

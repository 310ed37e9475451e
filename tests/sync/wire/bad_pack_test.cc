// Packs that are not what they say, and every limit of a pack at its value and
// one past it.
#include <zstd.h>

#include <algorithm>

#include "gtest/gtest.h"
#include "sync/base/codec.h"
#include "sync/base/limits.h"
#include "sync/model/fields.h"
#include "sync/wire/pack.h"
#include "tests/support/status_matchers.h"
#include "tests/sync/wire/expect_same.h"
#include "tests/sync/wire/world.h"

namespace dateline::sync {
namespace {

using ::dateline::testing::Author;
using ::dateline::testing::ExpectSame;
using ::dateline::testing::Fails;
using ::dateline::testing::MapIndex;

// The frame of a pack that a test spoils.
v1::Pack Unpacked(const v1::PackFrame& frame) {
  v1::Pack pack;
  EXPECT_TRUE(pack.ParseFromString(frame.pack()));
  return pack;
}
v1::PackFrame Framed(const v1::Pack& pack) {
  v1::PackFrame frame;
  frame.set_pack(pack.SerializeAsString());
  return frame;
}

TEST(BadPackTest, RefusesFramesThatAreNotWhatTheySay) {
  Author author(13);
  MapIndex index;
  std::vector<Change> changes;
  for (int i = 0; i < 50; ++i) changes.push_back(author.WriteHeadline("Shut"));
  const v1::PackFrame good = EncodePack({author.Run(changes)}, index, 3);
  ASSERT_GT(good.size(), 0u);
  ASSERT_OK(DecodePack(good, index));
  v1::PackFrame frame = good;
  frame.set_size(good.size() + 1);
  EXPECT_THAT(DecodePack(frame, index), Fails(v1::BAD_REQUEST));
  frame.set_size(kPackBytesMax + 1);
  EXPECT_THAT(DecodePack(frame, index), Fails(v1::TOO_LARGE));
  frame = good;
  frame.set_size(0);  // then it is no Pack
  EXPECT_THAT(DecodePack(frame, index), Fails(v1::BAD_REQUEST));
  frame = good;
  frame.mutable_pack()->resize(frame.pack().size() / 2);
  EXPECT_THAT(DecodePack(frame, index), Fails(v1::BAD_REQUEST));
  frame = good;
  frame.set_dictionary(1);
  EXPECT_THAT(DecodePack(frame, index), Fails(v1::UNSUPPORTED_VERSION));
  frame.Clear();
  frame.set_pack(std::string(kPackBytesMax + 1, '\0'));
  EXPECT_THAT(DecodePack(frame, index), Fails(v1::TOO_LARGE));
}

TEST(BadPackTest, RefusesABombBeforeItAllocates) {
  // A frame of zstd that says 1 MiB and would give 64 MiB.
  const std::string zeros(64 << 20, '\0');
  std::string bomb(ZSTD_compressBound(zeros.size()), '\0');
  bomb.resize(
      ZSTD_compress(bomb.data(), bomb.size(), zeros.data(), zeros.size(), 3));
  v1::PackFrame frame;
  frame.set_pack(bomb);
  frame.set_size(kPackBytesMax);
  MapIndex index;
  EXPECT_THAT(DecodePack(frame, index), Fails(v1::BAD_REQUEST));
}

TEST(BadPackTest, RefusesTablesAndIndexesThatPointNowhere) {
  Author author(14);
  MapIndex index;
  const v1::PackFrame good =
      EncodePack({author.Run({author.WriteHeadline("One")})}, index, 0);
  const struct {
    const char* name;
    void (*spoil)(v1::Pack*);
  } cases[] = {
      {"feeds of half a size", [](auto* p) { p->mutable_feeds()->pop_back(); }},
      {"ids of half a size", [](auto* p) { p->mutable_ids()->pop_back(); }},
      {"no feeds", [](auto* p) { p->clear_feeds(); }},
      {"no ids", [](auto* p) { p->clear_ids(); }},
      {"a lane 4", [](auto* p) { p->mutable_feeds()->back() = 4; }},
      {"seq 0", [](auto* p) { p->mutable_runs(0)->set_first_seq(0); }},
      {"seq past the last",
       [](auto* p) { p->mutable_runs(0)->set_first_seq(kSeqMax); }},
      {"no signature", [](auto* p) { p->mutable_runs(0)->clear_signature(); }},
      {"no changes", [](auto* p) { p->mutable_runs(0)->clear_changes(); }},
      {"a previous of the first",
       [](auto* p) { p->mutable_runs(0)->set_previous(std::string(32, 'p')); }},
      {"half a previous",
       [](auto* p) {
         p->mutable_runs(0)->set_first_seq(2);
         p->mutable_runs(0)->set_previous("p");
       }},
      {"an unknown form",
       [](auto* p) {
         p->mutable_runs(0)->mutable_changes()->front() = '\x80';
       }},
      {"a holding that is none",
       [](auto* p) { p->mutable_runs(0)->mutable_changes()->front() = 3; }},
      {"a salt that never stood",
       [](auto* p) { p->mutable_runs(0)->mutable_changes()->front() |= 8; }},
      {"a truncated change",
       [](auto* p) { p->mutable_runs(0)->mutable_changes()->pop_back(); }},
      {"a subject of the one before the first",
       [](auto* p) { (*p->mutable_runs(0)->mutable_changes())[1] |= 1; }},
  };
  for (const auto& c : cases) {
    v1::Pack pack = Unpacked(good);
    c.spoil(&pack);
    EXPECT_THAT(DecodePack(Framed(pack), index), Fails(v1::BAD_REQUEST))
        << c.name;
  }
}

TEST(BadPackTest, HasItsTablesAtTheirLimitsAndNotOnePastThem) {
  Author author(15);
  MapIndex index;
  const v1::Pack good = Unpacked(
      EncodePack({author.Run({author.WriteHeadline("One")})}, index, 0));
  v1::Pack pack = good;
  const std::string feed = good.feeds();
  while (pack.feeds().size() < kPackFeedsMax * 33)
    *pack.mutable_feeds() += feed;
  EXPECT_OK(DecodePack(Framed(pack), index));
  *pack.mutable_feeds() += feed;
  EXPECT_THAT(DecodePack(Framed(pack), index), Fails(v1::TOO_LARGE));
  pack = good;
  pack.mutable_ids()->resize(kPackIdsMax * 12);
  EXPECT_OK(DecodePack(Framed(pack), index));
  pack.mutable_ids()->resize(kPackIdsMax * 12 + 12);
  EXPECT_THAT(DecodePack(Framed(pack), index), Fails(v1::TOO_LARGE));
}

TEST(BadPackTest, HasItsChangesAtTheirLimitAndNotOnePastIt) {
  Author author(16);
  MapIndex index;
  std::vector<Change> changes;
  for (size_t i = 0; i < kPackChangesMax; ++i) {
    changes.push_back(author.WriteHeadline("Shut"));
  }
  const v1::PackFrame frame = EncodePack({author.Run(changes)}, index, 1);
  ASSERT_OK_AND_ASSIGN(const DecodedPack decoded, DecodePack(frame, index));
  EXPECT_EQ(decoded.runs[0].changes.size(), kPackChangesMax);
  v1::Pack pack = Unpacked(EncodePack({author.Run(changes)}, index, 0));
  *pack.mutable_runs(0)->mutable_changes() +=
      std::string(1, '\x02') + std::string(32, 'h');
  EXPECT_THAT(DecodePack(Framed(pack), index), Fails(v1::TOO_LARGE));
}

// A change whose short header names the first change of its feed `refs` times.
std::string ManyNames(size_t refs) {
  std::string out;
  out.push_back('\x02');  // place 1
  out.append(32, 'h');
  while (refs > 0) {
    const size_t here = std::min(refs, kNamesMax);
    refs -= here;
    out.push_back('\0');                     // whole
    out.push_back('\x5A');                   // all short but names
    out.append(std::string("\0\1\1\1", 4));  // document, actor, ...
    out.push_back('\2');                     // wall time
    out.push_back('\0');                     // save
    PutVarint(here, &out);
    for (size_t i = 0; i < here; ++i) out.append("\1\1");
    PutSized("", &out);
    out.append(12, 's');
    PutSized("", &out);
  }
  return out;
}

TEST(BadPackTest, HasTheHashesThatItNamesAtTheirLimitAndNotOnePastIt) {
  Author author(17);
  MapIndex index;
  v1::Pack pack = Unpacked(
      EncodePack({author.Run({author.WriteHeadline("One")})}, index, 0));
  pack.mutable_runs(0)->set_changes(ManyNames(kPackRefsMax));
  EXPECT_OK(DecodePack(Framed(pack), index));
  pack.mutable_runs(0)->set_changes(ManyNames(kPackRefsMax + 1));
  EXPECT_THAT(DecodePack(Framed(pack), index), Fails(v1::TOO_LARGE));
}

Change WithHashes(Author* author, size_t deps, size_t names) {
  Header header;
  header.document = DocumentId::Make(author->random);
  for (size_t i = 0; i < deps; ++i) {
    header.deps.push_back(Hash::Make(author->random));
  }
  std::sort(header.deps.begin(), header.deps.end());
  for (size_t i = 0; i < names; ++i) {
    header.names.push_back(Hash::Make(author->random));
  }
  return author->Write(Lane::kFact, testing::PutStructure(kHeadline),
                       testing::TextContent("Shut"), header);
}

TEST(BadPackTest, HasDepsAndNamesAtTheirLimitsAndNotOnePastThem) {
  MapIndex index;
  const struct {
    size_t deps;
    size_t names;
    bool fits;
  } cases[] = {{kDepsMax, kNamesMax, true},
               {kDepsMax + 1, 0, false},
               {0, kNamesMax + 1, false}};
  for (const auto& c : cases) {
    Author author(18);
    const RunOfChanges run = author.Run({WithHashes(&author, c.deps, c.names)});
    const auto pack = DecodePack(EncodePack({run}, index, 0), index);
    if (c.fits) {
      ASSERT_OK(pack);
      ExpectSame(pack->runs, {run});
    } else {
      EXPECT_THAT(pack, Fails(v1::TOO_LARGE));
    }
  }
}

TEST(BadPackTest, HasTheHeaderAtItsLimitAndNotOnePastIt) {
  MapIndex index;
  for (const size_t past : {0, 1}) {
    Author author(19);
    Header header;
    const Change small = author.WriteHeadline("One");
    header.trailing = std::string(
        kHeaderBytesMax - small.header_bytes.size() - Hash::kSize + past, 't');
    const Change change =
        author.Write(Lane::kFact, testing::PutStructure(kHeadline),
                     testing::TextContent("Shut"), header);
    ASSERT_EQ(change.header_bytes.size(), kHeaderBytesMax + past);
    ASSERT_OK_AND_ASSIGN(
        const DecodedPack pack,
        DecodePack(EncodePack({author.Run({small, change})}, index, 0), index));
    EXPECT_EQ(pack.runs[0].changes[1].holding,
              past == 0 ? Holding::kWhole : Holding::kPlaceOnly);
    if (past != 0) {
      ASSERT_EQ(pack.rejected.size(), 1u);
      EXPECT_THAT(pack.rejected[0].why, Fails(v1::TOO_LARGE));
    }
  }
}

}  // namespace
}  // namespace dateline::sync

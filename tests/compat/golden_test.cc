// What every release wrote is read for ever: its packs decode, its hashes are
// computed again, its headers are written again byte for byte, and its report
// renders to the bytes that were approved.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gtest/gtest.h"
#include "sync/merge/document.h"
#include "tests/compat/golden_story.h"
#include "tests/support/status_matchers.h"
#include "tests/sync/wire/expect_same.h"

namespace dateline::sync {
namespace {

using ::dateline::testing::ExpectSame;

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

std::vector<std::filesystem::path> Releases() {
  std::vector<std::filesystem::path> releases;
  for (const auto& entry :
       std::filesystem::directory_iterator(DATELINE_GOLDEN)) {
    releases.push_back(entry.path());
  }
  EXPECT_FALSE(releases.empty());
  return releases;
}

absl::StatusOr<DecodedPack> DecodeFile(const std::filesystem::path& release) {
  v1::PackFrame frame;
  EXPECT_TRUE(frame.ParseFromString(ReadFile(release / "story.frame")));
  NoIndex nothing;
  return DecodePack(frame, nothing);
}

TEST(GoldenTest, PacksOfEveryReleaseDecodeToTheChangesThatWereWritten) {
  for (const auto& release : Releases()) {
    SCOPED_TRACE(release);
    ASSERT_OK_AND_ASSIGN(const DecodedPack pack, DecodeFile(release));
    EXPECT_TRUE(pack.rejected.empty());
    EXPECT_EQ(testing::ListOf(pack.runs), ReadFile(release / "changes.txt"));
    v1::PackFrame plain;
    plain.set_pack(ReadFile(release / "story.pack"));
    NoIndex nothing;
    ASSERT_OK_AND_ASSIGN(const DecodedPack same, DecodePack(plain, nothing));
    ExpectSame(same.runs, pack.runs);
  }
}

TEST(GoldenTest, HashesAndHeadersOfEveryReleaseComeOutTheSame) {
  for (const auto& release : Releases()) {
    SCOPED_TRACE(release);
    ASSERT_OK_AND_ASSIGN(const DecodedPack pack, DecodeFile(release));
    for (const RunOfChanges& run : pack.runs) {
      for (const Change& change : run.changes) {
        if (change.holding == Holding::kPlaceOnly) continue;
        EXPECT_EQ(ComputeHash(change), change.hash);
        EXPECT_EQ(EncodeHeader(change.header), change.header_bytes);
      }
    }
  }
}

TEST(GoldenTest, SignaturesOfEveryReleaseVerify) {
  for (const auto& release : Releases()) {
    SCOPED_TRACE(release);
    ASSERT_OK_AND_ASSIGN(const DecodedPack pack, DecodeFile(release));
    for (const RunOfChanges& run : pack.runs) {
      KeySeed seed;
      std::copy_n(run.feed.device.data(), DeviceId::kSize, seed.data());
      EXPECT_TRUE(VerifyHead(SigningKey::FromSeed(seed).public_key(),
                             run.changes.back().head(), run.signature));
    }
  }
}

TEST(GoldenTest, TheReportOfEveryReleaseRendersToTheBytesThatWereApproved) {
  for (const auto& release : Releases()) {
    SCOPED_TRACE(release);
    ASSERT_OK_AND_ASSIGN(const DecodedPack pack, DecodeFile(release));
    // The report is what the first run is about.
    const DocumentId report = pack.runs[0].changes[0].header.document;
    std::vector<const Change*> changes;
    for (const RunOfChanges& run : pack.runs) {
      const Change& change = run.changes.front();
      if (change.header.document == report) changes.push_back(&change);
    }
    EXPECT_EQ(Rendering(MergeDocument(report, changes, {})),
              ReadFile(release / "report.rendering"));
  }
}

}  // namespace
}  // namespace dateline::sync

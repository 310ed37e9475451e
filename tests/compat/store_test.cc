// A phone's store that an earlier release wrote opens in this one, with all
// that was on the phone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <filesystem>
#include <memory>

#include "dateline/client.h"
#include "sync/host/files.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace dateline::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr size_t kStoreBytesMax = 1 << 20;

// deploy/demo's reporter in Bishkek, with a report that the search index has,
// edited again, and one that it has not; neither was sent.
class EarlierStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string golden = std::string(DATELINE_GOLDEN) + "/0.1.0";
    ASSERT_OK_AND_ASSIGN(const std::string packed,
                         host::ReadFile(golden + "/store.db.zst"));
    ASSERT_OK_AND_ASSIGN(const std::string key,
                         host::ReadFile(golden + "/store.key"));
    std::string bytes(kStoreBytesMax, '\0');
    const size_t size = ZSTD_decompress(bytes.data(), bytes.size(),
                                        packed.data(), packed.size());
    ASSERT_FALSE(ZSTD_isError(size));
    bytes.resize(size);
    std::filesystem::create_directory(home_);
    ASSERT_OK(host::WriteFileAtomically(home_ + "/store.db", bytes));
    ASSERT_OK(host::WriteFileAtomically(home_ + "/device.key", key));
  }

  std::unique_ptr<Client> Open() {
    auto client = Client::Open({.directory = home_});
    EXPECT_OK(client);
    return client.ok() ? *std::move(client) : nullptr;
  }

  static std::vector<std::string> Headlines(Client& client,
                                            const std::string& text) {
    const auto rows = client.List({.text = text});
    EXPECT_OK(rows);
    std::vector<std::string> headlines;
    for (const Row& row : rows.value_or(std::vector<Row>())) {
      headlines.push_back(row.headline);
    }
    return headlines;
  }

  testing::TempDir dir_;
  const std::string home_ = dir_ / "home";
};

constexpr char kLines[] = "The lines are back";
constexpr char kSquare[] = "The square, swept";
constexpr char kToll[] = "Almaty counts its dead behind closed lines";
constexpr char kHospital[] = "An hour in Hospital No. 7";

TEST_F(EarlierStoreTest, ShowsAndVerifiesAllThatWasInIt) {
  const auto client = Open();
  ASSERT_NE(client, nullptr);
  EXPECT_THAT(Headlines(*client, ""),
              ElementsAre(kLines, kToll, kSquare, kHospital));
  ASSERT_OK_AND_ASSIGN(const auto verified, client->Verify());
  EXPECT_THAT(verified.problems, IsEmpty());
  EXPECT_EQ(verified.changes, 25u);
  ASSERT_OK_AND_ASSIGN(const uint64_t unsent, client->Unsent());
  EXPECT_EQ(unsent, 6u);
}

TEST_F(EarlierStoreTest, IsSearchedByTheWordsOfNowAlone) {
  const auto client = Open();
  ASSERT_NE(client, nullptr);
  EXPECT_THAT(Headlines(*client, "washed"), ElementsAre(kLines, kToll));
  EXPECT_THAT(Headlines(*client, "swept"), ElementsAre(kSquare));
}

TEST_F(EarlierStoreTest, IsWrittenOn) {
  auto client = Open();
  ASSERT_NE(client, nullptr);
  ASSERT_OK_AND_ASSIGN(const auto assignments, client->Assignments());
  ASSERT_OK_AND_ASSIGN(const auto id,
                       AssignmentId::FromBytes(assignments.at(0).id()));
  ASSERT_OK(client->CreateReport(id, {.headline = "New", .body = "Washed."}));
  client = nullptr;
  client = Open();
  ASSERT_NE(client, nullptr);
  EXPECT_THAT(Headlines(*client, "washed"), ElementsAre("New", kLines, kToll));
  ASSERT_OK_AND_ASSIGN(const auto verified, client->Verify());
  EXPECT_THAT(verified.problems, IsEmpty());
  EXPECT_EQ(verified.changes, 27u);
}

}  // namespace
}  // namespace dateline::client

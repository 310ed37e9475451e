#include "sync/host/change_rows.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sync/base/random.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace dateline::host {
namespace {

using ::dateline::testing::Fails;
using ::dateline::testing::TempDir;

class ChangeRowsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(db_, Database::Open(dir_ / "t.db", {}));
    ASSERT_OK(db_->Execute(
        absl::StrCat("CREATE TABLE changes (", kChangeColumnsSql, ")")));
  }

  sync::Change Sealed() {
    sync::SeededRandom random(1);
    sync::FeedId feed{sync::DeviceId::Make(random), 7,
                      sync::AssignmentId::Make(random), sync::Lane::kText};
    sync::Header header;
    header.lane = feed.lane;
    header.document = sync::DocumentId::Make(random);
    header.lamport = 3;
    header.save_lanes = 4;
    return sync::Seal({.after = {feed, 4, sync::HashOf("before")},
                       .header = header,
                       .structure = "structure",
                       .content = std::string("con\0tent", 8),
                       .salt = sync::Salt::Make(random)});
  }

  absl::StatusOr<sync::Change> Stored(const sync::Change& change) {
    const std::string insert =
        absl::StrCat("INSERT INTO changes (", kChangeColumns, ") VALUES (",
                     kChangeParameters, ")");
    DATELINE_ASSIGN_OR_RETURN(Statement * put, db_->Prepared(insert));
    BindChange(change, 1, 1, put);
    DATELINE_RETURN_IF_ERROR(put->Run());
    DATELINE_ASSIGN_OR_RETURN(
        Statement row,
        db_->Prepare(absl::StrCat("SELECT ", kChangeColumns, " FROM changes")));
    DATELINE_RETURN_IF_ERROR(row.Step().status());
    return ReadChange(row, 0, change.feed);
  }

  TempDir dir_;
  std::unique_ptr<Database> db_;
};

TEST_F(ChangeRowsTest, AWholeChangeComesBackWithItsHash) {
  sync::Change change = Sealed();
  change.signature.emplace();
  change.signature->data()[3] = 9;
  ASSERT_OK_AND_ASSIGN(const sync::Change back, Stored(change));
  EXPECT_EQ(ComputeHash(back), change.hash);
  EXPECT_EQ(back.seq, 5u);
  EXPECT_EQ(back.header, change.header);
  EXPECT_EQ(back.content, change.content);
  EXPECT_EQ(back.signature, change.signature);
}

TEST_F(ChangeRowsTest, AStubComesBackWithoutContentAndItsHashStillHolds) {
  const sync::Change stub = ToStub(Sealed());
  ASSERT_OK_AND_ASSIGN(const sync::Change back, Stored(stub));
  EXPECT_EQ(back.holding, sync::Holding::kStub);
  EXPECT_EQ(back.content, "");
  EXPECT_EQ(ComputeHash(back), stub.hash);
}

TEST_F(ChangeRowsTest, APlaceHasNoDocument) {
  sync::Change place = Sealed();
  place.holding = sync::Holding::kPlaceOnly;
  place.header_bytes.clear();
  place.structure.clear();
  ASSERT_OK_AND_ASSIGN(const sync::Change back, Stored(place));
  EXPECT_EQ(back.holding, sync::Holding::kPlaceOnly);
  EXPECT_EQ(back.hash, place.hash);
}

TEST_F(ChangeRowsTest, AColumnOfTheWrongSizeIsDamage) {
  ASSERT_OK(Stored(Sealed()));
  ASSERT_OK(db_->Execute("UPDATE changes SET previous = x'00'"));
  ASSERT_OK_AND_ASSIGN(
      Statement row,
      db_->Prepare(absl::StrCat("SELECT ", kChangeColumns, " FROM changes")));
  ASSERT_OK(row.Step());
  EXPECT_THAT(ReadChange(row, 0, Sealed().feed), Fails(v1::STORAGE_DAMAGED));
}

}  // namespace
}  // namespace dateline::host

#include "sync/host/sqlite.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sync/base/random.h"
#include "sync/host/files.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace dateline::host {
namespace {

using ::dateline::testing::Fails;
using ::dateline::testing::TempDir;

constexpr char kInsert[] = "INSERT INTO t VALUES (?)";

absl::StatusOr<std::string> Ask(Database& db, const std::string& sql) {
  DATELINE_ASSIGN_OR_RETURN(Statement row, db.Prepare(sql));
  DATELINE_RETURN_IF_ERROR(row.Step().status());
  return std::string(row.Text(0));
}

absl::Status InsertBytes(Database& db, size_t size) {
  return db.Transact([&] {
    DATELINE_ASSIGN_OR_RETURN(Statement * put, db.Prepared(kInsert));
    return put->BindBlob(1, std::string(size, 'x')).Run();
  });
}

class SqliteTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(db_, Database::Open(path_, {}));
    ASSERT_OK(db_->Migrate({"CREATE TABLE t (a)"}));
  }
  int64_t Rows() {
    const auto count = Ask(*db_, "SELECT count(*) FROM t");
    return count.ok() ? std::stoll(*count) : -1;
  }

  TempDir dir_;
  const std::string path_ = dir_ / "t.db";
  std::unique_ptr<Database> db_;
};

TEST_F(SqliteTest, EveryPragmaOfTheDesignHolds) {
  const std::pair<const char*, const char*> pragmas[] = {
      {"journal_mode", "wal"}, {"synchronous", "2"},     {"secure_delete", "1"},
      {"trusted_schema", "0"}, {"cell_size_check", "1"}, {"temp_store", "2"},
      {"foreign_keys", "1"}};
  for (const auto& [name, value] : pragmas) {
    ASSERT_OK_AND_ASSIGN(const std::string now,
                         Ask(*db_, absl::StrCat("PRAGMA ", name)));
    EXPECT_EQ(now, value) << name;
  }
}

TEST_F(SqliteTest, TheFileIsPrivate) {
  struct stat info = {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(SqliteTest, ATransactionThatFailsLeavesNothing) {
  const absl::Status status = db_->Transact([&] {
    DATELINE_RETURN_IF_ERROR(db_->Execute("INSERT INTO t VALUES (1)"));
    return absl::AbortedError("no");
  });
  EXPECT_TRUE(absl::IsAborted(status));
  EXPECT_EQ(Rows(), 0);
  EXPECT_OK(InsertBytes(*db_, 1));
  EXPECT_EQ(Rows(), 1);
}

TEST_F(SqliteTest, ALazyTransactionCommitsAndLeavesFullSyncBehind) {
  ASSERT_OK(db_->TransactLazily(
      [&] { return db_->Execute("INSERT INTO t VALUES (1)"); }));
  EXPECT_FALSE(
      db_->TransactLazily([&] { return absl::AbortedError("no"); }).ok());
  EXPECT_EQ(Rows(), 1);
  ASSERT_OK_AND_ASSIGN(const std::string now, Ask(*db_, "PRAGMA synchronous"));
  EXPECT_EQ(now, "2");
}

TEST_F(SqliteTest, AnEmptyBlobIsNotNull) {
  ASSERT_OK((*db_->Prepared(kInsert))->BindBlob(1, absl::string_view()).Run());
  ASSERT_OK_AND_ASSIGN(Statement row, db_->Prepare("SELECT a FROM t"));
  ASSERT_OK(row.Step());
  EXPECT_FALSE(row.IsNull(0));
}

TEST_F(SqliteTest, AFullFileIsToldAndNothingIsLost) {
  ASSERT_OK(InsertBytes(*db_, 1000));
  ASSERT_OK(Ask(*db_, "PRAGMA max_page_count = 10"));
  EXPECT_THAT(InsertBytes(*db_, 100000), Fails(v1::STORAGE_FULL));
  EXPECT_EQ(Rows(), 1);
  ASSERT_OK(Ask(*db_, "PRAGMA max_page_count = 10000"));
  EXPECT_OK(InsertBytes(*db_, 100000));
}

TEST_F(SqliteTest, ADiskWithoutRoomIsToldAndNothingIsLost) {
  ASSERT_OK(InsertBytes(*db_, 1000));
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit old = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit small = {64 << 10, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const absl::Status status = InsertBytes(*db_, 200000);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  EXPECT_THAT(status, Fails(v1::STORAGE_FULL));
  EXPECT_EQ(Rows(), 1);
  EXPECT_OK(InsertBytes(*db_, 200000));
}

TEST_F(SqliteTest, ASecondWriterIsToldThatTheStoreIsInUse) {
  ASSERT_OK_AND_ASSIGN(auto other,
                       Database::Open(path_, {.busy_timeout_ms = 1}));
  const absl::Status status =
      db_->Transact([&] { return InsertBytes(*other, 1); });
  EXPECT_THAT(status, Fails(v1::STORE_IN_USE));
}

TEST_F(SqliteTest, AnExclusiveStoreLetsNobodyIn) {
  db_.reset();
  ASSERT_OK_AND_ASSIGN(db_, Database::Open(path_, {.exclusive = true}));
  ASSERT_OK(InsertBytes(*db_, 1));
  EXPECT_THAT(Database::Open(path_, {.busy_timeout_ms = 1}),
              Fails(v1::STORE_IN_USE));
  EXPECT_FALSE(FileExists(path_ + "-shm"));
}

TEST_F(SqliteTest, AnOverwrittenFileIsDamaged) {
  db_.reset();
  ASSERT_OK(WriteFileAtomically(path_, std::string(9000, 'z')));
  EXPECT_THAT(Database::Open(path_, {}), Fails(v1::STORAGE_DAMAGED));
}

TEST_F(SqliteTest, ADamagedPageIsFoundByTheCheck) {
  for (int i = 0; i < 50; ++i) ASSERT_OK(InsertBytes(*db_, 1000));
  EXPECT_OK(db_->CheckIntegrity());
  db_.reset();
  ASSERT_OK_AND_ASSIGN(std::string bytes, ReadFile(path_));
  for (size_t i = 3 * 4096; i < 3 * 4096 + 64; ++i) bytes[i] = '\x5A';
  ASSERT_OK(WriteFileAtomically(path_, bytes));
  ASSERT_OK_AND_ASSIGN(db_, Database::Open(path_, {}));
  EXPECT_THAT(db_->CheckIntegrity(), Fails(v1::STORAGE_DAMAGED));
}

TEST_F(SqliteTest, AStoreOfANewerProgramIsLeftAlone) {
  ASSERT_OK(db_->Migrate({"", "CREATE TABLE u (a)"}));
  ASSERT_OK_AND_ASSIGN(const int64_t version, db_->SchemaVersion());
  EXPECT_EQ(version, 2);
  EXPECT_THAT(db_->Migrate({""}), Fails(v1::UNSUPPORTED_VERSION));
}

TEST_F(SqliteTest, AMigrationThatFailsIsUndoneWhole) {
  EXPECT_FALSE(db_->Migrate({"", "CREATE TABLE u (a); nonsense"}).ok());
  ASSERT_OK_AND_ASSIGN(const int64_t version, db_->SchemaVersion());
  EXPECT_EQ(version, 1);
  EXPECT_OK(db_->Execute("CREATE TABLE u (a)"));
}

TEST_F(SqliteTest, ABackupHoldsWhatWasThereWhenItEnded) {
  for (int i = 0; i < 2000; ++i) {
    ASSERT_OK(db_->Execute("INSERT INTO t VALUES (randomblob(900))"));
  }
  ASSERT_OK(db_->BackupTo(dir_ / "copy.db"));
  ASSERT_OK_AND_ASSIGN(auto copy, Database::Open(dir_ / "copy.db", {}));
  ASSERT_OK_AND_ASSIGN(const std::string count,
                       Ask(*copy, "SELECT count(*) FROM t"));
  EXPECT_EQ(count, "2000");
  EXPECT_OK(copy->CheckIntegrity());
}

// A process that is killed between commits, at a random moment, has lost
// nothing that it was told is committed.
TEST_F(SqliteTest, WhatWasCommittedIsThereAfterKill9) {
  db_.reset();
  sync::SeededRandom random(5);
  for (int round = 0; round < 10; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      auto db = Database::Open(path_, {});
      while (db.ok() && InsertBytes(**db, 100).ok()) {
        (void)!::write(pipe_ends[1], "x", 1);
      }
      ::_exit(1);
    }
    ::close(pipe_ends[1]);
    ::usleep(5000 + random.Below(20000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    int64_t told = 0;
    for (char c; ::read(pipe_ends[0], &c, 1) == 1;) ++told;
    ::close(pipe_ends[0]);
    ASSERT_OK_AND_ASSIGN(db_, Database::Open(path_, {}));
    EXPECT_GE(Rows(), told);
    ASSERT_OK(db_->Execute("DELETE FROM t"));
    db_.reset();
  }
}

}  // namespace
}  // namespace dateline::host

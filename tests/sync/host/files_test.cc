#include "sync/host/files.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "sync/host/os_random.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace dateline::host {
namespace {

using ::dateline::testing::Fails;
using ::dateline::testing::TempDir;

int ModeOf(const std::string& path) {
  struct stat info = {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777 : -1;
}

TEST(FilesTest, AFileIsReadBackAsItWasWrittenAndIsPrivate) {
  TempDir dir;
  ASSERT_OK(MakeDirectories(dir / "a/b/c"));
  ASSERT_OK(WriteFileAtomically(dir / "a/b/c/key", "one"));
  ASSERT_OK(WriteFileAtomically(dir / "a/b/c/key", "two"));
  ASSERT_OK_AND_ASSIGN(const std::string bytes, ReadFile(dir / "a/b/c/key"));
  EXPECT_EQ(bytes, "two");
  EXPECT_EQ(ModeOf(dir / "a/b/c/key"), 0600);
  EXPECT_EQ(ModeOf(dir / "a/b"), 0700);
  EXPECT_FALSE(FileExists(dir / "a/b/c/key.new"));
}

TEST(FilesTest, AFileThatIsNotThereIsNotFound) {
  TempDir dir;
  EXPECT_THAT(ReadFile(dir / "nothing"), Fails(v1::NOT_FOUND));
  EXPECT_OK(RemoveFile(dir / "nothing"));
}

TEST(FilesTest, AWriteThatCannotFinishLeavesTheOldFile) {
  TempDir dir;
  ASSERT_OK(WriteFileAtomically(dir / "key", "old"));
  ASSERT_OK(MakeDirectories(dir / "key.new"));  // in the way of the new one
  EXPECT_FALSE(WriteFileAtomically(dir / "key", "new").ok());
  ASSERT_OK_AND_ASSIGN(const std::string bytes, ReadFile(dir / "key"));
  EXPECT_EQ(bytes, "old");
}

TEST(OwnerLockTest, NamesTheOwnerToWhomItIsRefused) {
  TempDir dir;
  ASSERT_OK_AND_ASSIGN(auto lock,
                       OwnerLock::Acquire(dir / "owner", absl::ZeroDuration()));
  const auto second = OwnerLock::Acquire(dir / "owner", absl::Milliseconds(5));
  ASSERT_THAT(second, Fails(v1::STORE_IN_USE));
  EXPECT_EQ(sync::ErrorOf(second.status()).got(),
            absl::StrCat("pid ", ::getpid()));
  lock.reset();
  EXPECT_OK(OwnerLock::Acquire(dir / "owner", absl::ZeroDuration()));
}

TEST(OwnerLockTest, IsFreeOnceItsOwnerIsKilled) {
  TempDir dir;
  const pid_t child = ::fork();
  if (child == 0) {
    auto lock = OwnerLock::Acquire(dir / "owner", absl::ZeroDuration());
    (void)WriteFileAtomically(dir / "ready", "");
    ::pause();
  }
  while (!FileExists(dir / "ready")) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_THAT(OwnerLock::Acquire(dir / "owner", absl::ZeroDuration()),
              Fails(v1::STORE_IN_USE));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_OK(OwnerLock::Acquire(dir / "owner", absl::ZeroDuration()));
}

TEST(OsRandomTest, GivesDifferentWords) {
  OsRandom random;
  EXPECT_NE(random.Next(), random.Next());
}

}  // namespace
}  // namespace dateline::host

#include "sync/host/files.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zstd.h>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "sync/host/line_reader.h"
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

std::string Zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(
      ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

absl::StatusOr<std::vector<std::string>> LinesOf(const std::string& path) {
  DATELINE_ASSIGN_OR_RETURN(auto reader, LineReader::Open(path));
  std::vector<std::string> lines;
  std::string line;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, reader->Next(&line));
    if (!more) return lines;
    lines.push_back(line);
  }
}

TEST(LineReaderTest, ReadsPlainAndZstdAlike) {
  TempDir dir;
  std::string text;
  for (int i = 0; i < 50000; ++i) absl::StrAppend(&text, "line ", i, "\n");
  text += "\nunended";
  ASSERT_OK(WriteFileAtomically(dir / "plain", text));
  ASSERT_OK(WriteFileAtomically(dir / "zstd", Zstd(text)));
  ASSERT_OK_AND_ASSIGN(const auto plain, LinesOf(dir / "plain"));
  ASSERT_OK_AND_ASSIGN(const auto zstd, LinesOf(dir / "zstd"));
  ASSERT_EQ(plain.size(), 50002u);
  EXPECT_EQ(plain[49999], "line 49999");
  EXPECT_EQ(plain[50000], "");
  EXPECT_EQ(plain[50001], "unended");
  EXPECT_EQ(plain, zstd);
}

TEST(LineReaderTest, ACutZstdFileIsSaidToBeCut) {
  TempDir dir;
  const std::string whole = Zstd(std::string(100000, 'x') + "\n");
  ASSERT_OK(
      WriteFileAtomically(dir / "cut", whole.substr(0, whole.size() - 3)));
  EXPECT_THAT(LinesOf(dir / "cut"), Fails(v1::STORAGE_DAMAGED));
}

TEST(OsRandomTest, GivesDifferentWords) {
  OsRandom random;
  EXPECT_NE(random.Next(), random.Next());
}

}  // namespace
}  // namespace dateline::host

#include "sync/host/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"

namespace dateline::host {
namespace {

absl::Status ErrorOfErrno(absl::string_view operation, int error) {
  const std::string got = absl::StrCat(operation, ": ", std::strerror(error));
  switch (error) {
    case ENOENT:
      return sync::MakeError(v1::NOT_FOUND, "there is no such file",
                             {.got = got});
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return sync::MakeError(
          v1::STORAGE_FULL,
          "there is no room left on the disk; nothing was changed",
          {.got = got, .retry = true});
    case EIO:
      return sync::MakeError(v1::STORAGE_DAMAGED, "the disk reports an error",
                             {.got = got});
    default:
      return sync::MakeError(v1::INTERNAL_ERROR,
                             absl::StrCat("a file operation failed: ", got),
                             {.got = got});
  }
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::Status WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrorOfErrno("write", errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

// Who wrote its pid into a lock file; "" if it can't be read.
std::string OwnerIn(int fd) {
  char pid[16] = {};
  const ssize_t size = ::pread(fd, pid, sizeof pid - 1, 0);
  return size > 0 ? std::string(pid, static_cast<size_t>(size)) : "";
}

}  // namespace

absl::Status MakeDirectories(const std::string& path) {
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (!part.empty() && ::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) {
      return ErrorOfErrno("mkdir", errno);
    }
    if (end == std::string::npos) break;
  }
  struct stat info;
  if (::stat(path.c_str(), &info) != 0) return ErrorOfErrno("stat", errno);
  return S_ISDIR(info.st_mode) ? absl::OkStatus()
                               : ErrorOfErrno("mkdir", ENOTDIR);
}

bool FileExists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return ErrorOfErrno("open", errno);
  const absl::Cleanup close = [fd] { ::close(fd); };
  std::string bytes;
  char buffer[1 << 14];
  while (true) {
    const ssize_t size = ::read(fd, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return ErrorOfErrno("read", errno);
    if (size == 0) return bytes;
    bytes.append(buffer, static_cast<size_t>(size));
    if (bytes.size() > kFileBytesMax) {
      return sync::TooLarge("file", "kFileBytesMax", kFileBytesMax,
                            bytes.size());
    }
  }
}

absl::Status WriteFileAtomically(const std::string& path,
                                 absl::string_view bytes) {
  const std::string beside = path + ".new";
  const int fd =
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return ErrorOfErrno("open", errno);
  absl::Status status = WriteAll(fd, bytes);
  if (status.ok() && ::fsync(fd) != 0) status = ErrorOfErrno("fsync", errno);
  if (::close(fd) != 0 && status.ok()) status = ErrorOfErrno("close", errno);
  if (status.ok() && ::rename(beside.c_str(), path.c_str()) != 0) {
    status = ErrorOfErrno("rename", errno);
  }
  if (!status.ok()) {
    ::unlink(beside.c_str());
    return status;
  }
  return SyncDirectory(ParentOf(path));
}

absl::Status RemoveFile(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return ErrorOfErrno("unlink", errno);
  }
  return absl::OkStatus();
}

absl::Status SyncDirectory(const std::string& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return ErrorOfErrno("open", errno);
  const int failed = ::fsync(fd) != 0 ? errno : 0;
  ::close(fd);
  // Some file systems cannot sync a folder and say so; they order renames.
  if (failed != 0 && failed != EINVAL) return ErrorOfErrno("fsync", failed);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<OwnerLock>> OwnerLock::Acquire(
    const std::string& path, absl::Duration wait) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return ErrorOfErrno("open", errno);
  const absl::Time deadline = absl::Now() + wait;
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      const absl::Status status = ErrorOfErrno("flock", errno);
      ::close(fd);
      return status;
    }
    if (absl::Now() >= deadline) {
      const std::string owner = OwnerIn(fd);
      ::close(fd);
      return sync::MakeError(
          v1::STORE_IN_USE, "another process is using this store",
          {.got = absl::StrCat("pid ", owner), .retry = true});
    }
    absl::SleepFor(absl::Milliseconds(1));
  }
  // The pid is for people; a lock without one is a lock all the same.
  const std::string pid = absl::StrCat(::getpid());
  if (::ftruncate(fd, 0) == 0) (void)!::pwrite(fd, pid.data(), pid.size(), 0);
  return std::unique_ptr<OwnerLock>(new OwnerLock(fd));
}

OwnerLock::~OwnerLock() { ::close(fd_); }

}  // namespace dateline::host

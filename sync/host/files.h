// Files as both sides use them: whole or absent, private, with one owner.
#ifndef DATELINE_SYNC_HOST_FILES_H_
#define DATELINE_SYNC_HOST_FILES_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "sync/base/limits.h"

namespace dateline::host {

constexpr size_t kFileBytesMax = 64 << 20;  // what ReadFile takes into memory

// Makes the folder and its parents, 0700 each. Ok if it is there already.
absl::Status MakeDirectories(const std::string& path);

bool FileExists(const std::string& path);

// NOT_FOUND; TOO_LARGE over kFileBytesMax; STORAGE_DAMAGED if it can't be read.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// Replaces the file whole: written beside it (0600), synced, renamed, folder
// synced. After an error or a power cut the old file stands. STORAGE_FULL.
absl::Status WriteFileAtomically(const std::string& path,
                                 absl::string_view bytes);

// Ok if it is not there.
absl::Status RemoveFile(const std::string& path);

// Makes durable what was created, renamed or removed in `directory`.
absl::Status SyncDirectory(const std::string& directory);

// The owner's lock of a folder: an advisory lock (flock) on a file that holds
// the owner's pid. The system frees it when the process ends, however it ends.
// Thread-compatible.
class OwnerLock {
 public:
  // STORE_IN_USE, naming the owner's pid, if it is not free within `wait`.
  static absl::StatusOr<std::unique_ptr<OwnerLock>> Acquire(
      const std::string& path, absl::Duration wait);
  ~OwnerLock();
  OwnerLock(const OwnerLock&) = delete;
  OwnerLock& operator=(const OwnerLock&) = delete;

 private:
  explicit OwnerLock(int fd) : fd_(fd) {}
  const int fd_;
};

}  // namespace dateline::host

#endif  // DATELINE_SYNC_HOST_FILES_H_

// Backups: the truth and the identity in a folder, whole or not at all.
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "server/app/core.h"
#include "server/storage/sqlite/truth.h"
#include "server/trust/authority.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"

namespace dateline::server {
namespace {

constexpr int kReplacedMax = 1000;  // folders of earlier restores

std::string In(const std::string& directory, const char* file) {
  return absl::StrCat(directory, "/", file);
}

absl::Status Move(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
  return sync::MakeError(v1::STORAGE_DAMAGED, "a file cannot be moved",
                         {.got = std::string(std::strerror(errno))});
}

absl::Status CopyTo(const std::string& from, const std::string& to) {
  std::error_code failed;
  std::filesystem::copy_file(from, to, failed);
  if (failed) {
    return sync::MakeError(v1::STORAGE_FULL,
                           "the backup's files cannot be copied",
                           {.got = failed.message(), .retry = true});
  }
  if (chmod(to.c_str(), 0600) != 0) {
    return sync::MakeError(v1::STORAGE_DAMAGED, "a file cannot be protected");
  }
  return absl::OkStatus();
}

// Keeps what stands in a data directory before a restore replaces it.
absl::Status SetAside(const std::string& directory) {
  std::string kept;
  for (int n = 1; n <= kReplacedMax && kept.empty(); ++n) {
    const std::string candidate = absl::StrCat(directory, "/replaced-", n);
    if (!host::FileExists(candidate)) kept = candidate;
  }
  if (kept.empty()) {
    return sync::TooLarge("replaced", "kReplacedMax", kReplacedMax,
                          kReplacedMax + 1);
  }
  DATELINE_RETURN_IF_ERROR(host::MakeDirectories(kept));
  // The write-ahead logs go with their files.
  for (const char* file : {kTruthFile, kViewFile, kIdentityFile}) {
    for (const char* suffix : {"", "-wal", "-shm"}) {
      const std::string path = absl::StrCat(In(directory, file), suffix);
      if (!host::FileExists(path)) continue;
      DATELINE_RETURN_IF_ERROR(
          Move(path, absl::StrCat(In(kept, file), suffix)));
    }
  }
  return host::SyncDirectory(directory);
}

// What makes a restored server another one than the server of the backup.
absl::Status BeginEpoch(const std::string& directory,
                        const Core::Options& options) {
  DATELINE_ASSIGN_OR_RETURN(const std::string bytes,
                            host::ReadFile(In(directory, kIdentityFile)));
  v1::ServerIdentity stored;
  if (!stored.ParseFromString(bytes)) stored.Clear();
  DATELINE_ASSIGN_OR_RETURN(const Identity identity, ReadIdentity(stored));
  DATELINE_ASSIGN_OR_RETURN(
      const std::unique_ptr<Truth> truth,
      OpenSqliteTruth({.path = In(directory, kTruthFile),
                       .organization = identity.organization}));
  DATELINE_RETURN_IF_ERROR(truth->CheckIntegrity());
  return truth->Write([&](TruthWriter& writer) -> absl::Status {
    DATELINE_ASSIGN_OR_RETURN(ServerState state, writer.read().State());
    state.epoch = sync::EpochId::Make(*options.random);
    state.incarnation = options.random->Next();
    DATELINE_RETURN_IF_ERROR(writer.PutState(state));
    // Whether a code was used since the backup, nobody here knows.
    return writer.ExpireInvitations();
  });
}

}  // namespace

absl::StatusOr<v1::BackupResponse> Core::Backup(
    const v1::BackupRequest& request) {
  const std::string& to = request.directory();
  if (to.empty() || to[0] != '/') {
    return sync::MakeError(v1::BAD_REQUEST,
                           "a backup needs the full path of a new folder",
                           {.field = "directory"});
  }
  if (host::FileExists(to)) {
    return sync::MakeError(v1::CONFLICT,
                           "there is something at the backup's place already",
                           {.field = "directory", .got = to});
  }
  const std::string partial = to + ".partial";
  std::error_code ignored;  // what an earlier crash left
  std::filesystem::remove_all(partial, ignored);
  // Half a backup is of no use, and may be what filled the disk. After Move
  // there is nothing of this name.
  const absl::Cleanup remove = [&] {
    std::filesystem::remove_all(partial, ignored);
  };
  DATELINE_RETURN_IF_ERROR(host::MakeDirectories(partial));
  DATELINE_RETURN_IF_ERROR(storage_.truth->BackupTo(
      In(partial, kTruthFile), [this] { return !ending_; }));
  DATELINE_RETURN_IF_ERROR(CopyTo(In(options_.directory, kIdentityFile),
                                  In(partial, kIdentityFile)));
  DATELINE_RETURN_IF_ERROR(host::SyncDirectory(partial));
  DATELINE_RETURN_IF_ERROR(Move(partial, to));
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<TruthReader> truth,
                            storage_.truth->Snapshot());
  DATELINE_ASSIGN_OR_RETURN(const TruthCounts counts, truth->Counts());
  v1::BackupResponse response;
  response.set_changes(counts.changes);
  return response;
}

absl::Status Restore(const std::string& backup, const Core::Options& options) {
  for (const char* file : {kTruthFile, kIdentityFile}) {
    if (host::FileExists(In(backup, file))) continue;
    return sync::MakeError(v1::NOT_FOUND, "this folder holds no whole backup",
                           {.field = file, .got = backup});
  }
  const std::string& directory = options.directory;
  DATELINE_RETURN_IF_ERROR(host::MakeDirectories(directory));
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<host::OwnerLock> lock,
                            host::OwnerLock::Acquire(In(directory, kLockFile),
                                                     absl::Milliseconds(500)));
  // All is prepared beside what stands there, so that a failure leaves it.
  const std::string fresh = In(directory, "restoring");
  std::error_code ignored;  // what an earlier crash left
  std::filesystem::remove_all(fresh, ignored);
  DATELINE_RETURN_IF_ERROR(host::MakeDirectories(fresh));
  for (const char* file : {kTruthFile, kIdentityFile}) {
    DATELINE_RETURN_IF_ERROR(CopyTo(In(backup, file), In(fresh, file)));
  }
  DATELINE_RETURN_IF_ERROR(BeginEpoch(fresh, options));
  if (host::FileExists(In(directory, kIdentityFile))) {
    DATELINE_RETURN_IF_ERROR(SetAside(directory));
  }
  for (const char* file : {kTruthFile, kIdentityFile}) {
    DATELINE_RETURN_IF_ERROR(Move(In(fresh, file), In(directory, file)));
  }
  std::filesystem::remove_all(fresh, ignored);
  return host::SyncDirectory(directory);
}

}  // namespace dateline::server

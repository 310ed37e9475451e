// A phone's store: one folder with the database, the key of the device and
// the owner's lock. Owned by one process at a time.
#ifndef DATELINE_CLIENT_CORE_STORE_STORE_H_
#define DATELINE_CLIENT_CORE_STORE_STORE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "client-core/store/drafts.h"
#include "client-core/store/settings.h"
#include "client-core/store/truth.h"
#include "client-core/store/views.h"
#include "sync/base/signature.h"
#include "sync/host/files.h"
#include "sync/host/sqlite.h"
#include "sync/merge/document.h"

namespace dateline::client {

// Who this device is, once it has joined. Read at opening and kept in step
// with what is stored.
struct Self {
  sync::DeviceId device;
  sync::PersonId person;
  Enrolment enrolment;
  v1::Roster roster;
  uint64_t roster_version = 0;
  sync::Authority authority;
};

// Thread-compatible.
class Store {
 public:
  // STORE_IN_USE after `lock_wait`; STORAGE_DAMAGED, STORAGE_FULL,
  // UNSUPPORTED_VERSION. `ask` an owner to let go: not for one who has just
  // let somebody in.
  static absl::StatusOr<std::unique_ptr<Store>> Open(
      const std::string& directory, absl::Duration lock_wait, bool ask = true);

  // True while another process waits for this store.
  static bool IsWanted(const std::string& directory);
  static void ForgetWanted(const std::string& directory);

  // Who asks to join, kept before a code is spent: if the answer gets lost, the
  // same device asks again. A crash within leaves a key that nobody knows.
  absl::Status PutApplicant(const sync::DeviceId& device,
                            const sync::SigningKey& key);
  // Makes this home a member: identity, keys and roster, all or nothing.
  absl::Status Enrol(const sync::DeviceId& device, const sync::SigningKey& key,
                     const Enrolment& enrolment, const v1::SignedRoster& roster,
                     uint64_t incarnation);
  // A newer roster, already verified. True if the homes changed, so that every
  // view must be built again.
  absl::StatusOr<bool> AdoptRoster(const v1::SignedRoster& signed_roster,
                                   const v1::Roster& roster);
  absl::Status AdoptEpoch(const sync::EpochId& epoch);

  // This device's counters; UNAUTHENTICATED before Enrol. What a save counted
  // up is remembered alone: its changes say it again.
  absl::StatusOr<DeviceRow> Device();
  absl::Status PutDevice(const DeviceRow& device);
  void NoteSaved(const DeviceRow& device) { device_ = device; }

  // nullopt before Enrol. UNAUTHENTICATED from `Joined`.
  const std::optional<Self>& self() const { return self_; }
  absl::StatusOr<const Self*> Joined() const;
  absl::StatusOr<sync::SigningKey> LoadKey() const;

  absl::Status Transact(const std::function<absl::Status()>& body);
  absl::Status TransactLazily(const std::function<absl::Status()>& body) {
    return Finished(db_->TransactLazily(body));
  }
  // Inside Transact: words were erased. Once it is committed no file of the
  // store holds a byte of them.
  void NoteErased() { erased_ = true; }
  host::Database& db() { return *db_; }
  Settings& settings() { return settings_; }
  Truth& truth() { return *truth_; }
  Views& views() { return views_; }
  Drafts& drafts() { return drafts_; }

 private:
  Store(std::string directory, std::unique_ptr<host::OwnerLock> lock,
        std::unique_ptr<host::Database> db);
  absl::Status LoadSelf();
  absl::StatusOr<v1::Document> Merged(const DocumentId& document);
  // Forgets what a transaction that failed has left in memory.
  absl::Status Finished(absl::Status transaction);
  void UseRoster(const v1::Roster& roster);

  const std::string directory_;
  std::unique_ptr<host::OwnerLock> lock_;
  std::unique_ptr<host::Database> db_;
  Settings settings_;
  Views views_;
  Drafts drafts_;
  std::unique_ptr<Truth> truth_;
  std::optional<Self> self_;
  std::optional<DeviceRow> device_;  // remembered
  bool erased_ = false;
};

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_CORE_STORE_STORE_H_

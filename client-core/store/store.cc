#include "client-core/store/store.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "client-core/store/rows.h"
#include "client-core/store/schema.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/merge/document.h"
#include "sync/protocol/handshake.h"

namespace dateline::client {
namespace {

// How often a waiter asks again: a loop that has just let one in sees the next.
constexpr absl::Duration kAskAgainAfter = absl::Milliseconds(5);

std::string DatabasePath(const std::string& dir) { return dir + "/store.db"; }
std::string KeyPath(const std::string& dir) { return dir + "/device.key"; }
std::string LockPath(const std::string& dir) { return dir + "/owner"; }
std::string WantedPath(const std::string& dir) { return dir + "/wanted"; }

// The lock; if somebody has it, says that it is wanted until it is free.
absl::StatusOr<std::unique_ptr<host::OwnerLock>> AcquireLock(
    const std::string& directory, absl::Duration wait, bool ask) {
  const absl::Time deadline = absl::Now() + wait;
  auto lock =
      host::OwnerLock::Acquire(LockPath(directory), absl::ZeroDuration());
  if (lock.ok() || sync::ReasonOf(lock.status()) != v1::STORE_IN_USE) {
    return lock;
  }
  while (!lock.ok() && sync::ReasonOf(lock.status()) == v1::STORE_IN_USE &&
         absl::Now() < deadline) {
    if (ask && !host::FileExists(WantedPath(directory))) {
      DATELINE_RETURN_IF_ERROR(
          host::WriteFileAtomically(WantedPath(directory), ""));
    }
    lock = host::OwnerLock::Acquire(LockPath(directory), kAskAgainAfter);
  }
  if (ask) Store::ForgetWanted(directory);
  return lock;
}

sync::Authority AuthorityOf(const v1::Roster& roster) {
  sync::Authority authority;
  for (const v1::Device& device : roster.devices()) {
    const auto id = sync::DeviceId::FromBytes(device.id());
    if (device.home() && id.ok()) authority.homes.insert(*id);
  }
  return authority;
}

}  // namespace

Store::Store(std::string directory, std::unique_ptr<host::OwnerLock> lock,
             std::unique_ptr<host::Database> db)
    : directory_(std::move(directory)),
      lock_(std::move(lock)),
      db_(std::move(db)),
      settings_(db_.get()),
      views_(db_.get(),
             [this](const DocumentId& document) { return Merged(document); }),
      drafts_(db_.get()),
      truth_(std::make_unique<Truth>(db_.get(), sync::DeviceId())) {}

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& directory,
                                                   absl::Duration lock_wait,
                                                   bool ask) {
  DATELINE_RETURN_IF_ERROR(host::MakeDirectories(directory));
  DATELINE_ASSIGN_OR_RETURN(auto lock, AcquireLock(directory, lock_wait, ask));
  DATELINE_ASSIGN_OR_RETURN(
      auto db,
      host::Database::Open(DatabasePath(directory), {.exclusive = true}));
  DATELINE_RETURN_IF_ERROR(db->Migrate(Migrations()));
  std::unique_ptr<Store> store(
      new Store(directory, std::move(lock), std::move(db)));
  DATELINE_RETURN_IF_ERROR(store->LoadSelf());
  return store;
}

bool Store::IsWanted(const std::string& directory) {
  return host::FileExists(WantedPath(directory));
}

// If it stays, the owner lets go once in vain.
void Store::ForgetWanted(const std::string& directory) {
  (void)host::RemoveFile(WantedPath(directory));
}

absl::Status Store::LoadSelf() {
  DATELINE_ASSIGN_OR_RETURN(const auto device, settings_.Device());
  DATELINE_ASSIGN_OR_RETURN(const auto enrolment, settings_.Enrolled());
  DATELINE_ASSIGN_OR_RETURN(const auto signed_roster, settings_.Roster());
  if (!device || !enrolment || !signed_roster) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(
      const v1::Roster roster,
      sync::OpenRoster(*signed_roster, enrolment->home_key));
  truth_ = std::make_unique<Truth>(db_.get(), device->device);
  self_.emplace();
  self_->device = device->device;
  self_->enrolment = *enrolment;
  UseRoster(roster);
  return absl::OkStatus();
}

void Store::UseRoster(const v1::Roster& roster) {
  self_->roster = roster;
  self_->roster_version = roster.version();
  self_->authority = AuthorityOf(roster);
  absl::btree_map<sync::DeviceId, sync::PublicKey> keys;
  for (const v1::Device& device : roster.devices()) {
    const auto id = sync::DeviceId::FromBytes(device.id());
    const auto key = sync::PublicKey::FromBytes(device.public_key());
    if (!id.ok() || !key.ok()) continue;
    keys[*id] = *key;
    const auto person = sync::PersonId::FromBytes(device.person());
    if (*id == self_->device && person.ok()) self_->person = *person;
  }
  truth_->SetKeys(std::move(keys));
}

absl::Status Store::PutApplicant(const sync::DeviceId& device,
                                 const sync::SigningKey& key) {
  DATELINE_RETURN_IF_ERROR(
      host::WriteFileAtomically(KeyPath(directory_), key.seed().view()));
  return Transact([&] { return settings_.PutDevice({.device = device}); });
}

absl::Status Store::Enrol(const sync::DeviceId& device,
                          const sync::SigningKey& key,
                          const Enrolment& enrolment,
                          const v1::SignedRoster& roster,
                          uint64_t incarnation) {
  DATELINE_ASSIGN_OR_RETURN(const v1::Roster parsed,
                            sync::OpenRoster(roster, enrolment.home_key));
  DATELINE_RETURN_IF_ERROR(
      host::WriteFileAtomically(KeyPath(directory_), key.seed().view()));
  DATELINE_RETURN_IF_ERROR(Transact([&] {
    DATELINE_RETURN_IF_ERROR(
        PutDevice({.device = device, .incarnation = incarnation}));
    DATELINE_RETURN_IF_ERROR(settings_.PutEnrolment(enrolment));
    return settings_.PutRoster(parsed.version(), roster);
  }));
  return LoadSelf();
}

absl::StatusOr<bool> Store::AdoptRoster(const v1::SignedRoster& signed_roster,
                                        const v1::Roster& roster) {
  DATELINE_RETURN_IF_ERROR(
      settings_.PutRoster(roster.version(), signed_roster));
  const bool homes_changed =
      AuthorityOf(roster).homes != self_->authority.homes;
  UseRoster(roster);
  return homes_changed;
}

absl::Status Store::AdoptEpoch(const sync::EpochId& epoch) {
  DATELINE_RETURN_IF_ERROR(settings_.PutEpoch(epoch));
  self_->enrolment.epoch = epoch;
  return absl::OkStatus();
}

absl::StatusOr<v1::Document> Store::Merged(const DocumentId& document) {
  DATELINE_ASSIGN_OR_RETURN(const Self* self, Joined());
  DATELINE_ASSIGN_OR_RETURN(const std::vector<sync::Change> changes,
                            truth_->OfDocument(document));
  std::vector<const sync::Change*> pointers;
  for (const sync::Change& change : changes) pointers.push_back(&change);
  return sync::MergeDocument(document, pointers, self->authority);
}

absl::StatusOr<DeviceRow> Store::Device() {
  if (device_) return *device_;
  DATELINE_ASSIGN_OR_RETURN(auto device, settings_.Device());
  if (!device) return Joined().status();
  DATELINE_ASSIGN_OR_RETURN(const Truth::LastWritten last,
                            truth_->LastWrittenIn(device->incarnation));
  device->lamport = std::max(device->lamport, last.lamport);
  device->save = std::max(device->save, last.save);
  device_ = device;
  return *device_;
}

absl::Status Store::PutDevice(const DeviceRow& device) {
  device_ = device;
  return settings_.PutDevice(device);
}

absl::Status Store::Finished(absl::Status transaction) {
  if (!transaction.ok()) {
    truth_->Forget();
    views_.Forget();
    device_.reset();
  }
  return transaction;
}

absl::Status Store::Transact(const std::function<absl::Status()>& body) {
  DATELINE_RETURN_IF_ERROR(Finished(db_->Transact(body)));
  if (!erased_) return absl::OkStatus();
  // Nobody else reads this file. What was written stays so, should it fail;
  // closing the store empties the log, too.
  const auto emptied = db_->EmptyLog(absl::ZeroDuration());
  erased_ = !emptied.ok() || !*emptied;
  return absl::OkStatus();
}

absl::StatusOr<const Self*> Store::Joined() const {
  if (self_) return &*self_;
  return sync::MakeError(v1::UNAUTHENTICATED,
                         "this device has not joined a newsroom yet");
}

absl::StatusOr<sync::SigningKey> Store::LoadKey() const {
  DATELINE_ASSIGN_OR_RETURN(const std::string bytes,
                            host::ReadFile(KeyPath(directory_)));
  const auto seed = sync::KeySeed::FromBytes(bytes);
  if (!seed.ok()) {
    return sync::MakeError(v1::STORAGE_DAMAGED,
                           "the key of this device cannot be read");
  }
  return sync::SigningKey::FromSeed(*seed);
}

}  // namespace dateline::client

// Who this device is and whom it joined: its row of counters, its enrolment,
// the roster it was last given. Every call reads or writes one row.
#ifndef DATELINE_CLIENT_CORE_STORE_SETTINGS_H_
#define DATELINE_CLIENT_CORE_STORE_SETTINGS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "dateline/v1/change.pb.h"
#include "dateline/v1/roster.pb.h"
#include "sync/base/ids.h"
#include "sync/base/signature.h"
#include "sync/host/sqlite.h"

namespace dateline::client {

struct DeviceRow {
  sync::DeviceId device;
  uint64_t incarnation = 0;
  uint64_t counter = 0;  // of the last Hello in this incarnation
  uint64_t lamport = 0;  // highest seen
  uint64_t save = 0;     // last save in this incarnation
};

struct Enrolment {
  std::string device_name;
  sync::DeviceId server;
  sync::EpochId epoch;
  std::string address;
  std::string ca_pem;
  sync::PublicKey home_key;
};

// Borrows *db. Thread-compatible. Errors are the store's.
class Settings {
 public:
  explicit Settings(host::Database* db) : db_(*db) {}

  // nullopt before the device has asked to join.
  absl::StatusOr<std::optional<DeviceRow>> Device();
  absl::Status PutDevice(const DeviceRow& device);
  absl::StatusOr<std::optional<Enrolment>> Enrolled();
  absl::Status PutEnrolment(const Enrolment& enrolment);
  absl::Status PutEpoch(const sync::EpochId& epoch);
  absl::StatusOr<std::optional<v1::SignedRoster>> Roster();
  absl::Status PutRoster(uint64_t version, const v1::SignedRoster& roster);

  // Marks a withdrawal as reported; false if it was before.
  absl::StatusOr<bool> Tell(const v1::ItemId& withdrawal);

 private:
  host::Database& db_;
};

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_CORE_STORE_SETTINGS_H_

#include "client-core/store/settings.h"

#include "client-core/store/rows.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"

namespace dateline::client {
namespace {

constexpr char kGetDevice[] =
    "SELECT device, incarnation, counter, lamport, save FROM device";
constexpr char kPutDevice[] =
    "INSERT INTO device VALUES (1, ?, ?, ?, ?, ?) ON CONFLICT (one) DO UPDATE "
    "SET device = excluded.device, incarnation = excluded.incarnation, "
    "counter = excluded.counter, lamport = excluded.lamport, "
    "save = excluded.save";
constexpr char kGetEnrolment[] =
    "SELECT device_name, server, epoch, address, ca_pem, home_key "
    "FROM enrolment";
constexpr char kPutEnrolment[] =
    "INSERT OR REPLACE INTO enrolment VALUES (1, ?, ?, ?, ?, ?, ?)";
constexpr char kPutEpoch[] = "UPDATE enrolment SET epoch = ?";
constexpr char kGetRoster[] = "SELECT signed FROM roster";
constexpr char kPutRoster[] = "INSERT OR REPLACE INTO roster VALUES (1, ?, ?)";
constexpr char kTell[] = "INSERT OR IGNORE INTO told VALUES (?, ?)";

}  // namespace

absl::StatusOr<std::optional<DeviceRow>> Settings::Device() {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * get, db_.Prepared(kGetDevice));
  DeviceRow device;
  DATELINE_ASSIGN_OR_RETURN(
      const bool there, OneRow(get, [&](const host::Statement& row) {
        device.incarnation = static_cast<uint64_t>(row.Int(1));
        device.counter = static_cast<uint64_t>(row.Int(2));
        device.lamport = static_cast<uint64_t>(row.Int(3));
        device.save = static_cast<uint64_t>(row.Int(4));
        return ReadInto(row, 0, &device.device);
      }));
  if (!there) return std::nullopt;
  return device;
}

absl::Status Settings::PutDevice(const DeviceRow& device) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * put, db_.Prepared(kPutDevice));
  return put->BindBlob(1, device.device.view())
      .Bind(2, static_cast<int64_t>(device.incarnation))
      .Bind(3, static_cast<int64_t>(device.counter))
      .Bind(4, static_cast<int64_t>(device.lamport))
      .Bind(5, static_cast<int64_t>(device.save))
      .Run();
}

absl::StatusOr<std::optional<Enrolment>> Settings::Enrolled() {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * get, db_.Prepared(kGetEnrolment));
  Enrolment enrolment;
  DATELINE_ASSIGN_OR_RETURN(
      const bool there, OneRow(get, [&](const host::Statement& row) {
        enrolment.device_name = std::string(row.Text(0));
        enrolment.address = std::string(row.Text(3));
        enrolment.ca_pem = std::string(row.Text(4));
        DATELINE_RETURN_IF_ERROR(ReadInto(row, 1, &enrolment.server));
        DATELINE_RETURN_IF_ERROR(ReadInto(row, 2, &enrolment.epoch));
        return ReadInto(row, 5, &enrolment.home_key);
      }));
  if (!there) return std::nullopt;
  return enrolment;
}

absl::Status Settings::PutEnrolment(const Enrolment& enrolment) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * put, db_.Prepared(kPutEnrolment));
  return put->BindText(1, enrolment.device_name)
      .BindBlob(2, enrolment.server.view())
      .BindBlob(3, enrolment.epoch.view())
      .BindText(4, enrolment.address)
      .BindText(5, enrolment.ca_pem)
      .BindBlob(6, enrolment.home_key.view())
      .Run();
}

absl::Status Settings::PutEpoch(const sync::EpochId& epoch) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * put, db_.Prepared(kPutEpoch));
  return put->BindBlob(1, epoch.view()).Run();
}

absl::StatusOr<std::optional<v1::SignedRoster>> Settings::Roster() {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * get, db_.Prepared(kGetRoster));
  v1::SignedRoster roster;
  DATELINE_ASSIGN_OR_RETURN(
      const bool there, OneRow(get, [&](const host::Statement& row) {
        if (roster.ParseFromString(std::string(row.Blob(0)))) {
          return absl::OkStatus();
        }
        return sync::MakeError(v1::STORAGE_DAMAGED,
                               "the stored roster cannot be read back");
      }));
  if (!there) return std::nullopt;
  return roster;
}

absl::Status Settings::PutRoster(uint64_t version,
                                 const v1::SignedRoster& roster) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * put, db_.Prepared(kPutRoster));
  return put->Bind(1, static_cast<int64_t>(version))
      .BindBlob(2, roster.SerializeAsString())
      .Run();
}

absl::StatusOr<bool> Settings::Tell(const v1::ItemId& withdrawal) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * tell, db_.Prepared(kTell));
  DATELINE_RETURN_IF_ERROR(
      tell->BindBlob(1, withdrawal.change()).Bind(2, withdrawal.op()).Run());
  return db_.changed_rows() > 0;
}

}  // namespace dateline::client

// How commands reach a data directory: through the door of the server that
// owns it, or by owning it themselves where none runs.
#ifndef DATELINE_SERVER_APP_ADMIN_CLIENT_H_
#define DATELINE_SERVER_APP_ADMIN_CLIENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "dateline/v1/admin.pb.h"
#include "server/log/log.h"
#include "sync/base/clock.h"
#include "sync/base/random.h"

namespace dateline::server {

struct DataDirectory {
  std::string path;
  // For an invitation while no server runs; empty: as the last one listened.
  std::string enrol_address;
  sync::Clock* clock;    // not owned
  sync::Random* random;  // not owned
  Log* log = nullptr;    // not owned; nullptr: none
};

// Errors of Core, and UNAVAILABLE_NOW while a server is starting or ending.
absl::StatusOr<v1::InviteResponse> Invite(const DataDirectory& data,
                                          const v1::InviteRequest& request);
absl::StatusOr<v1::BackupResponse> Backup(const DataDirectory& data,
                                          const v1::BackupRequest& request);
absl::StatusOr<v1::ServerStatus> GetStatus(const DataDirectory& data);
absl::StatusOr<v1::RebuildViewResponse> RebuildView(const DataDirectory& data);
absl::StatusOr<v1::ListHeldResponse> ListHeld(const DataDirectory& data);
absl::StatusOr<v1::ReleaseResponse> Release(const DataDirectory& data,
                                            const v1::ReleaseRequest& request);
absl::StatusOr<v1::ListMembersResponse> ListMembers(const DataDirectory& data);
absl::StatusOr<v1::SetRoleResponse> SetRole(const DataDirectory& data,
                                            const v1::SetRoleRequest& request);

}  // namespace dateline::server

#endif  // DATELINE_SERVER_APP_ADMIN_CLIENT_H_

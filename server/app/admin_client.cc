#include "server/app/admin_client.h"

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dateline/v1/admin.grpc.pb.h"
#include "server/app/core.h"
#include "server/services/raw_call.h"
#include "server/services/server.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"

namespace dateline::server {
namespace {

constexpr absl::Duration kCallTime = absl::Minutes(30);  // a large backup
constexpr absl::Duration kConnectTime = absl::Seconds(5);
// A server that starts or ends owns the directory without a door.
constexpr absl::Duration kDoorWait = absl::Seconds(10);
constexpr absl::Duration kDoorPoll = absl::Milliseconds(100);

absl::Status FromGrpc(const grpc::Status& status,
                      const grpc::ClientContext& context) {
  if (status.ok()) return absl::OkStatus();
  const auto& trailer = context.GetServerTrailingMetadata();
  v1::Error error;
  if (const auto found = trailer.find(kErrorMetadata);
      found != trailer.end() &&
      error.ParseFromArray(found->second.data(),
                           static_cast<int>(found->second.size()))) {
    return sync::StatusOf(error);
  }
  return sync::MakeError(v1::UNAVAILABLE_NOW, "the server did not answer",
                         {.got = status.error_message(), .retry = true});
}

// A stub where a server answers behind the door; nullptr where none runs.
std::unique_ptr<v1::AdminService::Stub> Connect(const AdminDoor& door,
                                                const std::string& path) {
  if (!host::FileExists(absl::StrCat(path, "/", kAddressFile))) return nullptr;
  grpc::ChannelArguments arguments;
  arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, "localhost");
  const auto channel = grpc::CreateCustomChannel(
      door.address(), grpc::InsecureChannelCredentials(), arguments);
  const auto deadline = absl::ToChronoTime(absl::Now() + kConnectTime);
  if (!channel->WaitForConnected(deadline)) return nullptr;
  return v1::AdminService::NewStub(channel);
}

template <typename Request, typename Response>
using Method = grpc::Status (v1::AdminService::Stub::*)(grpc::ClientContext*,
                                                        const Request&,
                                                        Response*);

// Once by the door, else as the owner; nullopt: owned, and no door yet.
template <typename Request, typename Response>
absl::StatusOr<std::optional<Response>> TryOnce(
    const DataDirectory& data, const Request& request,
    Method<Request, Response> method,
    const std::function<absl::StatusOr<Response>(Core&)>& as_owner) {
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<AdminDoor> door,
                            AdminDoor::Open(data.path));
  if (const auto stub = Connect(*door, data.path); stub != nullptr) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kCallTime));
    Response response;
    const grpc::Status status = ((*stub).*method)(&context, request, &response);
    DATELINE_RETURN_IF_ERROR(FromGrpc(status, context));
    return response;
  }
  auto core = Core::Open({.directory = data.path,
                          .create = false,
                          .clock = data.clock,
                          .random = data.random,
                          .log = data.log});
  if (sync::ReasonOf(core.status()) == v1::STORE_IN_USE) return std::nullopt;
  DATELINE_RETURN_IF_ERROR(core.status());
  (*core)->Start();
  DATELINE_ASSIGN_OR_RETURN(Response response, as_owner(**core));
  return response;
}

template <typename Request, typename Response>
absl::StatusOr<Response> Call(
    const DataDirectory& data, const Request& request,
    Method<Request, Response> method,
    const std::function<absl::StatusOr<Response>(Core&)>& as_owner) {
  const absl::Time deadline = absl::Now() + kDoorWait;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(
        std::optional<Response> response,
        (TryOnce<Request, Response>(data, request, method, as_owner)));
    if (response) return *std::move(response);
    if (absl::Now() >= deadline) break;
    absl::SleepFor(kDoorPoll);
  }
  return sync::MakeError(
      v1::UNAVAILABLE_NOW,
      "the server of this directory is starting or ending; try again",
      {.field = "data", .got = data.path, .retry = true});
}

// Where devices join: as told, or as the last server listened.
std::string EnrolAddressOf(const DataDirectory& data) {
  if (!data.enrol_address.empty()) return data.enrol_address;
  const auto last =
      host::ReadFile(absl::StrCat(data.path, "/", kEnrolAddressFile));
  return last.ok() ? *last : ServerOptions().enrol_listen;
}

}  // namespace

absl::StatusOr<v1::InviteResponse> Invite(const DataDirectory& data,
                                          const v1::InviteRequest& request) {
  return Call<v1::InviteRequest, v1::InviteResponse>(
      data, request, &v1::AdminService::Stub::Invite,
      [&](Core& core) { return core.Invite(request, EnrolAddressOf(data)); });
}

absl::StatusOr<v1::BackupResponse> Backup(const DataDirectory& data,
                                          const v1::BackupRequest& request) {
  return Call<v1::BackupRequest, v1::BackupResponse>(
      data, request, &v1::AdminService::Stub::Backup,
      [&](Core& core) { return core.Backup(request); });
}

absl::StatusOr<v1::ServerStatus> GetStatus(const DataDirectory& data) {
  const v1::ServerStatusRequest request;
  return Call<v1::ServerStatusRequest, v1::ServerStatus>(
      data, request, &v1::AdminService::Stub::GetStatus,
      [](Core& core) { return core.Status(); });
}

absl::StatusOr<v1::RebuildViewResponse> RebuildView(const DataDirectory& data) {
  const v1::RebuildViewRequest request;
  return Call<v1::RebuildViewRequest, v1::RebuildViewResponse>(
      data, request, &v1::AdminService::Stub::RebuildView,
      [](Core& core) { return core.RebuildView(); });
}

absl::StatusOr<v1::ListHeldResponse> ListHeld(const DataDirectory& data) {
  const v1::ListHeldRequest request;
  return Call<v1::ListHeldRequest, v1::ListHeldResponse>(
      data, request, &v1::AdminService::Stub::ListHeld,
      [](Core& core) { return core.ListHeld(); });
}

absl::StatusOr<v1::ReleaseResponse> Release(const DataDirectory& data,
                                            const v1::ReleaseRequest& request) {
  return Call<v1::ReleaseRequest, v1::ReleaseResponse>(
      data, request, &v1::AdminService::Stub::Release,
      [&](Core& core) { return core.Release(request); });
}

absl::StatusOr<v1::ListMembersResponse> ListMembers(const DataDirectory& data) {
  const v1::ListMembersRequest request;
  return Call<v1::ListMembersRequest, v1::ListMembersResponse>(
      data, request, &v1::AdminService::Stub::ListMembers,
      [](Core& core) { return core.ListMembers(); });
}

absl::StatusOr<v1::SetRoleResponse> SetRole(const DataDirectory& data,
                                            const v1::SetRoleRequest& request) {
  return Call<v1::SetRoleRequest, v1::SetRoleResponse>(
      data, request, &v1::AdminService::Stub::SetRole,
      [&](Core& core) { return core.SetRole(request); });
}

}  // namespace dateline::server

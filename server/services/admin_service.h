// AdminService: the door inside the data directory (admin.proto).
#ifndef DATELINE_SERVER_SERVICES_ADMIN_SERVICE_H_
#define DATELINE_SERVER_SERVICES_ADMIN_SERVICE_H_

#include <functional>
#include <string>
#include <utility>

#include "dateline/v1/admin.grpc.pb.h"
#include "server/app/core.h"
#include "server/services/raw_call.h"

namespace dateline::server {

using RawAdminService = v1::AdminService::WithRawCallbackMethod_Invite<
    v1::AdminService::WithRawCallbackMethod_Backup<
        v1::AdminService::WithRawCallbackMethod_GetStatus<
            v1::AdminService::WithRawCallbackMethod_RebuildView<
                v1::AdminService::WithRawCallbackMethod_ListHeld<
                    v1::AdminService::WithRawCallbackMethod_Release<
                        v1::AdminService::WithRawCallbackMethod_ListMembers<
                            v1::AdminService::WithRawCallbackMethod_SetRole<
                                v1::AdminService::Service>>>>>>>>;

// Where the server listens, and how many devices are connected.
struct ListenerState {
  std::string sync_address, enrol_address;
  std::function<uint32_t()> sessions;
};

// Thread-safe.
class AdminServiceImpl : public RawAdminService {
 public:
  // Borrows all three; `listeners` is filled before the door opens.
  AdminServiceImpl(Core* core, WorkerPool* pool, const ListenerState* listeners)
      : core_(core), pool_(pool), listeners_(listeners) {}

  grpc::ServerUnaryReactor* Invite(grpc::CallbackServerContext* context,
                                   const grpc::ByteBuffer* request,
                                   grpc::ByteBuffer* response) override {
    return Answer<v1::InviteRequest, v1::InviteResponse>(
        context, request, response, pool_,
        [this](const v1::InviteRequest& message) {
          return core_->Invite(message, listeners_->enrol_address);
        });
  }
  grpc::ServerUnaryReactor* Backup(grpc::CallbackServerContext* context,
                                   const grpc::ByteBuffer* request,
                                   grpc::ByteBuffer* response) override {
    return Answer<v1::BackupRequest, v1::BackupResponse>(
        context, request, response, pool_,
        [this](const v1::BackupRequest& message) {
          return core_->Backup(message);
        });
  }
  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) override {
    return Answer<v1::ServerStatusRequest, v1::ServerStatus>(
        context, request, response, pool_,
        [this](const v1::ServerStatusRequest&)
            -> absl::StatusOr<v1::ServerStatus> {
          absl::StatusOr<v1::ServerStatus> status = core_->Status();
          if (!status.ok()) return status;
          status->set_sync_address(listeners_->sync_address);
          status->set_enrol_address(listeners_->enrol_address);
          status->set_sessions(listeners_->sessions());
          return status;
        });
  }
  grpc::ServerUnaryReactor* RebuildView(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override {
    return Answer<v1::RebuildViewRequest, v1::RebuildViewResponse>(
        context, request, response, pool_,
        [this](const v1::RebuildViewRequest&) { return core_->RebuildView(); });
  }
  grpc::ServerUnaryReactor* ListHeld(grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request,
                                     grpc::ByteBuffer* response) override {
    return Answer<v1::ListHeldRequest, v1::ListHeldResponse>(
        context, request, response, pool_,
        [this](const v1::ListHeldRequest&) { return core_->ListHeld(); });
  }
  grpc::ServerUnaryReactor* Release(grpc::CallbackServerContext* context,
                                    const grpc::ByteBuffer* request,
                                    grpc::ByteBuffer* response) override {
    return Answer<v1::ReleaseRequest, v1::ReleaseResponse>(
        context, request, response, pool_,
        [this](const v1::ReleaseRequest& message) {
          return core_->Release(message);
        });
  }

  grpc::ServerUnaryReactor* ListMembers(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override {
    return Answer<v1::ListMembersRequest, v1::ListMembersResponse>(
        context, request, response, pool_,
        [this](const v1::ListMembersRequest&) { return core_->ListMembers(); });
  }
  grpc::ServerUnaryReactor* SetRole(grpc::CallbackServerContext* context,
                                    const grpc::ByteBuffer* request,
                                    grpc::ByteBuffer* response) override {
    return Answer<v1::SetRoleRequest, v1::SetRoleResponse>(
        context, request, response, pool_,
        [this](const v1::SetRoleRequest& message) {
          return core_->SetRole(message);
        });
  }

 private:
  Core* const core_;                      // not owned
  WorkerPool* const pool_;                // not owned
  const ListenerState* const listeners_;  // not owned
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_SERVICES_ADMIN_SERVICE_H_

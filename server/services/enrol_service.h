// EnrolService: how a device joins, on a listener of its own.
#ifndef DATELINE_SERVER_SERVICES_ENROL_SERVICE_H_
#define DATELINE_SERVER_SERVICES_ENROL_SERVICE_H_

#include <string>
#include <utility>

#include "dateline/v1/session.grpc.pb.h"
#include "server/app/core.h"
#include "server/services/raw_call.h"

namespace dateline::server {

using RawEnrolService =
    v1::EnrolService::WithRawCallbackMethod_Enrol<v1::EnrolService::Service>;

// Thread-safe.
class EnrolServiceImpl : public RawEnrolService {
 public:
  // Borrows *core and *pool. `sync_address` is told to devices that join.
  EnrolServiceImpl(Core* core, WorkerPool* pool) : core_(core), pool_(pool) {}
  void set_sync_address(std::string address) {
    sync_address_ = std::move(address);
  }

  grpc::ServerUnaryReactor* Enrol(grpc::CallbackServerContext* context,
                                  const grpc::ByteBuffer* request,
                                  grpc::ByteBuffer* response) override {
    return Answer<v1::EnrolRequest, v1::EnrolResponse>(
        context, request, response, pool_,
        [this](const v1::EnrolRequest& message)
            -> absl::StatusOr<v1::EnrolResponse> {
          absl::StatusOr<v1::EnrolResponse> answer =
              core_->Enrol(message, sync_address_);
          if (!answer.ok()) {
            return ToRemote(core_->log(), "enrol", answer.status());
          }
          return answer;
        });
  }

 private:
  Core* const core_;          // not owned
  WorkerPool* const pool_;    // not owned
  std::string sync_address_;  // set before the listener opens
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_SERVICES_ENROL_SERVICE_H_

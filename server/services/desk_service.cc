#include "server/services/desk_service.h"

#include <set>
#include <thread>
#include <utility>

#include "dateline/v1/desk.grpc.pb.h"
#include "server/services/desk_auth.h"
#include "server/services/raw_call.h"
#include "server/services/watch_stream.h"
#include "sync/base/errors.h"
#include "sync/base/mutex.h"
#include "sync/base/status_macros.h"

namespace dateline::server {
namespace {

using Base = v1::DeskService;
using RawDeskService = Base::WithRawCallbackMethod_ListQueue<
    Base::WithRawCallbackMethod_GetDocument<
        Base::WithRawCallbackMethod_ListVersions<
            Base::WithRawCallbackMethod_DiffVersions<
                Base::WithRawCallbackMethod_ListConflicts<
                    Base::WithRawCallbackMethod_GetLedger<
                        Base::WithRawCallbackMethod_ListWithdrawals<
                            Base::WithRawCallbackMethod_Search<
                                Base::WithRawCallbackMethod_Act<
                                    Base::WithRawCallbackMethod_Watch<
                                        Base::Service>>>>>>>>>>;

std::string MetadataOf(const grpc::CallbackServerContext& context,
                       const char* key) {
  const auto found = context.client_metadata().find(key);
  if (found == context.client_metadata().end()) return "";
  return std::string(found->second.data(), found->second.size());
}

DeskCredentials CredentialsOf(const grpc::CallbackServerContext& context) {
  return {.device = MetadataOf(context, kDeviceMetadata),
          .time = MetadataOf(context, kTimeMetadata),
          .signature = MetadataOf(context, kSignatureMetadata)};
}

absl::Status GoingDown() {
  return sync::MakeError(v1::UNAVAILABLE_NOW, "the server is going down",
                         {.retry = true});
}

// A stream that ends as it begins.
class RefusedStream : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  explicit RefusedStream(grpc::Status status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

class DeskService::Impl : public RawDeskService {
 public:
  Impl(Desk* desk, const RosterInForce* roster, WorkerPool* pool)
      : desk_(desk), roster_(roster), pool_(pool) {
    heart_ = std::thread([this] { Beat(); });
  }
  ~Impl() override {
    End();
    heart_.join();
  }

  void NotifyWatchers() {
    const sync::MutexLock lock(&mu_);
    for (WatchStream* stream : watchers_) stream->Notify();
  }
  void End() {
    const sync::MutexLock lock(&mu_);
    ending_ = true;
    wake_.NotifyAll();
    for (WatchStream* stream : watchers_) stream->End(GoingDown());
  }

// One unary method: NAME of the service is NAME of the desk.
#define DATELINE_DESK_METHOD_(Name)                                     \
  grpc::ServerUnaryReactor* Name(grpc::CallbackServerContext* context,  \
                                 const grpc::ByteBuffer* request,       \
                                 grpc::ByteBuffer* response) override { \
    return Call<v1::Name##Request, v1::Name##Response>(                 \
        context, request, response, #Name, &Desk::Name);                \
  }
  DATELINE_DESK_METHOD_(ListQueue)
  DATELINE_DESK_METHOD_(GetDocument)
  DATELINE_DESK_METHOD_(ListVersions)
  DATELINE_DESK_METHOD_(DiffVersions)
  DATELINE_DESK_METHOD_(ListConflicts)
  DATELINE_DESK_METHOD_(GetLedger)
  DATELINE_DESK_METHOD_(ListWithdrawals)
  DATELINE_DESK_METHOD_(Search)
  DATELINE_DESK_METHOD_(Act)
#undef DATELINE_DESK_METHOD_

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Watch(
      grpc::CallbackServerContext* context,
      const grpc::ByteBuffer* request) override {
    const std::string bytes = BytesOf(*request);
    v1::WatchRequest message;
    if (const auto parsed = ParseRequest(bytes, &message); !parsed.ok()) {
      return new RefusedStream(ToGrpc(parsed, context));
    }
    const auto caller =
        Authenticate(CredentialsOf(*context), "Watch", bytes, *roster_->Get());
    if (!caller.ok()) {
      return new RefusedStream(ToGrpc(caller.status(), context));
    }
    return Begin(context, *caller, message);
  }

 private:
  template <typename Request, typename Response>
  using UseCase = absl::StatusOr<Response> (Desk::*)(const Caller&,
                                                     const Request&);

  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Call(grpc::CallbackServerContext* context,
                                 const grpc::ByteBuffer* request,
                                 grpc::ByteBuffer* response, const char* method,
                                 UseCase<Request, Response> use_case) {
    return AnswerRaw(
        context, request, response, pool_,
        [this, context, method,
         use_case](const std::string& bytes) -> absl::StatusOr<std::string> {
          Request message;
          DATELINE_RETURN_IF_ERROR(ParseRequest(bytes, &message));
          DATELINE_ASSIGN_OR_RETURN(
              const Caller caller, Authenticate(CredentialsOf(*context), method,
                                                bytes, *roster_->Get()));
          DATELINE_ASSIGN_OR_RETURN(const Response answer,
                                    (desk_->*use_case)(caller, message));
          return answer.SerializeAsString();
        });
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Begin(
      grpc::CallbackServerContext* context, const Caller& caller,
      const v1::WatchRequest& request) {
    const sync::MutexLock lock(&mu_);
    if (ending_ || watchers_.size() >= kWatchersMax) {
      return new RefusedStream(ToGrpc(GoingDown(), context));
    }
    auto* const stream = new WatchStream(
        context, pool_, request.after(),
        [this, caller, request](uint64_t after) {
          return desk_->WatchOnce(caller, request, after);
        },
        [this](WatchStream* gone) {
          const sync::MutexLock gone_lock(&mu_);
          watchers_.erase(gone);
        });
    watchers_.insert(stream);
    stream->Notify();
    return stream;
  }

  void Beat() {
    const sync::MutexLock lock(&mu_);
    while (!ending_) {
      wake_.WaitFor(&mu_, kHeartbeat / 3);
      for (WatchStream* stream : watchers_) stream->Heartbeat();
    }
  }

  Desk* const desk_;                   // not owned
  const RosterInForce* const roster_;  // not owned
  WorkerPool* const pool_;             // not owned
  sync::Mutex mu_;
  sync::CondVar wake_;
  std::set<WatchStream*> watchers_ ABSL_GUARDED_BY(mu_);  // own themselves
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  std::thread heart_;
};

DeskService::DeskService(Desk* desk, const RosterInForce* roster,
                         WorkerPool* pool)
    : impl_(std::make_unique<Impl>(desk, roster, pool)) {}
DeskService::~DeskService() = default;
grpc::Service* DeskService::service() { return impl_.get(); }
void DeskService::NotifyWatchers() { impl_->NotifyWatchers(); }
void DeskService::Drain() { impl_->End(); }

}  // namespace dateline::server

#include "server/services/desk_service.h"

#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
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
  explicit RefusedStream(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

class DeskService::Impl : public RawDeskService {
 public:
  explicit Impl(const Options& options) : options_(options) {
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
    v1::WatchRequest message;
    const auto caller = Admit(*context, "Watch", BytesOf(*request), &message);
    if (!caller.ok()) {
      return new RefusedStream(
          ToGrpc(Failed("Watch", caller.status()), context));
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
        context, request, response, options_.pool,
        [this, context, method,
         use_case](const std::string& bytes) -> absl::StatusOr<std::string> {
          Request message;
          const auto caller = Admit(*context, method, bytes, &message);
          if (!caller.ok()) return Failed(method, caller.status());
          const absl::StatusOr<Response> answer =
              (options_.desk->*use_case)(*caller, message);
          if (!answer.ok()) return Failed(method, answer.status());
          return answer->SerializeAsString();
        });
  }

  // Parses the request and says who asks.
  absl::StatusOr<Caller> Admit(const grpc::CallbackServerContext& context,
                               const char* method, const std::string& bytes,
                               google::protobuf::Message* request) {
    DATELINE_RETURN_IF_ERROR(ParseRequest(bytes, request));
    return Authenticate(CredentialsOf(context), method, bytes,
                        *options_.core->roster().Get());
  }

  // What the caller is told of a failure. The view may have been damaged while
  // we run, and nobody but its readers would notice.
  absl::Status Failed(const char* method, const absl::Status& status) {
    if (sync::ReasonOf(status) == v1::STORAGE_DAMAGED) {
      options_.core->view_worker().Check();
    }
    return ToRemote(options_.core->log(), absl::StrCat("desk.", method),
                    status);
  }

  absl::Status CannotWatch() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (ending_) return GoingDown();
    const std::string limit =
        absl::StrCat("kWatchersMax=", options_.watchers_max);
    LogNote(options_.core->log(), Severity::kWarning, "watch.turned_away",
            limit);
    return sync::MakeError(v1::UNAVAILABLE_NOW,
                           "the server has too many watchers",
                           {.limit = limit, .retry = true});
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Begin(
      grpc::CallbackServerContext* context, const Caller& caller,
      const v1::WatchRequest& request) {
    const sync::MutexLock lock(&mu_);
    if (ending_ || watchers_.size() >= options_.watchers_max) {
      return new RefusedStream(ToGrpc(CannotWatch(), context));
    }
    auto* const stream = new WatchStream(
        context, options_.pool,
        {.after = request.after(), .heartbeat = options_.heartbeat},
        [this, caller, request](
            uint64_t after) -> absl::StatusOr<std::vector<v1::WatchEvent>> {
          auto events = options_.desk->WatchOnce(caller, request, after);
          if (!events.ok()) return Failed("Watch", events.status());
          return events;
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
      wake_.WaitFor(&mu_, options_.heartbeat / 3);
      for (WatchStream* stream : watchers_) stream->Heartbeat();
    }
  }

  const Options options_;
  sync::Mutex mu_;
  sync::CondVar wake_;
  std::set<WatchStream*> watchers_ ABSL_GUARDED_BY(mu_);  // own themselves
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  std::thread heart_;
};

DeskService::DeskService(const Options& options)
    : impl_(std::make_unique<Impl>(options)) {}
DeskService::~DeskService() = default;
grpc::Service* DeskService::service() { return impl_.get(); }
void DeskService::NotifyWatchers() { impl_->NotifyWatchers(); }
void DeskService::Drain() { impl_->End(); }

}  // namespace dateline::server

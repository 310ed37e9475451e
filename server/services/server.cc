#include "server/services/server.h"

#include <fcntl.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/desk/desk.h"
#include "server/services/admin_service.h"
#include "server/services/desk_service.h"
#include "server/services/enrol_service.h"
#include "server/services/worker_pool.h"
#include "server/session/host.h"
#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"
#include "sync/stream/sync_stream_service.h"

namespace dateline::server {
namespace {

// gRPC drops what is larger with an answer of its own; ours names the limit,
// so it gets to see a little more than the limit.
constexpr int kGrpcMessageBytesMax = 2 * sync::kMessageBytesMax;
constexpr absl::Duration kDrainTime = absl::Seconds(4);
// Then calls that still run are cut; peers that do not look at their idle
// connections are not waited for.
constexpr absl::Duration kCloseTime = absl::Seconds(2);

std::shared_ptr<grpc::ServerCredentials> TlsOf(const Identity& identity) {
  grpc::SslServerCredentialsOptions options;
  options.pem_root_certs = identity.ca_pem;
  options.pem_key_cert_pairs.push_back(
      {identity.tls_key_pem, identity.tls_pem});
  return grpc::SslServerCredentials(options);
}

void SetLimits(grpc::ServerBuilder* builder) {
  builder->SetMaxReceiveMessageSize(kGrpcMessageBytesMax);
  builder->SetMaxSendMessageSize(kGrpcMessageBytesMax);
  // Else a second server would share the port, and get half of the devices.
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

absl::Status CannotListen(const std::string& address) {
  return sync::MakeError(
      v1::UNAVAILABLE_NOW,
      absl::StrCat("cannot listen on ", address,
                   " (in use, or not an address of this machine)"),
      {.field = "listen", .got = address, .retry = true});
}

// "host:port" with the port that the system chose.
std::string WithPort(const std::string& address, int port,
                     const std::string& public_host) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(address, absl::MaxSplits(':', 1));
  return absl::StrCat(public_host.empty() ? parts.first : public_host, ":",
                      port);
}

class ServerImpl : public Server {
 public:
  explicit ServerImpl(Core* core)
      : core_(core),
        pool_({.log = core->log()}),
        desk_({.truth = &core->truth(),
               .view = &core->view(),
               .ingest = &core->ingest(),
               .view_worker = &core->view_worker(),
               .roster = &core->roster()}),
        desk_service_({.desk = &desk_, .core = core, .pool = &pool_}),
        enrol_(core, &pool_),
        admin_(core, &pool_, &state_) {}
  // Before Listen, while nothing is written yet.
  absl::Status OpenSessions();
  ~ServerImpl() override { Drain(); }

  absl::Status Listen(const ServerOptions& options);
  const std::string& sync_address() const override {
    return state_.sync_address;
  }
  const std::string& enrol_address() const override {
    return state_.enrol_address;
  }
  void Drain() override;

 private:
  absl::Status ListenSync(const ServerOptions& options);
  absl::Status ListenEnrol(const ServerOptions& options);
  absl::Status ListenAdmin();
  absl::Status WriteAddress();
  std::string AddressFile() const {
    return absl::StrCat(core_->directory(), "/", kAddressFile);
  }

  Core* const core_;  // not owned
  ListenerState state_;
  WorkerPool pool_;
  Desk desk_;
  DeskService desk_service_;
  EnrolServiceImpl enrol_;
  AdminServiceImpl admin_;
  std::unique_ptr<SessionHost> session_host_;
  std::unique_ptr<sync::SyncStreamService> sessions_;
  std::unique_ptr<AdminDoor> door_;
  std::unique_ptr<grpc::Server> sync_server_, enrol_server_, admin_server_;
};

absl::Status ServerImpl::OpenSessions() {
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<TruthReader> truth,
                            core_->truth().Snapshot());
  DATELINE_ASSIGN_OR_RETURN(const ServerState state, truth->State());
  session_host_ = std::make_unique<SessionHost>(core_, state.epoch);
  sessions_ = std::make_unique<sync::SyncStreamService>(
      sync::SyncStreamService::Options{}, session_host_.get());
  state_.sessions = [this] {
    return static_cast<uint32_t>(sessions_->session_count());
  };
  core_->ingest().Listen(
      [this](const absl::btree_set<DocumentKey>&) { sessions_->NotifyAll(); });
  core_->view_worker().Listen([this] { desk_service_.NotifyWatchers(); });
  return absl::OkStatus();
}

absl::Status ServerImpl::Listen(const ServerOptions& options) {
  // What a crash left would send commands to a server that is gone.
  DATELINE_RETURN_IF_ERROR(host::RemoveFile(AddressFile()));
  DATELINE_RETURN_IF_ERROR(OpenSessions());
  core_->Start();
  core_->view_worker().Check();  // pages that only some reader would meet
  DATELINE_RETURN_IF_ERROR(ListenSync(options));
  DATELINE_RETURN_IF_ERROR(ListenEnrol(options));
  DATELINE_RETURN_IF_ERROR(ListenAdmin());
  return WriteAddress();
}

absl::Status ServerImpl::ListenSync(const ServerOptions& options) {
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.listen, TlsOf(core_->identity()), &port);
  SetLimits(&builder);
  sync::SyncStreamService::Configure(&builder);
  builder.RegisterService(sessions_->service());
  builder.RegisterService(desk_service_.service());
  sync_server_ = builder.BuildAndStart();
  if (sync_server_ == nullptr || port == 0) return CannotListen(options.listen);
  state_.sync_address = WithPort(options.listen, port, options.public_host);
  enrol_.set_sync_address(state_.sync_address);
  return absl::OkStatus();
}

absl::Status ServerImpl::ListenEnrol(const ServerOptions& options) {
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.enrol_listen, TlsOf(core_->identity()),
                           &port);
  SetLimits(&builder);
  builder.RegisterService(&enrol_);
  enrol_server_ = builder.BuildAndStart();
  if (enrol_server_ == nullptr || port == 0) {
    return CannotListen(options.enrol_listen);
  }
  state_.enrol_address =
      WithPort(options.enrol_listen, port, options.public_host);
  return absl::OkStatus();
}

absl::Status ServerImpl::ListenAdmin() {
  DATELINE_ASSIGN_OR_RETURN(door_, AdminDoor::Open(core_->directory()));
  grpc::ServerBuilder builder;
  builder.AddListeningPort(door_->address(), grpc::InsecureServerCredentials());
  SetLimits(&builder);
  builder.RegisterService(&admin_);
  admin_server_ = builder.BuildAndStart();
  if (admin_server_ == nullptr) return CannotListen(kAdminSocket);
  return absl::OkStatus();
}

absl::Status ServerImpl::WriteAddress() {
  // Invitations name it while no server runs.
  DATELINE_RETURN_IF_ERROR(host::WriteFileAtomically(
      absl::StrCat(core_->directory(), "/", kEnrolAddressFile),
      state_.enrol_address));
  return host::WriteFileAtomically(
      AddressFile(),
      absl::StrCat("{\"sync\": \"", state_.sync_address, "\", \"enrol\": \"",
                   state_.enrol_address, "\", \"pid\": ", getpid(), "}\n"));
}

void ServerImpl::Drain() {
  host::RemoveFile(AddressFile()).IgnoreError();
  desk_service_.Drain();
  if (sessions_ != nullptr) sessions_->Drain(kDrainTime);
  core_->BeginStop();  // else a call that takes long would keep us below
  const auto deadline = absl::ToChronoTime(absl::Now() + kCloseTime);
  for (auto* server : {&admin_server_, &enrol_server_, &sync_server_}) {
    if (*server == nullptr) continue;
    (*server)->Shutdown(deadline);
    (*server)->Wait();
    server->reset();
  }
  core_->Stop();  // its listeners are about to go
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(
    Core* core, const ServerOptions& options) {
  static const bool prepared = [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    return true;
  }();
  (void)prepared;
  auto server = std::make_unique<ServerImpl>(core);
  DATELINE_RETURN_IF_ERROR(server->Listen(options));
  return server;
}

absl::StatusOr<std::unique_ptr<AdminDoor>> AdminDoor::Open(
    const std::string& directory) {
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    return sync::MakeError(v1::NOT_FOUND, "there is no such data directory",
                           {.field = "data", .got = directory});
  }
  return std::unique_ptr<AdminDoor>(new AdminDoor(fd));
}

AdminDoor::~AdminDoor() { close(fd_); }

std::string AdminDoor::address() const {
  return absl::StrCat("unix:/proc/self/fd/", fd_, "/", kAdminSocket);
}

}  // namespace dateline::server

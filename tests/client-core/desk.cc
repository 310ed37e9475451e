#include "tests/client-core/desk.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "sync/base/check.h"
#include "sync/host/files.h"

namespace dateline::client {

server::Core::Options Desk::CoreOptions() {
  return {.directory = dir_ / "server",
          .create = true,
          .clock = &clock_,
          .random = &random_};
}

void Desk::Start() {
  auto core = server::Core::Open(CoreOptions());
  DATELINE_CHECK(core.ok());
  core_ = *std::move(core);
  auto server = server::Server::Start(
      core_.get(), {.listen = "127.0.0.1:0", .enrol_listen = "127.0.0.1:0"});
  DATELINE_CHECK(server.ok());
  server_ = *std::move(server);
}

void Desk::Stop() {
  if (server_ != nullptr) server_->Drain();
  server_.reset();
  core_.reset();
}

std::string Desk::Invite(v1::Role role, const std::string& name) {
  v1::InviteRequest request;
  request.set_role(role);
  request.set_assignment("kazakhstan-unrest");
  request.set_name(name);
  const auto response = core_->Invite(request, server_->enrol_address());
  DATELINE_CHECK(response.ok());
  return response->code();
}

void Desk::SetRole(const std::string& name, v1::Role role) {
  v1::SetRoleRequest request;
  request.set_person(name);
  request.set_assignment("kazakhstan-unrest");
  request.set_role(role);
  DATELINE_CHECK(core_->SetRole(request).ok());
}

void Desk::Backup(const std::string& name) {
  v1::BackupRequest request;
  request.set_directory(dir_ / name);
  DATELINE_CHECK(core_->Backup(request).ok());
}

void Desk::WaitForView() {
  DATELINE_CHECK(core_->view_worker().WaitUntilCurrent(absl::Seconds(20)));
}

void Desk::Keep(const std::string& home, const std::string& name) {
  std::filesystem::copy(dir_ / home, dir_ / name,
                        std::filesystem::copy_options::recursive);
}

void Desk::PutBack(const std::string& name, const std::string& home) {
  std::filesystem::remove_all(dir_ / home);
  std::filesystem::rename(dir_ / name, dir_ / home);
}

void Desk::DropReplaced() {
  for (int n = 1; std::filesystem::remove_all(
                      absl::StrCat(dir_ / "server/replaced-", n)) > 0;
       ++n) {
  }
}

void Desk::Restore(const std::string& name) {
  Stop();
  DATELINE_CHECK(server::Restore(dir_ / name, CoreOptions()).ok());
  Start();
}

std::unique_ptr<Client> Desk::Open(const std::string& name, v1::Role role) {
  auto client =
      Client::Open({.directory = home(name), .server_address = sync_address()});
  DATELINE_CHECK(client.ok());
  if (!(*client)->WhoAmI().ok()) {
    DATELINE_CHECK((*client)->Join(Invite(role, name), name).ok());
  }
  return *std::move(client);
}

}  // namespace dateline::client

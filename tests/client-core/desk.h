// A real server in this process, for tests of syncing.
#ifndef DATELINE_TESTS_CLIENT_CORE_DESK_H_
#define DATELINE_TESTS_CLIENT_CORE_DESK_H_

#include <memory>
#include <string>

#include "dateline/client.h"
#include "server/app/core.h"
#include "server/services/server.h"
#include "sync/host/os_clock.h"
#include "sync/host/os_random.h"
#include "tests/support/temp_dir.h"

namespace dateline::client {

class Desk {
 public:
  Desk() { Start(); }
  ~Desk() { Stop(); }

  void Start();
  void Stop();
  // A code for one device, of a new person.
  std::string Invite(v1::Role role, const std::string& name = "Somebody");
  // The role of the person of a home (named as it); unspecified: none.
  void SetRole(const std::string& name, v1::Role role);
  // The data directory as it is, to be restored later.
  void Backup(const std::string& name);
  // Until what the server shows is up to date.
  void WaitForView();
  // Copies a home, or puts the copy in its place; it must not be open.
  void Keep(const std::string& home, const std::string& name);
  void PutBack(const std::string& name, const std::string& home);
  // Deletes what restores have put aside.
  void DropReplaced();
  // Stops, brings the backup back, starts.
  void Restore(const std::string& name);

  // A home joined with a code of its own; a second call opens it again.
  std::unique_ptr<Client> Open(const std::string& name,
                               v1::Role role = v1::ROLE_REPORTER);
  std::string home(const std::string& name) const { return dir_ / name; }
  // All that is on a disk: the server and every home.
  const std::string& folder() const { return dir_.path(); }
  std::string server_folder() const { return dir_ / "server"; }
  std::string sync_address() const { return server_->sync_address(); }

 private:
  server::Core::Options CoreOptions();

  testing::TempDir dir_;
  host::OsClock clock_;
  host::OsRandom random_;
  std::unique_ptr<server::Core> core_;
  std::unique_ptr<server::Server> server_;
};

}  // namespace dateline::client

#endif  // DATELINE_TESTS_CLIENT_CORE_DESK_H_

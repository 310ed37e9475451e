// A data directory, opened: storage, identity, roster, the writing thread and
// the view's. Everything of a server but its listeners; `serve` and the
// commands that work while no server runs both stand on it.
#ifndef DATELINE_SERVER_APP_CORE_H_
#define DATELINE_SERVER_APP_CORE_H_

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "dateline/v1/admin.pb.h"
#include "dateline/v1/session.pb.h"
#include "server/ingest/ingest.h"
#include "server/log/log.h"
#include "server/storage/storage.h"
#include "server/trust/authority.h"
#include "server/trust/roster.h"
#include "server/view/worker.h"
#include "sync/base/clock.h"
#include "sync/base/random.h"
#include "sync/host/files.h"

namespace dateline::server {

// Files of a data directory (SCHEMA.md).
constexpr char kLockFile[] = "lock";
constexpr char kIdentityFile[] = "identity.pb";
constexpr char kTruthFile[] = "truth.db";
constexpr char kViewFile[] = "view.db";
constexpr char kAddressFile[] = "address.json";
constexpr char kEnrolAddressFile[] = "enrol-address";
constexpr char kAdminSocket[] = "admin.sock";

// Thread-safe.
class Core {
 public:
  struct Options {
    std::string directory;
    bool create = false;  // make the directory and all in it, if absent
    sync::Clock* clock;   // not owned; both outlive the core
    sync::Random* random;
    Log* log = nullptr;  // not owned, outlives the core; nullptr: none
  };
  // STORE_IN_USE: another process owns the directory. NOT_FOUND: there is no
  // server in it. STORAGE_DAMAGED, STORAGE_FULL, UNSUPPORTED_VERSION.
  static absl::StatusOr<std::unique_ptr<Core>> Open(const Options& options);
  ~Core() { Stop(); }

  // Begins writing and viewing. Listeners come before it.
  void Start();
  // Ends what takes long (a backup, a rebuild) with UNAVAILABLE_NOW, and the
  // view's thread. What is submitted is stored still. Before Stop.
  void BeginStop();
  // Ends both threads; what was submitted is stored first. Then no listener is
  // called any more.
  void Stop();

  Truth& truth() { return *storage_.truth; }
  View& view() { return *storage_.view; }
  Ingest& ingest() { return *ingest_; }
  ViewWorker& view_worker() { return *view_worker_; }
  RosterInForce& roster() { return roster_; }
  const Identity& identity() const { return *identity_; }
  sync::Clock& clock() { return *options_.clock; }
  sync::Random& random() { return *options_.random; }
  Log* log() { return options_.log; }  // nullptr: none
  const std::string& directory() const { return options_.directory; }

  // --- the administrator's use cases ---
  // `enrol_address` goes into the code.
  absl::StatusOr<v1::InviteResponse> Invite(const v1::InviteRequest& request,
                                            const std::string& enrol_address);
  absl::StatusOr<v1::EnrolResponse> Enrol(const v1::EnrolRequest& request,
                                          const std::string& sync_address);
  absl::StatusOr<v1::BackupResponse> Backup(const v1::BackupRequest& request);
  // Without what only listeners know.
  absl::StatusOr<v1::ServerStatus> Status();
  absl::StatusOr<v1::RebuildViewResponse> RebuildView();
  absl::StatusOr<v1::ListHeldResponse> ListHeld();
  absl::StatusOr<v1::ReleaseResponse> Release(
      const v1::ReleaseRequest& request);
  absl::StatusOr<v1::ListMembersResponse> ListMembers();
  absl::StatusOr<v1::SetRoleResponse> SetRole(
      const v1::SetRoleRequest& request);

 private:
  explicit Core(const Options& options) : options_(options) {}
  absl::Status OpenIdentity();
  absl::Status OpenStorage();
  absl::Status OpenView();
  absl::StatusOr<v1::ServerStatus> ReadStatus();
  absl::Status OpenRoster();

  const Options options_;
  std::atomic<bool> ending_ = false;
  std::unique_ptr<host::OwnerLock> lock_;
  std::unique_ptr<Identity> identity_;
  Storage storage_;
  RosterInForce roster_;
  std::unique_ptr<ViewWorker> view_worker_;
  std::unique_ptr<Ingest> ingest_;
};

// Brings a backup's files into `directory`, which no server may be using: a
// new epoch, a new incarnation of home; codes that were open are void. Phones
// bring the roster that they were given since. What stood there before is kept
// in DIRECTORY/replaced-N.
absl::Status Restore(const std::string& backup, const Core::Options& options);

}  // namespace dateline::server

#endif  // DATELINE_SERVER_APP_CORE_H_

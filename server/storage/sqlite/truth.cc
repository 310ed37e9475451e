#include "server/storage/sqlite/truth.h"

#include <optional>
#include <utility>

#include "server/storage/sqlite/pool.h"
#include "server/storage/sqlite/schema.h"
#include "server/storage/sqlite/truth_reader.h"
#include "server/storage/sqlite/truth_writer.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/host/sqlite.h"

namespace dateline::server {
namespace {

constexpr int64_t kWriterCacheBytes = 64 << 20;
// Sessions read for milliseconds; who reads for longer (a backup) makes the
// scrub wait for the next commit, not the commit for the scrub.
constexpr absl::Duration kScrubWait = absl::Milliseconds(50);

constexpr char kFindTenantSql[] =
    "SELECT tenant FROM tenants WHERE organization = ?";
constexpr char kAddTenantSql[] =
    "INSERT INTO tenants (organization, epoch, incarnation, lamport, save)"
    " VALUES (?, ?, ?, ?, ?)";

// A reader with the connection that it reads.
class TruthSnapshot : public SqliteTruthReader {
 public:
  TruthSnapshot(ReaderPool::Lease lease, int64_t tenant)
      : SqliteTruthReader(&lease.database(), tenant),
        lease_(std::move(lease)) {}

 private:
  ReaderPool::Lease lease_;
};

class SqliteTruth : public Truth {
 public:
  SqliteTruth(std::unique_ptr<host::Database> database, std::string path,
              int64_t tenant)
      : database_(std::move(database)),
        readers_(std::move(path)),
        tenant_(tenant),
        writer_(database_.get(), tenant) {}

  absl::Status Write(
      const std::function<absl::Status(TruthWriter&)>& body) override {
    const absl::Status status = database_->Transact([&]() -> absl::Status {
      DATELINE_RETURN_IF_ERROR(body(writer_));
      return writer_.Flush();
    });
    scrub_owed_ |= status.ok() && writer_.erased();
    writer_.End(/*committed=*/status.ok());
    // What was written stays so if this fails; scrub_owed tells.
    if (scrub_owed_) Scrub().IgnoreError();
    return status;
  }

  bool scrub_owed() const override { return scrub_owed_; }

  absl::Status Scrub() override {
    DATELINE_ASSIGN_OR_RETURN(const bool done, database_->EmptyLog(kScrubWait));
    if (done) scrub_owed_ = false;
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<TruthReader>> Snapshot() override {
    DATELINE_ASSIGN_OR_RETURN(ReaderPool::Lease lease, readers_.Begin());
    return std::make_unique<TruthSnapshot>(std::move(lease), tenant_);
  }

  // Over a reading connection, so that writes go on meanwhile.
  absl::Status BackupTo(const std::string& path,
                        const std::function<bool()>& go_on) override {
    DATELINE_ASSIGN_OR_RETURN(ReaderPool::Lease lease, readers_.Begin());
    // The first read fixes the snapshot; without one the copy would begin anew
    // with every commit.
    SqliteTruthReader reader(&lease.database(), tenant_);
    DATELINE_RETURN_IF_ERROR(reader.State().status());
    return lease.database().BackupTo(path, go_on);
  }

  absl::Status CheckIntegrity() override {
    DATELINE_ASSIGN_OR_RETURN(ReaderPool::Lease lease, readers_.Begin());
    return lease.database().CheckIntegrity();
  }

 private:
  const std::unique_ptr<host::Database> database_;
  ReaderPool readers_;
  const int64_t tenant_;
  SqliteTruthWriter writer_;
  bool scrub_owed_ = true;  // the writer's; false once the log was emptied
};

absl::StatusOr<std::optional<int64_t>> FindTenant(
    host::Database& database, const sync::OrganizationId& organization) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * find,
                            database.Prepared(kFindTenantSql));
  const Rows rows(find);
  rows->BindBlob(1, organization.view());
  DATELINE_ASSIGN_OR_RETURN(const bool found, rows->Step());
  if (!found) return std::nullopt;
  return rows->Int(0);
}

absl::Status AddTenant(host::Database& database,
                       const SqliteTruthOptions& options) {
  DATELINE_ASSIGN_OR_RETURN(host::Statement * add,
                            database.Prepared(kAddTenantSql));
  const ServerState& state = options.first_state;
  add->BindBlob(1, options.organization.view());
  add->BindBlob(2, state.epoch.view());
  add->Bind(3, static_cast<int64_t>(state.incarnation));
  add->Bind(4, static_cast<int64_t>(state.lamport));
  add->Bind(5, static_cast<int64_t>(state.save));
  return add->Run();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Truth>> OpenSqliteTruth(
    const SqliteTruthOptions& options) {
  DATELINE_ASSIGN_OR_RETURN(
      std::unique_ptr<host::Database> database,
      host::Database::Open(options.path, {.cache_bytes = kWriterCacheBytes}));
  DATELINE_RETURN_IF_ERROR(database->Migrate(TruthMigrations()));
  DATELINE_ASSIGN_OR_RETURN(std::optional<int64_t> tenant,
                            FindTenant(*database, options.organization));
  if (!tenant) {
    DATELINE_RETURN_IF_ERROR(AddTenant(*database, options));
    DATELINE_ASSIGN_OR_RETURN(tenant,
                              FindTenant(*database, options.organization));
  }
  auto truth =
      std::make_unique<SqliteTruth>(std::move(database), options.path, *tenant);
  // A crash may have left in the log what was erased since; a full disk does
  // not keep the server from starting.
  truth->Scrub().IgnoreError();
  return truth;
}

}  // namespace dateline::server

#include "server/storage/sqlite/view.h"

#include <utility>

#include "server/storage/sqlite/pool.h"
#include "server/storage/sqlite/schema.h"
#include "server/storage/sqlite/view_reader.h"
#include "sync/base/status_macros.h"

namespace dateline::server {
namespace {

constexpr int64_t kWriterCacheBytes = 32 << 20;
// Nobody waits for the view, so that it can wait for its readers.
constexpr absl::Duration kScrubWait = absl::Milliseconds(500);

constexpr char kPutAppliedSql[] =
    "INSERT INTO applied (tenant, assignment, lane, position, digest)"
    " VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, assignment, lane)"
    " DO UPDATE SET position = excluded.position, digest = excluded.digest";
constexpr char kPutDocumentSql[] =
    "INSERT INTO documents (tenant, assignment, document, kind, in_ledger,"
    " conflicts, received_ms, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (tenant, assignment, document) DO UPDATE SET"
    " kind = excluded.kind, in_ledger = excluded.in_ledger,"
    " conflicts = excluded.conflicts, received_ms = excluded.received_ms,"
    " bytes = excluded.bytes";
constexpr char kPutRowSql[] =
    "INSERT INTO queue (tenant, assignment, document, kind, deleted, status,"
    " creator, conflicts, withdrawn, received_ms, touched, row)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (tenant, assignment, document) DO UPDATE SET"
    " kind = excluded.kind, deleted = excluded.deleted,"
    " status = excluded.status, creator = excluded.creator,"
    " conflicts = excluded.conflicts, withdrawn = excluded.withdrawn,"
    " received_ms = excluded.received_ms, touched = excluded.touched,"
    " row = excluded.row";
constexpr char kPutLedgerSql[] =
    "INSERT INTO ledgers (tenant, assignment, touched, bytes)"
    " VALUES (?, ?, ?, ?) ON CONFLICT (tenant, assignment)"
    " DO UPDATE SET touched = excluded.touched, bytes = excluded.bytes";
constexpr char kNextMarkSql[] =
    "INSERT INTO marks (tenant, touched) VALUES (?, 1)"
    " ON CONFLICT (tenant) DO UPDATE SET touched = touched + 1";
constexpr char kNumberSql[] =
    "SELECT number FROM documents"
    " WHERE tenant = ? AND assignment = ? AND document = ?";
constexpr char kDropSearchSql[] = "DELETE FROM search WHERE rowid = ?";
constexpr char kPutSearchSql[] =
    "INSERT INTO search (rowid, title, words) VALUES (?, ?, ?)";
// The marks stay: a watcher's number must not come again.
constexpr char kClearSql[] =
    "DELETE FROM applied; DELETE FROM documents; DELETE FROM queue;"
    "DELETE FROM ledgers; DELETE FROM search;";

// A word that no row has any more stays in the index's segments until they are
// merged.
constexpr char kOptimizeSql[] =
    "INSERT INTO search (search) VALUES ('optimize')";

class SqliteViewWriter : public ViewWriter, private SqliteViewReader {
 public:
  explicit SqliteViewWriter(host::Database* database)
      : SqliteViewReader(database) {}

  ViewReader& read() override { return *this; }

  absl::Status PutApplied(const sync::Cursor& cursor) override {
    DATELINE_ASSIGN_OR_RETURN(host::Statement * put, Ask(kPutAppliedSql));
    put->BindBlob(2, cursor.assignment.view());
    put->Bind(3, static_cast<int64_t>(cursor.lane));
    put->Bind(4, static_cast<int64_t>(cursor.position));
    put->BindBlob(5, cursor.digest.view());
    return put->Run();
  }

  absl::Status PutDocument(const ViewDocument& view) override {
    DATELINE_ASSIGN_OR_RETURN(host::Statement * put, Ask(kPutDocumentSql));
    put->BindBlob(2, view.assignment.view());
    put->BindBlob(3, view.document.id()).Bind(4, view.document.kind());
    put->Bind(5, view.in_ledger ? 1 : 0).Bind(6, view.document.conflicts());
    put->Bind(7, view.received_ms);
    put->BindBlob(8, view.document.SerializeAsString());
    return put->Run();
  }

  absl::Status PutRow(const v1::QueueRow& row) override {
    DATELINE_ASSIGN_OR_RETURN(const int64_t touched, NextMark());
    DATELINE_ASSIGN_OR_RETURN(host::Statement * put, Ask(kPutRowSql));
    put->BindBlob(2, row.assignment()).BindBlob(3, row.document());
    put->Bind(4, row.kind()).Bind(5, row.deleted() ? 1 : 0);
    put->Bind(6, row.status()).BindBlob(7, row.author());
    put->Bind(8, row.conflicts());
    put->Bind(9, row.withdrawn_figure() || row.probably_withdrawn() ? 1 : 0);
    put->Bind(10, row.received_ms()).Bind(11, touched);
    put->BindBlob(12, row.SerializeAsString());
    return put->Run();
  }

  absl::Status PutSearch(const sync::AssignmentId& assignment,
                         const sync::DocumentId& document,
                         const std::string& title,
                         const std::string& words) override {
    DATELINE_ASSIGN_OR_RETURN(const int64_t number,
                              NumberOf(assignment, document));
    DATELINE_ASSIGN_OR_RETURN(host::Statement * drop,
                              database().Prepared(kDropSearchSql));
    DATELINE_RETURN_IF_ERROR(drop->Bind(1, number).Run());
    DATELINE_ASSIGN_OR_RETURN(host::Statement * put,
                              database().Prepared(kPutSearchSql));
    put->Bind(1, number).BindText(2, title).BindText(3, words);
    return put->Run();
  }

  absl::Status PutLedger(const sync::AssignmentId& assignment,
                         const v1::Ledger& ledger) override {
    DATELINE_ASSIGN_OR_RETURN(const int64_t touched, NextMark());
    DATELINE_ASSIGN_OR_RETURN(host::Statement * put, Ask(kPutLedgerSql));
    put->BindBlob(2, assignment.view()).Bind(3, touched);
    put->BindBlob(4, ledger.SerializeAsString());
    return put->Run();
  }

  absl::Status ForgetWords() override {
    forgot_ = true;
    return database().Execute(kOptimizeSql);
  }

  absl::Status Clear() override { return database().Execute(kClearSql); }

  bool TakeForgot() { return std::exchange(forgot_, false); }

 private:
  bool forgot_ = false;

  absl::StatusOr<int64_t> NextMark() {
    DATELINE_ASSIGN_OR_RETURN(host::Statement * next, Ask(kNextMarkSql));
    DATELINE_RETURN_IF_ERROR(next->Run());
    DATELINE_ASSIGN_OR_RETURN(const uint64_t touched, LastTouched());
    return static_cast<int64_t>(touched);
  }

  absl::StatusOr<int64_t> NumberOf(const sync::AssignmentId& assignment,
                                   const sync::DocumentId& document) {
    DATELINE_ASSIGN_OR_RETURN(host::Statement * find, Ask(kNumberSql));
    const Rows rows(find);
    rows->BindBlob(2, assignment.view()).BindBlob(3, document.view());
    DATELINE_RETURN_IF_ERROR(rows->Step().status());
    return rows->Int(0);
  }
};

class ViewSnapshot : public SqliteViewReader {
 public:
  explicit ViewSnapshot(ReaderPool::Lease lease)
      : SqliteViewReader(&lease.database()), lease_(std::move(lease)) {}

 private:
  ReaderPool::Lease lease_;
};

class SqliteView : public View {
 public:
  SqliteView(std::unique_ptr<host::Database> database, std::string path)
      : database_(std::move(database)),
        readers_(std::move(path)),
        writer_(database_.get()) {}

  absl::Status Write(
      const std::function<absl::Status(ViewWriter&)>& body) override {
    const absl::Status status =
        database_->Transact([&] { return body(writer_); });
    scrub_owed_ |= writer_.TakeForgot() && status.ok();
    if (scrub_owed_) Scrub().IgnoreError();
    return status;
  }

  absl::StatusOr<std::unique_ptr<ViewReader>> Snapshot() override {
    DATELINE_ASSIGN_OR_RETURN(ReaderPool::Lease lease, readers_.Begin());
    return std::make_unique<ViewSnapshot>(std::move(lease));
  }

  bool scrub_owed() const override { return scrub_owed_; }

  absl::Status Scrub() override {
    DATELINE_ASSIGN_OR_RETURN(const bool done, database_->EmptyLog(kScrubWait));
    if (done) scrub_owed_ = false;
    return absl::OkStatus();
  }

 private:
  const std::unique_ptr<host::Database> database_;
  ReaderPool readers_;
  SqliteViewWriter writer_;
  bool scrub_owed_ = true;  // the writer's; false once the log was emptied
};

}  // namespace

absl::StatusOr<std::unique_ptr<View>> OpenSqliteView(const std::string& path) {
  DATELINE_ASSIGN_OR_RETURN(
      std::unique_ptr<host::Database> database,
      host::Database::Open(path, {.cache_bytes = kWriterCacheBytes}));
  DATELINE_RETURN_IF_ERROR(database->Migrate(ViewMigrations()));
  // What a power cut takes from the view is applied again from the truth.
  DATELINE_RETURN_IF_ERROR(database->Execute("PRAGMA synchronous = NORMAL"));
  auto view = std::make_unique<SqliteView>(std::move(database), path);
  view->Scrub().IgnoreError();  // as the truth does at its opening
  return view;
}

}  // namespace dateline::server

#include "server/storage/sqlite/view.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/pool.h"
#include "server/storage/sqlite/schema.h"
#include "server/storage/sqlite/view_reader.h"
#include "sync/base/errors.h"
#include "sync/base/mutex.h"
#include "sync/base/status_macros.h"
#include "sync/host/files.h"

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
    "INSERT INTO marks (tenant, touched) VALUES (?, ? + 1)"
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

// A file of SQLite, its log and its shared memory.
constexpr const char* kSuffixes[] = {"", "-wal", "-shm"};
constexpr char kAside[] = ".damaged";

void RemoveAside(const std::string& path) {
  for (const char* suffix : kSuffixes) {
    host::RemoveFile(absl::StrCat(path, kAside, suffix)).IgnoreError();
  }
}

class SqliteViewWriter : public ViewWriter, private SqliteViewReader {
 public:
  SqliteViewWriter(host::Database* database, uint64_t first_mark)
      : SqliteViewReader(database), first_mark_(first_mark) {}

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
  absl::StatusOr<int64_t> NextMark() {
    DATELINE_ASSIGN_OR_RETURN(host::Statement * next, Ask(kNextMarkSql));
    next->Bind(2, static_cast<int64_t>(first_mark_));
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

  const uint64_t first_mark_;
  bool forgot_ = false;
};

// The file with its connections.
struct OpenFile {
  OpenFile(std::unique_ptr<host::Database> opened,
           const SqliteViewOptions& options)
      : database(std::move(opened)),
        readers(options.path),
        writer(database.get(), options.first_mark) {}

  const std::unique_ptr<host::Database> database;
  ReaderPool readers;
  SqliteViewWriter writer;
};

absl::StatusOr<std::unique_ptr<OpenFile>> Open(
    const SqliteViewOptions& options) {
  DATELINE_ASSIGN_OR_RETURN(
      std::unique_ptr<host::Database> database,
      host::Database::Open(options.path, {.cache_bytes = kWriterCacheBytes}));
  DATELINE_RETURN_IF_ERROR(database->Migrate(ViewMigrations()));
  // What a power cut takes from the view is applied again from the truth.
  DATELINE_RETURN_IF_ERROR(database->Execute("PRAGMA synchronous = NORMAL"));
  return std::make_unique<OpenFile>(std::move(database), options);
}

absl::Status NoFile() {
  return sync::MakeError(v1::STORAGE_DAMAGED,
                         "the view was set aside and could not be begun anew");
}

// Lets the file go when the last snapshot has gone.
class Users {
 public:
  void Enter() {
    const sync::MutexLock lock(&mu_);
    while (closed_) changed_.Wait(&mu_);
    ++count_;
  }
  void Leave() {
    const sync::MutexLock lock(&mu_);
    --count_;
    changed_.NotifyAll();
  }
  // Waits until nobody is in; until Reopen nobody gets in.
  void Close() {
    const sync::MutexLock lock(&mu_);
    closed_ = true;
    while (count_ > 0) changed_.Wait(&mu_);
  }
  void Reopen() {
    const sync::MutexLock lock(&mu_);
    closed_ = false;
    changed_.NotifyAll();
  }

 private:
  sync::Mutex mu_;
  sync::CondVar changed_;
  int count_ ABSL_GUARDED_BY(mu_) = 0;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
};

// One that is in.
class Visit {
 public:
  explicit Visit(Users* users) : users_(users) { users_->Enter(); }
  Visit(Visit&& other) noexcept
      : users_(std::exchange(other.users_, nullptr)) {}
  Visit& operator=(Visit&&) = delete;
  ~Visit() {
    if (users_ != nullptr) users_->Leave();
  }

 private:
  Users* users_;  // not owned
};

class ViewSnapshot : public SqliteViewReader {
 public:
  ViewSnapshot(Visit visit, ReaderPool::Lease lease)
      : SqliteViewReader(&lease.database()),
        visit_(std::move(visit)),
        lease_(std::move(lease)) {}

 private:
  Visit visit_;  // ends behind the lease
  ReaderPool::Lease lease_;
};

class SqliteView : public View {
 public:
  SqliteView(SqliteViewOptions options, std::unique_ptr<OpenFile> file)
      : options_(std::move(options)), file_(std::move(file)) {}

  absl::Status Write(
      const std::function<absl::Status(ViewWriter&)>& body) override {
    if (file_ == nullptr) return NoFile();
    SqliteViewWriter& writer = file_->writer;
    absl::Status status =
        file_->database->Transact([&] { return body(writer); });
    if (writer.TakeForgot() && status.ok()) {
      scrub_owed_ = true;
      // It was set aside for a look, and holds the words still.
      RemoveAside(options_.path);
    }
    if (scrub_owed_) Scrub().IgnoreError();
    return status;
  }

  absl::StatusOr<std::unique_ptr<ViewReader>> Snapshot() override {
    Visit visit(&users_);
    if (file_ == nullptr) return NoFile();
    DATELINE_ASSIGN_OR_RETURN(ReaderPool::Lease lease, file_->readers.Begin());
    return std::make_unique<ViewSnapshot>(std::move(visit), std::move(lease));
  }

  absl::Status CheckIntegrity() override {
    if (file_ == nullptr) return NoFile();
    // A new connection reads what is on the disk, not what an old one kept.
    DATELINE_ASSIGN_OR_RETURN(
        const std::unique_ptr<host::Database> fresh,
        host::Database::Open(options_.path,
                             {.read_only = true, .create = false}));
    return fresh->CheckIntegrity();
  }

  absl::Status SetAside(uint64_t first_mark) override {
    users_.Close();
    const absl::Cleanup reopen = [this] { users_.Reopen(); };
    file_ = nullptr;
    DATELINE_RETURN_IF_ERROR(SetViewAside(options_.path));
    options_.first_mark = first_mark;
    DATELINE_ASSIGN_OR_RETURN(file_, Open(options_));
    return absl::OkStatus();
  }

  bool scrub_owed() const override { return scrub_owed_; }

  absl::Status Scrub() override {
    if (file_ == nullptr) return NoFile();
    DATELINE_ASSIGN_OR_RETURN(const bool done,
                              file_->database->EmptyLog(kScrubWait));
    if (done) scrub_owed_ = false;
    return absl::OkStatus();
  }

 private:
  SqliteViewOptions options_;
  Users users_;
  // Written by the writing thread while nobody is in; null: set aside, and no
  // other could be made.
  std::unique_ptr<OpenFile> file_;
  bool scrub_owed_ = true;  // the writer's; false once the log was emptied
};

}  // namespace

absl::StatusOr<std::unique_ptr<View>> OpenSqliteView(
    const SqliteViewOptions& options) {
  DATELINE_ASSIGN_OR_RETURN(std::unique_ptr<OpenFile> file, Open(options));
  auto view = std::make_unique<SqliteView>(options, std::move(file));
  view->Scrub().IgnoreError();  // as the truth does at its opening
  return view;
}

absl::Status SetViewAside(const std::string& path) {
  RemoveAside(path);
  for (const char* suffix : kSuffixes) {
    const std::string from = absl::StrCat(path, suffix);
    if (!host::FileExists(from)) continue;
    const std::string to = absl::StrCat(path, kAside, suffix);
    if (std::rename(from.c_str(), to.c_str()) != 0) {
      return sync::MakeError(v1::STORAGE_DAMAGED,
                             "the damaged view cannot be set aside",
                             {.got = std::strerror(errno)});
    }
  }
  return absl::OkStatus();
}

}  // namespace dateline::server

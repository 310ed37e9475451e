#include "sync/host/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "sync/base/check.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/host/files.h"

namespace dateline::host {
namespace {

constexpr int kBackupPagesPerStep = 256;
constexpr int kWalPagesBetweenCheckpoints = 1000;
// More than there are constants with SQL; texts made on the way come and go.
constexpr size_t kAddressesKept = 1024;

// A write that fails without EIO is a limit (quota, file size): SQLite says
// SQLITE_FULL for ENOSPC alone, and its clean-up may have overwritten errno.
bool IsOutOfRoom(int code, int system_error) {
  return (code & 0xFF) == SQLITE_FULL ||
         (code == SQLITE_IOERR_WRITE && system_error != EIO);
}

// SQLite's words name tables and files, never values; statements bind theirs.
absl::Status ErrorOfSqlite(sqlite3* db, int code) {
  const std::string got =
      absl::StrCat("sqlite ", code, ": ",
                   db == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db));
  const int system_error = db == nullptr ? 0 : sqlite3_system_errno(db);
  if (IsOutOfRoom(code, system_error)) {
    return sync::MakeError(
        v1::STORAGE_FULL,
        "there is no room left on the disk; nothing was changed",
        {.got = got, .retry = true});
  }
  switch (code & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_IOERR:
      return sync::MakeError(
          v1::STORAGE_DAMAGED,
          "the store's file cannot be read; nothing was changed", {.got = got});
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return sync::MakeError(v1::STORE_IN_USE,
                             "another process is using this store",
                             {.got = got, .retry = true});
    default:
      return sync::MakeError(v1::INTERNAL_ERROR,
                             absl::StrCat("the store failed: ", got),
                             {.got = got});
  }
}

// SQLite itself would make the file readable to all.
absl::Status MakePrivateFile(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return errno == ENOSPC || errno == EDQUOT
               ? ErrorOfSqlite(nullptr, SQLITE_FULL)
               : ErrorOfSqlite(nullptr, SQLITE_CANTOPEN);
  }
  ::close(fd);
  return absl::OkStatus();
}

struct Pragma {
  const char* name;
  const char* set;
  const char* reads_back;
};

}  // namespace

// --- Statement -------------------------------------------------------------

Statement::Statement(Statement&& other) noexcept
    : stmt_(std::exchange(other.stmt_, nullptr)),
      clean_(other.clean_),
      bind_status_(std::move(other.bind_status_)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(stmt_, other.stmt_);
  std::swap(clean_, other.clean_);
  std::swap(bind_status_, other.bind_status_);
  return *this;
}

Statement::~Statement() { sqlite3_finalize(stmt_); }

// A failed bind is our bug or out of memory; Step tells it.
#define DATELINE_BIND_(expression)                                \
  clean_ = false;                                                 \
  if (const int code = (expression); code != SQLITE_OK) {         \
    bind_status_ = ErrorOfSqlite(sqlite3_db_handle(stmt_), code); \
  }                                                               \
  return *this

Statement& Statement::Bind(int index, int64_t value) {
  DATELINE_BIND_(sqlite3_bind_int64(stmt_, index, value));
}

Statement& Statement::BindText(int index, absl::string_view value) {
  DATELINE_BIND_(sqlite3_bind_text64(
      stmt_, index, value.data() == nullptr ? "" : value.data(), value.size(),
      SQLITE_TRANSIENT, SQLITE_UTF8));
}

Statement& Statement::BindBlob(int index, absl::string_view value) {
  // A null pointer would bind NULL in place of an empty blob.
  DATELINE_BIND_(sqlite3_bind_blob64(
      stmt_, index, value.data() == nullptr ? "" : value.data(), value.size(),
      SQLITE_TRANSIENT));
}

Statement& Statement::BindBorrowed(int index, absl::string_view value) {
  DATELINE_BIND_(sqlite3_bind_blob64(
      stmt_, index, value.data() == nullptr ? "" : value.data(), value.size(),
      SQLITE_STATIC));
}

Statement& Statement::BindNull(int index) {
  DATELINE_BIND_(sqlite3_bind_null(stmt_, index));
}

absl::StatusOr<bool> Statement::Step() {
  if (!bind_status_.ok()) return bind_status_;
  clean_ = false;
  const int code = sqlite3_step(stmt_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return ErrorOfSqlite(sqlite3_db_handle(stmt_),
                       sqlite3_extended_errcode(sqlite3_db_handle(stmt_)));
}

absl::Status Statement::Run() {
  absl::StatusOr<bool> row = Step();
  while (row.ok() && *row) row = Step();
  Reset();
  return row.status();
}

void Statement::Reset() {
  if (clean_) return;
  clean_ = true;
  sqlite3_reset(stmt_);
  sqlite3_clear_bindings(stmt_);
  bind_status_ = absl::OkStatus();
}

int64_t Statement::Int(int column) const {
  return sqlite3_column_int64(stmt_, column);
}

absl::string_view Statement::Text(int column) const { return Blob(column); }

absl::string_view Statement::Blob(int column) const {
  const void* bytes = sqlite3_column_blob(stmt_, column);
  const int size = sqlite3_column_bytes(stmt_, column);
  return bytes == nullptr
             ? absl::string_view()
             : absl::string_view(static_cast<const char*>(bytes), size);
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(stmt_, column) == SQLITE_NULL;
}

// --- Database --------------------------------------------------------------

struct Database::Impl {
  ~Impl() {
    cache.clear();  // statements end before their connection
    DATELINE_CHECK(sqlite3_close(db) == SQLITE_OK);
  }

  // Sets a pragma and asserts that it took: SQLite ignores what it can't do.
  absl::Status Apply(const Pragma& pragma) {
    DATELINE_ASSIGN_OR_RETURN(
        const std::string answer,
        Ask(absl::StrCat("PRAGMA ", pragma.name, " = ", pragma.set)));
    DATELINE_ASSIGN_OR_RETURN(const std::string now,
                              Ask(absl::StrCat("PRAGMA ", pragma.name)));
    if (now == pragma.reads_back) return absl::OkStatus();
    return sync::MakeError(v1::INTERNAL_ERROR,
                           absl::StrCat("pragma ", pragma.name, " is ", now,
                                        ", must be ", pragma.reads_back));
  }

  // The first column of the first row; "" if there is none.
  absl::StatusOr<std::string> Ask(const std::string& sql) {
    sqlite3_stmt* stmt = nullptr;
    if (const int code =
            sqlite3_prepare_v2(db, sql.c_str(), -1, &stmt, nullptr);
        code != SQLITE_OK) {
      return ErrorOfSqlite(db, sqlite3_extended_errcode(db));
    }
    const absl::Cleanup finalize = [stmt] { sqlite3_finalize(stmt); };
    const int code = sqlite3_step(stmt);
    if (code == SQLITE_DONE) return "";
    if (code != SQLITE_ROW) {
      return ErrorOfSqlite(db, sqlite3_extended_errcode(db));
    }
    const auto* text = sqlite3_column_text(stmt, 0);
    return text == nullptr ? "" : reinterpret_cast<const char*>(text);
  }

  absl::Status ApplyPragmas(const Options& options) {
    if (options.exclusive) {
      DATELINE_RETURN_IF_ERROR(
          Apply({"locking_mode", "EXCLUSIVE", "exclusive"}));
    }
    if (!options.read_only) {
      DATELINE_RETURN_IF_ERROR(Apply({"journal_mode", "WAL", "wal"}));
      DATELINE_RETURN_IF_ERROR(Apply({"secure_delete", "ON", "1"}));
    }
    const std::string cache_kib = absl::StrCat(-(options.cache_bytes >> 10));
    const std::string pages = absl::StrCat(kWalPagesBetweenCheckpoints);
    const Pragma pragmas[] = {
        {"synchronous", "FULL", "2"},
        {"trusted_schema", "OFF", "0"},
        {"cell_size_check", "ON", "1"},
        {"temp_store", "MEMORY", "2"},
        {"foreign_keys", "ON", "1"},
        {"cache_size", cache_kib.c_str(), cache_kib.c_str()},
        {"wal_autocheckpoint", pages.c_str(), pages.c_str()},
    };
    for (const Pragma& pragma : pragmas) {
      DATELINE_RETURN_IF_ERROR(Apply(pragma));
    }
    return absl::OkStatus();
  }

  // Most callers ask with one constant: its address finds it sooner than its
  // text, which must still be the same.
  Statement* FindByAddress(absl::string_view sql) {
    const auto found = by_address.find(sql.data());
    if (found == by_address.end() || found->second->sql != sql) return nullptr;
    return &found->second->statement;
  }

  struct Cached {
    const std::string sql;
    Statement statement;
  };
  sqlite3* db = nullptr;  // owned
  int busy_timeout_ms = 0;
  absl::flat_hash_map<std::string, std::unique_ptr<Cached>> cache;
  absl::flat_hash_map<const char*, Cached*> by_address;  // not owned
};

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::~Database() = default;

absl::StatusOr<std::unique_ptr<Database>> Database::Open(
    const std::string& path, const Options& options) {
  // Its statistics of memory cost a process-wide lock for each allocation.
  // Refused where an app around us uses SQLite already; then they stay.
  [[maybe_unused]] static const int configured =
      sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  const bool there = FileExists(path);
  if (!there && (options.read_only || !options.create)) {
    return sync::MakeError(v1::NOT_FOUND, "there is no store at this place");
  }
  if (!there) DATELINE_RETURN_IF_ERROR(MakePrivateFile(path));
  auto impl = std::make_unique<Impl>();
  const int flags =
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
      (options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
  if (const int code = sqlite3_open_v2(path.c_str(), &impl->db, flags, nullptr);
      code != SQLITE_OK) {
    return ErrorOfSqlite(impl->db, code);
  }
  impl->busy_timeout_ms = options.busy_timeout_ms;
  sqlite3_busy_timeout(impl->db, options.busy_timeout_ms);
  DATELINE_RETURN_IF_ERROR(impl->ApplyPragmas(options));
  return std::unique_ptr<Database>(new Database(std::move(impl)));
}

absl::Status Database::Execute(const std::string& sql) {
  const int code =
      sqlite3_exec(impl_->db, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : ErrorOfSqlite(impl_->db, code);
}

absl::StatusOr<Statement*> Database::Prepared(absl::string_view sql) {
  Statement* known = impl_->FindByAddress(sql);
  if (known == nullptr) {
    auto found = impl_->cache.find(sql);
    if (found == impl_->cache.end()) {
      DATELINE_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
      std::unique_ptr<Impl::Cached> cached(
          new Impl::Cached{std::string(sql), std::move(statement)});
      found = impl_->cache.emplace(std::string(sql), std::move(cached)).first;
    }
    if (impl_->by_address.size() > kAddressesKept) impl_->by_address.clear();
    impl_->by_address[sql.data()] = found->second.get();
    known = &found->second->statement;
  }
  known->Reset();
  return known;
}

absl::StatusOr<Statement> Database::Prepare(absl::string_view sql) {
  sqlite3_stmt* stmt = nullptr;
  const int code =
      sqlite3_prepare_v3(impl_->db, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &stmt, nullptr);
  if (code != SQLITE_OK) return ErrorOfSqlite(impl_->db, code);
  return Statement(stmt);
}

int64_t Database::changed_rows() const { return sqlite3_changes64(impl_->db); }

int64_t Database::last_row() const {
  return sqlite3_last_insert_rowid(impl_->db);
}

absl::Status Database::Transact(const std::function<absl::Status()>& body) {
  DATELINE_ASSIGN_OR_RETURN(Statement * begin, Prepared("BEGIN IMMEDIATE"));
  DATELINE_RETURN_IF_ERROR(begin->Run());
  absl::Status status = body();
  if (status.ok()) {
    DATELINE_ASSIGN_OR_RETURN(Statement * commit, Prepared("COMMIT"));
    status = commit->Run();
  }
  // A full disk may have rolled back already; then there is nothing to do.
  if (!status.ok() && sqlite3_get_autocommit(impl_->db) == 0) {
    for (auto& [sql, cached] : impl_->cache) cached->statement.Reset();
    sqlite3_exec(impl_->db, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  return status;
}

absl::Status Database::TransactLazily(
    const std::function<absl::Status()>& body) {
  DATELINE_RETURN_IF_ERROR(impl_->Apply({"synchronous", "NORMAL", "1"}));
  const absl::Status status = Transact(body);
  DATELINE_RETURN_IF_ERROR(impl_->Apply({"synchronous", "FULL", "2"}));
  return status;
}

absl::StatusOr<int64_t> Database::SchemaVersion() {
  DATELINE_ASSIGN_OR_RETURN(Statement statement,
                            Prepare("PRAGMA user_version"));
  DATELINE_RETURN_IF_ERROR(statement.Step().status());
  return statement.Int(0);
}

absl::Status Database::Migrate(const std::vector<std::string>& migrations) {
  DATELINE_ASSIGN_OR_RETURN(const int64_t version, SchemaVersion());
  const int64_t newest = static_cast<int64_t>(migrations.size());
  if (version > newest) {
    return sync::MakeError(
        v1::UNSUPPORTED_VERSION,
        "this store was written by a newer version of Dateline",
        {.limit = absl::StrCat("schema ", newest),
         .got = absl::StrCat("schema ", version)});
  }
  for (int64_t next = version; next < newest; ++next) {
    DATELINE_RETURN_IF_ERROR(Transact([&] {
      DATELINE_RETURN_IF_ERROR(Execute(migrations[next]));
      return Execute(absl::StrCat("PRAGMA user_version = ", next + 1));
    }));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Database::EmptyLog(absl::Duration wait) {
  sqlite3_busy_timeout(impl_->db,
                       static_cast<int>(absl::ToInt64Milliseconds(wait)));
  const int code = sqlite3_wal_checkpoint_v2(
      impl_->db, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(impl_->db, impl_->busy_timeout_ms);
  if ((code & 0xFF) == SQLITE_BUSY) return false;
  if (code != SQLITE_OK) return ErrorOfSqlite(impl_->db, code);
  return true;
}

absl::Status Database::BackupTo(const std::string& path,
                                const std::function<bool()>& go_on) {
  DATELINE_RETURN_IF_ERROR(MakePrivateFile(path));
  sqlite3* to = nullptr;
  const absl::Cleanup close = [&to] { sqlite3_close(to); };
  if (const int code =
          sqlite3_open_v2(path.c_str(), &to, SQLITE_OPEN_READWRITE, nullptr);
      code != SQLITE_OK) {
    return ErrorOfSqlite(to, code);
  }
  sqlite3_backup* backup = sqlite3_backup_init(to, "main", impl_->db, "main");
  if (backup == nullptr) return ErrorOfSqlite(to, sqlite3_errcode(to));
  int code = SQLITE_OK;
  bool goes_on = true;
  while (code == SQLITE_OK && goes_on) {
    code = sqlite3_backup_step(backup, kBackupPagesPerStep);
    goes_on = go_on == nullptr || go_on();
  }
  sqlite3_backup_finish(backup);
  if (code == SQLITE_OK) {
    return sync::MakeError(v1::UNAVAILABLE_NOW,
                           "the copy was ended before it was whole",
                           {.retry = true});
  }
  return code == SQLITE_DONE ? absl::OkStatus() : ErrorOfSqlite(to, code);
}

absl::Status Database::CheckIntegrity() {
  DATELINE_ASSIGN_OR_RETURN(const std::string answer,
                            impl_->Ask("PRAGMA quick_check(1)"));
  if (answer == "ok") return absl::OkStatus();
  return sync::MakeError(v1::STORAGE_DAMAGED, "the store's file is damaged",
                         {.got = answer});
}

}  // namespace dateline::host

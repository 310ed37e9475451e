// The reporter's side of Dateline: everything an app needs to keep reports
// safe on the device and to sync them when a link opens.
//
//   auto client = dateline::client::Client::Open({.directory = "/data/dl"});
//   auto report = (*client)->CreateReport(assignment, {.headline = "..."});
//   v1::Action action;
//   action.mutable_submit();
//   (*client)->Act(*report, action);
//   (*client)->SyncOnce({});
//
// Use it in mobile apps, the CLI and relays; not on a server, whose desk is
// server/desk. Views come as protobuf messages (protos/dateline/v1), the same
// ones on every replica. Thread-safe: calls take the client's lock one after
// another and none waits for the network but SyncOnce and the loop's thread.
//
// Errors are absl::Status with a stable code (sync/base/errors.h). Common to
// all calls: STORAGE_FULL (nothing was changed; free space and call again),
// STORAGE_DAMAGED (Verify() says what is readable), NOT_FOUND (no such
// document, or not this device's).
#ifndef DATELINE_CLIENT_H_
#define DATELINE_CLIENT_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dateline/v1/desk.pb.h"
#include "dateline/v1/document.pb.h"
#include "dateline/v1/ledger.pb.h"
#include "dateline/v1/roster.pb.h"
#include "sync/base/clock.h"
#include "sync/base/export.h"
#include "sync/base/ids.h"
#include "sync/base/random.h"

namespace dateline::client {

using sync::AssignmentId;
using sync::DeviceId;
using sync::DocumentId;

struct Options {
  std::string directory;           // made if absent; one client owns it
  sync::Clock* clock = nullptr;    // not owned; the machine's if null
  sync::Random* random = nullptr;  // not owned; the machine's if null
  // Called with one line of log, never content; any thread.
  std::function<void(const std::string&)> log;
  // How long to wait for another process to let go of the store. A sync loop
  // does within 100 ms; the rest is the machine's.
  absl::Duration lock_wait = absl::Milliseconds(250);
  // host:port to dial in place of the enrolled one (a relay, a tunnel, a
  // test's bad link). Pin and TLS name stay.
  std::string server_address;
};

// What a reporter changes of a report. Absent = unchanged.
struct ReportEdit {
  std::optional<std::string> slugline;
  std::optional<std::string> headline;
  std::optional<v1::Place> located;
  std::optional<std::string> byline;
  std::optional<int> urgency;  // 1 (most urgent) .. 9
  std::optional<std::string> ed_note;
  std::optional<absl::Time> embargoed_until;
  std::optional<std::string> language;
  std::optional<std::string> external_id;
  std::optional<absl::Time> content_created;
  std::optional<std::vector<std::string>> subjects;
  std::optional<std::string> body;  // whole new text, UTF-8
  std::optional<std::string> notes;
};
struct StatementEdit {
  std::optional<std::string> source;  // "Health Ministry"
  std::optional<std::string> channel;
  std::optional<absl::Time> said;
  std::optional<absl::Time> heard;
  std::optional<std::string> evidence;
  std::optional<std::string> quote;
  std::vector<v1::Figure> new_figures;
};

// Where a report is, in a reporter's words.
enum class Whereabouts {
  kOnThisPhone,
  kOnItsWay,       // part of it is held by the desk
  kHeldByTheDesk,  // all of it, durable at home
  kBeingReviewed,
  kQuestionForYou,
  kApproved,
  kPublished,
};
DATELINE_EXPORT std::string ToString(Whereabouts where);

struct Row {
  DocumentId id;
  AssignmentId assignment;
  v1::DocumentKind kind;
  std::string slugline;
  std::string headline;     // of a statement: source and figures
  std::string external_id;  // where it was imported from
  Whereabouts where;
  v1::Status status;
  int64_t updated_ms = 0;
  uint32_t conflicts = 0;
  bool withdrawn_figure = false;
  bool probably_withdrawn = false;
  bool mine = false;
  bool draft = false;  // words typed on this device wait to be sealed
};
// Newest first, by the Lamport count of the last content change.
struct Query {
  std::optional<AssignmentId> assignment;
  v1::DocumentKind kind = v1::DOCUMENT_KIND_REPORT;
  std::string text;  // full-text, any script; words or their
                     // beginnings, all of them
  bool conflicts_only = false;
  size_t limit = 100;  // 0: no limit
  size_t offset = 0;
};

// A report with what the ledger says about its figures.
struct View {
  v1::Document document;
  AssignmentId assignment;
  Whereabouts where;
  std::vector<v1::WithdrawalView> withdrawals;
  bool draft = false;  // as in Row
};

// A text as it is being typed: durable within a second, not yet a change.
struct Draft {
  DocumentId document;
  uint32_t field = 0;
  std::string text;
  std::vector<std::string> opened_on;  // heads, 32 bytes each
  absl::Time updated;
};

struct Identity {
  DeviceId device;
  sync::PersonId person;
  std::string person_name;
  std::string server_address;
};

struct SyncOptions {
  absl::Duration deadline = absl::Seconds(60);
  bool metered = false;  // kept for media, which nothing sends yet
};
struct SyncReport {
  uint64_t sent_changes = 0, received_changes = 0;
  uint64_t sent_bytes = 0, received_bytes = 0;  // of our messages
  uint64_t unsent_changes = 0;                  // still only here
  uint64_t held_changes = 0;                    // of mine, held by a verdict
  std::vector<v1::WithdrawalView> news;  // withdrawals that concern me, new
  bool new_incarnation = false;          // a restore or clone was detected
  bool new_epoch = false;                // the server was restored
};
// What the platform knows about the link. The loop tries at once when
// `reachable` turns true, and not while it is false. `metered` and
// `time_left` are kept for media, which nothing sends yet.
struct LinkHints {
  bool reachable = true;
  bool metered = false;
  std::optional<absl::Duration> time_left;
};

// What changed since the last Poll; coarse, by document. One with a zero
// document stands for more than are kept: look at everything again.
struct Event {
  enum class Kind { kDocument, kLedger, kWithdrawal, kSync } kind;
  DocumentId document;
  AssignmentId assignment;
};

class DATELINE_EXPORT Client {
 public:
  // STORE_IN_USE: another process owns the store and did not yield in time.
  // STORAGE_DAMAGED: open with the CLI's `verify`; nothing was changed.
  static absl::StatusOr<std::unique_ptr<Client>> Open(Options options);
  virtual ~Client() = default;

  // --- joining ---
  // Makes this device's keys and joins with a single-use code of
  // `datelined invite`. CODE_USED, WRONG_CA, UNAVAILABLE_NOW.
  virtual absl::Status Join(const std::string& code,
                            const std::string& device_name) = 0;
  virtual absl::StatusOr<Identity> WhoAmI() = 0;
  virtual absl::StatusOr<v1::Roster> Roster() = 0;

  // --- writing: durable when the call returns ---
  virtual absl::StatusOr<DocumentId> CreateReport(
      const AssignmentId& assignment, const ReportEdit& edit) = 0;
  virtual absl::Status EditReport(const DocumentId& report,
                                  const ReportEdit& edit) = 0;
  // Many creations in one transaction, for imports: all or none.
  virtual absl::StatusOr<std::vector<DocumentId>> CreateReports(
      const AssignmentId& assignment, const std::vector<ReportEdit>& edits) = 0;
  virtual absl::StatusOr<DocumentId> CreateStatement(
      const AssignmentId& assignment, const StatementEdit& edit) = 0;
  virtual absl::Status EditStatement(const DocumentId& statement,
                                     const StatementEdit& edit) = 0;
  // Everything else a person does: submit, cite, retract, approve, resolve,
  // settle, acknowledge ... (v1::Action). Errors of sync/compose/action.h.
  virtual absl::StatusOr<v1::Document> Act(const DocumentId& document,
                                           const v1::Action& action) = 0;
  // Takes a submission back: if it has not left, nobody ever sees it.
  virtual absl::Status TakeBack(const DocumentId& report) = 0;

  // --- drafts ---
  // Call on every keystroke (or pause): durable within a second.
  virtual absl::Status PutDraft(const DocumentId& document, uint32_t field,
                                const std::string& text) = 0;
  virtual absl::StatusOr<std::optional<Draft>> GetDraft(
      const DocumentId& document, uint32_t field) = 0;
  // Seals drafts into changes: all, or those idle for 5 s. How many.
  virtual absl::StatusOr<size_t> SealDrafts(bool only_idle) = 0;
  // Seals one and closes it: its author leaves it. Ok if there is none. After
  // an error it is there as it was.
  virtual absl::Status SealDraft(const DocumentId& document,
                                 uint32_t field) = 0;
  // Throws away what was typed. Ok if there is none.
  virtual absl::Status DropDraft(const DocumentId& document,
                                 uint32_t field) = 0;

  // --- reading ---
  virtual absl::StatusOr<std::vector<Row>> List(const Query& query) = 0;
  virtual absl::StatusOr<View> Get(const DocumentId& document) = 0;
  virtual absl::StatusOr<v1::Document> GetAt(
      const DocumentId& document, const std::vector<std::string>& heads) = 0;
  virtual absl::StatusOr<std::vector<v1::VersionRow>> History(
      const DocumentId& document) = 0;
  virtual absl::StatusOr<std::vector<v1::FieldDiff>> Diff(
      const DocumentId& document, const std::vector<std::string>& from,
      const std::vector<std::string>& to) = 0;
  virtual absl::StatusOr<std::vector<v1::ConflictRow>> Conflicts(
      std::optional<AssignmentId> assignment) = 0;
  virtual absl::StatusOr<v1::Ledger> GetLedger(
      const AssignmentId& assignment) = 0;
  // A prefix of a document's hex id to the id; CONFLICT if it fits several.
  virtual absl::StatusOr<DocumentId> Find(const std::string& prefix) = 0;
  virtual absl::StatusOr<std::vector<v1::Assignment>> Assignments() = 0;

  // --- syncing ---
  // UNAVAILABLE_NOW (a retry may help), WRONG_CA, UNAUTHENTICATED. What was
  // acknowledged before an error stays so.
  virtual absl::StatusOr<SyncReport> SyncOnce(const SyncOptions& options) = 0;
  // Keeps a session open on a thread of its own until StopLoop or ~Client,
  // with full-jitter retry.
  virtual absl::Status StartLoop() = 0;
  virtual void StopLoop() = 0;
  virtual void SetHints(const LinkHints& hints) = 0;
  virtual absl::StatusOr<SyncReport> LastSync() = 0;

  // --- watching ---
  // `wake` is called (any thread) when Poll has something.
  virtual void SetWake(std::function<void()> wake) = 0;
  virtual std::vector<Event> Poll() = 0;

  // --- care ---
  struct Verified {
    uint64_t changes = 0, feeds = 0, documents = 0;
    std::vector<std::string> problems;  // empty: all is well
    std::string view_digest_hex;        // equal on replicas that hold the same
  };
  // Recomputes every hash, chain, signature and view.
  virtual absl::StatusOr<Verified> Verify() = 0;
  virtual absl::StatusOr<uint64_t> Unsent() = 0;
};

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_H_

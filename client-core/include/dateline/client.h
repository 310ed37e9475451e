// The reporter's side of Dateline: everything an app needs to keep reports
// safe on the device and to sync them when a link opens.
//
//   auto client = dateline::client::Client::Open({.directory = "/data/dl"});
//   if (!client.ok()) return client.status();
//   auto report = (*client)->CreateReport(assignment, {.headline = "Closed"});
//   if (!report.ok()) return report.status();  // nothing was changed
//   dateline::v1::Action submit;
//   submit.mutable_submit();
//   auto filed = (*client)->Act(*report, submit);
//   if (!filed.ok()) return filed.status();
//   return (*client)->SyncOnce({}).status();  // all is safe, link or none
//
// client-core/examples holds a whole program. Use it in mobile apps, the CLI
// and relays; not on a server, whose desk is server/desk. Views come as
// protobuf messages (protos/dateline/v1), the same ones on every replica.
//
// Threads: thread-safe. Calls take one lock after another, for as long as a
// transaction of theirs takes. Only Join (at most 30 s) and SyncOnce (its
// deadline) wait for the network, without the lock. While this client syncs
// and has lent its store to another process, calls wait until that has ended,
// at most 30 s. Do not call from the thread that draws.
//
// Errors are absl::Status with a stable code (sync/base/errors.h: ReasonOf,
// ErrorOf for field, limit and what was got). After an error nothing was
// changed, unless a call says otherwise. Any call may fail with
//   STORAGE_FULL     free space, then call again
//   STORAGE_DAMAGED  Verify says what is readable; keep a copy of the folder
//   STORE_IN_USE     another process has the store; call again
//   UNAUTHENTICATED  this device has not joined: Join
//   INTERNAL_ERROR   our bug; the log names it
// Those that name a document or assignment: NOT_FOUND (there is none, or it
// is not this device's; look at List again). Those that write: TOO_LARGE,
// OUT_OF_RANGE_VALUE, BAD_UTF8 and BAD_REQUEST name the field: have it
// corrected. Comments below name what comes on top.
#ifndef DATELINE_CLIENT_H_
#define DATELINE_CLIENT_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
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
  sync::Random* random = nullptr;  // the same; need not be thread-safe
  // Called with one line of log, never content; from any thread. It may not
  // call the client.
  std::function<void(const std::string&)> log;
  // How long to wait for another process to let go of the store. A sync loop
  // does within 100 ms; the rest is the machine's.
  absl::Duration lock_wait = absl::Milliseconds(250);
  // host:port to dial in place of the enrolled one (a relay, a tunnel, a
  // test's bad link). Pin and TLS name stay.
  std::string server_address;
  // Events that Poll keeps; beyond it nobody polls, or is better told to look
  // at everything again.
  size_t events_max = 4096;
};

// What a reporter changes of a report. Absent = unchanged. Words are UTF-8,
// within the limits of sync/base/limits.h (headline 1,000 bytes, slugline 200,
// a body or notes 256 KiB more at once and 2^20 scalars in all).
struct ReportEdit {
  std::optional<std::string> slugline;
  std::optional<std::string> headline;
  std::optional<v1::Place> located;
  std::optional<std::string> byline;
  std::optional<int> urgency;  // 1 (most urgent) .. 9
  std::optional<std::string> ed_note;
  std::optional<absl::Time> embargoed_until;
  std::optional<std::string> language;     // BCP 47
  std::optional<std::string> external_id;  // where it came from; imports
  std::optional<absl::Time> content_created;
  std::optional<std::vector<std::string>> subjects;  // all of them
  std::optional<std::string> body;                   // whole new text, UTF-8
  std::optional<std::string> notes;
};
// What a reporter records of one utterance. Its source is given once, when it
// is made.
struct StatementEdit {
  std::optional<std::string> source;   // "Health Ministry"
  std::optional<std::string> channel;  // "Telegram", "by phone"
  std::optional<absl::Time> said;
  std::optional<absl::Time> heard;
  std::optional<std::string> evidence;  // a link, a file, a recording
  std::optional<std::string> quote;     // the words, as heard
  std::vector<v1::Figure> new_figures;  // added to those that are there
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
  kKilled,  // withdrawn by the desk, whatever of it is still under way
  kSpiked,  // dropped by the desk before publication
};
DATELINE_EXPORT std::string ToString(Whereabouts where);

// A document in a list.
struct Row {
  DocumentId id;
  AssignmentId assignment;
  v1::DocumentKind kind;
  std::string slugline;
  std::string headline;     // of a statement: source and figures
  std::string external_id;  // where it was imported from
  Whereabouts where;
  v1::Status status;
  int64_t updated_ms = 0;           // Unix; as a device's clock said
  uint32_t conflicts = 0;           // open ones
  bool withdrawn_figure = false;    // it cites one, or holds one
  bool probably_withdrawn = false;  // a look-alike of one was withdrawn
  bool mine = false;                // begun by this device's person
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

// A change whose words are on this device.
struct WordsOfChange {
  DocumentId document;
  std::string change;  // its hash, 32 bytes
};

// A text as it is being typed: kept on this device alone, not yet a change.
struct Draft {
  DocumentId document;
  uint32_t field = 0;  // 40 body, 41 notes (protos/README.md)
  std::string text;    // UTF-8, with markers of open spans as ReaderText has
  std::vector<std::string> opened_on;  // heads, 32 bytes each
  absl::Time updated;
};

// Who this device is.
struct Identity {
  DeviceId device;
  sync::PersonId person;
  std::string person_name;
  std::string server_address;  // host:port
};

struct SyncOptions {
  absl::Duration deadline = absl::Seconds(60);  // of the whole call
  bool metered = false;                         // kept for media
};
// What a sync came to; of a loop, what came since its last report.
struct SyncReport {
  // OK: in step with the server. Else why not, as SyncOnce; the loop goes on.
  absl::Status status;
  uint64_t sent_changes = 0, received_changes = 0;
  uint64_t sent_bytes = 0, received_bytes = 0;  // of our messages
  // From the session's first byte to the last receipt of home; zero: none.
  absl::Duration push_time;
  uint64_t unsent_changes = 0;           // still only here
  uint64_t held_changes = 0;             // of mine, held by a verdict
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

// What changed since the last Poll; coarse, by document. kDocument with a zero
// document stands for more than are kept: look at everything again.
struct Event {
  enum class Kind {
    kDocument,    // Get(document) shows something else
    kLedger,      // GetLedger(assignment)
    kWithdrawal,  // of `document`, a statement; it concerns this person: shown
                  // at once, each withdrawal told once
    kSync,        // LastSync, or what of Unsent is acknowledged
  } kind;
  DocumentId document;
  AssignmentId assignment;
};

class DATELINE_EXPORT Client {
 public:
  // Opens the store, makes it if there is none, brings its views up to date.
  // STORE_IN_USE after options.lock_wait; STORAGE_DAMAGED: nothing was
  // changed; UNSUPPORTED_VERSION: a newer app has written it, install that.
  static absl::StatusOr<std::unique_ptr<Client>> Open(Options options);
  // Ends the loop and waits for its threads, at most a moment.
  virtual ~Client() = default;

  // --- joining ---
  // Makes this device's keys and joins with a single-use code of `datelined
  // invite`; a second code of the same newsroom joins another assignment.
  // BAD_REQUEST: this is no code; CODE_USED, also for one that expired: ask
  // for another; WRONG_CA: not the server of the code, stop; UNAVAILABLE_NOW:
  // retry; CONFLICT: this device belongs to another newsroom, use a directory
  // of its own. After an error of the link the code may be spent.
  virtual absl::Status Join(const std::string& code,
                            const std::string& device_name) = 0;
  virtual absl::StatusOr<Identity> WhoAmI() = 0;
  // People, devices, roles and assignments, as home last signed them.
  virtual absl::StatusOr<v1::Roster> Roster() = 0;

  // --- writing: durable when the call returns ---
  // One with nothing in it is BAD_REQUEST.
  virtual absl::StatusOr<DocumentId> CreateReport(
      const AssignmentId& assignment, const ReportEdit& edit) = 0;
  // What differs from the report now becomes one change a lane; nothing, none.
  // BAD_REQUEST also where the markers of an open span were cut in part.
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
  // settle, acknowledge ... (v1::Action); the document after it. Whether the
  // role allows it is home's to judge, later: HeldChange. A submission seals
  // the document's drafts first; where that fails, nothing is filed.
  //   INCOMPLETE_VERSION  approving one in conflict or with parts missing:
  //                       SyncOnce, Conflicts
  //   NOT_FOUND           also an item, write or version that is not there
  //   CONFLICT            it names less than is known here: Get, look again
  //   BAD_REQUEST         it does not fit this kind of document
  virtual absl::StatusOr<v1::Document> Act(const DocumentId& document,
                                           const v1::Action& action) = 0;
  // Takes a submission back: if it has not left, nobody ever sees it; else a
  // request says so. NOT_FOUND also where none is open.
  virtual absl::Status TakeBack(const DocumentId& report) = 0;

  // --- drafts ---
  // What is in the text field now. Call on every keystroke, or at least once
  // a second: durable when it returns. The first call opens the draft on the
  // version that is here, which its author has before him; remote changes
  // merge meanwhile and do not move it. Up to 2^20 scalars (TOO_LARGE).
  virtual absl::Status PutDraft(const DocumentId& document, uint32_t field,
                                const std::string& text) = 0;
  // nullopt: none is open, show the document's text.
  virtual absl::StatusOr<std::optional<Draft>> GetDraft(
      const DocumentId& document, uint32_t field) = 0;
  // Seals drafts into changes and says how many became some. `only_idle`:
  // those not typed in for 5 s or with 500 calls of PutDraft, which stay
  // open; call it about once a second while somebody types, for nothing else
  // does. Else all of them, and closes them: on blur or in the background;
  // show the document again before the next PutDraft. One that is refused (as
  // EditReport) stays as it is and stops no other; the first error is given.
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
  // As it was at a version: heads of VersionRow or Version, 32 bytes each.
  // BAD_REQUEST: these are no hashes; INCOMPLETE_VERSION: some have not
  // arrived, SyncOnce.
  virtual absl::StatusOr<v1::Document> GetAt(
      const DocumentId& document, const std::vector<std::string>& heads) = 0;
  // Oldest first; every content change with the version it led to.
  virtual absl::StatusOr<std::vector<v1::VersionRow>> History(
      const DocumentId& document) = 0;
  // Changes that hold `words` as written ("": any words), of one document or of
  // all, in the order they came: what a redaction (v1::Redact) has to name.
  virtual absl::StatusOr<std::vector<WordsOfChange>> FindWords(
      std::optional<DocumentId> document, const std::string& words) = 0;
  // By words, the fields that differ; errors as GetAt.
  virtual absl::StatusOr<std::vector<v1::FieldDiff>> Diff(
      const DocumentId& document, const std::vector<std::string>& from,
      const std::vector<std::string>& to) = 0;
  // What two people changed apart, with all values; nullopt: everywhere.
  virtual absl::StatusOr<std::vector<v1::ConflictRow>> Conflicts(
      std::optional<AssignmentId> assignment) = 0;
  // Who says what, whether it stands, who uses it. Empty if nobody says
  // anything there.
  virtual absl::StatusOr<v1::Ledger> GetLedger(
      const AssignmentId& assignment) = 0;
  // A document by the first hex digits of its id. BAD_REQUEST: no such
  // digits; CONFLICT: they fit several, ask for more.
  virtual absl::StatusOr<DocumentId> Find(const std::string& prefix) = 0;
  // Those that this device's person is a member of.
  virtual absl::StatusOr<std::vector<v1::Assignment>> Assignments() = 0;

  // --- syncing ---
  // Sends what waits, fetches what is new. What was acknowledged before an
  // error stays so; LastSync says how far it came. Another process that wants
  // the store meanwhile gets it, and the sync goes on after it.
  //   UNAVAILABLE_NOW      no link, no answer or no time left: retry
  //   WRONG_CA             not the server this device joined: stop, tell
  //   UNAUTHENTICATED      the server does not know this device: Join again
  //   FENCED               a newer session of this device took over
  //   UNSUPPORTED_VERSION  one side is too old
  //   CONFLICT             the loop runs: it syncs already
  virtual absl::StatusOr<SyncReport> SyncOnce(const SyncOptions& options) = 0;
  // Keeps a session open on threads of its own until StopLoop or ~Client, with
  // full-jitter retry. Ok if it runs. Why it fails is in LastSync, after an
  // event kSync.
  virtual absl::Status StartLoop() = 0;
  // Waits until its threads have ended, at most a moment. Ok if none runs.
  virtual void StopLoop() = 0;
  // May be called before StartLoop: hints last as long as the client.
  virtual void SetHints(const LinkHints& hints) = 0;
  // The last sync's report, also of one that failed. NOT_FOUND: none yet
  // since Open.
  virtual absl::StatusOr<SyncReport> LastSync() = 0;

  // --- watching ---
  // `wake` is called from any thread when Poll has something. It may not call
  // the client: have another thread do so. nullptr: no more.
  virtual void SetWake(std::function<void()> wake) = 0;
  virtual std::vector<Event> Poll() = 0;

  // --- care ---
  struct Verified {
    uint64_t changes = 0, feeds = 0, documents = 0;
    std::vector<std::string> problems;  // empty: all is well; at most 100
    std::string view_digest_hex;        // equal on replicas that hold the same
  };
  // Recomputes every hash, chain, signature and view; seconds for a large
  // store, under the lock. Ok also where it finds problems.
  virtual absl::StatusOr<Verified> Verify() = 0;
  // Changes that the server has not acknowledged: what a loss of this device
  // now would lose.
  virtual absl::StatusOr<uint64_t> Unsent() = 0;
};

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_H_

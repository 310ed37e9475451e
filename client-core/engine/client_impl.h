// Client (dateline/client.h) over one Store. Its calls are spread over
// writing.cc, drafting.cc, reading.cc, taking_back.cc, care.cc (this folder)
// and transport/syncing.cc.
#ifndef DATELINE_CLIENT_CORE_ENGINE_CLIENT_IMPL_H_
#define DATELINE_CLIENT_CORE_ENGINE_CLIENT_IMPL_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "client-core/engine/enrolment.h"
#include "client-core/engine/materializer.h"
#include "client-core/store/store.h"
#include "dateline/client.h"
#include "sync/base/mutex.h"
#include "sync/compose/action.h"
#include "sync/host/os_clock.h"
#include "sync/host/os_random.h"
#include "sync/stream/stream_client.h"

namespace dateline::client {

class Door;
class SyncLoop;

// Thread-safe: one mutex over the store; wake callbacks run outside it.
class ClientImpl : public Client {
 public:
  ClientImpl(Options options, std::unique_ptr<Store> store);
  ~ClientImpl() override;

  // Right after construction: catches the view up with the truth.
  absl::Status Start();

  absl::Status Join(const std::string& code,
                    const std::string& device_name) override;
  absl::StatusOr<Identity> WhoAmI() override;
  absl::StatusOr<v1::Roster> Roster() override;

  absl::StatusOr<DocumentId> CreateReport(const AssignmentId& assignment,
                                          const ReportEdit& edit) override;
  absl::Status EditReport(const DocumentId& report,
                          const ReportEdit& edit) override;
  absl::StatusOr<std::vector<DocumentId>> CreateReports(
      const AssignmentId& assignment,
      const std::vector<ReportEdit>& edits) override;
  absl::StatusOr<DocumentId> CreateStatement(
      const AssignmentId& assignment, const StatementEdit& edit) override;
  absl::Status EditStatement(const DocumentId& statement,
                             const StatementEdit& edit) override;
  absl::StatusOr<v1::Document> Act(const DocumentId& document,
                                   const v1::Action& action) override;
  absl::Status TakeBack(const DocumentId& report) override;

  absl::Status PutDraft(const DocumentId& document, uint32_t field,
                        const std::string& text) override;
  absl::StatusOr<std::optional<Draft>> GetDraft(const DocumentId& document,
                                                uint32_t field) override;
  absl::StatusOr<size_t> SealDrafts(bool only_idle) override;
  absl::Status SealDraft(const DocumentId& document, uint32_t field) override;
  absl::Status DropDraft(const DocumentId& document, uint32_t field) override;

  absl::StatusOr<std::vector<Row>> List(const Query& query) override;
  absl::StatusOr<View> Get(const DocumentId& document) override;
  absl::StatusOr<v1::Document> GetAt(
      const DocumentId& document,
      const std::vector<std::string>& heads) override;
  absl::StatusOr<std::vector<v1::VersionRow>> History(
      const DocumentId& document) override;
  absl::StatusOr<std::vector<WordsOfChange>> FindWords(
      std::optional<DocumentId> document, const std::string& words) override;
  absl::StatusOr<std::vector<v1::FieldDiff>> Diff(
      const DocumentId& document, const std::vector<std::string>& from,
      const std::vector<std::string>& to) override;
  absl::StatusOr<std::vector<v1::ConflictRow>> Conflicts(
      std::optional<AssignmentId> assignment) override;
  absl::StatusOr<v1::Ledger> GetLedger(const AssignmentId& assignment) override;
  absl::StatusOr<DocumentId> Find(const std::string& prefix) override;
  absl::StatusOr<std::vector<v1::Assignment>> Assignments() override;

  absl::StatusOr<SyncReport> SyncOnce(const SyncOptions& options) override;
  absl::Status StartLoop() override;
  void StopLoop() override;
  void SetHints(const LinkHints& hints) override;
  absl::StatusOr<SyncReport> LastSync() override;

  void SetWake(std::function<void()> wake) override;
  std::vector<Event> Poll() override;

  absl::StatusOr<Verified> Verify() override;
  absl::StatusOr<uint64_t> Unsent() override;

 private:
  friend class Door;
  friend class SyncHost;
  friend class SyncLoop;

  // What one transaction of changes comes to.
  struct Saved {
    std::vector<sync::Change> changes;
    std::vector<Event> events;
  };

  // --- writing.cc ---
  absl::Status CheckMember(const AssignmentId& assignment)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Inside a transaction: seals, stores, refreshes the view but for ledgers.
  absl::Status SealAndStore(const AssignmentId& assignment,
                            const std::vector<sync::Part>& parts,
                            bool new_document, Materializer* materializer,
                            Saved* saved) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // One whole save in one transaction.
  absl::StatusOr<Saved> Save(const AssignmentId& assignment,
                             const std::vector<sync::Part>& parts,
                             bool new_document)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<std::vector<DocumentId>> Create(
      const AssignmentId& assignment, v1::DocumentKind kind,
      const std::vector<sync::DocumentEdit>& edits);
  absl::Status Edit(const DocumentId& document, v1::DocumentKind kind,
                    const sync::DocumentEdit& edit);
  absl::StatusOr<v1::Document> ActLocked(const DocumentId& document,
                                         const v1::Action& action,
                                         std::vector<Event>* events)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<StoredDocument> Load(const DocumentId& document)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // The same, of a document that somebody will write to: first brings its
  // heads together where they are more than one change may stand on.
  absl::StatusOr<StoredDocument> LoadToWrite(const DocumentId& document)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // --- drafting.cc ---
  // `keep_open`: whoever types goes on; the draft then stands on what it
  // sealed. *sealed counts those that became a change.
  absl::Status SealStored(StoredDraft draft, bool keep_open, size_t* sealed,
                          std::vector<Event>* events)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // As much of it as one change can carry; *whole: all of it. True if that
  // made a change.
  absl::StatusOr<bool> SealPiece(StoredDraft* draft, bool keep_open,
                                 bool* whole, std::vector<Event>* events)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status SealDraftsOf(const std::vector<StoredDraft>& drafts,
                            bool keep_open, size_t* sealed,
                            std::vector<Event>* events)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // --- taking_back.cc ---
  absl::StatusOr<bool> WithdrawUnsent(const StoredDocument& report,
                                      std::vector<Event>* events)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // --- reading.cc ---
  absl::StatusOr<v1::Document> MergedAt(const DocumentId& document,
                                        const std::vector<std::string>& heads)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // --- care.cc ---
  absl::Status VerifyFeed(const sync::FeedId& feed, Verified* out)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status VerifyViews(Verified* out) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // After a save of this device: as Announce, and the loop takes it along.
  void AnnounceOwn(std::vector<Event> events)
      ABSL_LOCKS_EXCLUDED(mu_, events_mu_, loop_mu_);
  // Queues events and wakes whoever polls; never with the lock held.
  void Announce(std::vector<Event> events) ABSL_LOCKS_EXCLUDED(mu_, events_mu_);
  // --- transport ---
  struct Dialled {
    std::unique_ptr<sync::ClientHost> host;
    std::unique_ptr<sync::StreamClient> stream;
    std::unique_ptr<sync::StreamResult> reported;  // of it, so far
  };
  absl::StatusOr<Dialled> Dial(absl::Duration deadline, bool watch)
      ABSL_LOCKS_EXCLUDED(mu_);
  // One session of the loop.
  sync::StreamResult RunWatch(Door* door, bool* lent) ABSL_LOCKS_EXCLUDED(mu_);
  // Makes a SyncReport of it, and says so. An error is in the report too.
  absl::Status Report(const sync::StreamResult& result)
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status FillReport(SyncReport* report)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Withdrawals that concern this person, each once, for the next report.
  absl::Status CollectNews(std::vector<Event>* events)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status TellNews() ABSL_LOCKS_EXCLUDED(mu_);
  void WakeLoop() ABSL_LOCKS_EXCLUDED(loop_mu_);
  absl::StatusOr<Newcomer> WhoJoins(const v1::EnrolmentTicket& ticket,
                                    const std::string& name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<Newcomer> Applicant(const std::string& name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // The store may be with another process for a moment (sync loop).
  absl::Status EnsureStore() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  host::OsClock os_clock_;
  host::OsRandom os_random_;
  Options options_;
  sync::Clock& clock_;

  sync::Mutex mu_;
  sync::Random& random_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<Store> store_ ABSL_GUARDED_BY(mu_);

  sync::Mutex events_mu_;
  std::vector<Event> events_ ABSL_GUARDED_BY(events_mu_);
  std::function<void()> wake_ ABSL_GUARDED_BY(events_mu_);

  std::optional<SyncReport> last_sync_ ABSL_GUARDED_BY(mu_);
  std::vector<v1::WithdrawalView> news_ ABSL_GUARDED_BY(mu_);  // not reported
  // Taken before mu_, never within it. Last: the loop ends first.
  sync::Mutex loop_mu_;
  LinkHints hints_ ABSL_GUARDED_BY(loop_mu_);
  std::unique_ptr<SyncLoop> loop_ ABSL_GUARDED_BY(loop_mu_);
};

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_CORE_ENGINE_CLIENT_IMPL_H_

// What an editor asks and does, as use cases: they know neither gRPC nor SQL.
// Rows are checked for each reader by membership, default deny; "not yours"
// and "does not exist" answer alike.
#ifndef DATELINE_SERVER_DESK_DESK_H_
#define DATELINE_SERVER_DESK_DESK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dateline/v1/desk.pb.h"
#include "server/ingest/ingest.h"
#include "server/storage/truth.h"
#include "server/storage/view.h"
#include "server/trust/roster.h"
#include "server/view/worker.h"

namespace dateline::server {

constexpr size_t kPageRowsDefault = 100;
constexpr size_t kPageRowsMax = 1000;    // one screen, many times over
constexpr size_t kQueryBytesMax = 1000;  // of a search
constexpr size_t kWatchRowsPerRound = 256;
// How long an action waits for the view to show it; then it answers anyway.
constexpr absl::Duration kActViewWait = absl::Seconds(2);

// Who asks: a device of the roster that proved itself.
struct Caller {
  sync::DeviceId device;
  sync::PersonId person;
};

// Thread-safe. Errors besides the storage's: NOT_FOUND, DENIED (the role does
// not allow the action), BAD_REQUEST, TOO_LARGE, and those of ComposeAction.
class Desk {
 public:
  struct Options {
    Truth* truth;  // none is owned; all outlive the desk
    View* view;
    Ingest* ingest;
    ViewWorker* view_worker;
    const RosterInForce* roster;
  };
  explicit Desk(const Options& options) : options_(options) {}

  absl::StatusOr<v1::ListQueueResponse> ListQueue(
      const Caller& caller, const v1::ListQueueRequest& request);
  absl::StatusOr<v1::GetDocumentResponse> GetDocument(
      const Caller& caller, const v1::GetDocumentRequest& request);
  absl::StatusOr<v1::ListVersionsResponse> ListVersions(
      const Caller& caller, const v1::ListVersionsRequest& request);
  absl::StatusOr<v1::DiffVersionsResponse> DiffVersions(
      const Caller& caller, const v1::DiffVersionsRequest& request);
  absl::StatusOr<v1::ListConflictsResponse> ListConflicts(
      const Caller& caller, const v1::ListConflictsRequest& request);
  absl::StatusOr<v1::GetLedgerResponse> GetLedger(
      const Caller& caller, const v1::GetLedgerRequest& request);
  absl::StatusOr<v1::ListWithdrawalsResponse> ListWithdrawals(
      const Caller& caller, const v1::ListWithdrawalsRequest& request);
  absl::StatusOr<v1::SearchResponse> Search(const Caller& caller,
                                            const v1::SearchRequest& request);
  // Home writes and signs the change; its actor is the person. Durable when it
  // returns, and home's decision with it.
  absl::StatusOr<v1::ActResponse> Act(const Caller& caller,
                                      const v1::ActRequest& request);

  // What is new for a watcher after the view's change number `after`, in
  // order; the last event's position is what to ask for next.
  absl::StatusOr<std::vector<v1::WatchEvent>> WatchOnce(
      const Caller& caller, const v1::WatchRequest& request, uint64_t after);

 private:
  // A document where the caller may read it.
  struct Located {
    sync::AssignmentId assignment;
    sync::DocumentId document;
    v1::Role role = v1::ROLE_UNSPECIFIED;
  };
  absl::StatusOr<Located> Locate(const Caller& caller,
                                 const std::string& document,
                                 TruthReader& truth) const;
  absl::StatusOr<QueueFilter> FilterFor(const Caller& caller,
                                        const std::string& assignment) const;
  absl::StatusOr<std::vector<sync::AssignmentId>> ReadAll(
      const Caller& caller, const std::string& assignment) const;
  absl::StatusOr<v1::Document> MergeNow(const Located& at,
                                        TruthReader& truth) const;
  absl::StatusOr<v1::Document> MergeAt(
      const Located& at,
      const google::protobuf::RepeatedPtrField<std::string>& heads,
      TruthReader& truth) const;
  absl::StatusOr<std::vector<sync::Part>> Compose(const Caller& caller,
                                                  const Located& at,
                                                  const v1::Action& action,
                                                  TruthReader& truth);
  // That the ledger changed, and what in it is withdrawn and owed an answer.
  absl::Status AddLedgerEvents(const Caller& caller,
                               const sync::AssignmentId& assignment,
                               uint64_t touched, ViewReader& view,
                               std::vector<v1::WatchEvent>* events) const;
  absl::StatusOr<v1::Ledger> LedgerFor(const sync::AssignmentId& assignment);

  const Options options_;
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_DESK_DESK_H_

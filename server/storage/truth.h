// The truth of a server: what was received and decided, never trimmed
// (DESIGN 8). An engine implements these classes; tests/server/storage holds
// every engine to one conformance suite.
//
// Rules for engines, so that a PostgreSQL one can follow: the tenant is first
// in every key, ids are made by clients, no triggers, and a transaction body
// may be run again from its start.
#ifndef DATELINE_SERVER_STORAGE_TRUTH_H_
#define DATELINE_SERVER_STORAGE_TRUTH_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dateline/v1/change.pb.h"
#include "dateline/v1/roster.pb.h"
#include "sync/base/ids.h"
#include "sync/model/change.h"

namespace dateline::server {

// What this server is at present.
struct ServerState {
  sync::EpochId epoch;       // new after every restore
  uint64_t incarnation = 0;  // of home's own feeds; new with the epoch
  uint64_t lamport = 0;      // highest count seen in any change
  uint64_t save = 0;         // number of home's last save
};

// Where a document began.
struct DocumentOrigin {
  sync::DocumentKind kind = sync::DocumentKind::kReport;
  // Who began it: the actor of the first change that arrived of its content.
  // Zero until one did: notices and receipts about a document, and what stands
  // on changes that are not here, can come first, above all after a restore.
  sync::PersonId creator;
};

// Home's verdict in force about a change (v1::VerdictOp).
struct VerdictState {
  v1::Admission what = v1::ADMISSION_UNSPECIFIED;
  v1::HeldReason why = v1::HELD_REASON_UNSPECIFIED;
  uint32_t number = 0;
};

struct PositionedChange {
  uint64_t position = 0;  // dense from 1 per (assignment, lane)
  sync::Hash digest;      // running digest at this position
  bool held = false;
  sync::Change change;
};

// Which document a position touched; what the view reads.
struct TouchedDocument {
  uint64_t position = 0;
  sync::Hash digest;
  sync::DocumentId document;  // zero for a place without a header
  int64_t received_ms = 0;
};

// A RequestOp to home that home has not decided yet.
struct OpenRequest {
  sync::AssignmentId assignment;
  sync::DocumentId document;
  sync::Hash change;
  uint32_t op = 0;
};

struct Invitation {
  sync::Hash secret_hash;
  v1::Role role = v1::ROLE_UNSPECIFIED;
  sync::AssignmentId assignment;
  sync::PersonId person;  // whose device will join
  std::string name;       // of the person, if new
  int64_t expires_ms = 0;
  sync::DeviceId used_by;  // zero: not used
};

// Two hashes for one place of a feed; both branches are kept.
struct ForkRecord {
  sync::FeedId feed;
  uint64_t seq = 0;
  sync::Hash held, other;
  int64_t noticed_ms = 0;
};

// The exact bytes that an approval covers, kept with it.
struct ApprovedBytes {
  sync::Hash approval;  // change and op of the attestation
  uint32_t op = 0;
  uint32_t rendering = 0;
  std::string bytes;
};

struct TruthCounts {
  uint64_t changes = 0, held = 0, forks = 0;
};

// A consistent view of the truth. Thread-compatible. Every call may fail with
// STORAGE_DAMAGED or STORAGE_FULL; a thing that is not there is nullopt.
class TruthReader {
 public:
  virtual ~TruthReader() = default;

  virtual absl::StatusOr<ServerState> State() = 0;
  virtual absl::StatusOr<TruthCounts> Counts() = 0;

  // --- changes and feeds ---
  virtual absl::StatusOr<std::optional<sync::Change>> Find(
      const sync::Hash& hash) = 0;
  // How a change is held here; nullopt: not at all.
  virtual absl::StatusOr<std::optional<sync::Holding>> HoldingOf(
      const sync::Change& change) = 0;
  // Where a change stands; nullopt: not here.
  virtual absl::StatusOr<std::optional<sync::FeedHead>> PlaceOf(
      const sync::Hash& hash) = 0;
  // Hashes at a place: none, one, or more after a fork.
  virtual absl::StatusOr<std::vector<sync::Hash>> HashesAt(
      const sync::FeedId& feed, uint64_t seq) = 0;
  // Heads of every feed; a fork gives each branch's. By feed, then hash.
  virtual absl::StatusOr<std::vector<sync::FeedHead>> Heads(
      const sync::AssignmentId& assignment) = 0;
  virtual absl::StatusOr<std::vector<sync::FeedHead>> HeadsOfDevice(
      const sync::DeviceId& device) = 0;
  virtual absl::StatusOr<std::vector<sync::FeedHead>> HeadsOfFeed(
      const sync::FeedId& feed) = 0;
  // Changes of a feed after `seq`, by (seq, hash), up to about `bytes_max`
  // and then on to the next signature, so that whole runs come. content_hash
  // is left zero where the content is there and not held: they are for packs.
  virtual absl::StatusOr<std::vector<PositionedChange>> FeedAfter(
      const sync::FeedId& feed, uint64_t seq, size_t bytes_max) = 0;
  // Every change of a document, in the order of arrival.
  virtual absl::StatusOr<std::vector<sync::Change>> ChangesOf(
      const sync::AssignmentId& assignment,
      const sync::DocumentId& document) = 0;
  virtual absl::StatusOr<std::optional<DocumentOrigin>> OriginOf(
      const sync::AssignmentId& assignment,
      const sync::DocumentId& document) = 0;
  // Where the first change of a document stands that arrived: a document never
  // leaves its assignment.
  virtual absl::StatusOr<std::optional<sync::AssignmentId>> FirstAssignmentOf(
      const sync::DocumentId& document) = 0;
  // Assignments that hold a document of this id.
  virtual absl::StatusOr<std::vector<sync::AssignmentId>> AssignmentsOf(
      const sync::DocumentId& document) = 0;
  // Every statement of an assignment, ascending.
  virtual absl::StatusOr<std::vector<sync::DocumentId>> StatementsOf(
      const sync::AssignmentId& assignment) = 0;
  virtual absl::StatusOr<std::vector<ForkRecord>> Forks() = 0;

  // --- positions ---
  // The last position; position 0 and a zero digest at first.
  virtual absl::StatusOr<sync::Cursor> LastPosition(
      const sync::AssignmentId& assignment, sync::Lane lane) = 0;
  virtual absl::StatusOr<std::vector<sync::Cursor>> LastPositions() = 0;
  virtual absl::StatusOr<std::optional<sync::Hash>> DigestAt(
      const sync::AssignmentId& assignment, sync::Lane lane,
      uint64_t position) = 0;
  // As FeedAfter, in order of position; without the changes of one feed, where
  // that is named.
  virtual absl::StatusOr<std::vector<PositionedChange>> PositionsAfter(
      const sync::AssignmentId& assignment, sync::Lane lane, uint64_t position,
      size_t bytes_max, const std::optional<sync::FeedId>& without) = 0;
  virtual absl::StatusOr<std::vector<TouchedDocument>> TouchedAfter(
      const sync::AssignmentId& assignment, sync::Lane lane, uint64_t position,
      size_t rows_max) = 0;

  // --- admission and home ---
  virtual absl::StatusOr<std::optional<VerdictState>> VerdictOn(
      const sync::Hash& change) = 0;
  // Changes that a verdict holds, ascending.
  virtual absl::StatusOr<std::vector<sync::Hash>> HeldChanges() = 0;
  // Bytes of whole changes of a device's feeds that a verdict holds.
  virtual absl::StatusOr<uint64_t> HeldBytesOf(
      const sync::DeviceId& device) = 0;
  virtual absl::StatusOr<std::vector<OpenRequest>> OpenRequests() = 0;
  virtual absl::StatusOr<std::optional<ApprovedBytes>> Approved(
      const sync::Hash& approval, uint32_t op) = 0;
  // True once a redaction in force names the change: its words are not kept.
  virtual absl::StatusOr<bool> IsRedacted(const sync::Change& change) = 0;
  // True while a redaction is stored of which that is not known yet.
  virtual absl::StatusOr<bool> HasOpenRedaction(
      const sync::AssignmentId& assignment,
      const sync::DocumentId& document) = 0;

  // --- devices and people ---
  // The highest counter of a device's incarnation; 0: never seen.
  virtual absl::StatusOr<uint64_t> SessionCounter(const sync::DeviceId& device,
                                                  uint64_t incarnation) = 0;
  // NOT_FOUND before the first.
  virtual absl::StatusOr<v1::SignedRoster> LatestRoster() = 0;
  virtual absl::StatusOr<std::optional<Invitation>> FindInvitation(
      const sync::Hash& secret_hash) = 0;
};

// One write transaction: everything of it is durable, or nothing is.
class TruthWriter {
 public:
  virtual ~TruthWriter() = default;
  // Sees what this transaction has written.
  virtual TruthReader& read() = 0;

  virtual absl::Status PutState(const ServerState& state) = 0;

  // Stores a change that is new here, advances its feed's heads and records a
  // fork where the place was taken by another hash.
  virtual absl::Status AddChange(const sync::Change& change,
                                 int64_t received_ms) = 0;
  // The same change, held in full now where it was a stub or a place.
  virtual absl::Status CompleteChange(const sync::Change& change) = 0;
  // Erases content and salt; the chain still verifies. Once it is committed,
  // and nobody reads (scrub_owed), no file holds a byte of them.
  virtual absl::Status EraseContent(const sync::Hash& change) = 0;
  // Gives a stored change the next position of its assignment and lane.
  virtual absl::Status AddPosition(const sync::Change& change) = 0;

  // Keeps the highest number only.
  virtual absl::Status PutVerdict(const sync::Hash& change,
                                  const VerdictState& verdict) = 0;
  virtual absl::Status AddRequest(const OpenRequest& request) = 0;
  virtual absl::Status CloseRequest(const sync::Hash& change, uint32_t op,
                                    const sync::Hash& decision) = 0;
  virtual absl::Status PutApproved(const ApprovedBytes& approved) = 0;
  virtual absl::Status DropApproved(const sync::Hash& approval,
                                    uint32_t op) = 0;
  // A redaction of a document names `change`; in force it stays so for ever.
  virtual absl::Status PutRedaction(const sync::AssignmentId& assignment,
                                    const sync::DocumentId& document,
                                    const sync::Hash& change,
                                    bool in_force) = 0;

  virtual absl::Status PutSessionCounter(const sync::DeviceId& device,
                                         uint64_t incarnation,
                                         uint64_t counter) = 0;
  virtual absl::Status PutRoster(const v1::SignedRoster& roster,
                                 const v1::RosterMark& mark) = 0;
  virtual absl::Status PutInvitation(const Invitation& invitation) = 0;
  // All that are not used yet.
  virtual absl::Status ExpireInvitations() = 0;
};

// Thread-safe, but for Write: one thread writes.
class Truth {
 public:
  virtual ~Truth() = default;
  // Commits if `body` returns ok, else changes nothing. May run `body` again.
  virtual absl::Status Write(
      const std::function<absl::Status(TruthWriter&)>& body) = 0;
  // A snapshot; give it back soon, for it holds back the log's checkpoint.
  virtual absl::StatusOr<std::unique_ptr<TruthReader>> Snapshot() = 0;
  // Copies everything committed to a new file while writes go on.
  // UNAVAILABLE_NOW once `go_on`, asked again and again, says no.
  virtual absl::Status BackupTo(const std::string& path,
                                const std::function<bool()>& go_on) = 0;
  // STORAGE_DAMAGED with where.
  virtual absl::Status CheckIntegrity() = 0;

  // True while a log may hold what was erased, because somebody was reading.
  virtual bool scrub_owed() const = 0;
  // Tries again to leave no erased byte in any file; a writer's call, as Write.
  virtual absl::Status Scrub() = 0;
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_STORAGE_TRUTH_H_

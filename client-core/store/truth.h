// Changes, feeds, acks and cursors: what the device must never lose. Views
// (views.h) are built from it.
#ifndef DATELINE_CLIENT_CORE_STORE_TRUTH_H_
#define DATELINE_CLIENT_CORE_STORE_TRUTH_H_

#include <functional>
#include <optional>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "sync/compose/sealer.h"
#include "sync/host/change_rows.h"
#include "sync/host/sqlite.h"
#include "sync/protocol/client_session.h"
#include "sync/protocol/log.h"

namespace dateline::client {

// Borrows *db. Thread-compatible. Errors are the store's. Callers wrap what
// must happen together in Database::Transact.
class Truth : public sync::ChangeLog {
 public:
  Truth(host::Database* db, sync::DeviceId self) : db_(*db), self_(self) {}

  // What a session may verify with: the roster's devices.
  void SetKeys(absl::btree_map<sync::DeviceId, sync::PublicKey> keys) {
    keys_ = std::move(keys);
  }

  // --- writing ---
  enum class Put { kKnown, kNew, kUpgraded };
  // `here`: written on this device just now. A stub becomes whole when the
  // whole change comes; a whole one stays. A second hash at one place is kept
  // beside the first and recorded as a fork.
  absl::StatusOr<Put> Insert(const sync::Change& change, bool here);
  // Stands in for `feed`'s whole tail after `after` (exclusive) with
  // `changes`: only for what has never left (sent < every seq of it).
  absl::Status ReplaceTail(const sync::FeedHead& after,
                           const std::vector<sync::Change>& changes);
  // Enters the hashes of what was inserted, so that it is found by them
  // without a search. Insert does it by itself, but for many at once.
  absl::Status IndexHashes();
  // After a transaction that failed: what is remembered of it is not so.
  void Forget();

  // Erases content and salt of a whole change; its chain still verifies.
  absl::Status Erase(const sync::Change& change);

  // --- reading ---
  // All changes of a document, in the order they came.
  absl::StatusOr<std::vector<sync::Change>> OfDocument(
      const sync::DocumentId& document);
  absl::StatusOr<std::vector<sync::Change>> OfFeedAfter(
      const sync::FeedId& feed, uint64_t after_seq);
  // Every change that came after change number `after`, in that order.
  absl::Status EachAfter(
      int64_t after,
      const std::function<absl::Status(int64_t number, const sync::Change&)>&
          visit);
  // 0 if it is not held.
  absl::StatusOr<int64_t> NumberOf(const sync::Hash& hash);
  // Every feed of this device, all incarnations. Of a fork, the branch that
  // was written here.
  absl::StatusOr<std::vector<sync::OwnFeed>> OwnFeeds();
  absl::StatusOr<std::vector<sync::AssignmentId>> AssignmentsHeld();
  absl::StatusOr<std::vector<sync::FeedId>> Feeds();

  // --- what left, what is held elsewhere ---
  struct Marks {
    uint64_t sent = 0;     // may have left up to here; committed before it does
    sync::FeedHead acked;  // home holds it up to here
  };
  absl::StatusOr<Marks> MarksOf(const sync::FeedId& feed);
  // All that this device wrote so far may have left.
  absl::Status MarkAllSent();
  // Home holds the feed up to `head`, though it be less than what was known.
  absl::Status MarkAcked(const sync::FeedHead& head);
  // A restored server acknowledged nothing yet.
  absl::Status ForgetAcked();
  // Changes written here that home has not acknowledged.
  absl::StatusOr<uint64_t> UnsentChanges();
  // Changes of one document, and those written here that home has not
  // acknowledged.
  struct Progress {
    uint64_t all = 0, unacked = 0;
  };
  absl::StatusOr<Progress> ProgressOf(const sync::DocumentId& document);

  absl::StatusOr<std::vector<sync::Cursor>> Cursors();
  absl::Status PutCursor(const sync::Cursor& cursor);
  absl::Status ClearCursors();

  absl::StatusOr<std::vector<sync::DocumentId>> AllDocuments();

  // --- sync::ChangeLog ---
  absl::StatusOr<std::vector<sync::FeedHead>> Heads(
      const sync::AssignmentId& assignment) override;
  absl::StatusOr<std::vector<sync::FeedHead>> FirstPlaces(
      const sync::AssignmentId& assignment) override;
  absl::StatusOr<std::vector<sync::RunOfChanges>> ReadFeed(
      const sync::FeedId& feed, uint64_t after_seq, size_t bytes_max) override;
  std::optional<sync::PublicKey> KeyOf(const sync::DeviceId& device) override;
  std::optional<sync::Hash> HashAt(const sync::FeedId& feed,
                                   uint64_t seq) override;
  std::optional<sync::FeedHead> PlaceOf(const sync::Hash& hash) override;
  bool Holds(const sync::FeedHead& head) override;

  // Loads the writer's heads; the caller fills in the rest.
  absl::Status LoadHeads(sync::Writer* writer);
  // What the newest changes of this device's feeds say.
  struct LastWritten {
    uint64_t lamport = 0;  // highest, of any incarnation
    uint64_t save = 0;     // highest of `incarnation`
  };
  absl::StatusOr<LastWritten> LastWrittenIn(uint64_t incarnation);

 private:
  struct FeedRow {
    int64_t number = 0;
    sync::FeedHead head;
    uint64_t sent = 0;
    sync::FeedHead acked;
    bool own = false, forked = false;
  };
  // Null if there is none. Valid until the next call that writes.
  absl::StatusOr<FeedRow*> FindFeed(const sync::FeedId& feed);
  absl::StatusOr<std::optional<FeedRow>> ReadFeedRow(const sync::FeedId& feed);
  absl::StatusOr<FeedRow*> FeedFor(const sync::FeedId& feed);
  absl::StatusOr<bool> KnownAlready(int64_t feed, const sync::Change& change,
                                    Put* put);
  absl::Status RecordIfForked(int64_t feed, uint64_t seq);

  // --- truth_hashes.cc ---
  absl::StatusOr<int64_t> HashedUpTo();
  absl::Status NoteUnhashed();
  absl::Status DropHashesAfter(int64_t feed, uint64_t seq);
  absl::Status LowerHashed();

  absl::Status AppendHeads(const FeedRow& feed,
                           std::vector<sync::FeedHead>* out);
  absl::StatusOr<std::vector<sync::FeedId>> FeedIds(host::Statement* get);
  absl::Status EachChange(
      host::Statement* statement,
      const std::function<absl::Status(int64_t, sync::Change)>& visit,
      host::ContentHashes hashes = host::ContentHashes::kOfAll);

  host::Database& db_;
  const sync::DeviceId self_;
  absl::btree_map<sync::DeviceId, sync::PublicKey> keys_;
  // Remembered rows; nullopt: there is none.
  absl::btree_map<sync::FeedId, std::optional<FeedRow>> feeds_;
  std::optional<int64_t> hashed_up_to_;
  int64_t unhashed_ = 0;  // inserted since, as far as this object knows
};

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_CORE_STORE_TRUTH_H_

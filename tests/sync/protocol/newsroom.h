// A newsroom in memory: one server, some phones, and the links between them.
// Every message crosses as bytes, through the checked door; every store is
// done when the test says so. Nothing is random but by seed.
#ifndef DATELINE_TESTS_SYNC_PROTOCOL_NEWSROOM_H_
#define DATELINE_TESTS_SYNC_PROTOCOL_NEWSROOM_H_

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "sync/protocol/client_session.h"
#include "sync/protocol/server_session.h"
#include "tests/sync/protocol/memory_log.h"

namespace dateline::testing {

class Newsroom;

// What a phone keeps on its flash. A value: a copy is a backup or a clone.
struct Phone {
  sync::DeviceId device;
  MemoryLog log;
  sync::EpochId epoch;
  uint64_t incarnation = 0;
  uint64_t counter = 0;
  uint64_t lamport = 0;
  uint64_t save = 0;
  absl::btree_map<sync::FeedId, sync::FeedHead> acked;
  absl::btree_map<std::pair<sync::AssignmentId, sync::Lane>, sync::Cursor>
      cursors;
  std::vector<sync::NoteRejected> rejected;

  std::vector<sync::OwnFeed> Feeds();
  // What a phone's engine does: state for Hello with the counter raised, and
  // each action.
  sync::ClientState BeginSession(const Newsroom& room);
  void Carry(const sync::StorePulled& store);
  void Carry(const sync::NoteAcked& noted);
  void Carry(const sync::NoteRejected& noted);
  void Carry(const sync::AdoptRoster& roster);
  void Carry(const sync::AdoptEpoch& adopted);
  void Carry(const sync::BeginIncarnation& begin, sync::Random& random);
  // Changes of this device's feeds that no server has acknowledged.
  size_t Unsent();
};

// What the server keeps on its disk. A value: a copy is a backup.
struct Desk {
  MemoryLog log;
  sync::EpochId epoch;
  absl::btree_map<std::pair<sync::DeviceId, uint64_t>, uint64_t> counters;

  sync::CounterCommitted Commit(const sync::CommitCounter& commit);
  void Heal(const sync::HealRoster& heal);
};

class Newsroom {
 public:
  explicit Newsroom(int phone_count, uint64_t seed = 1, int assignments = 1);

  // One save of a phone in one lane, about `bytes` large.
  sync::Hash Write(Phone& phone, sync::Lane lane, size_t bytes = 20,
                   int assignment = 0);
  // Says Hello, again while it is told to, until a session ends well.
  absl::Status Sync(Phone& phone);
  // The desk as an hour ago, with a new epoch.
  void RestoreDesk(const Desk& backup);
  const sync::SigningKey& KeyOf(const Phone& phone) const;
  // One phone more, in a new version of the roster.
  Phone& Enrol();
  // The phone out, in a new version of the roster.
  void Expel(const Phone& phone);
  // What home signs, here with whatever key.
  v1::SignedRoster Sign(const sync::SigningKey& key) const;

  sync::SeededRandom random;
  sync::DeviceId server;
  sync::SigningKey server_key;
  std::vector<sync::AssignmentId> assignments;
  Desk desk;
  std::deque<Phone> phones;  // one more moves no other
  absl::Duration turn_away = absl::ZeroDuration();

 private:
  void PublishRoster();

  v1::Roster roster_;
  absl::btree_map<sync::DeviceId, sync::SigningKey> keys_;
  absl::btree_map<sync::AssignmentId, sync::DocumentId> documents_;
};

// One session between a phone and the desk, message by message.
class Conversation {
 public:
  // Called with each message before it crosses; may change it; false: lost.
  using ToServer = std::function<bool(v1::ClientMessage*)>;
  using ToClient = std::function<bool(v1::ServerMessage*)>;

  Conversation(Newsroom* room, Phone* phone, bool watch = false,
               ToServer to_server = {}, ToClient to_client = {});
  Conversation(Newsroom* room, Phone* phone,
               const sync::ClientSessionOptions& options,
               ToServer to_server = {}, ToClient to_client = {});

  // Moves one thing: `choice` picks among what can move. False: nothing can.
  bool Step(uint64_t choice);
  bool StepWithoutStores();
  // Moves everything in a fixed order until nothing is left.
  void Run();
  // Moves everything in an order drawn from `random`; at most `steps` things.
  void Run(sync::Random& random, size_t steps = SIZE_MAX);
  // Tells the server, or the phone, that there is something new.
  void ServerHasNews();
  void PhoneHasNews();
  void Tick(absl::Duration by);
  void Fence();

  // What came out. Each closes at most once.
  std::optional<sync::CloseSession> client_closed;
  std::optional<sync::CloseSession> server_closed;
  size_t client_messages = 0, server_messages = 0;  // handed to the link
  size_t client_bytes = 0, server_bytes = 0;
  size_t flights = 0;  // times that the direction of the link changed
  std::vector<sync::Lane> pushed_lanes, pulled_lanes;  // of frames, in order
  size_t pushed_changes = 0, pulled_changes = 0;       // stored, as they came
  size_t commits_hurried = 0;
  bool new_incarnation = false, new_epoch = false;
  bool caught_up = false;

  sync::ClientSession& client() { return *client_; }
  sync::ServerSession& serving() { return *serving_; }
  size_t stores_waiting() const { return stores_.size(); }
  // Makes the oldest store durable, or fail.
  void FinishStore(const absl::Status& result = absl::OkStatus());

 private:
  void Do(sync::ClientActions actions);
  void Do(sync::ServerActions actions);
  void Store(const sync::StorePulled& store);
  bool DeliverToServer();
  bool DeliverToClient();
  bool FinishAdmission();
  void Hang(const absl::Status& why);

  Newsroom* const room_;  // not owned
  Phone* const phone_;    // not owned
  const ToServer change_to_server_;
  const ToClient change_to_client_;
  absl::Time now_ = absl::UnixEpoch();
  std::unique_ptr<sync::ClientSession> client_;
  std::unique_ptr<sync::ServerSession> serving_;
  std::deque<std::string> to_server_, to_client_;
  std::deque<sync::StorePushed> stores_;
  std::optional<sync::HealRoster> heal_;
  std::optional<sync::CommitCounter> counter_;
  enum class Side { kNobody, kClient, kServer } last_side_ = Side::kNobody;
};

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SYNC_PROTOCOL_NEWSROOM_H_

#include "client-core/transport/sync_host.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/protocol/handshake.h"

namespace dateline::client {
namespace {

// Stores a run; adds what changed of which documents.
absl::Status InsertRun(const sync::RunOfChanges& run, Truth& truth,
                       absl::btree_set<DocumentId>* changed) {
  for (size_t i = 0; i < run.changes.size(); ++i) {
    const sync::Change* change = &run.changes[i];
    sync::Change last;
    if (i + 1 == run.changes.size() && !change->signature) {
      last = *change;
      last.signature = run.signature;
      change = &last;
    }
    DATELINE_ASSIGN_OR_RETURN(const Truth::Put put,
                              truth.Insert(*change, /*here=*/false));
    if (put != Truth::Put::kKnown &&
        change->holding != sync::Holding::kPlaceOnly) {
      changed->insert(change->header.document);
    }
  }
  return absl::OkStatus();
}

// What the server serves of this device's own feeds, it holds: after a restore
// of this store nothing of it need be sent again.
absl::Status NoteServed(const sync::RunOfChanges& run, const DeviceId& self,
                        Truth& truth) {
  if (run.feed.device != self || run.changes.empty()) return absl::OkStatus();
  DATELINE_ASSIGN_OR_RETURN(const Truth::Marks marks, truth.MarksOf(run.feed));
  if (marks.acked.hash != run.changes.front().previous) {
    return absl::OkStatus();
  }
  return truth.MarkAcked(run.changes.back().head());
}

uint64_t HighestLamport(const std::vector<sync::RunOfChanges>& runs) {
  uint64_t highest = 0;
  for (const sync::RunOfChanges& run : runs) {
    for (const sync::Change& change : run.changes) {
      highest = std::max(highest, change.header.lamport);
    }
  }
  return highest;
}

absl::Status RaiseLamport(uint64_t seen, Store& store) {
  DATELINE_ASSIGN_OR_RETURN(DeviceRow device, store.Device());
  if (seen <= device.lamport) return absl::OkStatus();
  device.lamport = seen;
  return store.PutDevice(device);
}

}  // namespace

absl::Status SyncHost::Transact(
    const std::function<absl::Status(Store&, std::vector<Event>*)>& body,
    bool lazily) {
  std::vector<Event> events;
  {
    sync::MutexLock lock(&client_.mu_);
    DATELINE_RETURN_IF_ERROR(client_.EnsureStore());
    DATELINE_RETURN_IF_ERROR(client_.store_->Joined().status());
    const auto locked_body = [&]() -> absl::Status {
      client_.mu_.AssertHeld();
      return body(*client_.store_, &events);
    };
    DATELINE_RETURN_IF_ERROR(lazily
                                 ? client_.store_->TransactLazily(locked_body)
                                 : client_.store_->Transact(locked_body));
  }
  client_.Announce(std::move(events));
  return absl::OkStatus();
}

void SyncHost::Log(const std::string& line) {
  if (client_.options_.log) client_.options_.log(line);
}

absl::StatusOr<sync::ClientState> SyncHost::Begin() {
  sync::ClientState state;
  DATELINE_RETURN_IF_ERROR(
      Transact([&](Store& store, std::vector<Event>*) -> absl::Status {
        DATELINE_ASSIGN_OR_RETURN(DeviceRow device, store.Device());
        ++device.counter;
        DATELINE_RETURN_IF_ERROR(store.PutDevice(device));
        // From here on what is written may leave without an answer.
        DATELINE_RETURN_IF_ERROR(store.truth().MarkAllSent());
        DATELINE_RETURN_IF_ERROR(store.truth().IndexHashes());
        DATELINE_ASSIGN_OR_RETURN(state.feeds, store.truth().OwnFeeds());
        DATELINE_ASSIGN_OR_RETURN(state.cursors, store.truth().Cursors());
        const Self& self = *store.self();
        state.server = self.enrolment.server;
        state.server_key = self.enrolment.home_key;
        state.epoch = self.enrolment.epoch;
        state.device = self.device;
        state.incarnation = device.incarnation;
        state.counter = device.counter;
        state.roster_mark = sync::MarkOf(self.roster);
        DATELINE_ASSIGN_OR_RETURN(auto roster, store.settings().Roster());
        if (roster) state.roster = *std::move(roster);
        return absl::OkStatus();
      }));
  return state;
}

absl::StatusOr<std::vector<sync::OwnFeed>> SyncHost::Feeds() {
  std::vector<sync::OwnFeed> feeds;
  DATELINE_RETURN_IF_ERROR(
      Transact([&](Store& store, std::vector<Event>*) -> absl::Status {
        DATELINE_RETURN_IF_ERROR(store.truth().MarkAllSent());
        DATELINE_ASSIGN_OR_RETURN(feeds, store.truth().OwnFeeds());
        return absl::OkStatus();
      }));
  return feeds;
}

// --- actions ---------------------------------------------------------------

absl::Status SyncHost::Carry(const sync::StorePulled& pulled) {
  for (const auto& rejected : pulled.rejected) {
    Log(absl::StrCat("sync: left out a change of lane ",
                     static_cast<int>(rejected.feed.lane), " at seq ",
                     rejected.seq, ": ", rejected.why.message()));
  }
  DATELINE_RETURN_IF_ERROR(
      Transact([&](Store& store, std::vector<Event>* events) -> absl::Status {
        absl::btree_set<DocumentId> changed;
        for (const sync::RunOfChanges& run : pulled.runs) {
          DATELINE_RETURN_IF_ERROR(InsertRun(run, store.truth(), &changed));
          DATELINE_RETURN_IF_ERROR(
              NoteServed(run, store.self()->device, store.truth()));
        }
        DATELINE_RETURN_IF_ERROR(store.truth().PutCursor(pulled.cursor));
        DATELINE_RETURN_IF_ERROR(
            RaiseLamport(HighestLamport(pulled.runs), store));
        // The next frames name them.
        DATELINE_RETURN_IF_ERROR(store.truth().IndexHashes());
        if (changed.empty()) return absl::OkStatus();
        return Materializer(&store).RefreshPulled(changed, events);
      }));
  // A withdrawal is told before anything else is synced.
  if (pulled.cursor.lane != sync::Lane::kNotice) return absl::OkStatus();
  return client_.TellNews();
}

absl::Status SyncHost::Carry(const sync::NoteAcked& acked) {
  // A relay's receipt frees nothing: the phone goes on as if it had none.
  if (!acked.home) return absl::OkStatus();
  const auto note = [&](Store& store,
                        std::vector<Event>* events) -> absl::Status {
    for (const sync::FeedHead& head : acked.heads) {
      DATELINE_RETURN_IF_ERROR(store.truth().MarkAcked(head));
    }
    events->push_back({Event::Kind::kSync, DocumentId(), AssignmentId()});
    return absl::OkStatus();
  };
  // There are many, and the next Welcome says it again.
  return Transact(note, /*lazily=*/true);
}

absl::Status SyncHost::Carry(const sync::NoteRejected& rejected) {
  Log(absl::StrCat("ERROR: sync: the server will not take lane ",
                   static_cast<int>(rejected.feed.lane), " up to seq ",
                   rejected.seq, ": ", rejected.why.message()));
  return absl::OkStatus();
}

absl::Status SyncHost::Carry(const sync::AdoptRoster& adopt) {
  return Transact(
      [&](Store& store, std::vector<Event>* events) -> absl::Status {
        DATELINE_ASSIGN_OR_RETURN(
            const bool homes_changed,
            store.AdoptRoster(adopt.signed_roster, adopt.roster));
        if (!homes_changed) return absl::OkStatus();
        return Materializer(&store).Rebuild(events);
      });
}

absl::Status SyncHost::Carry(const sync::AdoptEpoch& adopt) {
  Log("sync: the server was restored from a backup");
  return Transact([&](Store& store, std::vector<Event>*) -> absl::Status {
    DATELINE_RETURN_IF_ERROR(store.AdoptEpoch(adopt.epoch));
    DATELINE_RETURN_IF_ERROR(store.truth().ForgetAcked());
    DATELINE_RETURN_IF_ERROR(store.truth().ClearCursors());
    for (const sync::Cursor& cursor : adopt.cursors) {
      DATELINE_RETURN_IF_ERROR(store.truth().PutCursor(cursor));
    }
    return absl::OkStatus();
  });
}

absl::Status SyncHost::Carry(const sync::BeginIncarnation& begin) {
  Log(absl::StrCat("sync: this store was restored or copied (",
                   sync::CodeName(begin.why), "); a new incarnation begins"));
  return Transact([&](Store& store, std::vector<Event>*) -> absl::Status {
    client_.mu_.AssertHeld();
    DATELINE_ASSIGN_OR_RETURN(DeviceRow device, store.Device());
    device.incarnation = client_.random_.Next();
    device.counter = 0;
    device.save = 0;
    return store.PutDevice(device);
  });
}

absl::Status SyncHost::Carry(const sync::CaughtUp&) {
  // A little at a time, for others wait; what is left, the next search does.
  for (bool more = true; more;) {
    const auto index = [&](Store& store, std::vector<Event>*) -> absl::Status {
      DATELINE_ASSIGN_OR_RETURN(more, store.views().IndexSomeWords());
      return absl::OkStatus();
    };
    DATELINE_RETURN_IF_ERROR(Transact(index, /*lazily=*/true));
    more = more && !Store::IsWanted(client_.options_.directory);
  }
  caught_up_ = true;
  return absl::OkStatus();
}

// --- log -------------------------------------------------------------------

absl::StatusOr<std::vector<sync::FeedHead>> SyncHost::Heads(
    const AssignmentId& assignment) {
  sync::MutexLock lock(&client_.mu_);
  DATELINE_RETURN_IF_ERROR(client_.EnsureStore());
  return client_.store_->truth().Heads(assignment);
}

absl::StatusOr<std::vector<sync::FeedHead>> SyncHost::FirstPlaces(
    const AssignmentId& assignment) {
  sync::MutexLock lock(&client_.mu_);
  DATELINE_RETURN_IF_ERROR(client_.EnsureStore());
  return client_.store_->truth().FirstPlaces(assignment);
}

absl::StatusOr<std::vector<sync::RunOfChanges>> SyncHost::ReadFeed(
    const sync::FeedId& feed, uint64_t after_seq, size_t bytes_max) {
  sync::MutexLock lock(&client_.mu_);
  DATELINE_RETURN_IF_ERROR(client_.EnsureStore());
  return client_.store_->truth().ReadFeed(feed, after_seq, bytes_max);
}

std::optional<sync::PublicKey> SyncHost::KeyOf(const DeviceId& device) {
  sync::MutexLock lock(&client_.mu_);
  if (!client_.EnsureStore().ok()) return std::nullopt;
  return client_.store_->truth().KeyOf(device);
}

std::optional<sync::Hash> SyncHost::HashAt(const sync::FeedId& feed,
                                           uint64_t seq) {
  sync::MutexLock lock(&client_.mu_);
  if (!client_.EnsureStore().ok()) return std::nullopt;
  return client_.store_->truth().HashAt(feed, seq);
}

std::optional<sync::FeedHead> SyncHost::PlaceOf(const sync::Hash& hash) {
  sync::MutexLock lock(&client_.mu_);
  if (!client_.EnsureStore().ok()) return std::nullopt;
  return client_.store_->truth().PlaceOf(hash);
}

bool SyncHost::Holds(const sync::FeedHead& head) {
  sync::MutexLock lock(&client_.mu_);
  if (!client_.EnsureStore().ok()) return false;
  return client_.store_->truth().Holds(head);
}

}  // namespace dateline::client

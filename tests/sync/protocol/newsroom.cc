#include "tests/sync/protocol/newsroom.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "gtest/gtest.h"
#include "sync/base/check.h"
#include "sync/base/limits.h"
#include "sync/model/fields.h"
#include "sync/protocol/handshake.h"
#include "sync/wire/messages.h"

namespace dateline::testing {

using namespace sync;  // NOLINT: a test

namespace {

// A body that fits the lane: a hold, a headline, words of the body, an
// acknowledgement. As large as asked, or as its field may be.
void FillBody(Lane lane, size_t bytes, const Hash& any,
              v1::Structure* structure, v1::Content* content) {
  v1::Op* op = structure->add_ops();
  switch (lane) {
    case Lane::kNotice:
      op->mutable_stop()->set_what(v1::STOP_KIND_HOLD);
      op->mutable_stop()->add_fields(kReason);
      content->add_values()->set_text(
          std::string(std::min<size_t>(bytes, 300), 'n'));
      break;
    case Lane::kFact:
      op->mutable_put()->set_field(kHeadline);
      content->add_values()->set_text(
          std::string(std::min(bytes, kHeadlineBytesMax), 'f'));
      break;
    case Lane::kText:
      op->mutable_text()->set_field(kBody);
      op->mutable_text()->add_moves(0);
      op->mutable_text()->add_lengths(bytes);
      op->mutable_text()->add_kinds(0);
      content->set_text(std::string(bytes, 't'));
      break;
    case Lane::kReceipt:
      op->mutable_ack()->add_changes(any.str());
      break;
  }
}

}  // namespace

std::vector<OwnFeed> Phone::Feeds() {
  std::vector<OwnFeed> out;
  for (const FeedHead& head : log.FeedsOfDevice(device)) {
    const auto at = acked.find(head.feed);
    out.push_back(
        {head, at == acked.end() ? FeedHead{head.feed, 0, {}} : at->second});
  }
  return out;
}

ClientState Phone::BeginSession(const Newsroom& room) {
  ClientState state;
  state.server = room.server;
  state.server_key = room.server_key.public_key();
  state.epoch = epoch;
  state.device = device;
  state.incarnation = incarnation;
  state.counter = ++counter;
  state.feeds = Feeds();
  for (const auto& [key, cursor] : cursors) state.cursors.push_back(cursor);
  state.roster = *log.Roster();
  state.roster_mark = log.roster_mark();
  return state;
}

void Phone::Carry(const StorePulled& store) {
  for (const RunOfChanges& run : store.runs) {
    for (const Change& change : run.changes) {
      lamport = std::max(lamport, change.header.lamport);
    }
    log.Add(run);
  }
  cursors[{store.cursor.assignment, store.cursor.lane}] = store.cursor;
}

void Phone::Carry(const NoteAcked& noted) {
  for (const FeedHead& head : noted.heads) acked[head.feed] = head;
}

void Phone::Carry(const NoteRejected& noted) { rejected.push_back(noted); }

void Phone::Carry(const AdoptRoster& roster) {
  log.SetRoster(roster.signed_roster, roster.roster);
}

void Phone::Carry(const AdoptEpoch& adopted) {
  epoch = adopted.epoch;
  acked.clear();
  cursors.clear();
  for (const Cursor& cursor : adopted.cursors) {
    cursors[{cursor.assignment, cursor.lane}] = cursor;
  }
}

void Phone::Carry(const BeginIncarnation&, Random& random) {
  incarnation = random.Next();
  counter = 0;
}

CounterCommitted Desk::Commit(const CommitCounter& commit) {
  uint64_t& last = counters[{commit.device, commit.incarnation}];
  const CounterCommitted result{commit.counter > last, last};
  last = std::max(last, commit.counter);
  return result;
}

void Desk::Heal(const HealRoster& heal) {
  log.SetRoster(heal.signed_roster, heal.roster);
}

size_t Phone::Unsent() {
  size_t unsent = 0;
  for (const OwnFeed& own : Feeds()) {
    unsent += own.head.seq - std::min(own.head.seq, own.acked.seq);
  }
  return unsent;
}

Newsroom::Newsroom(int phone_count, uint64_t seed, int assignment_count)
    : random(seed),
      server(DeviceId::Make(random)),
      server_key(SigningKey::Make(random)) {
  v1::Device* home = roster_.add_devices();
  home->set_id(server.str());
  home->set_public_key(server_key.public_key().str());
  home->set_home(true);
  for (int i = 0; i < assignment_count; ++i) {
    assignments.push_back(AssignmentId::Make(random));
    documents_[assignments.back()] = DocumentId::Make(random);
    roster_.add_assignments()->set_id(assignments.back().str());
  }
  desk.epoch = EpochId::Make(random);
  for (int i = 0; i < phone_count; ++i) Enrol();
  roster_.set_version(1);
  PublishRoster();
}

Phone& Newsroom::Enrol() {
  Phone& phone = phones.emplace_back();
  phone.device = DeviceId::Make(random);
  phone.log.SetSelf(phone.device);
  phone.epoch = desk.epoch;
  phone.incarnation = random.Next();
  const SigningKey& key =
      keys_.emplace(phone.device, SigningKey::Make(random)).first->second;
  v1::Device* device = roster_.add_devices();
  device->set_id(phone.device.str());
  device->set_public_key(key.public_key().str());
  roster_.set_version(roster_.version() + 1);
  PublishRoster();
  return phone;
}

void Newsroom::Expel(const Phone& phone) {
  auto& devices = *roster_.mutable_devices();
  devices.erase(std::remove_if(devices.begin(), devices.end(),
                               [&](const v1::Device& device) {
                                 return device.id() == phone.device.view();
                               }),
                devices.end());
  roster_.set_version(roster_.version() + 1);
  PublishRoster();
}

v1::SignedRoster Newsroom::Sign(const SigningKey& key) const {
  return SignRoster(roster_, server, key);
}

void Newsroom::PublishRoster() {
  roster_.set_epoch(desk.epoch.str());
  desk.log.SetRoster(Sign(server_key), roster_);
}

const SigningKey& Newsroom::KeyOf(const Phone& phone) const {
  return keys_.at(phone.device);
}

Hash Newsroom::Write(Phone& phone, Lane lane, size_t bytes, int assignment) {
  const AssignmentId& at = assignments[assignment];
  const FeedId feed{phone.device, phone.incarnation, at, lane};
  Sealing sealing;
  sealing.after = {feed, 0, Hash()};
  for (const FeedHead& head : phone.log.FeedsOfDevice(phone.device)) {
    if (head.feed == feed) sealing.after = head;
  }
  Header& header = sealing.header;
  header.lane = lane;
  header.permission = lane == Lane::kNotice ? PermissionClass::kStop
                                            : PermissionClass::kContent;
  header.document = documents_.at(at);
  header.actor = *PersonId::FromBytes(phone.device.view());
  header.signer = phone.device;
  header.lamport = ++phone.lamport;
  header.wall_ms = 1641722400000;
  header.save = ++phone.save;
  header.save_lanes = 1 << static_cast<int>(lane);
  // Deps: the heads of all feeds of the lane, which is what one saw.
  const std::vector<FeedHead> heads = *phone.log.Heads(at);
  for (const FeedHead& head : heads) {
    if (head.feed.lane == lane) header.deps.push_back(head.hash);
  }
  std::sort(header.deps.begin(), header.deps.end());
  v1::Structure structure;
  v1::Content content;
  FillBody(lane, bytes, HashOf("seen"), &structure, &content);
  sealing.structure = structure.SerializeAsString();
  sealing.content = content.SerializeAsString();
  sealing.salt = Salt::Make(random);
  const Change change = Seal(std::move(sealing));
  phone.log.Add({feed, {change}, Signature()});
  return change.hash;
}

absl::Status Newsroom::Sync(Phone& phone) {
  absl::Status status;
  ClientSessionOptions options;
  for (int attempt = 0; attempt <= kHelloAgainMax; ++attempt) {
    Conversation conversation(this, &phone, options);
    conversation.Run();
    if (!conversation.client_closed) return absl::InternalError("it hangs");
    status = conversation.client_closed->status;
    if (!conversation.client_closed->hello_again) break;
    options.bring_roster |= conversation.client_closed->bring_roster;
  }
  return status;
}

void Newsroom::RestoreDesk(const Desk& backup) {
  desk = Desk(backup);
  desk.epoch = EpochId::Make(random);
}

// --- Conversation ----------------------------------------------------------

Conversation::Conversation(Newsroom* room, Phone* phone, bool watch,
                           ToServer to_server, ToClient to_client)
    : Conversation(room, phone, ClientSessionOptions{.watch = watch},
                   std::move(to_server), std::move(to_client)) {}

Conversation::Conversation(Newsroom* room, Phone* phone,
                           const ClientSessionOptions& options,
                           ToServer to_server, ToClient to_client)
    : room_(room),
      phone_(phone),
      change_to_server_(std::move(to_server)),
      change_to_client_(std::move(to_client)) {
  client_ = std::make_unique<ClientSession>(phone->BeginSession(*room), options,
                                            &phone->log, &room->KeyOf(*phone));
  serving_ = std::make_unique<ServerSession>(
      ServerSessionOptions{.server = room->server,
                           .epoch = room->desk.epoch,
                           .turn_away = room->turn_away},
      &room->desk.log, &room->server_key);
  Do(serving_->OnStart(now_));
  Do(client_->OnStart(now_));
}

void Conversation::Do(ClientActions actions) {
  for (ClientAction& action : actions) {
    if (auto* send = std::get_if<SendMessage<v1::ClientMessage>>(&action)) {
      ++client_messages;
      if (last_side_ != Side::kClient) ++flights;
      last_side_ = Side::kClient;
      if (change_to_server_ && !change_to_server_(&send->message)) continue;
      to_server_.push_back(send->message.SerializeAsString());
      client_bytes += to_server_.back().size();
    } else if (auto* store = std::get_if<StorePulled>(&action)) {
      Store(*store);
    } else if (auto* acked = std::get_if<NoteAcked>(&action)) {
      phone_->Carry(*acked);
    } else if (auto* rejected = std::get_if<NoteRejected>(&action)) {
      phone_->Carry(*rejected);
    } else if (auto* roster = std::get_if<AdoptRoster>(&action)) {
      phone_->Carry(*roster);
    } else if (auto* epoch = std::get_if<AdoptEpoch>(&action)) {
      phone_->Carry(*epoch);
      new_epoch = true;
    } else if (auto* begin = std::get_if<BeginIncarnation>(&action)) {
      phone_->Carry(*begin, room_->random);
      new_incarnation = true;
    } else if (std::holds_alternative<CaughtUp>(action)) {
      caught_up = true;
    } else if (auto* close = std::get_if<CloseSession>(&action)) {
      EXPECT_FALSE(client_closed.has_value());
      client_closed = *close;
    }
  }
}

void Conversation::Store(const StorePulled& store) {
  for (const RunOfChanges& run : store.runs) {
    pulled_changes += run.changes.size();
  }
  if (!store.runs.empty()) pulled_lanes.push_back(store.cursor.lane);
  phone_->Carry(store);
  if (!client_->closed()) {
    Do(client_->OnStored(store.token, absl::OkStatus(), now_));
  }
}

void Conversation::Do(ServerActions actions) {
  for (ServerAction& action : actions) {
    if (auto* send = std::get_if<SendMessage<v1::ServerMessage>>(&action)) {
      ++server_messages;
      if (last_side_ != Side::kServer) ++flights;
      last_side_ = Side::kServer;
      if (change_to_client_ && !change_to_client_(&send->message)) continue;
      to_client_.push_back(send->message.SerializeAsString());
      server_bytes += to_client_.back().size();
    } else if (auto* heal = std::get_if<HealRoster>(&action)) {
      heal_ = *heal;
    } else if (auto* counter = std::get_if<CommitCounter>(&action)) {
      counter_ = *counter;
    } else if (auto* store = std::get_if<StorePushed>(&action)) {
      stores_.push_back(std::move(*store));
    } else if (std::holds_alternative<CommitNow>(action)) {
      ++commits_hurried;
    } else if (auto* close = std::get_if<CloseSession>(&action)) {
      EXPECT_FALSE(server_closed.has_value());
      server_closed = *close;
    }
  }
}

void Conversation::FinishStore(const absl::Status& result) {
  const StorePushed store = std::move(stores_.front());
  stores_.pop_front();
  if (result.ok()) {
    for (const RunOfChanges& run : store.runs) {
      pushed_changes += run.changes.size();
      room_->desk.log.Add(run);
    }
    if (!store.runs.empty()) {
      pushed_lanes.push_back(store.runs.front().feed.lane);
    }
  }
  Do(serving_->OnStored(store.token, result, now_));
}

bool Conversation::DeliverToServer() {
  if (to_server_.empty() || !serving_->may_read() || serving_->closed()) {
    return false;
  }
  const std::string bytes = std::move(to_server_.front());
  to_server_.pop_front();
  if (!client_->closed()) Do(client_->OnSent(now_));
  const auto message = ParseClientMessage(bytes);
  if (message.ok()) {
    Do(serving_->OnMessage(*message, now_));
  } else {
    Do(serving_->OnBadMessage(message.status(), now_));
  }
  return true;
}

// What a driver does with a message that does not pass the door.
void Conversation::Hang(const absl::Status& why) {
  client_closed = CloseSession{why};
  to_client_.clear();
  to_server_.clear();
}

bool Conversation::DeliverToClient() {
  if (to_client_.empty() || client_closed) return false;
  const std::string bytes = std::move(to_client_.front());
  to_client_.pop_front();
  if (!serving_->closed()) Do(serving_->OnSent(now_));
  const auto message = ParseServerMessage(bytes);
  if (message.ok()) {
    Do(client_->OnMessage(*message, now_));
  } else {
    Hang(message.status());
  }
  return true;
}

bool Conversation::Step(uint64_t choice) {
  for (int i = 0; i < 4; ++i) {
    switch ((choice + i) % 4) {
      case 0:
        if (DeliverToServer()) return true;
        break;
      case 1:
        if (DeliverToClient()) return true;
        break;
      case 2:
        if (stores_.empty()) break;
        FinishStore();
        return true;
      case 3:
        if (FinishAdmission()) return true;
        break;
    }
  }
  return false;
}

bool Conversation::StepWithoutStores() {
  return DeliverToServer() || DeliverToClient() || FinishAdmission();
}

bool Conversation::FinishAdmission() {
  if (heal_) {
    const HealRoster heal = *std::exchange(heal_, std::nullopt);
    room_->desk.Heal(heal);
    Do(serving_->OnRosterHealed(heal.token, absl::OkStatus(), now_));
    return true;
  }
  if (!counter_) return false;
  const CommitCounter commit = *std::exchange(counter_, std::nullopt);
  Do(serving_->OnCounterCommitted(commit.token, room_->desk.Commit(commit),
                                  now_));
  return true;
}

void Conversation::Fence() { Do(serving_->Fence()); }

void Conversation::Run() {
  while (Step(0)) {
  }
}

void Conversation::Run(Random& random, size_t steps) {
  for (size_t i = 0; i < steps && Step(random.Below(4)); ++i) {
  }
}

void Conversation::ServerHasNews() { Do(serving_->OnLocalChanges(now_)); }

void Conversation::PhoneHasNews() {
  Do(client_->OnLocalChanges(phone_->Feeds(), now_));
}

void Conversation::Tick(absl::Duration by) {
  now_ += by;
  Do(client_->OnTick(now_));
  Do(serving_->OnTick(now_));
}

}  // namespace dateline::testing

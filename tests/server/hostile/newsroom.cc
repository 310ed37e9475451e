#include "tests/server/hostile/newsroom.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "dateline/v1/desk.pb.h"
#include "gtest/gtest.h"
#include "sync/base/check.h"
#include "sync/protocol/handshake.h"
#include "sync/wire/messages.h"

namespace dateline::testing {
namespace {

constexpr char kEnrol[] = "/dateline.v1.EnrolService/Enrol";
constexpr absl::Duration kViewTime = absl::Seconds(30);

uint64_t NextSeed() {
  static uint64_t seed = 1000;
  return ++seed;
}

std::string Slurp(const std::string& path) {
  std::ifstream file(path);
  DATELINE_CHECK(file.good());
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

// --- a device --------------------------------------------------------------

v1::HelloBody Member::HelloBody() {
  v1::HelloBody body;
  body.set_version_min(1);
  body.set_version_max(1);
  body.set_server(server);
  body.set_epoch(epoch);
  body.set_device(device.str());
  body.set_incarnation(incarnation);
  body.set_counter(++counter);
  for (const auto& [lane, head] : heads) {
    if (head.feed.incarnation == incarnation) {
      *body.add_heads() = sync::ToProto(head);
    }
  }
  return body;
}

std::string Member::HelloOf(const v1::HelloBody& body) const {
  v1::ClientMessage message;
  *message.mutable_hello() = sync::SignHello(body, key);
  return message.SerializeAsString();
}

DeskDevice Member::Desk() const {
  return {.id = device, .key = sync::SigningKey::FromSeed(key.seed())};
}

void Member::Turn(const sync::DocumentId& to, const sync::Hash& head) {
  document = to;
  last.clear();
  last[sync::Lane::kFact] = head;
}

void Member::TurnToNew() {
  document = sync::DocumentId::Make(random);
  last.clear();
}

v1::PackFrame Member::Frame(const std::vector<sync::Change>& changes) {
  for (const sync::Change& change : changes) index.Add(change);
  sync::NoIndex nothing;
  return sync::EncodePack({Run(changes)}, nothing, 3);
}

std::string BytesOf(const v1::PackFrame& frame) {
  v1::ClientMessage message;
  *message.mutable_pack() = frame;
  return message.SerializeAsString();
}

std::string ClientEndBytes() {
  v1::ClientMessage message;
  message.mutable_end();
  return message.SerializeAsString();
}

// --- an outcome ------------------------------------------------------------

bool Outcome::Acked(const sync::Change& change) const {
  for (const v1::FeedHead& head : acked) {
    if (head.hash() == change.hash.view()) return true;
  }
  return false;
}

const sync::Change* Outcome::Pulled(const sync::Hash& hash) const {
  for (const sync::Change& change : pulled) {
    if (change.hash == hash) return &change;
  }
  return nullptr;
}

// --- the newsroom ----------------------------------------------------------

Newsroom::Newsroom() {
  good_ = Join("reporter");
  document_ = good_->document;
  const sync::Change headline = good_->WriteHeadline(kCanary);
  head_ = headline.hash;
  const sync::Change body = good_->WriteBody(kCanary);
  const Outcome out =
      Sync(*good_, {good_->Frame({headline}), good_->Frame({body})});
  DATELINE_CHECK(out.ended && out.Acked(headline) && out.Acked(body));
}

std::unique_ptr<Member> Newsroom::Join(const std::string& role,
                                       const std::string& assignment,
                                       uint64_t seed) {
  auto member = std::make_unique<Member>(seed == 0 ? NextSeed() : seed);
  const v1::EnrolmentTicket ticket = daemon_.Ticket(role, assignment);
  const DeskDevice device = member->Desk();
  const Answer answer =
      CallUnary(*ChannelTo(ticket.address(), ticket.ca_pem()), kEnrol,
                EnrolRequestOf(device, ticket.secret()).SerializeAsString());
  DATELINE_CHECK(answer.status.ok());
  v1::EnrolResponse response;
  DATELINE_CHECK(response.ParseFromString(answer.bytes));
  member->server = response.server();
  member->epoch = response.epoch();
  const auto roster = sync::OpenRoster(
      response.roster(), *sync::PublicKey::FromBytes(response.home_key()));
  DATELINE_CHECK(roster.ok());
  for (const v1::Device& one : roster->devices()) {
    if (one.id() != device.id.view()) continue;
    member->person = *sync::PersonId::FromBytes(one.person());
  }
  for (const v1::Membership& one : roster->memberships()) {
    if (one.person() != member->person.view()) continue;
    member->assignment = *sync::AssignmentId::FromBytes(one.assignment());
  }
  if (channel_ == nullptr) {
    channel_ = ChannelTo(daemon_.sync_address(), ticket.ca_pem());
  }
  return member;
}

Outcome Newsroom::Sync(Member& member,
                       const std::vector<v1::PackFrame>& frames) {
  std::vector<std::string> messages;
  for (const v1::PackFrame& frame : frames) messages.push_back(BytesOf(frame));
  return SyncBytes(member, member.Hello(), messages);
}

Outcome Newsroom::SyncBytes(Member& member, const std::string& hello,
                            const std::vector<std::string>& messages) {
  RawSession session(channel_);
  Outcome out;
  session.Write(hello);
  Play(member, messages, session, &out);
  return out;
}

Outcome Newsroom::SendBytes(const std::vector<std::string>& messages) {
  Member nobody(0);
  RawSession session(channel_);
  Outcome out;
  Play(nobody, messages, session, &out);
  return out;
}

void Newsroom::Play(Member& member, const std::vector<std::string>& messages,
                    RawSession& session, Outcome* out) {
  const auto push = [&] {
    for (const std::string& bytes : messages) session.Write(bytes);
    session.Write(ClientEndBytes());
  };
  push();
  while (const auto message = session.Read()) {
    Take(*message, member, out);
    for (const std::string& assignment : message->compare().assignments()) {
      v1::ClientMessage heads;
      heads.mutable_heads()->set_assignment(assignment);
      heads.mutable_heads()->set_last(true);
      session.Write(heads.SerializeAsString());
    }
    if (message->heads().last()) push();
    if (out->ended) session.WritesDone();
  }
  const Answer answer = session.Finish();
  out->status = answer.status;
  out->error = answer.error;
  if (out->error.reason() == 0) out->error = out->welcome.error();
  if (out->error.reason() == 0 && !out->rejected.empty()) {
    out->error = out->rejected.front().why();
  }
}

void Newsroom::Take(const v1::ServerMessage& message, Member& member,
                    Outcome* out) {
  if (message.has_welcome()) {
    DATELINE_CHECK(out->welcome.ParseFromString(message.welcome().body()));
  }
  for (const v1::FeedHead& head : message.ack().heads()) {
    out->acked.push_back(head);
  }
  for (const v1::Rejected& rejected : message.ack().rejected()) {
    out->rejected.push_back(rejected);
  }
  if (message.has_compare()) ++out->comparisons;
  if (message.has_end()) out->ended = true;
  if (message.pack().pack().empty()) return;
  auto pack = sync::DecodePack(message.pack(), member.index);
  ASSERT_TRUE(pack.ok()) << pack.status();
  EXPECT_TRUE(pack->rejected.empty()) << pack->rejected.front().why;
  member.index.AddAll(pack->runs);
  for (sync::RunOfChanges& run : pack->runs) {
    for (sync::Change& change : run.changes) {
      out->pulled.push_back(std::move(change));
    }
  }
}

v1::Document Newsroom::Document(const Member& reader,
                                const sync::DocumentId& id) {
  v1::GetDocumentRequest request;
  request.set_document(id.str());
  const DeskDevice desk = reader.Desk();
  const Answer answer =
      CallUnary(*channel_, "/dateline.v1.DeskService/GetDocument",
                request.SerializeAsString(), &desk);
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  v1::GetDocumentResponse response;
  DATELINE_CHECK(response.ParseFromString(answer.bytes));
  return response.document();
}

Shown Newsroom::Status() {
  const absl::Time deadline = absl::Now() + kViewTime;
  while (true) {
    const Ran ran =
        RunDatelined({"status", "--data", daemon_.data(), "--json"});
    const auto json = nlohmann::json::parse(ran.out);
    if (json["viewBehind"] == 0) {
      return {.changes = json["changes"],
              .held = json["held"],
              .forks = json["forks"],
              .views = json["assignments"].dump(1)};
    }
    DATELINE_CHECK(absl::Now() < deadline);
    absl::SleepFor(absl::Milliseconds(10));
  }
}

std::string Newsroom::Log() {
  return Slurp(daemon_.data() + ".err") + Slurp(daemon_.data() + ".out");
}

void Newsroom::GoodSession() {
  good_->Turn(document_, head_);
  const sync::Change change = good_->WriteHeadline(
      absl::StrCat(kCanary, " ", good_->heads[sync::Lane::kFact].seq));
  const Outcome out = Sync(*good_, {good_->Frame({change})});
  EXPECT_TRUE(out.ended) << out.error.ShortDebugString();
  EXPECT_TRUE(out.Acked(change));
  EXPECT_TRUE(out.rejected.empty());
  head_ = change.hash;
}

}  // namespace dateline::testing

#include "tests/client-core/home.h"

#include "absl/strings/str_cat.h"
#include "client-core/engine/enrolment.h"
#include "client-core/engine/materializer.h"
#include "sync/base/check.h"
#include "sync/base/status_macros.h"
#include "sync/protocol/handshake.h"

namespace dateline::client {

Newsroom::Newsroom(const std::vector<v1::Role>& roles)
    : home_key_(sync::SigningKey::Make(random_)),
      home_device_(sync::DeviceId::Make(random_)),
      assignment_(AssignmentId::Make(random_)) {
  v1::Roster roster;
  roster.set_version(1);
  v1::Assignment* assignment = roster.add_assignments();
  assignment->set_id(assignment_.str());
  assignment->set_slugline("kazakhstan-unrest");
  v1::Device* home = roster.add_devices();
  home->set_id(home_device_.str());
  home->set_public_key(home_key_.public_key().str());
  home->set_home(true);
  for (const v1::Role role : roles) {
    const sync::SigningKey key = sync::SigningKey::Make(random_);
    people_.push_back({sync::PersonId::Make(random_),
                       sync::DeviceId::Make(random_), key.seed()});
    v1::Person* person = roster.add_people();
    person->set_id(people_.back().person.str());
    person->set_name(absl::StrCat("Person ", people_.size() - 1));
    v1::Device* device = roster.add_devices();
    device->set_id(people_.back().device.str());
    device->set_public_key(key.public_key().str());
    device->set_person(people_.back().person.str());
    v1::Membership* member = roster.add_memberships();
    member->set_assignment(assignment_.str());
    member->set_person(people_.back().person.str());
    member->set_role(role);
  }
  roster_ = sync::SignRoster(roster, home_device_, home_key_);
}

std::string Newsroom::home(int person) const {
  return dir_ / absl::StrCat("home", person);
}

void Newsroom::Join(int person) {
  Member& member = people_[person];
  auto store = Store::Open(home(person), absl::ZeroDuration());
  DATELINE_CHECK(store.ok());
  v1::EnrolResponse response;
  *response.mutable_roster() = roster_;
  response.set_server(home_device_.str());
  response.set_epoch(std::string(12, 'e'));
  response.set_address("127.0.0.1:1");
  response.set_home_key(home_key_.public_key().str());
  const Newcomer newcomer{member.device,
                          sync::SigningKey::FromSeed(member.seed), "a phone"};
  DATELINE_CHECK(Install(newcomer, response, random_, store->get()).ok());
  member.joined = true;
}

std::unique_ptr<Client> Newsroom::Open(int person, Options options) {
  if (!people_[person].joined) Join(person);
  options.directory = home(person);
  auto client = Client::Open(options);
  DATELINE_CHECK(client.ok());
  return *std::move(client);
}

void Newsroom::Carry(int from, int to) {
  if (!people_[to].joined) Join(to);
  auto source = Store::Open(home(from), absl::ZeroDuration());
  auto target = Store::Open(home(to), absl::ZeroDuration());
  DATELINE_CHECK(source.ok() && target.ok());
  const auto key = sync::SigningKey::FromSeed(people_[from].seed);
  absl::btree_set<DocumentId> documents;
  const auto carried = (*target)->Transact([&]() -> absl::Status {
    const auto feeds = (*source)->truth().Feeds();
    DATELINE_RETURN_IF_ERROR(feeds.status());
    for (const sync::FeedId& feed : *feeds) {
      auto changes = (*source)->truth().OfFeedAfter(feed, 0);
      DATELINE_CHECK(changes.ok() && !changes->empty());
      if (feed.device == people_[from].device) {
        changes->back().signature = sync::SignHead(key, changes->back().head());
      }
      for (const sync::Change& change : *changes) {
        DATELINE_RETURN_IF_ERROR(
            (*target)->truth().Insert(change, /*here=*/false).status());
        documents.insert(change.header.document);
      }
    }
    std::vector<Event> events;
    return Materializer(target->get()).Refresh(documents, &events);
  });
  DATELINE_CHECK(carried.ok());
}

}  // namespace dateline::client

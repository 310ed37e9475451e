#include "tests/sync/wire/world.h"

#include "sync/base/check.h"
#include "sync/model/fields.h"

namespace dateline::testing {

using sync::Change;
using sync::FeedHead;
using sync::FeedId;
using sync::Hash;
using sync::Lane;

void MapIndex::Add(const Change& change) {
  if (Holds(change.head())) return;
  hashes_[{change.feed, change.seq}].push_back(change.hash);
  places_[change.hash] = change.head();
}

void MapIndex::AddAll(const std::vector<sync::RunOfChanges>& runs) {
  for (const auto& run : runs) {
    for (const Change& change : run.changes) Add(change);
  }
}

std::optional<Hash> MapIndex::HashAt(const FeedId& feed, uint64_t seq) {
  const auto found = hashes_.find(std::pair(feed, seq));
  if (found == hashes_.end() || found->second.size() != 1) return std::nullopt;
  return found->second.front();
}

std::optional<FeedHead> MapIndex::PlaceOf(const Hash& hash) {
  const auto found = places_.find(hash);
  if (found == places_.end() ||
      !HashAt(found->second.feed, found->second.seq)) {
    return std::nullopt;
  }
  return found->second;
}

bool MapIndex::Holds(const FeedHead& head) {
  const auto found = places_.find(head.hash);
  return found != places_.end() && found->second == head;
}

Author::Author(uint64_t seed)
    : random(seed), key(sync::SigningKey::Make(random)) {
  device = sync::DeviceId::Make(random);
  person = sync::PersonId::Make(random);
  document = sync::DocumentId::Make(random);
  assignment = sync::AssignmentId::Make(random);
  incarnation = random.Next();
}

FeedId Author::Feed(Lane lane) const {
  return {device, incarnation, assignment, lane};
}

Change Author::Write(Lane lane, const v1::Structure& structure,
                     const v1::Content& content, sync::Header header) {
  return WriteBytes(lane, structure.SerializeAsString(),
                    content.SerializeAsString(), std::move(header));
}

Change Author::WriteBytes(Lane lane, const std::string& structure,
                          const std::string& content, sync::Header header) {
  FeedHead& head = heads[lane];
  head.feed = Feed(lane);
  header.lane = lane;
  if (header.document.IsZero()) header.document = document;
  header.actor = person;
  header.signer = device;
  header.lamport = ++lamport;
  header.wall_ms = wall_ms += 1 + static_cast<int64_t>(random.Below(90000));
  header.save = ++save;
  header.save_lanes |= static_cast<uint8_t>(1 << static_cast<int>(lane));
  if (header.deps.empty() && !last[lane].IsZero()) {
    header.deps = {last[lane]};
  }
  Change change = sync::Seal({.after = head,
                              .header = std::move(header),
                              .structure = structure,
                              .content = content,
                              .salt = sync::Salt::Make(random)});
  head = change.head();
  last[lane] = change.hash;
  return change;
}

Change Author::WriteHeadline(const std::string& headline) {
  return Write(Lane::kFact, PutStructure(sync::kHeadline),
               TextContent(headline));
}

Change Author::WriteBody(const std::string& text) {
  v1::Content content;
  content.set_text(text);
  return Write(Lane::kText, InsertStructure(sync::kBody, text.size()), content);
}

sync::RunOfChanges Author::Run(const std::vector<Change>& changes) const {
  DATELINE_CHECK(!changes.empty());
  return {.feed = changes.front().feed,
          .changes = changes,
          .signature = SignHead(key, changes.back().head())};
}

v1::Structure PutStructure(uint32_t field) {
  v1::Structure structure;
  structure.add_ops()->mutable_put()->set_field(field);
  return structure;
}

v1::Content TextContent(const std::string& value) {
  v1::Content content;
  content.add_values()->set_text(value);
  return content;
}

v1::Structure InsertStructure(uint32_t field, uint32_t scalars) {
  v1::Structure structure;
  v1::TextOp* op = structure.add_ops()->mutable_text();
  op->set_field(field);
  op->add_moves(0);
  op->add_lengths(scalars);
  op->add_kinds(0);
  op->add_touched(0);
  op->add_touched(0);
  return structure;
}

}  // namespace dateline::testing

// Changes to send and a store to send them to, for the tests of sync/wire.
#ifndef DATELINE_TESTS_SYNC_WIRE_WORLD_H_
#define DATELINE_TESTS_SYNC_WIRE_WORLD_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "sync/model/change.h"
#include "sync/wire/pack.h"

namespace dateline::testing {

// A store of changes in memory. A place that two changes fill names neither.
class MapIndex : public sync::ChangeIndex {
 public:
  void Add(const sync::Change& change);
  void AddAll(const std::vector<sync::RunOfChanges>& runs);
  std::optional<sync::Hash> HashAt(const sync::FeedId& feed,
                                   uint64_t seq) override;
  std::optional<sync::FeedHead> PlaceOf(const sync::Hash& hash) override;
  bool Holds(const sync::FeedHead& head) override;

 private:
  absl::btree_map<std::pair<sync::FeedId, uint64_t>, std::vector<sync::Hash>>
      hashes_;
  absl::btree_map<sync::Hash, sync::FeedHead> places_;
};

// One device that writes, with keys, ids and feeds from a seed.
class Author {
 public:
  explicit Author(uint64_t seed);

  // The next change of a lane; fields of `header` that follow from the place
  // (lane, signer, actor, Lamport count, save) are filled in. A zero document
  // becomes this author's own.
  sync::Change Write(sync::Lane lane, const v1::Structure& structure,
                     const v1::Content& content, sync::Header header = {});
  // The same, with bytes that may be no messages.
  sync::Change WriteBytes(sync::Lane lane, const std::string& structure,
                          const std::string& content, sync::Header header = {});
  // A headline, or words at the front of the body.
  sync::Change WriteHeadline(const std::string& headline);
  sync::Change WriteBody(const std::string& text);

  sync::RunOfChanges Run(const std::vector<sync::Change>& changes) const;
  sync::FeedId Feed(sync::Lane lane) const;

  sync::SeededRandom random;
  sync::SigningKey key;
  sync::DeviceId device;
  sync::PersonId person;
  sync::DocumentId document;
  sync::AssignmentId assignment;
  uint64_t incarnation = 0;
  absl::btree_map<sync::Lane, sync::FeedHead> heads;
  absl::btree_map<sync::Lane, sync::Hash> last;  // of the document
  uint64_t lamport = 0;
  uint64_t save = 0;
  int64_t wall_ms = 1641722400000;  // Sunday 9 January 2022, 10:00 UTC
};

v1::Structure PutStructure(uint32_t field);
v1::Content TextContent(const std::string& value);
v1::Structure InsertStructure(uint32_t field, uint32_t scalars);

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SYNC_WIRE_WORLD_H_

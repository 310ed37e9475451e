// One change as it stands in a Run: the byte layout of protos/README.md,
// "Packs". Private to the room; pack.h is its door.
#ifndef DATELINE_SYNC_WIRE_PACKED_CHANGE_H_
#define DATELINE_SYNC_WIRE_PACKED_CHANGE_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "sync/base/codec.h"
#include "sync/model/change.h"

namespace dateline::sync {

// First byte of a packed change.
constexpr uint8_t kFormHolding = 0x03;     // 0 whole, 1 stub, 2 place only
constexpr uint8_t kFormFullHeader = 0x04;  // the header's own bytes follow
constexpr uint8_t kFormSaltKnown = 0x08;   // the salt of this save stood before
constexpr uint8_t kFormPuts = 0x10;        // the structure begins with puts
constexpr uint8_t kFormLike = 0x20;        // it begins and ends as one before
constexpr uint8_t kFormHoles = 0x40;       // hashes are taken out of it
constexpr uint8_t kFormAll = 0x7F;
// Structures of a lane that a later one may be told by.
constexpr size_t kStructuresKept = 8;

// First byte of a short header. "The one before" is the change before it in
// the pack whose header could be read, of whatever feed.
constexpr uint8_t kShortSubject = 0x01;   // document, kind, class and actor of
                                          // the one before
constexpr uint8_t kShortLamport = 0x02;   // its Lamport count plus 1
constexpr uint8_t kShortSave = 0x04;      // its save number
constexpr uint8_t kShortLane = 0x08;      // the save touched this lane alone
constexpr uint8_t kShortDep = 0x10;       // one dep: the previous of the feed
constexpr uint8_t kShortNoNames = 0x20;   // no names
constexpr uint8_t kShortSchema = 0x40;    // schema 1, ignorable_from 0
constexpr uint8_t kShortNextSave = 0x80;  // its save number plus 1

// A hash by where it stands, or in full.
struct HashRef {
  std::optional<uint32_t> feed;  // index into the pack's feeds
  uint64_t seq = 0;
  Hash hash;  // where `feed` is empty
};

// A header without its hashes, and where to find them.
struct ShortHeader {
  Header header;  // deps and names empty
  bool dep_is_previous = false;
  std::vector<HashRef> deps;
  std::vector<HashRef> names;
};

// A hash taken out of a structure: where it goes in, in the whole structure.
struct Hole {
  uint64_t offset = 0;
  HashRef ref;
};

struct PackedChange {
  Holding holding = Holding::kWhole;
  std::optional<ShortHeader> short_header;
  std::string full_header;
  std::string structure;  // without the hashes of `holes`
  std::vector<Hole> holes;
  Salt salt;
  std::string content;
  Hash content_hash;  // stub
  Hash hash;          // place only
};

// What both ends remember from change to change of one pack.
struct PackContext {
  std::optional<Header> before;
  // The last structures of each lane, without their holes, newest first.
  absl::btree_map<Lane, std::deque<std::string>> structures;
  // Of saves that stood in the pack: (device, incarnation, save).
  absl::btree_map<std::tuple<DeviceId, uint64_t, uint64_t>, Salt> salts;
};

// The tables that packed changes point into.
struct PackTables {
  std::vector<FeedId> feeds;
  std::vector<DocumentId> ids;  // documents and people
};

// Writes tables as they are needed.
class TableWriter {
 public:
  uint32_t FeedIndex(const FeedId& feed);
  uint32_t IdIndex(absl::string_view id);
  const PackTables& tables() const { return tables_; }

 private:
  PackTables tables_;
  absl::btree_map<FeedId, uint32_t> feeds_;
  absl::btree_map<DocumentId, uint32_t> ids_;
};

// `where` says by which place a hash may be sent, if any.
class RefWriter {
 public:
  virtual ~RefWriter() = default;
  virtual std::optional<FeedHead> Where(const Hash& hash) = 0;
};
void PutChange(const Change& change, RefWriter& where, TableWriter* tables,
               PackContext* context, std::string* out);

// BAD_REQUEST where the bytes are not of the layout or point past a table;
// TOO_LARGE over kDepsMax, kNamesMax or `refs_left`, from which it takes.
absl::StatusOr<PackedChange> TakeChange(const FeedId& feed,
                                        const PackTables& tables,
                                        size_t* refs_left, PackContext* context,
                                        ByteReader* in);

// --- structures (packed_structure.cc) ---------------------------------------

// Notes in `form` how the structure was packed.
void PutStructure(const Change& change, RefWriter& where, TableWriter* tables,
                  PackContext* context, uint8_t* form, std::string* out);
absl::StatusOr<std::vector<Hole>> TakeHoles(const PackTables& tables,
                                            size_t* refs_left, ByteReader* in);
// What stands between its holes; `kept` are the ones that it may be told by.
std::string TakeStructure(uint8_t form, const std::deque<std::string>& kept,
                          ByteReader* in);
void KeepStructure(std::string structure, std::deque<std::string>* kept);

// The structure with the hashes of its holes put in, in their order.
// BAD_REQUEST for a hole past its end.
absl::StatusOr<std::string> FillHoles(const PackedChange& change,
                                      const std::vector<Hash>& hashes);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_WIRE_PACKED_CHANGE_H_

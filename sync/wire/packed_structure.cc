#include <algorithm>
#include <utility>

#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"
#include "sync/wire/packed_change.h"

namespace dateline::sync {
namespace {

// Op{put: PutOp{field: f}} with f < 128, but for the last byte, which is f.
constexpr char kPutBytes[] = {0x0A, 0x04, 0x0A, 0x02, 0x08};
constexpr absl::string_view kPut(kPutBytes, sizeof(kPutBytes));

absl::Status Malformed(absl::string_view what) {
  return MakeError(v1::BAD_REQUEST, absl::StrCat("a pack is malformed: ", what),
                   {.field = "pack"});
}

// Bytes of the leading puts of a structure that pack as one byte each.
size_t CountPuts(absl::string_view structure) {
  size_t puts = 0;
  while (structure.size() > kPut.size() &&
         structure.substr(0, kPut.size()) == kPut &&
         structure[kPut.size()] >= 0) {
    structure.remove_prefix(kPut.size() + 1);
    ++puts;
  }
  return puts;
}

// How a structure is told by the one before it: what both begin with, what is
// its own, what both end with.
struct Likeness {
  size_t prefix = 0;
  size_t suffix = 0;
};

Likeness Compare(absl::string_view structure, absl::string_view before) {
  const size_t most = std::min(structure.size(), before.size());
  Likeness like;
  while (like.prefix < most && structure[like.prefix] == before[like.prefix]) {
    ++like.prefix;
  }
  while (like.suffix < most - like.prefix &&
         structure[structure.size() - 1 - like.suffix] ==
             before[before.size() - 1 - like.suffix]) {
    ++like.suffix;
  }
  return like;
}

// Takes out what the other side can place: 32 bytes after their length.
std::string TakeHolesOut(absl::string_view structure, RefWriter& where,
                         TableWriter* tables, size_t* holes,
                         std::string* refs) {
  std::string left;
  size_t from = 0;
  *holes = 0;
  for (size_t i = 0; i + 1 + Hash::kSize <= structure.size(); ++i) {
    if (structure[i] != static_cast<char>(Hash::kSize)) continue;
    const Hash hash = *Hash::FromBytes(structure.substr(i + 1, Hash::kSize));
    const std::optional<FeedHead> place = where.Where(hash);
    if (!place) continue;
    PutVarint(i + 1 - from, refs);
    PutVarint(tables->FeedIndex(place->feed) + 1, refs);
    PutVarint(place->seq, refs);
    left.append(structure.data() + from, i + 1 - from);
    from = i + 1 + Hash::kSize;
    i = from - 1;
    ++*holes;
  }
  left.append(structure.data() + from, structure.size() - from);
  return left;
}

// The shortest of three ways; says which in `form`.
void PutRest(absl::string_view structure, const std::deque<std::string>& kept,
             uint8_t* form, std::string* out) {
  Likeness like;
  size_t back = 0;
  for (size_t i = 0; i < kept.size(); ++i) {
    const Likeness other = Compare(structure, kept[i]);
    if (other.prefix + other.suffix <= like.prefix + like.suffix) continue;
    like = other;
    back = i;
  }
  const size_t puts = CountPuts(structure);
  const size_t put_bytes = kPut.size() + 1;
  if (like.prefix + like.suffix > 3 + puts * (put_bytes - 1)) {
    *form |= kFormLike;
    PutVarint(back, out);
    PutVarint(like.prefix, out);
    PutVarint(like.suffix, out);
    structure.remove_prefix(like.prefix);
    structure.remove_suffix(like.suffix);
  } else if (puts > 0) {
    *form |= kFormPuts;
    PutVarint(puts, out);
    for (size_t i = 0; i < puts; ++i) {
      out->push_back(structure[kPut.size()]);
      structure.remove_prefix(put_bytes);
    }
  }
  PutSized(structure, out);
}

}  // namespace

void PutStructure(const Change& change, RefWriter& where, TableWriter* tables,
                  PackContext* context, uint8_t* form, std::string* out) {
  std::string refs;
  size_t holes = 0;
  std::string structure =
      TakeHolesOut(change.structure, where, tables, &holes, &refs);
  if (holes > 0) {
    *form |= kFormHoles;
    PutVarint(holes, out);
    *out += refs;
  }
  std::deque<std::string>& kept = context->structures[change.feed.lane];
  PutRest(structure, kept, form, out);
  KeepStructure(std::move(structure), &kept);
}

absl::StatusOr<std::vector<Hole>> TakeHoles(const PackTables& tables,
                                            size_t* refs_left, ByteReader* in) {
  const uint64_t count = in->Varint();
  if (count > *refs_left) {
    return TooLarge("pack", "kPackRefsMax", kPackRefsMax, kPackRefsMax + 1);
  }
  *refs_left -= count;
  std::vector<Hole> holes;
  uint64_t offset = 0;
  for (uint64_t i = 0; i < count && !in->failed(); ++i) {
    offset += in->Varint();
    const uint64_t feed = in->Varint();
    if (feed == 0 || feed > tables.feeds.size()) return Malformed("feed index");
    if (offset > kStructureBytesMax) return Malformed("hole");
    Hole hole{.offset = offset, .ref = {}};
    hole.ref.feed = static_cast<uint32_t>(feed - 1);
    hole.ref.seq = in->Varint();
    holes.push_back(hole);
    offset += Hash::kSize;
  }
  return holes;
}

std::string TakeStructure(uint8_t form, const std::deque<std::string>& kept,
                          ByteReader* in) {
  if ((form & kFormLike) != 0) {
    const uint64_t back = in->Varint();
    const absl::string_view before =
        back < kept.size() ? kept[back] : absl::string_view();
    const uint64_t prefix = in->Varint();
    const uint64_t suffix = in->Varint();
    if (prefix > before.size() || suffix > before.size() - prefix) in->Fail();
    const absl::string_view own = in->Sized();
    if (in->failed()) return "";
    return absl::StrCat(before.substr(0, prefix), own,
                        before.substr(before.size() - suffix));
  }
  std::string structure;
  if ((form & kFormPuts) != 0) {
    for (const char field : in->Sized()) {
      structure.append(kPut.data(), kPut.size());
      structure.push_back(field);
    }
  }
  const absl::string_view rest = in->Sized();
  structure.append(rest.data(), rest.size());
  return structure;
}

void KeepStructure(std::string structure, std::deque<std::string>* kept) {
  kept->push_front(std::move(structure));
  if (kept->size() > kStructuresKept) kept->pop_back();
}

absl::StatusOr<std::string> FillHoles(const PackedChange& change,
                                      const std::vector<Hash>& hashes) {
  std::string structure;
  absl::string_view left = change.structure;
  for (size_t i = 0; i < hashes.size(); ++i) {
    const size_t before = change.holes[i].offset - structure.size();
    if (before > left.size()) return Malformed("a hole past the end");
    absl::StrAppend(&structure, left.substr(0, before), hashes[i].view());
    left.remove_prefix(before);
  }
  absl::StrAppend(&structure, left);
  return structure;
}

}  // namespace dateline::sync

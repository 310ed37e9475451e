#include "sync/wire/packed_change.h"

#include <algorithm>
#include <utility>

#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"

namespace dateline::sync {
namespace {

absl::Status Malformed(absl::string_view what) {
  return MakeError(v1::BAD_REQUEST, absl::StrCat("a pack is malformed: ", what),
                   {.field = "pack"});
}

std::tuple<DeviceId, uint64_t, uint64_t> SaveKey(const FeedId& feed,
                                                 uint64_t save) {
  return {feed.device, feed.incarnation, save};
}

void PutRefs(const std::vector<Hash>& hashes, RefWriter& where,
             TableWriter* tables, std::string* out) {
  PutVarint(hashes.size(), out);
  for (const Hash& hash : hashes) {
    if (const std::optional<FeedHead> place = where.Where(hash)) {
      PutVarint(tables->FeedIndex(place->feed) + 1, out);
      PutVarint(place->seq, out);
    } else {
      PutVarint(0, out);
      out->append(hash.view().data(), Hash::kSize);
    }
  }
}

absl::StatusOr<std::vector<HashRef>> TakeRefs(const PackTables& tables,
                                              size_t count_max,
                                              size_t* refs_left,
                                              ByteReader* in) {
  const uint64_t count = in->Varint();
  if (count > count_max) {
    return TooLarge("header", "kDepsMax, kNamesMax", count_max, count);
  }
  if (count > *refs_left) {
    return TooLarge("pack", "kPackRefsMax", kPackRefsMax, kPackRefsMax + 1);
  }
  *refs_left -= count;
  std::vector<HashRef> refs;
  for (uint64_t i = 0; i < count && !in->failed(); ++i) {
    HashRef ref;
    const uint64_t feed = in->Varint();
    if (feed > tables.feeds.size()) return Malformed("feed index");
    if (feed == 0) {
      ref.hash = in->Fixed<Hash>();
    } else {
      ref.feed = static_cast<uint32_t>(feed - 1);
      ref.seq = in->Varint();
    }
    refs.push_back(ref);
  }
  return refs;
}

bool SameSubject(const Header& a, const Header& b) {
  return a.document == b.document && a.kind == b.kind &&
         a.permission == b.permission && a.actor == b.actor;
}

// The flags of a short header, and whether it can be short at all.
uint8_t ShortFlags(const Change& change, const Header& before,
                   bool has_before) {
  const Header& header = change.header;
  uint8_t flags = 0;
  if (has_before && SameSubject(header, before)) flags |= kShortSubject;
  if (header.lamport == before.lamport + 1) flags |= kShortLamport;
  if (header.save == before.save) flags |= kShortSave;
  if (header.save == before.save + 1) flags |= kShortNextSave;
  if (header.save_lanes == 1 << static_cast<int>(header.lane)) {
    flags |= kShortLane;
  }
  if (change.seq > 1 && header.deps == std::vector<Hash>{change.previous}) {
    flags |= kShortDep;
  }
  if (header.names.empty()) flags |= kShortNoNames;
  if (header.schema == 1 && header.ignorable_from == 0) flags |= kShortSchema;
  return flags;
}

bool CanBeShort(const Change& change) {
  return change.header.trailing.empty() &&
         change.header.lane == change.feed.lane &&
         change.header.signer == change.feed.device &&
         EncodeHeader(change.header) == change.header_bytes;
}

void PutShortHeader(const Change& change, RefWriter& where, TableWriter* tables,
                    const PackContext& context, std::string* out) {
  const Header& header = change.header;
  const Header before = context.before.value_or(Header());
  const uint8_t flags = ShortFlags(change, before, context.before.has_value());
  out->push_back(static_cast<char>(flags));
  if ((flags & kShortSubject) == 0) {
    PutVarint(tables->IdIndex(header.document.view()), out);
    PutVarint(tables->IdIndex(header.actor.view()), out);
    out->push_back(static_cast<char>(header.kind));
    out->push_back(static_cast<char>(header.permission));
  }
  if ((flags & kShortLamport) == 0) {
    PutVarint(ZigZag(static_cast<int64_t>(header.lamport - before.lamport)),
              out);
  }
  PutVarint(ZigZag(header.wall_ms - before.wall_ms), out);
  if ((flags & (kShortSave | kShortNextSave)) == 0) {
    PutVarint(ZigZag(static_cast<int64_t>(header.save - before.save)), out);
  }
  if ((flags & kShortLane) == 0) {
    out->push_back(static_cast<char>(header.save_lanes));
  }
  if ((flags & kShortSchema) == 0) {
    PutVarint(header.schema, out);
    PutVarint(header.ignorable_from, out);
  }
  if ((flags & kShortDep) == 0) PutRefs(header.deps, where, tables, out);
  if ((flags & kShortNoNames) == 0) PutRefs(header.names, where, tables, out);
}

// Sums of what a peer sent may wrap; limits are checked on the result.
int64_t WrappingAdd(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) +
                              static_cast<uint64_t>(b));
}

absl::Status TakeSubject(const PackTables& tables, ByteReader* in,
                         Header* header) {
  const uint64_t document = in->Varint();
  const uint64_t actor = in->Varint();
  if (document >= tables.ids.size() || actor >= tables.ids.size()) {
    return Malformed("id index");
  }
  header->document = tables.ids[document];
  header->actor = *PersonId::FromBytes(tables.ids[actor].view());
  header->kind = static_cast<DocumentKind>(in->U8());
  header->permission = static_cast<PermissionClass>(in->U8());
  return absl::OkStatus();
}

void TakeCounts(uint8_t flags, const Header& before, ByteReader* in,
                Header* header) {
  header->lamport = before.lamport + 1;
  if ((flags & kShortLamport) == 0) {
    header->lamport =
        before.lamport + static_cast<uint64_t>(UnZigZag(in->Varint()));
  }
  header->wall_ms = WrappingAdd(before.wall_ms, UnZigZag(in->Varint()));
  header->save = before.save + ((flags & kShortNextSave) != 0 ? 1 : 0);
  if ((flags & (kShortSave | kShortNextSave)) == 0) {
    header->save = before.save + static_cast<uint64_t>(UnZigZag(in->Varint()));
  }
  header->save_lanes = static_cast<uint8_t>(
      (flags & kShortLane) != 0 ? 1 << static_cast<int>(header->lane)
                                : in->U8());
}

absl::Status TakeSchema(ByteReader* in, Header* header) {
  const uint64_t schema = in->Varint();
  const uint64_t ignorable_from = in->Varint();
  if (schema > UINT32_MAX || ignorable_from > UINT32_MAX) {
    return Malformed("schema");
  }
  header->schema = static_cast<uint32_t>(schema);
  header->ignorable_from = static_cast<uint32_t>(ignorable_from);
  return absl::OkStatus();
}

absl::StatusOr<ShortHeader> TakeShortHeader(const FeedId& feed,
                                            const PackTables& tables,
                                            const PackContext& context,
                                            size_t* refs_left, ByteReader* in) {
  const uint8_t flags = in->U8();
  const Header before = context.before.value_or(Header());
  ShortHeader out;
  out.header.lane = feed.lane;
  out.header.signer = feed.device;
  if ((flags & kShortSubject) == 0) {
    DATELINE_RETURN_IF_ERROR(TakeSubject(tables, in, &out.header));
  } else if (!context.before) {
    return Malformed("no change before the first");
  } else {
    out.header.document = before.document;
    out.header.actor = before.actor;
    out.header.kind = before.kind;
    out.header.permission = before.permission;
  }
  TakeCounts(flags, before, in, &out.header);
  if ((flags & kShortSchema) == 0) {
    DATELINE_RETURN_IF_ERROR(TakeSchema(in, &out.header));
  }
  out.dep_is_previous = (flags & kShortDep) != 0;
  if (!out.dep_is_previous) {
    DATELINE_ASSIGN_OR_RETURN(out.deps,
                              TakeRefs(tables, kDepsMax, refs_left, in));
  }
  if ((flags & kShortNoNames) == 0) {
    DATELINE_ASSIGN_OR_RETURN(out.names,
                              TakeRefs(tables, kNamesMax, refs_left, in));
  }
  return out;
}

// Both ends call it for every change whose header they can read.
void Remember(const FeedId& feed, const Header& header,
              const std::optional<Salt>& salt, PackContext* context) {
  Header before = header;
  before.deps.clear();
  before.names.clear();
  before.trailing.clear();
  if (salt) context->salts.emplace(SaveKey(feed, header.save), *salt);
  context->before = std::move(before);
}

absl::Status TakeBody(uint8_t form, const FeedId& feed, const Header& header,
                      const PackTables& tables, size_t* refs_left,
                      PackContext* context, ByteReader* in, PackedChange* out) {
  if ((form & kFormHoles) != 0) {
    DATELINE_ASSIGN_OR_RETURN(out->holes, TakeHoles(tables, refs_left, in));
  }
  std::deque<std::string>& kept = context->structures[feed.lane];
  out->structure = TakeStructure(form, kept, in);
  KeepStructure(out->structure, &kept);
  if (out->holding == Holding::kStub) {
    out->content_hash = in->Fixed<Hash>();
    return absl::OkStatus();
  }
  if ((form & kFormSaltKnown) != 0) {
    const auto salt = context->salts.find(SaveKey(feed, header.save));
    if (salt == context->salts.end()) return Malformed("unknown salt");
    out->salt = salt->second;
  } else {
    out->salt = in->Fixed<Salt>();
  }
  out->content = std::string(in->Sized());
  return absl::OkStatus();
}

}  // namespace

uint32_t TableWriter::FeedIndex(const FeedId& feed) {
  const auto [found, added] =
      feeds_.emplace(feed, static_cast<uint32_t>(tables_.feeds.size()));
  if (added) tables_.feeds.push_back(feed);
  return found->second;
}

uint32_t TableWriter::IdIndex(absl::string_view bytes) {
  const DocumentId id = *DocumentId::FromBytes(bytes);
  const auto [found, added] =
      ids_.emplace(id, static_cast<uint32_t>(tables_.ids.size()));
  if (added) tables_.ids.push_back(id);
  return found->second;
}

void PutChange(const Change& change, RefWriter& where, TableWriter* tables,
               PackContext* context, std::string* out) {
  uint8_t form = static_cast<uint8_t>(change.holding);
  if (change.holding == Holding::kPlaceOnly) {
    out->push_back(static_cast<char>(form));
    out->append(change.hash.view().data(), Hash::kSize);
    return;
  }
  const bool whole = change.holding == Holding::kWhole;
  const bool can_be_short = CanBeShort(change);
  const auto salt =
      context->salts.find(SaveKey(change.feed, change.header.save));
  const bool salt_known =
      whole && salt != context->salts.end() && salt->second == change.salt;
  std::string body;
  PutStructure(change, where, tables, context, &form, &body);
  if (!can_be_short) form |= kFormFullHeader;
  if (salt_known) form |= kFormSaltKnown;
  out->push_back(static_cast<char>(form));
  if (can_be_short) {
    PutShortHeader(change, where, tables, *context, out);
  } else {
    PutSized(change.header_bytes, out);
  }
  *out += body;
  if (whole) {
    if (!salt_known) out->append(change.salt.view().data(), Salt::kSize);
    PutSized(change.content, out);
  } else {
    out->append(change.content_hash.view().data(), Hash::kSize);
  }
  Remember(change.feed, change.header,
           whole ? std::optional(change.salt) : std::nullopt, context);
}

absl::StatusOr<PackedChange> TakeChange(const FeedId& feed,
                                        const PackTables& tables,
                                        size_t* refs_left, PackContext* context,
                                        ByteReader* in) {
  const uint8_t form = in->U8();
  PackedChange out;
  out.holding = static_cast<Holding>(form & kFormHolding);
  const bool place_only = out.holding == Holding::kPlaceOnly;
  if ((form & ~kFormAll) != 0 || (form & kFormHolding) == 3 ||
      (place_only && form != static_cast<uint8_t>(Holding::kPlaceOnly)) ||
      (out.holding == Holding::kStub && (form & kFormSaltKnown) != 0) ||
      ((form & kFormPuts) != 0 && (form & kFormLike) != 0)) {
    return Malformed("unknown form of a change");
  }
  if (place_only) {
    out.hash = in->Fixed<Hash>();
    if (in->failed()) return Malformed("truncated");
    return out;
  }
  std::optional<Header> header;
  if ((form & kFormFullHeader) != 0) {
    out.full_header = std::string(in->Sized());
    absl::StatusOr<Header> decoded = DecodeHeader(out.full_header);
    if (decoded.ok()) header = *std::move(decoded);
  } else {
    DATELINE_ASSIGN_OR_RETURN(
        out.short_header,
        TakeShortHeader(feed, tables, *context, refs_left, in));
    header = out.short_header->header;
  }
  DATELINE_RETURN_IF_ERROR(TakeBody(form, feed, header.value_or(Header()),
                                    tables, refs_left, context, in, &out));
  if (in->failed()) return Malformed("truncated");
  if (header) {
    Remember(
        feed, *header,
        out.holding == Holding::kWhole ? std::optional(out.salt) : std::nullopt,
        context);
  }
  return out;
}

}  // namespace dateline::sync

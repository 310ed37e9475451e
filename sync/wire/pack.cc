#include "sync/wire/pack.h"

#include <zstd.h>

#include <utility>

#include "sync/base/check.h"
#include "sync/base/errors.h"
#include "sync/base/limits.h"
#include "sync/base/status_macros.h"
#include "sync/wire/check.h"
#include "sync/wire/messages.h"
#include "sync/wire/packed_change.h"

namespace dateline::sync {
namespace {

constexpr size_t kFeedBytes = 33;

absl::Status Malformed(absl::string_view what) {
  return MakeError(v1::BAD_REQUEST, absl::StrCat("a pack is malformed: ", what),
                   {.field = "pack"});
}

// The changes that stood in the pack so far, both ways. A place that two
// changes fill names neither. Most packs never ask, so it sorts when asked.
class Standing {
 public:
  void Add(const FeedHead& head) { added_.push_back(head); }
  bool Holds(const FeedHead& head) {
    Sort();
    const auto found = places_.find(head.hash);
    return found != places_.end() && found->second == head;
  }
  std::optional<FeedHead> PlaceOf(const Hash& hash) {
    Sort();
    const auto found = places_.find(hash);
    if (found == places_.end()) return std::nullopt;
    return found->second;
  }
  // Zero: two changes fill the place. Nullopt: none does.
  std::optional<Hash> HashAt(const FeedId& feed, uint64_t seq) {
    Sort();
    const auto found = hashes_.find(std::pair(feed, seq));
    if (found == hashes_.end()) return std::nullopt;
    return found->second;
  }

 private:
  void Sort() {
    for (const FeedHead& head : added_) {
      places_.emplace(head.hash, head);
      const auto [found, added] =
          hashes_.emplace(std::pair(head.feed, head.seq), head.hash);
      if (!added && found->second != head.hash) found->second = Hash();
    }
    added_.clear();
  }

  std::vector<FeedHead> added_;  // not sorted yet
  absl::btree_map<Hash, FeedHead> places_;
  absl::btree_map<std::pair<FeedId, uint64_t>, Hash> hashes_;
};

// What a place means to the receiver of a pack: what stands earlier in the
// pack, then what it holds.
std::optional<Hash> Resolve(Standing& standing, ChangeIndex& index,
                            const FeedId& feed, uint64_t seq) {
  if (const std::optional<Hash> here = standing.HashAt(feed, seq)) {
    if (here->IsZero()) return std::nullopt;
    return here;
  }
  return index.HashAt(feed, seq);
}

class Places : public RefWriter {
 public:
  Places(ChangeIndex& index, Standing& standing)
      : index_(index), standing_(standing) {}
  std::optional<FeedHead> Where(const Hash& hash) override {
    std::optional<FeedHead> place = standing_.PlaceOf(hash);
    if (!place) place = index_.PlaceOf(hash);
    if (!place || Resolve(standing_, index_, place->feed, place->seq) != hash) {
      return std::nullopt;
    }
    return place;
  }

 private:
  ChangeIndex& index_;  // not owned
  Standing& standing_;  // not owned
};

// True if the receiver finds by itself what the run continues.
bool PreviousIsKnown(const RunOfChanges& run, Standing& standing,
                     ChangeIndex& index) {
  const Change& first = run.changes.front();
  return first.seq == 1 ||
         Resolve(standing, index, run.feed, first.seq - 1) == first.previous;
}

void PutRun(const RunOfChanges& run, ChangeIndex& index, TableWriter* tables,
            PackContext* context, Standing* standing, v1::Run* out) {
  DATELINE_CHECK(!run.changes.empty());
  out->set_feed(tables->FeedIndex(run.feed));
  out->set_first_seq(run.changes.front().seq);
  out->set_signature(run.signature.str());
  if (!PreviousIsKnown(run, *standing, index)) {
    out->set_previous(run.changes.front().previous.str());
  }
  Places places(index, *standing);
  const Change* before = nullptr;
  for (const Change& change : run.changes) {
    DATELINE_CHECK(change.feed == run.feed);
    DATELINE_CHECK(before == nullptr || (change.seq == before->seq + 1 &&
                                         change.previous == before->hash));
    PutChange(change, places, tables, context, out->mutable_changes());
    standing->Add(change.head());
    before = &change;
  }
}

v1::PackFrame Compress(std::string pack, int level,
                       PackCompressor* compressor) {
  v1::PackFrame frame;
  if (level > 0) {
    std::string packed = compressor->Compress(pack, level);
    if (packed.size() < pack.size()) {
      frame.set_pack(std::move(packed));
      frame.set_size(static_cast<uint32_t>(pack.size()));
      return frame;
    }
  }
  frame.set_pack(std::move(pack));
  return frame;
}

// Sizes are judged before anything is allocated; one call fills a buffer of
// the size that was said, so that no window is ever made.
absl::StatusOr<std::string> Decompress(const v1::PackFrame& frame) {
  if (frame.dictionary() != 0) {
    return MakeError(v1::UNSUPPORTED_VERSION,
                     "the pack needs a dictionary that this version lacks",
                     {.field = "pack.dictionary",
                      .limit = "0",
                      .got = absl::StrCat(frame.dictionary())});
  }
  for (const size_t size : {frame.pack().size(), size_t{frame.size()}}) {
    if (size > kPackBytesMax) {
      return TooLarge("pack", "kPackBytesMax", kPackBytesMax, size);
    }
  }
  if (frame.size() == 0) return frame.pack();
  const uint64_t said =
      ZSTD_getFrameContentSize(frame.pack().data(), frame.pack().size());
  if (said != frame.size()) return Malformed("its size is not what it says");
  std::string out(frame.size(), '\0');
  const size_t got = ZSTD_decompress(out.data(), out.size(),
                                     frame.pack().data(), frame.pack().size());
  if (ZSTD_isError(got) || got != out.size()) {
    return Malformed("it does not decompress");
  }
  return out;
}

absl::StatusOr<PackTables> TakeTables(const v1::Pack& pack) {
  const size_t feeds = pack.feeds().size() / kFeedBytes;
  const size_t ids = pack.ids().size() / DocumentId::kSize;
  if (pack.feeds().size() % kFeedBytes != 0) return Malformed("feeds");
  if (pack.ids().size() % DocumentId::kSize != 0) return Malformed("ids");
  if (feeds > kPackFeedsMax) {
    return TooLarge("pack.feeds", "kPackFeedsMax", kPackFeedsMax, feeds);
  }
  if (ids > kPackIdsMax) {
    return TooLarge("pack.ids", "kPackIdsMax", kPackIdsMax, ids);
  }
  PackTables tables;
  for (size_t i = 0; i < feeds; ++i) {
    const auto feed = FeedId::FromBytes(
        absl::string_view(pack.feeds()).substr(i * kFeedBytes, kFeedBytes));
    if (!feed.ok()) return Malformed("feed");
    tables.feeds.push_back(*feed);
  }
  ByteReader in(pack.ids());
  for (size_t i = 0; i < ids; ++i) tables.ids.push_back(in.Fixed<DocumentId>());
  return tables;
}

struct PackedRun {
  FeedId feed;
  uint64_t first_seq = 0;
  std::optional<Hash> previous;
  Signature signature;
  std::vector<PackedChange> changes;
};

absl::StatusOr<PackedRun> TakeRun(const v1::Run& run, const PackTables& tables,
                                  size_t* changes_left, size_t* refs_left,
                                  PackContext* context) {
  if (run.feed() >= tables.feeds.size()) return Malformed("feed of a run");
  PackedRun out;
  out.feed = tables.feeds[run.feed()];
  out.first_seq = run.first_seq();
  if (out.first_seq == 0 || out.first_seq > kSeqMax - kPackChangesMax) {
    return Malformed("first seq of a run");
  }
  const auto signature = Signature::FromBytes(run.signature());
  if (!signature.ok()) return Malformed("signature");
  out.signature = *signature;
  if (!run.previous().empty()) {
    const auto previous = Hash::FromBytes(run.previous());
    if (!previous.ok() || out.first_seq == 1) return Malformed("previous");
    out.previous = *previous;
  }
  ByteReader in(run.changes());
  if (in.rest().empty()) return Malformed("a run without changes");
  while (!in.rest().empty()) {
    if (*changes_left == 0) {
      return TooLarge("pack", "kPackChangesMax", kPackChangesMax,
                      kPackChangesMax + 1);
    }
    --*changes_left;
    DATELINE_ASSIGN_OR_RETURN(
        PackedChange change,
        TakeChange(out.feed, tables, refs_left, context, &in));
    out.changes.push_back(std::move(change));
  }
  return out;
}

absl::StatusOr<std::vector<PackedRun>> TakeRuns(const v1::Pack& pack,
                                                const PackTables& tables) {
  size_t changes_left = kPackChangesMax;
  size_t refs_left = kPackRefsMax;
  PackContext context;
  std::vector<PackedRun> runs;
  for (const v1::Run& run : pack.runs()) {
    DATELINE_ASSIGN_OR_RETURN(
        PackedRun taken,
        TakeRun(run, tables, &changes_left, &refs_left, &context));
    runs.push_back(std::move(taken));
  }
  return runs;
}

absl::Status DoesNotContinue(absl::string_view what) {
  return MakeError(v1::BAD_CHAIN,
                   absl::StrCat("a run does not continue what is held: ", what),
                   {.field = "pack.runs", .retry = true});
}

void KeepPlaceOnly(Change* change) {
  Change place;
  place.feed = change->feed;
  place.seq = change->seq;
  place.previous = change->previous;
  place.hash = change->hash;
  place.holding = Holding::kPlaceOnly;
  *change = std::move(place);
}

// Second step: places become hashes, headers become bytes again.
class Rebuilder {
 public:
  Rebuilder(const PackTables& tables, ChangeIndex& index)
      : tables_(tables), index_(index) {}

  void Add(PackedRun run) {
    RunOfChanges out{
        .feed = run.feed, .changes = {}, .signature = run.signature};
    const std::optional<Hash> previous = PreviousOf(run);
    if (!previous) {
      Reject(run.feed, run.first_seq, DoesNotContinue("its first change"));
      return;
    }
    Hash last = *previous;
    uint64_t seq = run.first_seq;
    std::vector<DecodedPack::Rejected> places;
    run_.clear();
    run_first_ = run.first_seq;
    out.changes.reserve(run.changes.size());
    for (PackedChange& packed : run.changes) {
      absl::StatusOr<Change> change = Rebuild(run.feed, seq, last, &packed);
      if (!change.ok()) {
        Reject(run.feed, seq, change.status());
        return;
      }
      if (const absl::Status bad = Judge(&*change); !bad.ok()) {
        places.push_back({run.feed, seq, bad});
      }
      last = change->hash;
      run_.push_back(last);
      ++seq;
      out.changes.push_back(*std::move(change));
    }
    Keep(std::move(out), std::move(places));
  }
  DecodedPack Finish() && { return std::move(out_); }

 private:
  void Reject(const FeedId& feed, uint64_t seq, absl::Status why) {
    out_.rejected.push_back({feed, seq, std::move(why)});
  }
  void Keep(RunOfChanges run, std::vector<DecodedPack::Rejected> places) {
    for (const Change& change : run.changes) standing_.Add(change.head());
    run.changes.back().signature = run.signature;
    out_.runs.push_back(std::move(run));
    for (auto& place : places) out_.rejected.push_back(std::move(place));
  }

  std::optional<Hash> PreviousOf(const PackedRun& run) {
    if (run.first_seq == 1) return Hash();
    if (!run.previous) {
      return Resolve(standing_, index_, run.feed, run.first_seq - 1);
    }
    const FeedHead head{run.feed, run.first_seq - 1, *run.previous};
    if (standing_.Holds(head) || index_.Holds(head)) return *run.previous;
    return std::nullopt;
  }

  // Empty where a place is not held.
  std::optional<std::vector<Hash>> Hashes(const std::vector<HashRef>& refs,
                                          const FeedId& of) {
    std::vector<Hash> out;
    for (const HashRef& ref : refs) {
      if (!ref.feed) {
        out.push_back(ref.hash);
        continue;
      }
      const FeedId& feed = tables_.feeds[*ref.feed];
      const bool here = feed == of && ref.seq >= run_first_ &&
                        ref.seq - run_first_ < run_.size();
      const std::optional<Hash> hash =
          here ? std::optional(run_[ref.seq - run_first_])
               : Resolve(standing_, index_, feed, ref.seq);
      if (!hash) return std::nullopt;
      out.push_back(*hash);
    }
    return out;
  }

  absl::StatusOr<Change> Rebuild(const FeedId& feed, uint64_t seq,
                                 const Hash& previous, PackedChange* packed) {
    Change change;
    change.feed = feed;
    change.seq = seq;
    change.previous = previous;
    change.holding = packed->holding;
    if (packed->holding == Holding::kPlaceOnly) {
      change.hash = packed->hash;
      return change;
    }
    if (packed->short_header) {
      ShortHeader& brief = *packed->short_header;
      auto deps = Hashes(brief.deps, feed);
      auto names = Hashes(brief.names, feed);
      if (!deps || !names) return DoesNotContinue("a change that it names");
      if (brief.dep_is_previous) deps->push_back(previous);
      brief.header.deps = *std::move(deps);
      brief.header.names = *std::move(names);
      change.header_bytes = EncodeHeader(brief.header);
    } else {
      change.header_bytes = std::move(packed->full_header);
    }
    DATELINE_ASSIGN_OR_RETURN(change.structure, StructureOf(feed, *packed));
    change.salt = packed->salt;
    change.content = std::move(packed->content);
    change.content_hash = change.holding == Holding::kStub
                              ? packed->content_hash
                              : ContentHash(change.salt, change.content);
    change.hash = ComputeHash(change);
    return change;
  }

  absl::StatusOr<std::string> StructureOf(const FeedId& feed,
                                          const PackedChange& packed) {
    std::vector<HashRef> refs;
    for (const Hole& hole : packed.holes) refs.push_back(hole.ref);
    const auto hashes = Hashes(refs, feed);
    if (!hashes) return DoesNotContinue("a change that it names");
    return FillHoles(packed, *hashes);
  }

  // Leaves only the place of a change that no honest replica could accept.
  absl::Status Judge(Change* change) {
    if (change->holding == Holding::kPlaceOnly) return absl::OkStatus();
    absl::StatusOr<Header> header = DecodeHeader(change->header_bytes);
    absl::Status status = header.status();
    if (header.ok()) {
      change->header = *std::move(header);
      status = CheckChange(*change);
    }
    if (!status.ok()) KeepPlaceOnly(change);
    return status;
  }

  const PackTables& tables_;  // not owned
  ChangeIndex& index_;        // not owned
  Standing standing_;         // of runs that were kept
  uint64_t run_first_ = 0;    // of the run at hand
  std::vector<Hash> run_;     // its hashes so far, from run_first_
  DecodedPack out_;
};

}  // namespace

struct PackCompressor::Tables {
  ~Tables() { ZSTD_freeCCtx(context); }
  ZSTD_CCtx* const context = ZSTD_createCCtx();  // owned
};

PackCompressor::PackCompressor() = default;
PackCompressor::~PackCompressor() = default;

std::string PackCompressor::Compress(absl::string_view bytes, int level) {
  if (tables_ == nullptr) tables_ = std::make_unique<Tables>();
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  const size_t size =
      ZSTD_compressCCtx(tables_->context, packed.data(), packed.size(),
                        bytes.data(), bytes.size(), level);
  DATELINE_CHECK(!ZSTD_isError(size));
  packed.resize(size);
  return packed;
}

void PackCompressor::Release() { tables_.reset(); }

v1::PackFrame EncodePack(const std::vector<RunOfChanges>& runs,
                         ChangeIndex& index, int level) {
  PackCompressor compressor;
  return EncodePack(runs, index, level, &compressor);
}

v1::PackFrame EncodePack(const std::vector<RunOfChanges>& runs,
                         ChangeIndex& index, int level,
                         PackCompressor* compressor) {
  v1::Pack pack;
  TableWriter tables;
  PackContext context;
  Standing standing;
  size_t changes = 0;
  for (const RunOfChanges& run : runs) {
    PutRun(run, index, &tables, &context, &standing, pack.add_runs());
    changes += run.changes.size();
  }
  DATELINE_CHECK(changes <= kPackChangesMax);
  DATELINE_CHECK(tables.tables().feeds.size() <= kPackFeedsMax);
  DATELINE_CHECK(tables.tables().ids.size() <= kPackIdsMax);
  for (const FeedId& feed : tables.tables().feeds) {
    pack.mutable_feeds()->append(feed.Bytes());
  }
  for (const DocumentId& id : tables.tables().ids) {
    pack.mutable_ids()->append(id.str());
  }
  return Compress(pack.SerializeAsString(), level, compressor);
}

absl::StatusOr<DecodedPack> DecodePack(const v1::PackFrame& frame,
                                       ChangeIndex& index) {
  DATELINE_ASSIGN_OR_RETURN(const std::string bytes, Decompress(frame));
  v1::Pack pack;
  DATELINE_RETURN_IF_ERROR(ParseChecked(bytes, &pack));
  DATELINE_ASSIGN_OR_RETURN(const PackTables tables, TakeTables(pack));
  DATELINE_ASSIGN_OR_RETURN(std::vector<PackedRun> runs,
                            TakeRuns(pack, tables));
  Rebuilder rebuilder(tables, index);
  for (PackedRun& run : runs) rebuilder.Add(std::move(run));
  return std::move(rebuilder).Finish();
}

}  // namespace dateline::sync

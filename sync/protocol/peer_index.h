// What the two ends of a session may refer to by place instead of by hash.
// The sender's view errs to the safe side: it places only what the peer surely
// holds. The receiver's view adds what came in this session and is not stored
// yet. Thread-compatible.
#ifndef DATELINE_SYNC_PROTOCOL_PEER_INDEX_H_
#define DATELINE_SYNC_PROTOCOL_PEER_INDEX_H_

#include <functional>
#include <optional>

#include "absl/container/btree_map.h"
#include "sync/protocol/log.h"
#include "sync/wire/pack.h"

namespace dateline::sync {

// For EncodePack.
class EncodeIndex : public ChangeIndex {
 public:
  // Borrows *log.
  explicit EncodeIndex(ChangeLog* log) : log_(log) {}

  // The peer holds `feed` up to `seq` as our log does.
  void PeerHolds(const FeedId& feed, uint64_t seq);
  // The run went to the peer in this session.
  void Sent(const RunOfChanges& run);
  // The peer could not make out a reference: from now on send every hash.
  void BeCautious() { cautious_ = true; }
  // A further test for places of earlier sessions.
  void Presume(std::function<bool(const FeedHead&)> held) {
    presumed_ = std::move(held);
  }

  std::optional<Hash> HashAt(const FeedId& feed, uint64_t seq) override;
  std::optional<FeedHead> PlaceOf(const Hash& hash) override;

 private:
  bool PeerHas(const FeedHead& place) const;

  ChangeLog* const log_;  // not owned
  bool cautious_ = false;
  absl::btree_map<FeedId, uint64_t> held_;
  absl::btree_map<std::pair<FeedId, uint64_t>, Hash> sent_;
  std::function<bool(const FeedHead&)> presumed_;
};

// For DecodePack.
class DecodeIndex : public ChangeIndex {
 public:
  // Borrows *log.
  explicit DecodeIndex(ChangeLog* log) : log_(log) {}

  // The run came, is verified and on its way into the log.
  void Received(const RunOfChanges& run);
  // All that came is in the log.
  void AllStored() { received_.clear(); }

  std::optional<Hash> HashAt(const FeedId& feed, uint64_t seq) override;
  std::optional<FeedHead> PlaceOf(const Hash& hash) override {
    return log_->PlaceOf(hash);
  }
  bool Holds(const FeedHead& place) override;

 private:
  ChangeLog* const log_;  // not owned
  absl::btree_map<std::pair<FeedId, uint64_t>, Hash> received_;
};

// Keeps the runs that may be stored and adds them to *index; the others move
// to `rejected`. A run may be stored if it continues what is held, and its
// signature verifies with the signer's key or its last change is held already.
//   BAD_CHAIN      what it continues is not held, or was rejected before it
//   BAD_SIGNATURE  also: the signer is not in the roster
void KeepVerified(ChangeLog& log, DecodeIndex* index, DecodedPack* pack);

// What a run weighs in a frame, before compression.
size_t BytesOf(const RunOfChanges& run);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_PROTOCOL_PEER_INDEX_H_

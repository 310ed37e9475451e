#include "tests/bench/text/replay.h"

#include "sync/base/check.h"
#include "sync/base/limits.h"
#include "sync/base/random.h"
#include "sync/base/status_macros.h"
#include "sync/model/feed.h"
#include "sync/model/fields.h"
#include "sync/wire/pack.h"
#include "tests/sync/text/world.h"

namespace dateline::bench {
namespace {

using sync::Change;
using sync::text::Edit;
using sync::text::Keep;
using sync::text::NetEdit;
using sync::text::Replica;

// One device that writes one body.
class Device {
 public:
  Device() : key_(sync::SigningKey::Make(random_)) {
    feed_.device = sync::DeviceId::Make(random_);
    feed_.lane = sync::Lane::kText;
    document_ = sync::DocumentId::Make(random_);
  }

  void Seal(const NetEdit& edit, Typed* out) {
    v1::Structure structure;
    v1::TextOp* const op = structure.add_ops()->mutable_text();
    op->set_field(sync::kBody);
    EncodeTextOp(edit, op);
    v1::Content content;
    content.set_text(sync::text::ToUtf8(edit.inserted));
    sync::Sealing sealing;
    sealing.after = head_;
    sealing.after.feed = feed_;
    sync::Header& header = sealing.header;
    header.lane = sync::Lane::kText;
    header.kind = sync::DocumentKind::kReport;
    header.permission = sync::PermissionClass::kContent;
    header.document = document_;
    header.signer = feed_.device;
    header.lamport = ++saves_;
    header.wall_ms = 1641600000000 + 60000 * static_cast<int64_t>(saves_);
    header.save = saves_;
    header.save_lanes = 1 << static_cast<int>(sync::Lane::kText);
    if (saves_ > 1) header.deps = {head_.hash};
    sealing.structure = structure.SerializeAsString();
    sealing.content = content.SerializeAsString();
    sealing.salt = sync::Salt::Make(random_);
    out->changes.push_back(sync::Seal(std::move(sealing)));
    head_ = out->changes.back().head();
  }

  // In frames, as a push sends them.
  size_t Send(const std::vector<Change>& changes) {
    size_t sent = 0;
    sync::RunOfChanges run;
    run.feed = feed_;
    size_t bytes = 0;
    for (const Change& change : changes) {
      bytes += change.header_bytes.size() + change.structure.size() +
               change.content.size();
      run.changes.push_back(change);
      if (bytes < sync::kFrameBytesTarget && &change != &changes.back()) {
        continue;
      }
      run.signature = SignHead(key_, change.head());
      Known known(run);
      sent += EncodePack({run}, known, kZstdLevel).pack().size();
      run.changes.clear();
      bytes = 0;
    }
    return sent;
  }

 private:
  static constexpr int kZstdLevel = 3;  // as client_session.h

  // A peer that holds what went before a run.
  class Known : public sync::ChangeIndex {
   public:
    explicit Known(const sync::RunOfChanges& run)
        : first_(run.changes.front()) {}
    std::optional<sync::Hash> HashAt(const sync::FeedId&,
                                     uint64_t seq) override {
      if (seq == 0 || seq + 1 != first_.seq) return std::nullopt;
      return first_.previous;
    }
    std::optional<sync::FeedHead> PlaceOf(const sync::Hash& hash) override {
      if (hash != first_.previous) return std::nullopt;
      return sync::FeedHead{first_.feed, first_.seq - 1, hash};
    }

   private:
    const Change& first_;
  };

  sync::SeededRandom random_{1};
  sync::SigningKey key_;
  sync::FeedId feed_;
  sync::DocumentId document_;
  sync::FeedHead head_;
  uint64_t saves_ = 0;
};

}  // namespace

Typed TypeAll(const testing::Trace& trace, Keep keep) {
  Device device;
  Typed typed;
  Replica replica = *Replica::Open("", keep);
  size_t keystrokes = 0;
  for (const testing::Transaction& transaction : trace.transactions) {
    for (const testing::Patch& patch : transaction.patches) {
      if (patch.deleted > 0) {
        DATELINE_CHECK(replica.Delete(patch.position, patch.deleted).ok());
      }
      DATELINE_CHECK(replica.Insert(patch.position, patch.inserted).ok());
      if (++keystrokes < sync::kKeystrokesPerSealMax) continue;
      device.Seal(replica.Seal(), &typed);
      keystrokes = 0;
    }
  }
  if (keystrokes > 0) device.Seal(replica.Seal(), &typed);
  typed.wire_bytes = device.Send(typed.changes);
  typed.text = replica.Text();
  return typed;
}

Received ReceivedOf(const std::vector<Change>& changes) {
  Received received;
  for (const Change& change : changes) {
    received.structures.push_back(change.structure);
    received.contents.push_back(change.content);
    std::vector<uint32_t> parents;
    if (!received.graph.empty())
      parents = {uint32_t(received.graph.size()) - 1};
    received.graph.push_back(testing::MakeEdit(0, change.seq, parents));
    received.graph.back().lamport = change.header.lamport;
  }
  return received;
}

Received ReceivedOf(const std::vector<Edit>& edits) {
  Received received;
  for (const Edit& edit : edits) {
    v1::Structure structure;
    v1::TextOp* const op = structure.add_ops()->mutable_text();
    op->set_field(sync::kBody);
    sync::text::EncodeTextOp(
        {.runs = edit.runs, .inserted = {}, .touched = edit.touched}, op);
    v1::Content content;
    content.set_text(sync::text::ToUtf8(edit.inserted));
    received.structures.push_back(structure.SerializeAsString());
    received.contents.push_back(content.SerializeAsString());
    received.graph.push_back(edit);
    received.graph.back().runs = {};
    received.graph.back().inserted = {};
    received.graph.back().touched = {};
  }
  return received;
}

absl::StatusOr<std::string> MergeReceived(const Received& received) {
  std::vector<Edit> edits = received.graph;
  v1::Structure structure;
  v1::Content content;
  for (size_t i = 0; i < edits.size(); ++i) {
    if (!structure.ParseFromString(received.structures[i]) ||
        !content.ParseFromString(received.contents[i])) {
      return absl::InvalidArgumentError("a body cannot be parsed");
    }
    DATELINE_ASSIGN_OR_RETURN(
        auto decoded, sync::text::DecodeTextOp(structure.ops(0).text()));
    edits[i].runs = std::move(decoded.runs);
    edits[i].touched = std::move(decoded.touched);
    DATELINE_ASSIGN_OR_RETURN(edits[i].inserted,
                              sync::text::ToScalars(content.text()));
  }
  return sync::text::ToUtf8(Merge(edits).raw);
}

}  // namespace dateline::bench

#include "sync/merge/versions.h"

#include <algorithm>
#include <tuple>

#include "absl/container/btree_set.h"
#include "sync/merge/registers.h"

namespace dateline::sync {
namespace {

using SaveKey = std::tuple<DeviceId, uint64_t, uint64_t, Lane>;

SaveKey KeyOf(const Node& node, Lane lane) {
  return {node.header().signer, node.change->feed.incarnation,
          node.header().save, lane};
}

struct LifeWrite {
  OpPlace place;
  bool deleted;
  std::vector<int> heads;  // that it names, and itself
};

// Nothing if a version that it names has not arrived.
std::optional<LifeWrite> ReadLife(const History& history, const OpView& op) {
  LifeWrite write{{op.node, op.index}, op.op->life().deleted(), {op.node}};
  for (const uint32_t name : op.op->life().heads()) {
    write.heads.push_back(history.Resolve(op.node, name));
    if (write.heads.back() < 0) return std::nullopt;
  }
  return write;
}

bool Covers(const History& history, const LifeWrite& write, int node) {
  return std::ranges::any_of(write.heads,
                             [&](int head) { return history.Saw(head, node); });
}

// The life writes that no other has seen, in order.
std::vector<LifeWrite> LifeWrites(const History& history) {
  std::vector<LifeWrite> writes;
  history.ForEachOp([&](const OpView& op) {
    if (!op.op->has_life()) return;
    const auto next = ReadLife(history, op);
    if (!next.has_value()) return;
    std::erase_if(writes, [&](const LifeWrite& old) {
      return Covers(history, *next, old.place.node);
    });
    writes.push_back(*next);
  });
  return writes;
}

bool OnlyLife(const Node& node) {
  return std::ranges::all_of(node.structure.ops(), [](const v1::Op& op) {
    return op.has_life() || !IsContent(op);
  });
}

}  // namespace

std::vector<int> ContentNodes(const History& history) {
  std::vector<int> content;
  for (int i = 0; i < history.size(); ++i) {
    const Node& node = history.node(i);
    const auto applies = [&](const v1::Op& op) {
      return Applies(op, node.header().lane) && IsContent(op);
    };
    if (node.has_effect() &&
        std::ranges::any_of(node.structure.ops(), applies)) {
      content.push_back(i);
    }
  }
  return content;
}

std::vector<int> VersionHeads(const History& history,
                              const std::vector<int>& content) {
  return history.Maximal(content);  // lanes do not see each other
}

bool SavesComplete(const History& history, const std::vector<int>& content) {
  absl::btree_set<SaveKey> here;
  bool several = false;
  for (const int node : content) {
    const uint8_t lanes = history.node(node).header().save_lanes;
    several = several || (lanes & (lanes - 1)) != 0;
  }
  if (!several) return true;
  for (const Node& node : history.nodes()) {
    here.insert(KeyOf(node, node.header().lane));
  }
  return std::ranges::all_of(content, [&](int index) {
    const Node& node = history.node(index);
    return std::ranges::all_of(kLanes, [&](Lane lane) {
      const bool touched =
          (node.header().save_lanes >> static_cast<int>(lane)) & 1;
      return !touched || lane == Lane::kReceipt ||
             here.contains(KeyOf(node, lane));
    });
  });
}

Hash VersionId(const std::vector<Hash>& heads) {
  Digest digest("dateline/version/1");
  for (const Hash& head : heads) digest.Add(head.view());
  return digest.Finish();
}

Life LifeOf(const History& history, const std::vector<int>& content) {
  const std::vector<LifeWrite> writes = LifeWrites(history);
  Life life;
  bool restored = false;
  for (const LifeWrite& write : writes) restored |= !write.deleted;
  for (const LifeWrite& write : writes) {
    if (!write.deleted) continue;
    const bool saw_all = std::ranges::all_of(content, [&](int node) {
      return OnlyLife(history.node(node)) || Covers(history, write, node);
    });
    if (saw_all && !restored) {
      life.deleted = true;
    } else {
      life.brought_back = true;
    }
  }
  if (life.deleted) life.brought_back = false;
  return life;
}

}  // namespace dateline::sync

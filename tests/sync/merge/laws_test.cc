// The merge laws: replicas that hold the same changes show the same bytes, in
// whatever order and however often they arrived; nothing is lost; and the
// result is what the naive reference says (DESIGN 1, 5).
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "sync/merge/document.h"
#include "sync/merge/ledger.h"
#include "tests/support/seed.h"
#include "tests/support/world.h"
#include "tests/sync/merge/naive.h"

namespace dateline::testing {
namespace {

using sync::Change;
using sync::DocumentId;
using sync::Hash;
using sync::SeededRandom;

sync::Authority AuthorityOf(const World& world) {
  sync::Authority authority;
  authority.homes.insert(world.homes().begin(), world.homes().end());
  return authority;
}

uint32_t RawLength(const Author& author, const DocumentId& id, uint32_t field) {
  sync::Authority authority;
  authority.homes.insert(IdNumber<sync::DeviceId>(1));
  const v1::Document document =
      sync::MergeDocument(id, author.Known(id), authority);
  for (const v1::Text& text : document.texts()) {
    if (text.field() == field) return text.raw_length();
  }
  return 0;
}

// How a replica came by its changes: shuffled, some of them twice, some as a
// stub before they came whole.
class Delivery {
 public:
  Delivery(const std::vector<ChangePtr>& changes, SeededRandom* random) {
    for (const ChangePtr& change : changes) {
      all_.push_back(change);
      if (random->OneIn(5)) all_.push_back(change);
      if (random->OneIn(5)) {
        all_.push_back(std::make_shared<Change>(sync::ToStub(*change)));
      }
    }
    for (size_t i = all_.size(); i > 1; --i) {
      std::swap(all_[i - 1], all_[random->Below(i)]);
    }
  }
  std::vector<const Change*> Of(const DocumentId& id) const {
    std::vector<const Change*> changes;
    for (const ChangePtr& change : all_) {
      if (change->header.document == id) changes.push_back(change.get());
    }
    return changes;
  }

 private:
  std::vector<ChangePtr> all_;
};

struct View {
  std::vector<v1::Document> documents;
  v1::Ledger ledger;
  std::string Bytes() const {
    std::string bytes = ledger.SerializeAsString();
    for (const auto& document : documents) {
      bytes += document.SerializeAsString();
    }
    return bytes;
  }
};

View ViewOf(const World& world, const Delivery& delivery, bool backwards) {
  View view;
  for (const DocumentId& id : world.documents()) {
    view.documents.push_back(
        sync::MergeDocument(id, delivery.Of(id), AuthorityOf(world)));
  }
  std::vector<const v1::Document*> documents;
  for (const auto& document : view.documents) documents.push_back(&document);
  if (backwards) std::reverse(documents.begin(), documents.end());
  view.ledger = sync::MergeLedger(documents);
  return view;
}

// What differs, for people.
std::string Difference(const google::protobuf::Message& a,
                       const google::protobuf::Message& b) {
  std::string report;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&report);
  differencer.Compare(a, b);
  return report;
}

// A world of which a few changes were lost on the way: parked ones, names
// that do not resolve.
std::vector<ChangePtr> SomeLost(const std::vector<ChangePtr>& changes,
                                SeededRandom* random) {
  std::vector<ChangePtr> left;
  for (const ChangePtr& change : changes) {
    if (random->OneIn(30)) continue;
    left.push_back(random->OneIn(30)
                       ? std::make_shared<Change>(sync::ToStub(*change))
                       : change);
  }
  return left;
}

void CheckLaws(const World& world, const std::vector<ChangePtr>& changes,
               SeededRandom* random) {
  const Delivery first(changes, random);
  const View view = ViewOf(world, first, false);
  for (int i = 0; i < 2; ++i) {
    const View other = ViewOf(world, Delivery(changes, random), true);
    ASSERT_EQ(view.Bytes() == other.Bytes(), true) << "another delivery";
  }
  for (size_t i = 0; i < view.documents.size(); ++i) {
    const DocumentId id = world.documents()[i];
    const v1::Document naive = NaiveDocument(id, first.Of(id), world.homes());
    ASSERT_EQ(
        view.documents[i].SerializeAsString() == naive.SerializeAsString(),
        true)
        << Difference(naive, view.documents[i]);
  }
  const v1::Ledger naive = NaiveLedger(view.documents);
  ASSERT_EQ(view.ledger.SerializeAsString() == naive.SerializeAsString(), true)
      << Difference(naive, view.ledger);
}

// What is applied: the past of the heads and of what is held.
std::set<std::string> Accounted(const World& world, const v1::Document& seen) {
  std::map<std::string, const Change*> all;
  for (const ChangePtr& change : world.changes()) {
    all[change->hash.str()] = change.get();
  }
  std::vector<std::string> open(seen.parked().begin(), seen.parked().end());
  for (const v1::LaneHeads& lane : seen.heads()) {
    open.insert(open.end(), lane.heads().begin(), lane.heads().end());
  }
  for (const v1::HeldChange& held : seen.held()) open.push_back(held.change());
  std::set<std::string> accounted;
  while (!open.empty()) {
    const std::string hash = open.back();
    open.pop_back();
    if (!accounted.insert(hash).second || all.count(hash) == 0) continue;
    for (const Hash& dep : all[hash]->header.deps) open.push_back(dep.str());
  }
  return accounted;
}

TEST(LawsTest, NoChangeIsLost) {
  ForEachSeed(200, [](uint64_t seed) {
    const World world(seed, {.authors = 3, .steps = 40}, RawLength);
    for (const DocumentId& id : world.documents()) {
      std::vector<const Change*> changes;
      for (const ChangePtr& change : world.changes()) {
        if (change->header.document == id) changes.push_back(change.get());
      }
      const v1::Document seen =
          sync::MergeDocument(id, changes, AuthorityOf(world));
      const auto accounted = Accounted(world, seen);
      for (const Change* change : changes) {
        ASSERT_EQ(accounted.count(change->hash.str()), 1);
      }
    }
  });
}

// What an author read can be had again, the same bytes, by somebody who knows
// more: so an approval stays exact.
TEST(LawsTest, AVersionReadOnceIsRenderedTheSameForEver) {
  ForEachSeed(400, [](uint64_t seed) {
    const World world(seed, {.authors = 3, .steps = 40, .calm = true},
                      RawLength);
    for (const Author& author : world.authors()) {
      for (const DocumentId& id : world.documents()) {
        const v1::Document read =
            sync::MergeDocument(id, author.Known(id), AuthorityOf(world));
        std::vector<Hash> heads;
        for (const std::string& head : read.version().heads()) {
          heads.push_back(*Hash::FromBytes(head));
        }
        std::vector<const Change*> all;
        for (const ChangePtr& change : world.changes()) {
          all.push_back(change.get());
        }
        const auto again =
            sync::MergeDocumentAt(id, all, AuthorityOf(world), heads);
        ASSERT_TRUE(again.ok()) << again.status();
        if (heads.empty()) continue;
        ASSERT_EQ(sync::Rendering(read) == sync::Rendering(*again), true)
            << Difference(read, *again);
        ASSERT_EQ(again->version().id(), read.version().id());
      }
    }
  });
}

// The laws say nothing about what never happens: the generator must reach it.
TEST(LawsTest, TheWorldsHoldEveryCase) {
  std::map<std::string, int> times;
  const auto note = [&](const char* what, bool there) { times[what] += there; };
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SeededRandom random(seed);
    const World world(seed, {.authors = 3, .steps = 50, .statements = 3},
                      RawLength);
    const View view = ViewOf(
        world, Delivery(SomeLost(world.changes(), &random), &random), false);
    for (const v1::Document& document : view.documents) {
      note("conflict", document.conflicts() > 0);
      note("can approve", document.version().can_approve());
      note("incomplete", !document.version().complete());
      note("deleted", document.deleted());
      note("brought back", document.brought_back());
      note("held", document.held_size() > 0);
      note("parked", document.parked_size() > 0);
      note("unresolved", document.unresolved_names_size() > 0);
      note("unknown", document.unknown_ops_size() > 0);
      note("read only", document.read_only());
      note("redaction asked for", document.redactions_size() > 0);
      note("redaction in force", !sync::RedactedIn(document).empty());
      note("set", document.sets_size() > 0);
      note("acknowledged", document.acknowledged_size() > 0);
      for (const v1::Item& item : document.items()) {
        note("kept item", item.kept_against_removal());
        note("moved anchor", item.anchors_size() > 0);
      }
      for (const v1::Text& text : document.texts()) {
        for (const v1::Segment& segment : text.segments()) {
          note("open span", segment.has_open());
        }
      }
      for (const auto& approval : document.workflow().approvals()) {
        note("cited in approved", approval.citations_size() > 0);
      }
      for (const v1::StopState& stop : document.workflow().stops()) {
        note("stop lifted", !stop.in_force());
      }
      note(v1::Status_Name(document.workflow().status()).c_str(), true);
    }
    for (const v1::LedgerRow& row : view.ledger.rows()) {
      note("rivals", row.rivals());
      note("settled", row.settled());
      for (const v1::LedgerEntry& entry : row.entries()) {
        note("withdrawn", entry.retracted() || entry.disavowed());
        note("probably withdrawn", entry.probably_withdrawn());
        note("superseded", entry.superseded());
        note("several records", entry.conflicting_size() > 0);
      }
    }
    for (const v1::WithdrawalView& withdrawal : view.ledger.withdrawals()) {
      note("answered", withdrawal.answered());
      note("owed", withdrawal.owed_size() > 0);
      note("acknowledged withdrawal", withdrawal.acknowledged_size() > 0);
      for (const v1::Use& use : withdrawal.uses()) {
        note("use", !use.probable());
        note("probable use", use.probable());
        note("aware use", !use.unaware());
        note("published use", use.in_published());
      }
    }
    note("warning", view.ledger.warnings_size() > 0);
  }
  for (const auto& [what, count] : times) {
    EXPECT_GT(count, 0) << "never seen: " << what;
  }
  EXPECT_GE(times.size(), 44);
}

TEST(LawsTest, SmallWorldsConvergeAndEqualTheReference) {
  ForEachSeed(1500, [](uint64_t seed) {
    SeededRandom random(seed);
    const World world(seed, {.authors = 2, .steps = 12}, RawLength);
    CheckLaws(world, world.changes(), &random);
    CheckLaws(world, SomeLost(world.changes(), &random), &random);
  });
}

TEST(LawsTest, LargeWorldsConvergeAndEqualTheReference) {
  ForEachSeed(150, [](uint64_t seed) {
    SeededRandom random(seed);
    const World world(
        seed, {.authors = 4, .steps = 80, .reports = 2, .statements = 3},
        RawLength);
    CheckLaws(world, world.changes(), &random);
    CheckLaws(world, SomeLost(world.changes(), &random), &random);
  });
}

}  // namespace
}  // namespace dateline::testing

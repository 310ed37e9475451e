// Every history of two people and home up to a few moves, delivered in every
// order: all show the same bytes, the ones that the naive reference says.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sync/model/fields.h"
#include "tests/sync/merge/fixture.h"
#include "tests/sync/merge/naive.h"

namespace dateline::testing {
namespace {

using sync::Change;

constexpr int kMoves = 4;  // 7 kinds: 2,401 histories a test

// A world so small that all of them can be played.
struct Small {
  Author home{1}, one{2}, two{3};
  DocumentId id = IdNumber<DocumentId>(50);
  std::vector<ChangePtr> changes;

  void Write(Author& author, const LanePart& part) {
    changes.push_back(author.SaveOne(id, DocumentKind::kReport, part));
  }
  // The first op so far for which `wanted` holds, that the author knows.
  v1::ItemId First(const Author& author,
                   const std::function<bool(const v1::Op&)>& wanted) const {
    for (const ChangePtr& change : changes) {
      if (author.all().count(change->hash) == 0) continue;
      v1::Structure structure;
      structure.ParseFromString(change->structure);
      if (wanted(structure.ops(0))) return IdOf(*change);
    }
    return {};
  }
  uint32_t Length(const Author& author) const {
    sync::Authority authority;
    authority.homes.insert(home.device);
    const v1::Document seen =
        sync::MergeDocument(id, author.Known(id), authority);
    return seen.texts_size() > 0 ? seen.texts(0).raw_length() : 0;
  }
  void Hold() {
    if (changes.empty()) return;
    LanePart part = Notice();
    v1::VerdictOp* const verdict = part.Op().mutable_verdict();
    verdict->set_what(v1::ADMISSION_HELD);
    verdict->set_change(changes.back()->hash.str());
    verdict->set_number(1);
    Write(home, part);
  }
  void Redact() {
    if (changes.empty()) return;
    LanePart part = Notice().Class(PermissionClass::kAdminister);
    part.Op().mutable_redact()->add_changes(changes.back()->hash.str());
    Write(home, part);
  }
};

using Move = std::function<void(Small&)>;

const Move kOneLearns = [](Small& world) { world.one.Learn(world.two); };
const Move kTwoLearns = [](Small& world) { world.two.Learn(world.one); };
const Move kHold = [](Small& world) { world.Hold(); };
const Move kRedact = [](Small& world) { world.Redact(); };

// Compares every delivery of a world with the first and with the reference.
void CheckAllOrders(const Small& world, const std::string& history) {
  sync::Authority authority;
  authority.homes.insert(world.home.device);
  std::vector<const Change*> order;
  for (const ChangePtr& change : world.changes) order.push_back(change.get());
  const v1::Document naive =
      NaiveDocument(world.id, order, {world.home.device});
  const std::string expected = naive.SerializeAsString();
  std::sort(order.begin(), order.end());
  do {
    const v1::Document got = sync::MergeDocument(world.id, order, authority);
    ASSERT_EQ(got.SerializeAsString() == expected, true)
        << "moves " << history << got.DebugString() << naive.DebugString();
  } while (std::next_permutation(order.begin(), order.end()));
}

void PlayAll(const std::vector<Move>& moves) {
  size_t histories = 1;
  for (int i = 0; i < kMoves; ++i) histories *= moves.size();
  for (size_t code = 0; code < histories; ++code) {
    Small world;
    std::string history;
    for (size_t rest = code, i = 0; i < kMoves; ++i, rest /= moves.size()) {
      moves[rest % moves.size()](world);
      history += std::to_string(rest % moves.size()) + " ";
    }
    CheckAllOrders(world, history);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

Move Put(Author Small::*author, const std::string& headline) {
  return [=](Small& world) {
    world.Write(world.*author, Fact().Put(sync::kHeadline, headline));
  };
}

TEST(ExhaustiveTest, Registers) {
  PlayAll({Put(&Small::one, "x"), Put(&Small::two, "y"), Put(&Small::two, "x"),
           kOneLearns, kTwoLearns, kHold, kRedact});
}

TEST(ExhaustiveTest, Sets) {
  const auto add = [](Author Small::*author) {
    return [=](Small& world) {
      world.Write(world.*author, Fact().Add(sync::kSubjects, "unrest"));
    };
  };
  const auto remove = [](Author Small::*author) {
    return [=](Small& world) {
      const v1::ItemId seen = world.First(
          world.*author, [](const v1::Op& op) { return op.has_add(); });
      world.Write(world.*author, Fact().Remove(sync::kSubjects, {seen}));
    };
  };
  PlayAll({add(&Small::one), add(&Small::two), remove(&Small::one),
           remove(&Small::two), kOneLearns, kTwoLearns, kHold});
}

TEST(ExhaustiveTest, Items) {
  const auto is_item = [](const v1::Op& op) { return op.has_item_add(); };
  const auto add = [](Small& world) {
    world.Write(world.one,
                Fact().AddItem(sync::kCitations,
                               {{sync::kCitedSource, TextValue("ministry")}}));
    world.two.Learn(world.one);
  };
  const auto put = [=](Author Small::*author) {
    return [=](Small& world) {
      world.Write(world.*author,
                  Fact().PutItem(world.First(world.*author, is_item),
                                 sync::kCitedSource, TextValue("radio")));
    };
  };
  const auto remove = [=](Author Small::*author) {
    return [=](Small& world) {
      world.Write(world.*author,
                  Fact().RemoveItem(world.First(world.*author, is_item)));
    };
  };
  PlayAll({add, put(&Small::one), put(&Small::two), remove(&Small::one),
           remove(&Small::two), kOneLearns, kTwoLearns});
}

TEST(ExhaustiveTest, Life) {
  const auto life = [](Author Small::*author, bool deleted) {
    return [=](Small& world) {
      LanePart part = Fact();
      v1::LifeOp op;
      op.set_deleted(deleted);
      for (const Lane lane : {Lane::kFact, Lane::kText}) {
        for (const Hash& head : (world.*author).Heads(world.id, lane)) {
          op.add_heads(part.Name(head));
        }
      }
      *part.Op().mutable_life() = op;
      world.Write(world.*author, part);
    };
  };
  const Move write = [](Small& world) {
    world.Write(world.two, Text().Edit(sync::kBody, "", "News!"));
  };
  PlayAll({Put(&Small::one, "x"), write, life(&Small::one, true),
           life(&Small::two, true), life(&Small::two, false), kOneLearns,
           kTwoLearns});
}

Move Type(Author Small::*author, char32_t scalar, bool at_end) {
  return [=](Small& world) {
    const uint32_t end = world.Length(world.*author);
    sync::text::NetEdit edit;
    edit.inserted = {scalar};
    edit.runs = {{at_end ? end : 0, 1, sync::text::RunKind::kInsert}};
    edit.touched = {{0, end}};
    world.Write(world.*author, Text().Write(sync::kBody, edit));
  };
}

TEST(ExhaustiveTest, Texts) {
  const Move erase = [](Small& world) {
    if (world.Length(world.one) == 0) return;
    sync::text::NetEdit edit;
    edit.runs = {{0, 1, sync::text::RunKind::kDelete}};
    edit.touched = {{0, 1}};
    world.Write(world.one, Text().Write(sync::kBody, edit));
  };
  PlayAll({Type(&Small::one, U'1', true), Type(&Small::two, U'2', false), erase,
           kOneLearns, kTwoLearns, kHold, kRedact});
}

TEST(ExhaustiveTest, Review) {
  const auto approve = [](Small& world) {
    LanePart part = Fact();
    v1::AttestOp op;
    op.set_what(v1::ATTESTATION_APPROVED);
    for (const Hash& head : world.two.Heads(world.id, Lane::kFact)) {
      op.add_version(part.Name(head));
    }
    *part.Op().mutable_attest() = op;
    world.Write(world.two, part);
  };
  const auto stop = [](Small& world) {
    LanePart part = Notice();
    part.Op().mutable_stop()->set_what(v1::STOP_KIND_HOLD);
    world.Write(world.two, part);
  };
  const auto release = [](Small& world) {
    LanePart part = Fact();
    world.home.Learn(world.two);
    v1::DecisionOp op;
    op.set_what(v1::DECISION_RELEASED);
    op.set_number(1);
    *op.add_lifts() = part.Ref(
        world.First(world.home, [](const v1::Op& o) { return o.has_stop(); }));
    *part.Op().mutable_decision() = op;
    world.Write(world.home, part);
  };
  PlayAll({Put(&Small::one, "x"), Put(&Small::two, "y"), approve, stop, release,
           kTwoLearns, kHold});
}

}  // namespace
}  // namespace dateline::testing

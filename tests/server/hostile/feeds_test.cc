// Feeds that are not what an honest device makes of them: gaps, forks, replays
// and signatures that do not fit.
#include <string>
#include <vector>

#include "dateline/v1/desk.pb.h"
#include "tests/server/hostile/hostile.h"
#include "tests/sync/wire/expect_same.h"

namespace dateline::testing {
namespace {

using sync::Lane;

class FeedsTest : public HostileTest {};

v1::PackFrame FrameOf(const sync::RunOfChanges& run) {
  sync::NoIndex nothing;
  return sync::EncodePack({run}, nothing, 3);
}

TEST_F(FeedsTest, AGapIsComparedThenNamedAndFilledLater) {
  const auto member = room().Join("reporter");
  const sync::Change first = member->WriteHeadline(kCanary);
  const sync::Change second = member->WriteHeadline(kCanary);
  const sync::Change third = member->WriteHeadline(kCanary);
  const Outcome out = room().Sync(*member, {member->Frame({third})});
  EXPECT_EQ(out.comparisons, 1);
  EXPECT_TRUE(out.ended);
  EXPECT_TRUE(out.acked.empty());
  ASSERT_EQ(out.rejected.size(), 1);
  EXPECT_EQ(out.rejected[0].seq(), 3);
  ExpectError(out.error, {v1::BAD_CHAIN, "pack.runs"});
  EXPECT_TRUE(out.error.retry());
  EXPECT_EQ(room().Status().changes, before().changes);
  ExpectUnharmed();
  const Outcome whole =
      room().Sync(*member, {member->Frame({first, second, third})});
  EXPECT_TRUE(whole.Acked(third));
  EXPECT_TRUE(whole.rejected.empty());
}

TEST_F(FeedsTest, ARunThatItsDeviceDidNotSignStoresNothing) {
  const auto member = room().Join("reporter");
  const auto other = room().Join("reporter");
  Member stranger(77);
  stranger.assignment = member->assignment;
  const sync::Change change = member->WriteHeadline(kCanary);
  const sync::RunOfChanges honest = member->Run({change});
  sync::RunOfChanges broken = honest, forged = honest, altered = honest;
  broken.signature.data()[5] ^= 1;
  forged.signature = sync::SignHead(other->key, change.head());
  altered.changes[0].content = TextContent("other words").SerializeAsString();
  const struct {
    std::string name;
    sync::RunOfChanges run;
  } table[] = {
      {"a broken signature", broken},
      {"signed by another device", forged},
      {"other words under the signature", altered},
      {"a feed of a device that never joined",
       stranger.Run({stranger.WriteHeadline(kCanary)})},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.name);
    const Outcome out = room().Sync(*other, {FrameOf(row.run)});
    EXPECT_TRUE(out.acked.empty());
    ASSERT_EQ(out.rejected.size(), 1);
    ExpectError(out.error, {v1::BAD_SIGNATURE, "run.signature"});
    const int changes = room().Status().changes;
    ExpectUnharmed();
    EXPECT_EQ(room().Status().changes, changes + 1);  // the good session's
  }
  // Whoever brings it: what its device signed is taken.
  EXPECT_TRUE(room().Sync(*other, {FrameOf(honest)}).Acked(change));
}

TEST_F(FeedsTest, AReplayIsAcknowledgedAndDoublesNothing) {
  const auto member = room().Join("reporter");
  const sync::Change change = member->WriteHeadline(kCanary);
  const v1::PackFrame frame = member->Frame({change});
  ASSERT_TRUE(room().Sync(*member, {frame}).Acked(change));
  const Shown once = room().Status();
  const Outcome again = room().Sync(*member, {frame, frame, frame});
  EXPECT_EQ(again.acked.size(), 3);
  EXPECT_TRUE(again.rejected.empty());
  EXPECT_EQ(room().Status().changes, once.changes);
  EXPECT_EQ(room().Status().views, once.views);
  EXPECT_EQ(room().Status().forks, once.forks);
}

TEST_F(FeedsTest, BothBranchesOfAForkAreKeptAndRecorded) {
  constexpr uint64_t kSeed = 4242;
  const auto member = room().Join("reporter", "almaty", kSeed);
  // The same store, copied before anything was written.
  Member copy(kSeed);
  copy.person = member->person;
  copy.assignment = member->assignment;
  copy.server = member->server;
  copy.epoch = member->epoch;
  const sync::Change one = member->WriteHeadline("Twelve dead");
  const sync::Change other = copy.WriteHeadline("Fourteen dead");
  ASSERT_EQ(one.seq, other.seq);
  ASSERT_TRUE(room().Sync(*member, {member->Frame({one})}).Acked(one));
  const v1::PackFrame branch = copy.Frame({other});
  copy.counter = member->counter;
  ExpectError(room().Sync(copy, {branch}).error,
              {v1::DIVERGED_HEADS, "hello.heads"});
  // As protos/README.md says: a new incarnation, and up goes the branch.
  copy.incarnation += 1;
  copy.counter = 0;
  EXPECT_TRUE(room().Sync(copy, {branch}).Acked(other));
  EXPECT_EQ(room().Status().forks, before().forks + 1);
  const auto reader = room().Join("editor");
  const Outcome pull = room().Sync(*reader);
  for (const sync::Change* branch_end : {&one, &other}) {
    ASSERT_NE(pull.Pulled(branch_end->hash), nullptr);
    ExpectSame(*pull.Pulled(branch_end->hash), *branch_end);
  }
  const v1::Document document = room().Document(*reader, member->document);
  EXPECT_EQ(document.conflicts(), 1);
  EXPECT_EQ(document.registers(0).writes_size(), 2);
  // Arriving again makes no second fork.
  EXPECT_TRUE(room().Sync(copy, {branch}).Acked(other));
  EXPECT_EQ(room().Status().forks, before().forks + 1);
}

}  // namespace
}  // namespace dateline::testing

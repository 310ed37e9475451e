#include "server/ingest/ingest.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/session/serving_log.h"
#include "sync/base/limits.h"
#include "sync/compose/action.h"
#include "sync/merge/document.h"
#include "sync/model/fields.h"
#include "tests/server/desk_room.h"
#include "tests/support/author.h"
#include "tests/support/status_matchers.h"

namespace dateline {
namespace {

using sync::DocumentKind;
using sync::Holding;
using sync::Lane;
using testing::Author;
using testing::ChangePtr;
using testing::DeskRoom;
using testing::IdNumber;
using ::testing::IsEmpty;
using testing::LanePart;
using ::testing::SizeIs;

class IngestTest : public ::testing::Test {
 protected:
  IngestTest() {
    room_.Join(reporter_, v1::ROLE_REPORTER);
    room_.Join(editor_, v1::ROLE_EDITOR);
    room_.Join(auditor_, v1::ROLE_AUDITOR);
    room_.Join(stringer_, v1::ROLE_STRINGER);
  }
  ChangePtr Put(Author& author, const std::string& headline) {
    return author.SaveOne(kReport, DocumentKind::kReport,
                          LanePart(Lane::kFact).Put(sync::kHeadline, headline));
  }
  std::optional<sync::Change> ServedOne(const Author& reader,
                                        const sync::Hash& hash) {
    std::optional<sync::Change> found;
    for (const sync::Change& change : room_.Served(reader, Lane::kFact)) {
      if (change.hash == hash) found = change;
    }
    return found;
  }

  const sync::DocumentId kReport = IdNumber<sync::DocumentId>(1);
  Author reporter_{1};
  Author editor_{2};
  Author auditor_{3};
  Author stringer_{4};
  DeskRoom room_;
};

TEST_F(IngestTest, WhatIsAcknowledgedIsThereAfterAProcessBeginsAnew) {
  const auto changes =
      testing::WriteReport(reporter_, kReport, "Shots at the airport", "Words");
  ASSERT_OK(room_.Push(changes));
  room_.Reopen();
  EXPECT_THAT(room_.Truth(kReport), SizeIs(2));
  EXPECT_EQ(room_.View(kReport).registers(0).writes(0).value().text(),
            "Shots at the airport");
}

TEST_F(IngestTest, TheSameChangeTwiceIsStoredOnce) {
  const ChangePtr change = Put(reporter_, "h");
  ASSERT_OK(room_.Push({change, change}));
  ASSERT_OK(room_.Push({change}));
  EXPECT_THAT(room_.Truth(kReport), SizeIs(1));
  EXPECT_THAT(room_.Served(editor_, Lane::kFact), SizeIs(1));
}

TEST_F(IngestTest, PositionsAreDenseAndTheirDigestRuns) {
  ASSERT_OK(room_.Push({Put(reporter_, "a"), Put(reporter_, "b")}));
  ASSERT_OK(room_.Push({Put(reporter_, "c")}));
  ASSERT_OK_AND_ASSIGN(const auto truth, room_.core().truth().Snapshot());
  ASSERT_OK_AND_ASSIGN(const auto rows,
                       truth->PositionsAfter(testing::kAssignment, Lane::kFact,
                                             0, 1 << 20, std::nullopt));
  ASSERT_THAT(rows, SizeIs(3));
  sync::Hash digest;
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].position, i + 1);
    digest = sync::Digest("dateline/position/1")
                 .Add(digest.view())
                 .Add(rows[i].change.hash.view())
                 .Finish();
    EXPECT_EQ(rows[i].digest, digest);
  }
}

// Its own rows are not even read for it; its cursor passes them.
TEST_F(IngestTest, ADeviceIsServedOnlyWhatOthersWrote) {
  const ChangePtr mine = Put(reporter_, "mine");
  const ChangePtr others = Put(editor_, "another's");
  ASSERT_OK(room_.Push({mine, others, Put(reporter_, "mine again")}));
  server::TruthServingLog log(&room_.core().truth(), &room_.core().roster());
  const server::TruthServingLog::Reader reader{mine->feed.device,
                                               mine->feed.incarnation};
  sync::Cursor cursor{.assignment = testing::kAssignment, .lane = Lane::kFact};
  ASSERT_OK_AND_ASSIGN(const auto page,
                       log.ReadPositions(cursor, reader, 1 << 20));
  ASSERT_THAT(page.runs, SizeIs(1));
  EXPECT_EQ(page.runs[0].changes[0].hash, others->hash);
  ASSERT_OK_AND_ASSIGN(const auto rest,
                       log.ReadPositions(page.after, reader, 1 << 20));
  EXPECT_THAT(rest.runs, IsEmpty());
  EXPECT_EQ(rest.after.position, 3);
  EXPECT_FALSE(rest.more);
}

TEST_F(IngestTest, AForkKeepsBothBranchesAndIsRecorded) {
  Author clone(1);  // the same device and feeds
  ASSERT_OK(room_.Push({Put(reporter_, "one")}));
  ASSERT_OK(room_.Push({Put(clone, "other")}));
  ASSERT_OK_AND_ASSIGN(const auto truth, room_.core().truth().Snapshot());
  ASSERT_OK_AND_ASSIGN(const auto forks, truth->Forks());
  EXPECT_THAT(forks, SizeIs(1));
  ASSERT_OK_AND_ASSIGN(const auto heads, truth->Heads(testing::kAssignment));
  EXPECT_THAT(heads, SizeIs(2));
  EXPECT_EQ(room_.View(kReport).conflicts(), 1);
  server::TruthServingLog log(&room_.core().truth(), &room_.core().roster());
  ASSERT_OK_AND_ASSIGN(
      const auto page,
      log.ReadPositions(
          {.assignment = testing::kAssignment, .lane = Lane::kFact},
          {reporter_.device, heads[0].feed.incarnation}, 1 << 20));
  EXPECT_THAT(page.runs, SizeIs(2)) << "its device must learn of the other";
}

TEST_F(IngestTest, WhatARoleDoesNotAllowIsKeptHeldAndServedAsAStub) {
  ASSERT_OK(room_.Push({Put(reporter_, "ours")}));
  auditor_.Learn(reporter_);
  const ChangePtr bad = Put(auditor_, "false");
  ASSERT_OK(room_.Push({bad}));
  const v1::Document document = room_.View(kReport);
  EXPECT_EQ(document.registers(0).writes(0).value().text(), "ours");
  ASSERT_THAT(document.held(), SizeIs(1));
  EXPECT_EQ(document.held(0).why(), v1::HELD_REASON_ROLE);
  const auto served = ServedOne(editor_, bad->hash);
  ASSERT_TRUE(served.has_value());
  EXPECT_EQ(served->holding, Holding::kStub);
  // The verdict is a change like any other, of home's.
  EXPECT_THAT(room_.Served(editor_, Lane::kNotice), SizeIs(1));
}

TEST_F(IngestTest, ManyHeldChangesNeedFewNotices) {
  Author stranger(9);
  std::vector<ChangePtr> changes;
  for (int i = 0; i < 20; ++i) changes.push_back(Put(stranger, "x"));
  ASSERT_OK(room_.Push(changes));
  EXPECT_THAT(room_.View(kReport).held(), SizeIs(20));
  const auto notices = room_.Served(editor_, Lane::kNotice);
  EXPECT_THAT(notices, SizeIs(3));
  for (const sync::Change& notice : notices) {
    EXPECT_LE(notice.header_bytes.size() + notice.structure.size() +
                  notice.content.size(),
              sync::kNoticeBytesMax);
  }
}

TEST_F(IngestTest, PastItsQuotaADeviceKeepsPlacesNotWords) {
  Author stranger(9);
  const std::string long_note(sync::kHeldBytesPerDeviceMax / 4, 'x');
  ChangePtr last;
  for (int i = 0; i < 6; ++i) {
    LanePart text(Lane::kText);
    last = stranger.SaveOne(IdNumber<sync::DocumentId>(10 + i),
                            DocumentKind::kReport,
                            text.Edit(sync::kBody, "", long_note));
    ASSERT_OK(room_.Push({last}));
  }
  ASSERT_OK_AND_ASSIGN(const auto truth, room_.core().truth().Snapshot());
  ASSERT_OK_AND_ASSIGN(const auto stored, truth->Find(last->hash));
  EXPECT_EQ(stored->holding, Holding::kStub);
  ASSERT_OK_AND_ASSIGN(const uint64_t bytes,
                       truth->HeldBytesOf(stranger.device));
  EXPECT_LE(bytes, sync::kHeldBytesPerDeviceMax);
}

TEST_F(IngestTest, TheQuotaOfHeldWordsIsMetExactly) {
  Author stranger(9), measure(10);
  const auto size = [](const sync::Change& change) {
    return change.structure.size() + change.content.size();
  };
  const auto write = [](Author& author, uint8_t number, size_t letters) {
    return author.SaveOne(
        IdNumber<sync::DocumentId>(number), DocumentKind::kReport,
        LanePart(Lane::kText).Edit(sync::kBody, "", std::string(letters, 'x')));
  };
  size_t left = sync::kHeldBytesPerDeviceMax;
  const auto push = [&](size_t letters) -> Holding {
    static uint8_t number = 10;
    const ChangePtr change = write(stranger, ++number, letters);
    EXPECT_OK(room_.Push({change}));
    left -= std::min(left, size(*change));
    const auto truth = room_.core().truth().Snapshot();
    return (*(*truth)->Find(change->hash))->holding;
  };
  while (left > 400000) EXPECT_EQ(push(200000), Holding::kWhole);
  EXPECT_EQ(push(left - 200000), Holding::kWhole);
  const size_t more = size(*write(measure, 9, left - 100)) - (left - 100);
  EXPECT_EQ(push(left - more), Holding::kWhole);
  EXPECT_EQ(left, 0);
  EXPECT_EQ(push(1), Holding::kStub);
}

// One that waits in the writer's hands is no longer waiting.
TEST_F(IngestTest, SoManyTasksMayWaitAndNoMore) {
  constexpr size_t kTasks = 3;
  server::Ingest ingest({.truth = &room_.core().truth(),
                         .identity = &room_.core().identity(),
                         .roster = &room_.core().roster(),
                         .clock = &room_.clock(),
                         .random = &room_.core().random(),
                         .tasks_max = kTasks});
  std::atomic<int> good = 0;
  const auto nothing = [](server::Intake&, server::TruthWriter&) {
    return absl::OkStatus();
  };
  for (size_t i = 0; i < kTasks; ++i) {
    ingest.Submit(0, nothing,
                  [&](const absl::Status& status) { good += status.ok(); });
  }
  absl::Status refused;
  ingest.Submit(0, nothing,
                [&](const absl::Status& status) { refused = status; });
  EXPECT_THAT(refused, testing::Fails(v1::UNAVAILABLE_NOW));
  EXPECT_EQ(good, 0);
  ingest.Start();
  ingest.Stop();
  EXPECT_EQ(good, kTasks);
}

TEST_F(IngestTest, AReleasedChangeIsServedAgainWhole) {
  Author stranger(9);
  const ChangePtr held = Put(stranger, "true after all");
  ASSERT_OK(room_.Push({held}));
  ASSERT_EQ(ServedOne(editor_, held->hash)->holding, Holding::kStub);
  ASSERT_OK(room_.core().ingest().Run(
      [&](server::Intake& intake, server::TruthWriter& truth) -> absl::Status {
        sync::Part part;
        part.lane = Lane::kNotice;
        part.document = kReport;
        part.permission = sync::PermissionClass::kAdminister;
        v1::VerdictOp& verdict = *part.structure.add_ops()->mutable_verdict();
        verdict.set_what(v1::ADMISSION_RELEASED);
        verdict.set_change(held->hash.str());
        verdict.set_why(v1::HELD_REASON_MEMBERSHIP);
        verdict.set_number(2);
        return intake
            .Append(testing::kAssignment,
                    server::HomePerson(room_.core().identity()), {part})
            .status();
      }));
  EXPECT_EQ(ServedOne(editor_, held->hash)->holding, Holding::kWhole);
  EXPECT_THAT(room_.Served(editor_, Lane::kFact), SizeIs(2));
  EXPECT_THAT(room_.View(kReport).held(), IsEmpty());
}

TEST_F(IngestTest, AStubIsCompletedByTheWholeChangeAndServedAgain) {
  const ChangePtr whole = Put(reporter_, "words");
  ASSERT_OK(room_.Push({std::make_shared<sync::Change>(sync::ToStub(*whole))}));
  EXPECT_EQ(ServedOne(editor_, whole->hash)->holding, Holding::kStub);
  ASSERT_OK(room_.Push({whole}));
  EXPECT_EQ(ServedOne(editor_, whole->hash)->holding, Holding::kWhole);
  EXPECT_THAT(room_.Served(editor_, Lane::kFact), SizeIs(2));
}

TEST_F(IngestTest, AStringerIsServedHisOwnAndPlacesOfTheRest) {
  ASSERT_OK(room_.Push({Put(reporter_, "not his")}));
  const ChangePtr own =
      stringer_.SaveOne(IdNumber<sync::DocumentId>(5), DocumentKind::kReport,
                        LanePart(Lane::kFact).Put(sync::kHeadline, "his"));
  ASSERT_OK(room_.Push({own}));
  const auto served = room_.Served(stringer_, Lane::kFact);
  ASSERT_THAT(served, SizeIs(2));
  EXPECT_EQ(served[0].holding, Holding::kPlaceOnly);
  EXPECT_THAT(served[0].header_bytes, IsEmpty());
  EXPECT_EQ(served[1].holding, Holding::kWhole);
}

// Whoever has read an id may write under it where he likes: no word of it
// counts, however often he tries.
TEST_F(IngestTest, ADocumentOfAnotherAssignmentIsHeldEveryTime) {
  ASSERT_OK(room_.Push({Put(reporter_, "where it belongs")}));
  v1::InviteRequest invite;
  invite.set_role(v1::ROLE_REPORTER);
  invite.set_assignment("aktau");
  ASSERT_OK_AND_ASSIGN(const auto invited, room_.core().Invite(invite, ""));
  const auto aktau = *sync::AssignmentId::FromBytes(invited.assignment());
  v1::SetRoleRequest role;
  role.set_person(editor_.person.ToHex());
  role.set_assignment("aktau");
  role.set_role(v1::ROLE_REPORTER);
  ASSERT_OK(room_.core().SetRole(role));
  sync::FeedHead after{{editor_.device, 1, aktau, Lane::kFact}, 0, {}};
  std::vector<ChangePtr> forged;
  for (int i = 0; i < 2; ++i) {
    LanePart part(Lane::kFact);
    part.Put(sync::kHeadline, absl::StrCat("forged ", i));
    sync::Sealing sealing;
    sealing.after = after;
    sealing.header.document = kReport;
    sealing.header.lane = Lane::kFact;
    sealing.header.actor = editor_.person;
    sealing.header.signer = editor_.device;
    sealing.header.kind = DocumentKind::kReport;
    sealing.header.lamport = i + 1;
    sealing.header.save = i + 1;
    sealing.header.save_lanes = 1 << static_cast<int>(Lane::kFact);
    sealing.structure = part.structure.SerializeAsString();
    sealing.content = part.content.SerializeAsString();
    auto change =
        std::make_shared<sync::Change>(sync::Seal(std::move(sealing)));
    after = change->head();
    forged.push_back(std::move(change));
  }
  ASSERT_OK(room_.Push(forged));
  ASSERT_OK_AND_ASSIGN(const auto truth, room_.core().truth().Snapshot());
  for (const ChangePtr& change : forged) {
    ASSERT_OK_AND_ASSIGN(const auto verdict, truth->VerdictOn(change->hash));
    ASSERT_TRUE(verdict.has_value());
    EXPECT_EQ(verdict->what, v1::ADMISSION_HELD);
    EXPECT_EQ(verdict->why, v1::HELD_REASON_MEMBERSHIP);
  }
  EXPECT_THAT(room_.View(kReport).held(), IsEmpty());
  const ChangePtr later = Put(reporter_, "goes on");
  ASSERT_OK(room_.Push({later}));
  ASSERT_OK_AND_ASSIGN(const auto now, room_.core().truth().Snapshot());
  ASSERT_OK_AND_ASSIGN(const auto verdict, now->VerdictOn(later->hash));
  EXPECT_FALSE(verdict.has_value());
}

// A restored server is healed lane by lane, by whoever calls first.
TEST_F(IngestTest, AStringersReportIsHisThoughTheDesksWordsComeFirst) {
  const ChangePtr first = Put(stringer_, "his");
  editor_.Learn(stringer_);
  LanePart hold(Lane::kNotice);
  hold.Op().mutable_stop()->set_what(v1::STOP_KIND_HOLD);
  const ChangePtr stop = editor_.SaveOne(
      kReport, DocumentKind::kReport, hold.Class(sync::PermissionClass::kStop));
  const ChangePtr edit = Put(editor_, "the desk's");
  stringer_.Learn(editor_);
  const ChangePtr second = Put(stringer_, "his again");
  ASSERT_OK(room_.Push({stop}));
  ASSERT_OK(room_.Push({edit}));
  ASSERT_OK(room_.Push({first}));
  ASSERT_OK(room_.Push({second}));
  EXPECT_THAT(room_.View(kReport).held(), IsEmpty());
  EXPECT_EQ(ServedOne(stringer_, second->hash)->holding, Holding::kWhole);
}

TEST_F(IngestTest, AStringersChangeOfWhatAnotherBeganIsHeld) {
  ASSERT_OK(room_.Push({Put(reporter_, "not his")}));
  stringer_.Learn(reporter_);
  ASSERT_OK(room_.Push({Put(stringer_, "false")}));
  EXPECT_THAT(room_.View(kReport).held(), SizeIs(1));
}

// One count past kLamportMax is refused by every replica.
TEST_F(IngestTest, TheHighestCountThereIsKeepsNobodyFromWriting) {
  reporter_.lamport = sync::kLamportMax - 1;
  ASSERT_OK(room_.Push({Put(reporter_, "the last count")}));
  Author stranger(9);
  ASSERT_OK(room_.Push({Put(stranger, "held by a verdict of home's")}));
  EXPECT_THAT(room_.View(kReport).held(), SizeIs(1));
}

TEST_F(IngestTest, NoNumberOfNoticesKeepsHomeFromHolding) {
  std::vector<ChangePtr> notices;
  for (size_t i = 0; i <= sync::kDepsMax; ++i) {
    LanePart hold(Lane::kNotice);
    hold.Op().mutable_stop()->set_what(v1::STOP_KIND_HOLD);
    notices.push_back(
        editor_.SaveOne(kReport, DocumentKind::kReport,
                        hold.Class(sync::PermissionClass::kStop)));
    editor_.LeaveOut(notices.back()->hash);
  }
  ASSERT_OK(room_.Push(notices));
  Author stranger(9);
  ASSERT_OK(room_.Push({Put(stranger, "false")}));
  EXPECT_THAT(room_.View(kReport).held(), SizeIs(1));
}

// More heads than a change may name are joined first.
TEST_F(IngestTest, ARequestAboutADocumentOfTooManyHeadsIsAnsweredToo) {
  const auto other = IdNumber<sync::DocumentId>(2);
  std::vector<ChangePtr> changes;
  for (size_t i = 0; i <= sync::kDepsMax; ++i) {
    changes.push_back(Put(reporter_, "h"));
    reporter_.LeaveOut(changes.back()->hash);
  }
  LanePart spike(Lane::kFact);
  spike.Op().mutable_request()->set_what(v1::REQUEST_KIND_SPIKE);
  spike.Class(sync::PermissionClass::kDecide);
  changes.push_back(editor_.SaveOne(kReport, DocumentKind::kReport, spike));
  changes.push_back(
      reporter_.SaveOne(other, DocumentKind::kReport,
                        LanePart(Lane::kFact).Put(sync::kHeadline, "another")));
  changes.push_back(editor_.SaveOne(other, DocumentKind::kReport, spike));
  ASSERT_OK(room_.Push(changes));
  EXPECT_THAT(room_.View(kReport).workflow().decisions(), SizeIs(1));
  EXPECT_THAT(room_.View(other).workflow().decisions(), SizeIs(1));
  EXPECT_THAT(room_.Lines(), IsEmpty());
}

TEST_F(IngestTest, ReceiptsGoToDesksAlone) {
  LanePart ack(Lane::kReceipt);
  ack.Op().mutable_ack()->add_changes(std::string(32, 'a'));
  ASSERT_OK(
      room_.Push({reporter_.SaveOne(kReport, DocumentKind::kReport, ack)}));
  EXPECT_THAT(room_.Served(editor_, Lane::kReceipt), SizeIs(1));
  EXPECT_THAT(room_.Served(auditor_, Lane::kReceipt), SizeIs(1));
  EXPECT_THAT(room_.Served(reporter_, Lane::kReceipt), IsEmpty());
}

TEST_F(IngestTest, OneTaskThatCannotBeDoneTakesNoOtherWithIt) {
  const ChangePtr change = Put(reporter_, "kept");
  std::atomic<int> good = 0, bad = 0;
  for (int i = 0; i < 3; ++i) {
    room_.core().ingest().Submit(
        1,
        [i, change](server::Intake& intake, server::TruthWriter&) {
          return i == 1 ? absl::InternalError("a planted failure")
                        : intake.Store({testing::RunOf({change})});
        },
        [&](const absl::Status& status) { ++(status.ok() ? good : bad); });
  }
  ASSERT_OK(room_.Push({}));  // in order behind the three
  EXPECT_EQ(good, 2);
  EXPECT_EQ(bad, 1);
  EXPECT_THAT(room_.Truth(kReport), SizeIs(1));
}

TEST_F(IngestTest, RebuildingTheViewGivesTheSameDigest) {
  for (int i = 0; i < 12; ++i) {
    Author& author = i % 2 == 0 ? reporter_ : editor_;
    if (i % 3 == 0) author.Learn(i % 2 == 0 ? editor_ : reporter_);
    const auto document = IdNumber<sync::DocumentId>(20 + i % 4);
    ASSERT_OK(room_.Push(
        author.Save(document, DocumentKind::kReport,
                    {LanePart(Lane::kFact)
                         .Put(sync::kHeadline, absl::StrCat("headline ", i))
                         .Add(sync::kSubjects, absl::StrCat("subject ", i))})));
  }
  ASSERT_OK(room_.Push({Put(auditor_, "held")}));
  const std::string grown = room_.Digest();
  ASSERT_OK_AND_ASSIGN(const auto rebuilt, room_.core().RebuildView());
  EXPECT_EQ(rebuilt.documents(), 5);
  EXPECT_EQ(room_.Digest(), grown);
}

TEST_F(IngestTest, AViewThatWasLostIsBuiltFromTheTruth) {
  ASSERT_OK(room_.Push({Put(reporter_, "h")}));
  const std::string before = room_.Digest();
  ASSERT_OK(room_.core().view().Write(
      [](server::ViewWriter& view) { return view.Clear(); }));
  room_.Reopen();
  room_.core().view_worker().Notify();
  EXPECT_EQ(room_.Digest(), before);
}

}  // namespace
}  // namespace dateline

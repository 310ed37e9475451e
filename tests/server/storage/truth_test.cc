// The conformance suite of server/storage/truth.h.
#include <atomic>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/base/check.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/model/fields.h"
#include "tests/server/storage/engines.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace dateline {
namespace {

using server::TruthReader;
using server::TruthWriter;
using sync::Lane;
using testing::Author;
using testing::ChangePtr;
using ::testing::ElementsAre;
using testing::IdNumber;
using ::testing::IsEmpty;
using testing::LanePart;
using ::testing::SizeIs;

class TruthConformance : public ::testing::TestWithParam<testing::Engine> {
 protected:
  TruthConformance() { Reopen(); }
  void Reopen() {
    storage_ = {};
    auto opened = GetParam().open(folder_.path());
    DATELINE_CHECK(opened.ok());
    storage_ = *std::move(opened);
  }
  ChangePtr Write(Author& author, uint8_t document = 1) {
    return author.SaveOne(IdNumber<sync::DocumentId>(document),
                          sync::DocumentKind::kReport,
                          LanePart(Lane::kFact).Put(sync::kHeadline, "words"));
  }
  absl::Status Store(const std::vector<ChangePtr>& changes) {
    return storage_.truth->Write([&](TruthWriter& truth) -> absl::Status {
      for (const ChangePtr& change : changes) {
        sync::Change stored = *change;
        stored.signature = sync::Signature();
        DATELINE_RETURN_IF_ERROR(truth.AddChange(stored, 1000));
        DATELINE_RETURN_IF_ERROR(truth.AddPosition(stored));
      }
      return absl::OkStatus();
    });
  }
  std::unique_ptr<TruthReader> Read() {
    auto reader = storage_.truth->Snapshot();
    DATELINE_CHECK(reader.ok());
    return *std::move(reader);
  }

  testing::TempDir folder_;
  server::Storage storage_;
  Author author_{1};
  const sync::AssignmentId kAssignment = IdNumber<sync::AssignmentId>(200);
};
INSTANTIATE_TEST_SUITE_P(Engines, TruthConformance,
                         ::testing::ValuesIn(testing::AllEngines()),
                         testing::EngineName);

TEST_P(TruthConformance, AChangeComesBackByteForByteAfterReopening) {
  const ChangePtr change = Write(author_);
  ASSERT_OK(Store({change}));
  Reopen();
  ASSERT_OK_AND_ASSIGN(const auto found, Read()->Find(change->hash));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(sync::ComputeHash(*found), change->hash);
  EXPECT_EQ(found->content, change->content);
  EXPECT_EQ(found->header, change->header);
  EXPECT_TRUE(found->signature.has_value());
}

TEST_P(TruthConformance, WhatFailsChangesNothing) {
  const ChangePtr change = Write(author_);
  const absl::Status failed =
      storage_.truth->Write([&](TruthWriter& truth) -> absl::Status {
        DATELINE_RETURN_IF_ERROR(truth.AddChange(*change, 1));
        DATELINE_RETURN_IF_ERROR(truth.AddPosition(*change));
        return absl::InternalError("planted");
      });
  EXPECT_FALSE(failed.ok());
  auto reader = Read();
  ASSERT_OK_AND_ASSIGN(const auto found, reader->Find(change->hash));
  EXPECT_FALSE(found.has_value());
  ASSERT_OK_AND_ASSIGN(const auto last,
                       reader->LastPosition(kAssignment, Lane::kFact));
  EXPECT_EQ(last.position, 0);
  reader.reset();
  ASSERT_OK(Store({change}));  // the same body may run again
  ASSERT_OK_AND_ASSIGN(const auto again,
                       Read()->LastPosition(kAssignment, Lane::kFact));
  EXPECT_EQ(again.position, 1);
}

TEST_P(TruthConformance, ASnapshotDoesNotMove) {
  ASSERT_OK(Store({Write(author_)}));
  const auto snapshot = Read();
  ASSERT_OK_AND_ASSIGN(const auto before, snapshot->Counts());
  ASSERT_OK(Store({Write(author_)}));
  ASSERT_OK_AND_ASSIGN(const auto after, snapshot->Counts());
  EXPECT_EQ(before.changes, 1);
  EXPECT_EQ(after.changes, 1);
  ASSERT_OK_AND_ASSIGN(const auto now, Read()->Counts());
  EXPECT_EQ(now.changes, 2);
}

TEST_P(TruthConformance, HeadsMoveAndAForkAddsABranch) {
  Author clone(1);
  const ChangePtr first = Write(author_);
  const ChangePtr second = Write(author_);
  const ChangePtr other = Write(clone, 2);
  ASSERT_OK(Store({first, second}));
  const auto heads = [&] {
    auto found = Read()->HeadsOfFeed(first->feed);
    return found.ok() ? *found : std::vector<sync::FeedHead>();
  };
  EXPECT_THAT(heads(), ElementsAre(second->head()));
  ASSERT_OK(Store({other}));
  EXPECT_THAT(heads(),
              ::testing::UnorderedElementsAre(second->head(), other->head()));
  ASSERT_OK_AND_ASSIGN(const auto forks, Read()->Forks());
  ASSERT_THAT(forks, SizeIs(1));
  EXPECT_EQ(forks[0].held, first->hash);
  EXPECT_EQ(forks[0].other, other->hash);
  EXPECT_EQ(forks[0].seq, 1);
  ASSERT_OK_AND_ASSIGN(const auto at, Read()->HashesAt(first->feed, 1));
  EXPECT_THAT(at, SizeIs(2));
  ASSERT_OK_AND_ASSIGN(const auto mine, Read()->HeadsOfDevice(author_.device));
  EXPECT_THAT(mine, SizeIs(2));
  ASSERT_OK_AND_ASSIGN(const auto none,
                       Read()->HeadsOfDevice(IdNumber<sync::DeviceId>(9)));
  EXPECT_THAT(none, IsEmpty());
}

TEST_P(TruthConformance, PagesEndWhereARunEnds) {
  std::vector<ChangePtr> changes;
  for (int i = 0; i < 6; ++i) changes.push_back(Write(author_));
  ASSERT_OK(storage_.truth->Write([&](TruthWriter& truth) -> absl::Status {
    for (int i = 0; i < 6; ++i) {
      sync::Change stored = *changes[i];
      if (i % 3 == 2) stored.signature = sync::Signature();
      DATELINE_RETURN_IF_ERROR(truth.AddChange(stored, 1));
      DATELINE_RETURN_IF_ERROR(truth.AddPosition(stored));
    }
    return absl::OkStatus();
  }));
  ASSERT_OK_AND_ASSIGN(
      const auto page,
      Read()->PositionsAfter(kAssignment, Lane::kFact, 0, 1, std::nullopt));
  EXPECT_THAT(page, SizeIs(3));
  ASSERT_OK_AND_ASSIGN(
      const auto others,
      Read()->PositionsAfter(kAssignment, Lane::kFact, 0, 1, changes[0]->feed));
  EXPECT_THAT(others, IsEmpty()) << "all are of the feed that is left out";
  ASSERT_OK_AND_ASSIGN(const auto rest,
                       Read()->FeedAfter(changes[0]->feed, 4, 1));
  EXPECT_THAT(rest, SizeIs(2));
  ASSERT_OK_AND_ASSIGN(
      const auto digest,
      Read()->DigestAt(kAssignment, Lane::kFact, page.back().position));
  EXPECT_EQ(digest, page.back().digest);
  ASSERT_OK_AND_ASSIGN(const auto beyond,
                       Read()->DigestAt(kAssignment, Lane::kFact, 7));
  EXPECT_EQ(beyond, std::nullopt);
}

TEST_P(TruthConformance, DocumentsAreKeptApartByAssignment) {
  const ChangePtr change = Write(author_, 3);
  ASSERT_OK(Store({change, Write(author_, 4)}));
  const auto document = IdNumber<sync::DocumentId>(3);
  ASSERT_OK_AND_ASSIGN(const auto here,
                       Read()->ChangesOf(kAssignment, document));
  EXPECT_THAT(here, SizeIs(1));
  ASSERT_OK_AND_ASSIGN(
      const auto elsewhere,
      Read()->ChangesOf(IdNumber<sync::AssignmentId>(9), document));
  EXPECT_THAT(elsewhere, IsEmpty());
  ASSERT_OK_AND_ASSIGN(const auto origin,
                       Read()->OriginOf(kAssignment, document));
  ASSERT_TRUE(origin.has_value());
  EXPECT_EQ(origin->creator, author_.person);
  ASSERT_OK_AND_ASSIGN(const auto assignments, Read()->AssignmentsOf(document));
  EXPECT_THAT(assignments, ElementsAre(kAssignment));
}

TEST_P(TruthConformance, ErasingContentLeavesAStubWhoseChainVerifies) {
  const ChangePtr change = Write(author_);
  ASSERT_OK(Store({change}));
  ASSERT_OK(storage_.truth->Write(
      [&](TruthWriter& truth) { return truth.EraseContent(change->hash); }));
  ASSERT_OK_AND_ASSIGN(const auto found, Read()->Find(change->hash));
  EXPECT_EQ(found->holding, sync::Holding::kStub);
  EXPECT_THAT(found->content, IsEmpty());
  EXPECT_EQ(sync::ComputeHash(*found), change->hash);
}

TEST_P(TruthConformance, TheHighestVerdictIsInForce) {
  const ChangePtr change = Write(author_);
  const auto put = [&](v1::Admission what, uint32_t number) {
    return storage_.truth->Write([&](TruthWriter& truth) {
      return truth.PutVerdict(
          change->hash,
          {.what = what, .why = v1::HELD_REASON_ROLE, .number = number});
    });
  };
  ASSERT_OK(put(v1::ADMISSION_HELD, 1));
  ASSERT_OK(put(v1::ADMISSION_RELEASED, 2));
  ASSERT_OK(put(v1::ADMISSION_HELD, 1));
  ASSERT_OK_AND_ASSIGN(const auto verdict, Read()->VerdictOn(change->hash));
  EXPECT_EQ(verdict->what, v1::ADMISSION_RELEASED);
  EXPECT_EQ(verdict->number, 2);
}

TEST_P(TruthConformance, ARequestIsOpenUntilItIsDecidedOnce) {
  const server::OpenRequest request{.assignment = kAssignment,
                                    .document = IdNumber<sync::DocumentId>(1),
                                    .change = sync::HashOf("request"),
                                    .op = 2};
  const auto write =
      [&](const std::function<absl::Status(TruthWriter&)>& body) {
        return storage_.truth->Write(body);
      };
  const auto add = [&](TruthWriter& truth) {
    return truth.AddRequest(request);
  };
  ASSERT_OK(write(add));
  ASSERT_OK_AND_ASSIGN(const auto open, Read()->OpenRequests());
  ASSERT_THAT(open, SizeIs(1));
  EXPECT_EQ(open[0].op, 2);
  ASSERT_OK(write([&](TruthWriter& truth) {
    return truth.CloseRequest(request.change, 2, sync::HashOf("decision"));
  }));
  ASSERT_OK(write(add));  // comes again, after a restore elsewhere
  ASSERT_OK_AND_ASSIGN(const auto closed, Read()->OpenRequests());
  EXPECT_THAT(closed, IsEmpty());
}

TEST_P(TruthConformance, StateCountersAndRostersSurvive) {
  ASSERT_OK_AND_ASSIGN(server::ServerState state, Read()->State());
  EXPECT_EQ(state.epoch, IdNumber<sync::EpochId>(7));
  EXPECT_EQ(state.incarnation, 0xFFFFFFFFFFFFFFF7u);
  EXPECT_THAT(Read()->LatestRoster(), testing::Fails(v1::NOT_FOUND));
  const auto device = IdNumber<sync::DeviceId>(1);
  ASSERT_OK(storage_.truth->Write([&](TruthWriter& truth) -> absl::Status {
    state.lamport = 99;
    DATELINE_RETURN_IF_ERROR(truth.PutState(state));
    DATELINE_RETURN_IF_ERROR(truth.PutSessionCounter(device, ~0ull, 5));
    for (uint64_t version = 1; version <= 2; ++version) {
      v1::SignedRoster roster;
      roster.set_roster(absl::StrCat("roster ", version));
      roster.set_signature("s");
      roster.set_signer("h");
      v1::RosterMark mark;
      mark.set_version(version);
      DATELINE_RETURN_IF_ERROR(truth.PutRoster(roster, mark));
    }
    return absl::OkStatus();
  }));
  Reopen();
  ASSERT_OK_AND_ASSIGN(state, Read()->State());
  EXPECT_EQ(state.lamport, 99);
  ASSERT_OK_AND_ASSIGN(const uint64_t counter,
                       Read()->SessionCounter(device, ~0ull));
  EXPECT_EQ(counter, 5);
  ASSERT_OK_AND_ASSIGN(const v1::SignedRoster roster, Read()->LatestRoster());
  EXPECT_EQ(roster.roster(), "roster 2");
}

TEST_P(TruthConformance, ABackupIsWholeWhileWritesGoOn) {
  for (int i = 0; i < 50; ++i) ASSERT_OK(Store({Write(author_)}));
  ASSERT_OK(storage_.truth->BackupTo(folder_ / "copy.db", nullptr));
  ASSERT_OK(Store({Write(author_)}));
  std::filesystem::create_directory(folder_ / "other");
  std::filesystem::rename(folder_ / "copy.db", folder_ / "other/truth.db");
  auto copy = GetParam().open(folder_ / "other");
  ASSERT_OK(copy);
  ASSERT_OK_AND_ASSIGN(const auto reader, copy->truth->Snapshot());
  ASSERT_OK_AND_ASSIGN(const auto counts, reader->Counts());
  EXPECT_EQ(counts.changes, 50);
  EXPECT_OK(copy->truth->CheckIntegrity());
}

TEST_P(TruthConformance, ABackupEndsWhenItIsToldTo) {
  const auto big = [&] {
    return author_.SaveOne(
        IdNumber<sync::DocumentId>(2), sync::DocumentKind::kReport,
        LanePart(Lane::kText).Edit(sync::kBody, "", std::string(200000, 'x')));
  };
  for (int i = 0; i < 20; ++i) ASSERT_OK(Store({big()}));
  EXPECT_THAT(
      storage_.truth->BackupTo(folder_ / "copy.db", [] { return false; }),
      testing::Fails(v1::UNAVAILABLE_NOW));
  int asked = 0;
  EXPECT_OK(storage_.truth->BackupTo(folder_ / "whole.db", [&] {
    ++asked;
    return true;
  }));
  EXPECT_GT(asked, 1);
}

// SQLite begins a copy anew with each commit of another connection, unless the
// copy stands on a snapshot.
TEST_P(TruthConformance, ABackupEndsHoweverMuchIsWritten) {
  constexpr int kBefore = 300;
  const auto big = [&] {
    return author_.SaveOne(
        IdNumber<sync::DocumentId>(2), sync::DocumentKind::kReport,
        LanePart(Lane::kText).Edit(sync::kBody, "", std::string(20000, 'x')));
  };
  for (int i = 0; i < kBefore; ++i) ASSERT_OK(Store({big()}));
  std::atomic<bool> ends = false;
  std::atomic<int> written = 0;
  std::thread writing([&] {
    while (!ends) {
      EXPECT_OK(Store({big()}));
      ++written;
    }
  });
  while (written < 5) std::this_thread::yield();
  std::filesystem::create_directory(folder_ / "other");
  const int before = written;
  EXPECT_OK(storage_.truth->BackupTo(folder_ / "other/truth.db", nullptr));
  const int during = written - before;
  ends = true;
  writing.join();
  EXPECT_GT(during, 0);
  auto copy = GetParam().open(folder_ / "other");
  ASSERT_OK(copy);
  EXPECT_OK(copy->truth->CheckIntegrity());
  ASSERT_OK_AND_ASSIGN(const auto reader, copy->truth->Snapshot());
  ASSERT_OK_AND_ASSIGN(const auto counts, reader->Counts());
  EXPECT_GE(counts.changes, kBefore + before);
  EXPECT_LE(counts.changes, kBefore + written);
}

}  // namespace
}  // namespace dateline

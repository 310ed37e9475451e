// The conformance suite of server/storage/view.h.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/base/check.h"
#include "sync/base/status_macros.h"
#include "tests/server/storage/engines.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace dateline {
namespace {

using server::QueueFilter;
using server::QueuePage;
using server::ViewReader;
using server::ViewWriter;
using ::testing::ElementsAre;
using testing::IdNumber;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ViewConformance : public ::testing::TestWithParam<testing::Engine> {
 protected:
  ViewConformance() {
    auto opened = GetParam().open(folder_.path());
    DATELINE_CHECK(opened.ok());
    storage_ = *std::move(opened);
  }
  void Put(v1::QueueRow row, uint8_t number, const std::string& words = "") {
    const auto document = IdNumber<sync::DocumentId>(number);
    row.set_document(document.str());
    if (row.assignment().empty()) row.set_assignment(kAssignment.str());
    const auto assignment = *sync::AssignmentId::FromBytes(row.assignment());
    if (row.kind() == 0) row.set_kind(v1::DOCUMENT_KIND_REPORT);
    row.set_slugline(absl::StrCat("row ", number));
    ASSERT_OK(storage_.view->Write([&](ViewWriter& view) -> absl::Status {
      server::ViewDocument stored;
      stored.assignment = assignment;
      stored.document.set_id(document.str());
      DATELINE_RETURN_IF_ERROR(view.PutDocument(stored));
      DATELINE_RETURN_IF_ERROR(view.PutRow(row));
      return view.PutSearch(assignment, document, row.slugline(), words);
    }));
  }
  std::unique_ptr<ViewReader> Read() {
    auto reader = storage_.view->Snapshot();
    DATELINE_CHECK(reader.ok());
    return *std::move(reader);
  }
  std::vector<std::string> Slugs(const std::vector<v1::QueueRow>& rows) {
    std::vector<std::string> slugs;
    for (const v1::QueueRow& row : rows) slugs.push_back(row.slugline());
    return slugs;
  }
  std::vector<std::string> Queue(const QueueFilter& filter) {
    auto page = Read()->Queue(filter, std::nullopt, 100);
    return page.ok() ? Slugs(page->rows) : std::vector<std::string>{"failed"};
  }
  std::vector<std::string> Find(const std::string& query) {
    auto rows = Read()->Search(Mine(), query, 100);
    return rows.ok() ? Slugs(*rows) : std::vector<std::string>{"failed"};
  }
  QueueFilter Mine() {
    QueueFilter filter;
    filter.assignments = {kAssignment};
    return filter;
  }

  testing::TempDir folder_;
  server::Storage storage_;
  const sync::AssignmentId kAssignment = IdNumber<sync::AssignmentId>(200);
};
INSTANTIATE_TEST_SUITE_P(Engines, ViewConformance,
                         ::testing::ValuesIn(testing::AllEngines()),
                         testing::EngineName);

v1::QueueRow At(int64_t received_ms) {
  v1::QueueRow row;
  row.set_received_ms(received_ms);
  return row;
}

TEST_P(ViewConformance, TheQueueIsNewestFirstPageByPage) {
  for (uint8_t i = 1; i <= 5; ++i) Put(At(i == 4 ? 30 : i * 10), i);
  ASSERT_OK_AND_ASSIGN(const QueuePage first,
                       Read()->Queue(Mine(), std::nullopt, 2));
  EXPECT_THAT(Slugs(first.rows), ElementsAre("row 5", "row 4"));
  EXPECT_EQ(first.total, 5);
  ASSERT_TRUE(first.next.has_value());
  ASSERT_OK_AND_ASSIGN(const QueuePage second,
                       Read()->Queue(Mine(), first.next, 2));
  EXPECT_THAT(Slugs(second.rows), ElementsAre("row 3", "row 2"));
  ASSERT_OK_AND_ASSIGN(const QueuePage third,
                       Read()->Queue(Mine(), second.next, 2));
  EXPECT_THAT(Slugs(third.rows), ElementsAre("row 1"));
  EXPECT_FALSE(third.next.has_value());
}

TEST_P(ViewConformance, FiltersLetThroughWhatTheyNameAlone) {
  v1::QueueRow conflict = At(1);
  conflict.set_conflicts(2);
  conflict.set_status(v1::STATUS_SUBMITTED);
  Put(conflict, 1);
  v1::QueueRow withdrawn = At(2);
  withdrawn.set_probably_withdrawn(true);
  withdrawn.set_author(IdNumber<sync::PersonId>(7).str());
  Put(withdrawn, 2);
  v1::QueueRow elsewhere = At(3);
  elsewhere.set_assignment(IdNumber<sync::AssignmentId>(9).str());
  Put(elsewhere, 3);
  v1::QueueRow deleted = At(4);
  deleted.set_deleted(true);
  Put(deleted, 4);
  v1::QueueRow statement = At(5);
  statement.set_kind(v1::DOCUMENT_KIND_STATEMENT);
  Put(statement, 5);

  EXPECT_THAT(Queue(Mine()), ElementsAre("row 2", "row 1"));
  QueueFilter filter = Mine();
  filter.conflicts_only = true;
  EXPECT_THAT(Queue(filter), ElementsAre("row 1"));
  filter = Mine();
  filter.withdrawn_only = true;
  EXPECT_THAT(Queue(filter), ElementsAre("row 2"));
  filter = Mine();
  filter.statuses = {v1::STATUS_SUBMITTED};
  EXPECT_THAT(Queue(filter), ElementsAre("row 1"));
  filter = Mine();
  filter.creator = IdNumber<sync::PersonId>(7);
  EXPECT_THAT(Queue(filter), ElementsAre("row 2"));
  EXPECT_THAT(Queue(QueueFilter()), IsEmpty());
}

TEST_P(ViewConformance, SearchFindsBeginningsOfWordsInAnyScript) {
  Put(At(1), 1, "В Алматы слышны выстрелы у аэропорта");
  Put(At(2), 2, "سمع إطلاق نار في ألماتي");
  Put(At(3), 3, "Shots near the Airport; the café is closed");
  EXPECT_THAT(Find("алмат"), ElementsAre("row 1"));
  EXPECT_THAT(Find("ألماتي"), ElementsAre("row 2"));
  EXPECT_THAT(Find("airport shot"), ElementsAre("row 3"));
  EXPECT_THAT(Find("cafe"), ElementsAre("row 3"));
  EXPECT_THAT(Find("airport алматы"), IsEmpty());
}

TEST_P(ViewConformance, ASearchIsWordsAndNeverSyntax) {
  Put(At(1), 1, "quoted \"words\" AND more");
  for (const char* query :
       {"\"", "words OR", "NEAR(", "* ^", "title:x", "-", "a\"b", "AND"}) {
    SCOPED_TRACE(query);
    EXPECT_OK(Read()->Search(Mine(), query, 10));
  }
  EXPECT_THAT(Find("   "), IsEmpty());
  EXPECT_THAT(Find("\"words\""), ElementsAre("row 1"));
}

TEST_P(ViewConformance, SearchForgetsOldWords) {
  Put(At(1), 1, "before");
  Put(At(1), 1, "after");
  EXPECT_THAT(Find("before"), IsEmpty());
  EXPECT_THAT(Find("after"), ElementsAre("row 1"));
}

TEST_P(ViewConformance, WatchersSeeEachTouchOnceInOrder) {
  Put(At(1), 1);
  Put(At(2), 2);
  ASSERT_OK_AND_ASSIGN(const auto both, Read()->TouchedAfter(Mine(), 0, 10));
  ASSERT_THAT(both, SizeIs(2));
  Put(At(3), 1);
  ASSERT_OK_AND_ASSIGN(const auto again,
                       Read()->TouchedAfter(Mine(), both.back().touched, 10));
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].row.slugline(), "row 1");
  EXPECT_GT(again[0].touched, both.back().touched);
}

TEST_P(ViewConformance, ClearingForgetsAllButTheWatchersNumber) {
  Put(At(1), 1, "words");
  ASSERT_OK_AND_ASSIGN(const uint64_t touched, Read()->LastTouched());
  ASSERT_OK(storage_.view->Write([&](ViewWriter& view) -> absl::Status {
    DATELINE_RETURN_IF_ERROR(
        view.PutApplied({.assignment = kAssignment, .position = 3}));
    return view.Clear();
  }));
  EXPECT_THAT(Queue(Mine()), IsEmpty());
  EXPECT_THAT(Find("words"), IsEmpty());
  ASSERT_OK_AND_ASSIGN(const auto applied,
                       Read()->Applied(kAssignment, sync::Lane::kNotice));
  EXPECT_EQ(applied.position, 0);
  ASSERT_OK_AND_ASSIGN(const uint64_t kept, Read()->LastTouched());
  EXPECT_EQ(kept, touched);
}

}  // namespace
}  // namespace dateline

// When the view is brought up to date, beside ingest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "server/view/worker.h"
#include "sync/model/fields.h"
#include "tests/server/desk_room.h"
#include "tests/support/author.h"
#include "tests/support/status_matchers.h"

namespace dateline {
namespace {

using testing::Author;
using testing::DeskRoom;
using testing::IdNumber;

class ViewPaceTest : public ::testing::Test {
 protected:
  ViewPaceTest() { room_.Join(reporter_, v1::ROLE_REPORTER); }
  absl::Status File(int number) {
    return room_.Push(
        testing::WriteReport(reporter_, IdNumber<sync::DocumentId>(number),
                             absl::StrCat("Headline ", number), "Words"));
  }
  uint64_t DocumentsInView() {
    const auto view = room_.core().view().Snapshot();
    return view.ok() ? *(*view)->DocumentCount() : 0;
  }

  Author reporter_{1};
  DeskRoom room_;
};

TEST_F(ViewPaceTest, AReaderWhoAsksDoesNotWaitForIngestToRest) {
  std::atomic<bool> stop = false;
  std::thread noise([&] {
    while (!stop) room_.core().view_worker().Notify();
  });
  ASSERT_OK(File(1));
  EXPECT_TRUE(room_.core().view_worker().WaitUntilCurrent(absl::Seconds(20)));
  EXPECT_EQ(DocumentsInView(), 1);
  stop = true;
  noise.join();
}

// Something comes more often than the view's quiet, without end.
TEST_F(ViewPaceTest, SteadyIngestKeepsTheViewBackOnlySoLong) {
  const absl::Time start = absl::Now();
  int filed = 0;
  while (DocumentsInView() == 0) {
    ASSERT_LT(absl::Now() - start, absl::Seconds(20));
    ASSERT_OK(File(++filed));
    absl::SleepFor(server::kViewQuiet / 4);
  }
}

}  // namespace
}  // namespace dateline

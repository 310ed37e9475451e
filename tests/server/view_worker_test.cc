// The view's worker where its storage or the truth's fails.
#include <atomic>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/storage/sqlite/view.h"
#include "server/view/worker.h"
#include "sync/base/errors.h"
#include "tests/server/desk_room.h"
#include "tests/support/author.h"
#include "tests/support/status_matchers.h"

namespace dateline {
namespace {

using server::TruthReader;
using server::TruthWriter;
using server::ViewWorker;
using server::ViewWriter;
using testing::Author;
using testing::Fails;
using ::testing::HasSubstr;
using testing::IdNumber;

// A truth whose reading can be made to fail, or to wait.
class WeakTruth : public server::Truth {
 public:
  explicit WeakTruth(server::Truth* truth) : truth_(truth) {}

  absl::StatusOr<std::unique_ptr<TruthReader>> Snapshot() override {
    ++snapshots;
    if (fails) return sync::MakeError(v1::STORAGE_DAMAGED, "a page is bad");
    return truth_->Snapshot();
  }
  absl::Status Write(
      const std::function<absl::Status(TruthWriter&)>& body) override {
    return truth_->Write(body);
  }
  absl::Status BackupTo(const std::string& path,
                        const std::function<bool()>& go_on) override {
    return truth_->BackupTo(path, go_on);
  }
  absl::Status CheckIntegrity() override { return absl::OkStatus(); }
  bool scrub_owed() const override { return false; }
  absl::Status Scrub() override { return absl::OkStatus(); }

  std::atomic<bool> fails = false;
  std::atomic<int> snapshots = 0;

 private:
  server::Truth* const truth_;  // not owned
};

// A view whose transactions wait until they are let go.
class SlowView : public server::View {
 public:
  explicit SlowView(server::View* view) : view_(view) {}

  absl::Status Write(
      const std::function<absl::Status(ViewWriter&)>& body) override {
    writing = true;
    while (waits) absl::SleepFor(absl::Milliseconds(1));
    return view_->Write(body);
  }
  absl::StatusOr<std::unique_ptr<server::ViewReader>> Snapshot() override {
    return view_->Snapshot();
  }
  absl::Status CheckIntegrity() override { return view_->CheckIntegrity(); }
  absl::Status SetAside(uint64_t mark) override {
    return view_->SetAside(mark);
  }
  bool scrub_owed() const override { return false; }
  absl::Status Scrub() override { return absl::OkStatus(); }

  std::atomic<bool> waits = false;
  std::atomic<bool> writing = false;

 private:
  server::View* const view_;  // not owned
};

// A second view of the room's truth, with a worker of its own.
class ViewWorkerTest : public ::testing::Test {
 protected:
  ViewWorkerTest() {
    room_.Join(reporter_, v1::ROLE_REPORTER);
    for (int i = 1; i <= 3; ++i) {
      EXPECT_OK(room_.Push(testing::WriteReport(
          reporter_, IdNumber<sync::DocumentId>(i), "headline", "Body.")));
    }
    auto view = server::OpenSqliteView({.path = path_, .first_mark = 100});
    EXPECT_OK(view);
    view_ = *std::move(view);
    slow_.emplace(view_.get());
    Begin();
  }
  ~ViewWorkerTest() override { worker_->Stop(); }

  void Begin(absl::Duration lag_noted = server::kViewLagNoted) {
    worker_ = std::make_unique<ViewWorker>(
        ViewWorker::Options{.truth = &truth_,
                            .view = &*slow_,
                            .roster = &room_.core().roster(),
                            .clock = &room_.clock(),
                            .log = &log_,
                            .lag_noted = lag_noted});
    worker_->Start();
    EXPECT_TRUE(worker_->WaitUntilCurrent(absl::Seconds(20)));
  }
  uint64_t Documents() {
    const auto view = view_->Snapshot();
    if (!view.ok()) return 0;
    return (*view)->DocumentCount().value_or(0);
  }
  std::string Digest() {
    const auto view = view_->Snapshot();
    EXPECT_OK(view);
    return server::ViewDigestHex(testing::kAssignment, **view).value_or("");
  }

  testing::TempDir folder_;
  const std::string path_ = folder_ / "second.db";
  Author reporter_{1};
  testing::DeskRoom room_;
  WeakTruth truth_{&room_.core().truth()};
  sync::Mutex lines_mu_;
  std::vector<std::string> lines_;
  server::Log log_{{.clock = &room_.clock(), .sink = [this](auto& line) {
                      const sync::MutexLock lock(&lines_mu_);
                      lines_.push_back(line);
                    }}};
  std::unique_ptr<server::View> view_;
  std::optional<SlowView> slow_;
  std::unique_ptr<ViewWorker> worker_;
};

TEST_F(ViewWorkerTest, ARebuildThatFailsSaysSoAndLeavesTheViewAsItWas) {
  ASSERT_EQ(Documents(), 3);
  truth_.fails = true;
  EXPECT_THAT(worker_->Rebuild(), Fails(v1::STORAGE_DAMAGED));
  EXPECT_EQ(Documents(), 3);
  truth_.fails = false;
  EXPECT_OK(worker_->Rebuild());
  EXPECT_EQ(Documents(), 3);
}

TEST_F(ViewWorkerTest, ReadersSeeTheOldViewUntilTheNewOneIsWhole) {
  slow_->waits = true;
  std::thread rebuilding([&] { EXPECT_OK(worker_->Rebuild()); });
  while (!slow_->writing) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(Documents(), 3);
  slow_->waits = false;
  rebuilding.join();
  EXPECT_EQ(Documents(), 3);
}

TEST_F(ViewWorkerTest, StoppingEndsARebuildAndKeepsTheView) {
  slow_->waits = true;
  absl::Status status;
  std::thread rebuilding([&] { status = worker_->Rebuild(); });
  while (!slow_->writing) absl::SleepFor(absl::Milliseconds(1));
  std::thread stopping([&] { worker_->Stop(); });
  rebuilding.join();  // without the transaction's end
  EXPECT_THAT(status, Fails(v1::UNAVAILABLE_NOW));
  slow_->waits = false;
  stopping.join();
  EXPECT_EQ(Documents(), 3);
}

TEST_F(ViewWorkerTest, AFailureIsOneLineOfTheLogAndIsTriedAgain) {
  truth_.fails = true;
  const int before = truth_.snapshots;
  worker_->Notify();
  while (truth_.snapshots < before + 2) absl::SleepFor(absl::Milliseconds(5));
  {
    const sync::MutexLock lock(&lines_mu_);
    ASSERT_FALSE(lines_.empty());
    EXPECT_THAT(lines_[0], HasSubstr("ERROR view.apply DL-1020"));
  }
  truth_.fails = false;
  EXPECT_TRUE(worker_->WaitUntilCurrent(absl::Seconds(20)));
}

TEST_F(ViewWorkerTest, ADamagedViewIsSetAsideAndBuiltFromTheTruth) {
  const std::string whole = Digest();
  // All but the head of the file, as another process would find it.
  worker_->Stop();
  slow_.reset();
  view_.reset();
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(0, std::ios::end);
    const std::streamoff size = file.tellg();
    ASSERT_GT(size, 8192);
    file.seekp(4096);
    file << std::string(size - 4096, '\xA5');
  }
  auto view = server::OpenSqliteView({.path = path_, .first_mark = 100});
  ASSERT_OK(view);  // its first page is good
  view_ = *std::move(view);
  slow_.emplace(view_.get());
  Begin();
  worker_->Check();
  for (int i = 0; i < 2000 && !std::ifstream(path_ + ".damaged").good(); ++i) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_OK(worker_->Rebuild());  // behind the check
  EXPECT_EQ(Digest(), whole);
  const sync::MutexLock lock(&lines_mu_);
  ASSERT_FALSE(lines_.empty());
  EXPECT_THAT(lines_.back(), HasSubstr("WARNING view.set_aside"));
}

TEST_F(ViewWorkerTest, NumbersOfANewViewAreAboveTheOldOnes) {
  const auto last = [&] { return *(*view_->Snapshot())->LastTouched(); };
  const uint64_t before = last();
  EXPECT_GT(before, 100);
  worker_->Stop();
  ASSERT_OK(view_->SetAside(before + 1000));
  Begin();
  EXPECT_GT(last(), before + 1000);
  EXPECT_EQ(Documents(), 3);
}

TEST_F(ViewWorkerTest, AViewThatStaysBehindIsNoted) {
  worker_->Stop();
  Begin(absl::Milliseconds(20));
  truth_.fails = true;
  const auto lags = [&] {
    const sync::MutexLock lock(&lines_mu_);
    int count = 0;
    for (const std::string& line : lines_) {
      count += line.find("WARNING view.lag") != std::string::npos;
    }
    return count;
  };
  for (int i = 0; i < 2000 && lags() == 0; ++i) {
    worker_->Notify();
    absl::SleepFor(absl::Milliseconds(2));
  }
  EXPECT_GE(lags(), 1);
}

}  // namespace
}  // namespace dateline

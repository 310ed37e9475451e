// What a device gets when its person may read more than before, or less.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "sync/compose/review.h"
#include "tests/client-core/desk.h"
#include "tests/support/status_matchers.h"

namespace dateline::client {
namespace {

using ::dateline::testing::Fails;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RolesTest : public ::testing::Test {
 protected:
  RolesTest() : reporter_(desk_.Open("reporter")) {}

  AssignmentId Assignment(Client& client) {
    const auto mine = client.Assignments();
    EXPECT_OK(mine);
    return *AssignmentId::FromBytes((*mine)[0].id());
  }
  DocumentId Report(Client& client, const std::string& headline) {
    const auto id = client.CreateReport(
        Assignment(client), {.headline = headline, .body = "A body."});
    EXPECT_OK(id);
    return *id;
  }
  SyncReport Sync(Client& client) {
    const auto report = client.SyncOnce({});
    EXPECT_OK(report);
    return report.ok() ? *report : SyncReport();
  }
  size_t Reports(Client& client) {
    const auto rows = client.List({});
    EXPECT_OK(rows);
    return rows->size();
  }
  std::string Digest(Client& client) {
    const auto verified = client.Verify();
    EXPECT_OK(verified);
    EXPECT_THAT(verified->problems, IsEmpty());
    return verified->view_digest_hex;
  }
  bool Eventually(const std::function<bool()>& done) {
    for (int i = 0; i < 1000 && !done(); ++i) {
      absl::SleepFor(absl::Milliseconds(10));
    }
    return done();
  }

  Desk desk_;
  std::unique_ptr<Client> reporter_;
};

TEST_F(RolesTest, AStringerWhoBecomesAReporterGetsWhatHeCouldNotRead) {
  auto stringer = desk_.Open("stringer", v1::ROLE_STRINGER);
  for (int i = 0; i < 5; ++i) Report(*reporter_, absl::StrCat("Report ", i));
  const DocumentId own = Report(*stringer, "His own");
  Sync(*reporter_);
  Sync(*stringer);
  Sync(*reporter_);
  ASSERT_OK(reporter_->EditReport(own, {.slugline = "desk's word"}));
  Sync(*reporter_);
  Sync(*stringer);
  ASSERT_EQ(Reports(*stringer), 1u);

  desk_.SetRole("stringer", v1::ROLE_REPORTER);
  Sync(*stringer);
  EXPECT_EQ(Reports(*stringer), 6u);
  EXPECT_EQ(Digest(*stringer), Digest(*reporter_));

  const SyncReport again = Sync(*stringer);
  EXPECT_EQ(again.received_changes, 0u) << "one comparison, not one a session";
  EXPECT_EQ(again.sent_changes, 0u);
}

TEST_F(RolesTest, AReporterWhoBecomesAnEditorGetsReceiptsAndNothingTwice) {
  auto riser = desk_.Open("riser");
  auto editor = desk_.Open("editor", v1::ROLE_EDITOR);
  const DocumentId id = Report(*reporter_, "One");
  Sync(*reporter_);
  Sync(*editor);
  v1::Action seen;
  ASSERT_OK_AND_ASSIGN(const View view, editor->Get(id));
  seen.mutable_acknowledge()->add_changes(view.document.version().heads(0));
  ASSERT_OK(editor->Act(id, seen));
  Sync(*editor);
  Sync(*riser);
  ASSERT_OK_AND_ASSIGN(const View before, riser->Get(id));
  ASSERT_THAT(before.document.acknowledged(), IsEmpty());

  desk_.SetRole("riser", v1::ROLE_EDITOR);
  const SyncReport report = Sync(*riser);
  EXPECT_EQ(report.received_changes, 1u) << "the receipt alone";
  ASSERT_OK_AND_ASSIGN(const View after, riser->Get(id));
  EXPECT_THAT(after.document.acknowledged(), SizeIs(1));
  EXPECT_EQ(Sync(*riser).received_changes, 0u);
}

TEST_F(RolesTest, AReporterWhoBecomesAStringerKeepsWhatHeHasAndGetsNoMore) {
  auto faller = desk_.Open("faller");
  const DocumentId id = Report(*reporter_, "One");
  Sync(*reporter_);
  Sync(*faller);
  desk_.SetRole("faller", v1::ROLE_STRINGER);
  Report(*reporter_, "Two");
  ASSERT_OK(reporter_->EditReport(id, {.headline = "One, corrected"}));
  Sync(*reporter_);
  Sync(*faller);
  EXPECT_EQ(Reports(*faller), 1u);
  ASSERT_OK_AND_ASSIGN(const View view, faller->Get(id));
  EXPECT_EQ(sync::TitleOf(view.document), "One");
  desk_.SetRole("faller", v1::ROLE_REPORTER);
  Sync(*faller);
  EXPECT_EQ(Digest(*faller), Digest(*reporter_));
}

TEST_F(RolesTest, WhoIsNoMemberAnyMoreKeepsHisWordsAndTheyAreHeld) {
  auto former = desk_.Open("former");
  Report(*reporter_, "One");
  Sync(*reporter_);
  Sync(*former);
  desk_.SetRole("former", v1::ROLE_UNSPECIFIED);
  const DocumentId own = Report(*former, "Written before he knew");
  Report(*reporter_, "Two");
  Sync(*reporter_);
  Sync(*former);
  EXPECT_EQ(Reports(*former), 2u);
  EXPECT_THAT(former->CreateReport(AssignmentId(), {.headline = "x"}),
              Fails(v1::NOT_FOUND));
  desk_.SetRole("former", v1::ROLE_REPORTER);
  EXPECT_EQ(Sync(*former).held_changes, 2u);
  ASSERT_OK(former->Get(own));
  Sync(*reporter_);
  EXPECT_EQ(Digest(*former), Digest(*reporter_));
}

TEST_F(RolesTest, AWatchingStringerNeedNotCallAgainHimself) {
  auto stringer = desk_.Open("stringer", v1::ROLE_STRINGER);
  Report(*reporter_, "One");
  Sync(*reporter_);
  Report(*stringer, "His own");
  ASSERT_OK(stringer->StartLoop());
  ASSERT_TRUE(Eventually([&] { return *stringer->Unsent() == 0; }));
  EXPECT_EQ(Reports(*stringer), 1u);
  desk_.SetRole("stringer", v1::ROLE_REPORTER);
  EXPECT_TRUE(Eventually([&] { return Reports(*stringer) == 2; }));
  stringer->StopLoop();
  Sync(*reporter_);
  EXPECT_EQ(Digest(*stringer), Digest(*reporter_));
}

}  // namespace
}  // namespace dateline::client

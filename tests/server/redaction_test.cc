// What a redaction erases on the server: truth, view, search, approved bytes,
// and every file under them.
#include <filesystem>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/merge/document.h"
#include "sync/model/fields.h"
#include "tests/server/desk_room.h"
#include "tests/support/bytes_on_disk.h"
#include "tests/support/status_matchers.h"

namespace dateline::testing {
namespace {

using sync::DocumentKind;
using sync::Holding;
using sync::Lane;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const auto kReport = IdNumber<sync::DocumentId>(1);
// Long enough for overflow pages, so that freed ones are looked at too.
const std::string kSecret = "Zhanibekova";

class RedactionTest : public ::testing::Test {
 protected:
  RedactionTest() {
    room_.Join(reporter_, v1::ROLE_REPORTER);
    room_.Join(editor_, v1::ROLE_EDITOR);
    room_.Join(admin_, v1::ROLE_ADMIN);
  }
  std::vector<ChangePtr> File() {
    std::string body;
    for (int i = 0; i < 500; ++i) body += "Said Zhanibekova. ";
    const auto report =
        WriteReport(reporter_, kReport, "Zhanibekova speaks", body);
    admin_.Learn(reporter_);
    editor_.Learn(reporter_);
    return report;
  }
  ChangePtr Redact(Author& author, const std::vector<ChangePtr>& changes) {
    LanePart part(Lane::kNotice);
    v1::RedactOp* const redact = part.Op().mutable_redact();
    for (const ChangePtr& change : changes) {
      redact->add_changes(change->hash.str());
    }
    return author.SaveOne(kReport, DocumentKind::kReport,
                          part.Class(sync::PermissionClass::kAdminister));
  }
  // Files of the data directory that hold the words, once the view is current.
  std::vector<std::string> Leaks() {
    room_.View(kReport);
    return FilesThatHold(room_.directory(), kSecret);
  }
  bool AnyWhole(const std::vector<ChangePtr>& changes) {
    bool any = false;
    for (const sync::Change& stored : room_.Truth(kReport)) {
      for (const ChangePtr& change : changes) {
        any |= stored.hash == change->hash && stored.holding == Holding::kWhole;
      }
    }
    return any;
  }
  void Release(const ChangePtr& change) {
    v1::ReleaseRequest request;
    request.set_change_hex(change->hash.ToHex());
    ASSERT_OK(room_.core().Release(request));
  }

  DeskRoom room_;
  Author reporter_{1}, editor_{2}, admin_{3};
};

TEST_F(RedactionTest, LeavesNoByteInAnyFileWhileTheServerRuns) {
  const auto report = File();
  ASSERT_OK(room_.Push(report));
  EXPECT_THAT(Leaks(), ::testing::Not(IsEmpty())) << "or the test sees nothing";
  ASSERT_OK(room_.Push({Redact(admin_, report)}));
  EXPECT_FALSE(AnyWhole(report));
  EXPECT_THAT(Leaks(), IsEmpty());
  const v1::Document seen = room_.View(kReport);
  ASSERT_EQ(seen.redactions_size(), 1);
  EXPECT_TRUE(seen.redactions(0).in_force());
  for (const sync::Change& stored : room_.Truth(kReport)) {
    EXPECT_EQ(sync::ComputeHash(stored), stored.hash) << "the chain verifies";
  }
}

TEST_F(RedactionTest, KeepsNoWordOfWhatComesAfterIt) {
  const auto report = File();
  ASSERT_OK(room_.Push({Redact(admin_, report)}));
  ASSERT_OK(room_.Push(report));
  EXPECT_FALSE(AnyWhole(report));
  EXPECT_THAT(Leaks(), IsEmpty());
  ASSERT_OK(room_.Push(report)) << "nor when it comes once more";
  EXPECT_THAT(room_.Served(editor_, Lane::kFact), SizeIs(1));
  EXPECT_THAT(Leaks(), IsEmpty());
}

TEST_F(RedactionTest, TheOrderOfArrivalDoesNotShow) {
  const auto report = File();
  const ChangePtr redaction = Redact(admin_, report);
  DeskRoom other;
  other.Join(reporter_, v1::ROLE_REPORTER);
  other.Join(admin_, v1::ROLE_ADMIN);
  ASSERT_OK(room_.Push({report[0], report[1], redaction}));
  ASSERT_OK(other.Push({redaction, report[1], report[0]}));
  const auto texts = [](const v1::Document& document) {
    return sync::Rendering(document);
  };
  EXPECT_EQ(texts(room_.View(kReport)), texts(other.View(kReport)));
}

TEST_F(RedactionTest, ErasesWhatIsParked) {
  const auto report = File();
  LanePart more(Lane::kFact);
  const ChangePtr later =
      reporter_.SaveOne(kReport, DocumentKind::kReport,
                        more.Put(sync::kHeadline, "Zhanibekova again"));
  ASSERT_OK(room_.Push({later}));  // stands on what has not come
  ASSERT_OK(room_.Push({Redact(admin_, {later})}));
  EXPECT_FALSE(AnyWhole({later}));
  EXPECT_THAT(Leaks(), IsEmpty());
}

TEST_F(RedactionTest, HeldItErasesNothingUntilItIsReleased) {
  const auto report = File();
  ASSERT_OK(room_.Push(report));
  const ChangePtr redaction = Redact(editor_, report);
  ASSERT_OK(room_.Push({redaction}));
  EXPECT_TRUE(AnyWhole(report));
  EXPECT_THAT(room_.View(kReport).held(), SizeIs(1));
  Release(redaction);
  EXPECT_FALSE(AnyWhole(report));
  EXPECT_THAT(Leaks(), IsEmpty());
}

TEST_F(RedactionTest, OfAnotherDocumentErasesNothing) {
  const auto report = File();
  ASSERT_OK(room_.Push(report));
  LanePart part(Lane::kNotice);
  part.Op().mutable_redact()->add_changes(report[0]->hash.str());
  ASSERT_OK(room_.Push(
      {admin_.SaveOne(IdNumber<sync::DocumentId>(2), DocumentKind::kReport,
                      part.Class(sync::PermissionClass::kAdminister))}));
  EXPECT_TRUE(AnyWhole(report));
}

TEST_F(RedactionTest, TakesApprovedBytesWithItAndPublishingIsRefused) {
  const auto report = File();
  ASSERT_OK(room_.Push(report));
  v1::ActRequest approve;
  approve.set_document(kReport.str());
  approve.mutable_action()->mutable_approve();
  ASSERT_OK(room_.desk().Act(room_.CallerOf(editor_), approve));
  const auto kept = [&]() -> bool {
    const v1::Document seen = room_.View(kReport);
    const auto& approval = seen.workflow().approvals(0).id();
    const auto truth = room_.core().truth().Snapshot();
    const auto bytes = (*truth)->Approved(
        *sync::Hash::FromBytes(approval.change()), approval.op());
    return bytes.ok() && bytes->has_value();
  };
  ASSERT_TRUE(kept());
  ASSERT_OK(room_.Push({Redact(admin_, report)}));
  EXPECT_FALSE(kept());
  EXPECT_THAT(Leaks(), IsEmpty());
  v1::ActRequest publish;
  publish.set_document(kReport.str());
  publish.mutable_action()->mutable_publish();
  ASSERT_OK(room_.desk().Act(room_.CallerOf(editor_), publish));
  EXPECT_EQ(room_.View(kReport).workflow().decisions(0).what(),
            v1::DECISION_REFUSED);
}

TEST_F(RedactionTest, ABackupMadeAfterwardsDoesNotHoldIt) {
  const auto report = File();
  ASSERT_OK(room_.Push(report));
  ASSERT_OK(room_.Push({Redact(admin_, report)}));
  TempDir elsewhere;
  v1::BackupRequest request;
  request.set_directory(elsewhere / "backup");
  ASSERT_OK(room_.core().Backup(request));
  EXPECT_THAT(FilesThatHold(elsewhere.path(), kSecret), IsEmpty());
}

TEST_F(RedactionTest, WaitsForWhoeverReadsAndScrubsThen) {
  const auto report = File();
  ASSERT_OK(room_.Push(report));
  {
    ASSERT_OK_AND_ASSIGN(const auto reader, room_.core().truth().Snapshot());
    ASSERT_OK(reader->State());
    ASSERT_OK(room_.Push({Redact(admin_, report)}));
    EXPECT_THAT(Leaks(), ::testing::Not(IsEmpty()));
  }
  for (int i = 0; i < 100 && !Leaks().empty(); ++i) {
    absl::SleepFor(absl::Milliseconds(50));
  }
  EXPECT_THAT(Leaks(), IsEmpty()) << "without another commit";
}

TEST_F(RedactionTest, ServersThatStartAgainStillKnowIt) {
  const auto report = File();
  ASSERT_OK(room_.Push({Redact(admin_, report)}));
  room_.Reopen();
  ASSERT_OK(room_.Push(report));
  EXPECT_FALSE(AnyWhole(report));
  EXPECT_THAT(Leaks(), IsEmpty());
}

}  // namespace
}  // namespace dateline::testing

// Words that must be nowhere: on the phone of who wrote them, on one that had
// pulled them, on the server, on a device that joins later, in no file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/compose/action.h"
#include "sync/compose/review.h"
#include "sync/model/fields.h"
#include "tests/client-core/desk.h"
#include "tests/support/bytes_on_disk.h"
#include "tests/support/status_matchers.h"

namespace dateline::client {
namespace {

using ::dateline::testing::Fails;
using ::dateline::testing::FilesThatHold;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kSecret[] = "Zhanibekova";

class RedactionTest : public ::testing::Test {
 protected:
  RedactionTest()
      : author_(desk_.Open("author")),
        reader_(desk_.Open("reader")),
        admin_(desk_.Open("admin", v1::ROLE_ADMIN)) {}

  // Filed by the author and read by the others.
  DocumentId File() {
    const auto assignments = author_->Assignments();
    EXPECT_OK(assignments);
    const auto id =
        author_->CreateReport(*AssignmentId::FromBytes((*assignments)[0].id()),
                              {.slugline = "names",
                               .headline = "Zhanibekova speaks",
                               .body = "Said Zhanibekova. The road is open."});
    EXPECT_OK(id);
    for (Client* one : {author_.get(), reader_.get(), admin_.get()}) Sync(*one);
    // All three have it in their index of words.
    for (Client* one : {author_.get(), reader_.get(), admin_.get()}) {
      EXPECT_OK(one->List({.text = kSecret}));
    }
    return *id;
  }
  void Sync(Client& client) { ASSERT_OK(client.SyncOnce({})); }
  void Redact(const DocumentId& id) {
    ASSERT_OK_AND_ASSIGN(const auto found, admin_->FindWords(id, kSecret));
    v1::Action action;
    for (const WordsOfChange& one : found) {
      action.mutable_redact()->add_changes(one.change);
    }
    action.mutable_redact()->set_reason("a source's name");
    ASSERT_OK(admin_->Act(id, action));
  }
  void SyncAll() {
    for (Client* one : {admin_.get(), author_.get(), reader_.get()}) Sync(*one);
  }
  std::string Digest(Client& client) {
    const auto verified = client.Verify();
    EXPECT_OK(verified);
    EXPECT_THAT(verified->problems, IsEmpty());
    return verified->view_digest_hex;
  }
  std::string Body(Client& client, const DocumentId& id) {
    const auto view = client.Get(id);
    EXPECT_OK(view);
    return sync::ReaderText(view->document, sync::kBody);
  }

  Desk desk_;
  std::unique_ptr<Client> author_, reader_, admin_;
};

TEST_F(RedactionTest, LeavesNoByteOnAnyDevice) {
  const DocumentId id = File();
  EXPECT_THAT(FilesThatHold(desk_.folder(), kSecret), Not(IsEmpty()));
  Redact(id);
  SyncAll();
  auto later = desk_.Open("later");
  Sync(*later);
  desk_.WaitForView();
  EXPECT_THAT(FilesThatHold(desk_.folder(), kSecret), IsEmpty());
  const std::string digest = Digest(*admin_);
  for (Client* one : {author_.get(), reader_.get(), later.get()}) {
    EXPECT_EQ(Digest(*one), digest);
    EXPECT_THAT(Body(*one, id), Not(::testing::HasSubstr(kSecret)));
    const auto found = one->List({.text = kSecret});
    EXPECT_OK(found);
    EXPECT_THAT(*found, IsEmpty());
  }
  ASSERT_OK_AND_ASSIGN(const View view, later->Get(id));
  ASSERT_EQ(view.document.redactions_size(), 1);
  EXPECT_EQ(view.document.redactions(0).reason(), "a source's name");
}

TEST_F(RedactionTest, WaitsForHomeOnTheAdminsOwnPhone) {
  const DocumentId id = File();
  Redact(id);
  EXPECT_THAT(Body(*admin_, id), ::testing::HasSubstr(kSecret));
  ASSERT_OK_AND_ASSIGN(const View asked, admin_->Get(id));
  EXPECT_FALSE(asked.document.redactions(0).in_force());
  Sync(*admin_);
  EXPECT_THAT(FilesThatHold(desk_.home("admin"), kSecret), IsEmpty())
      << "one sync sends it and brings home's answer";
}

TEST_F(RedactionTest, ByAReporterErasesNothing) {
  const DocumentId id = File();
  ASSERT_OK_AND_ASSIGN(const auto found, reader_->FindWords(id, kSecret));
  v1::Action action;
  action.mutable_redact()->add_changes(found.front().change);
  ASSERT_OK(reader_->Act(id, action));
  Sync(*reader_);
  SyncAll();
  for (Client* one : {author_.get(), reader_.get(), admin_.get()}) {
    EXPECT_THAT(Body(*one, id), ::testing::HasSubstr(kSecret));
  }
  EXPECT_EQ(Digest(*reader_), Digest(*author_));
}

TEST_F(RedactionTest, TakesTheWordsOutOfADraftAndKeepsWhatWasTyped) {
  const DocumentId id = File();
  ASSERT_OK(author_->PutDraft(
      id, sync::kBody, "Said Zhanibekova. The road is open. Trucks pass."));
  Redact(id);
  SyncAll();
  EXPECT_THAT(FilesThatHold(desk_.home("author"), kSecret), IsEmpty());
  ASSERT_OK_AND_ASSIGN(const auto draft, author_->GetDraft(id, sync::kBody));
  ASSERT_TRUE(draft.has_value());
  EXPECT_EQ(draft->text, " Trucks pass.");
  ASSERT_OK(author_->SealDrafts(/*only_idle=*/false));
  EXPECT_EQ(Body(*author_, id), " Trucks pass.");
  SyncAll();
  EXPECT_EQ(Digest(*author_), Digest(*reader_));
}

TEST_F(RedactionTest, ReachesAPhoneThatWasCopiedBackFromBefore) {
  const DocumentId id = File();
  reader_.reset();
  desk_.Keep("reader", "yesterday");
  reader_ = desk_.Open("reader");
  Redact(id);
  SyncAll();
  reader_.reset();
  desk_.PutBack("yesterday", "reader");
  reader_ = desk_.Open("reader");
  ASSERT_THAT(Body(*reader_, id), ::testing::HasSubstr(kSecret));
  Sync(*reader_);
  EXPECT_THAT(FilesThatHold(desk_.home("reader"), kSecret), IsEmpty());
  EXPECT_EQ(Digest(*reader_), Digest(*author_));
}

TEST_F(RedactionTest, IsAppliedAgainOnceAPhoneHealsARestoredServer) {
  const DocumentId id = File();
  desk_.Backup("before");
  Redact(id);
  SyncAll();
  for (auto* one : {&author_, &reader_, &admin_}) one->reset();
  desk_.Restore("before");
  author_ = desk_.Open("author");
  reader_ = desk_.Open("reader");
  admin_ = desk_.Open("admin");
  EXPECT_THAT(FilesThatHold(desk_.server_folder(), kSecret), Not(IsEmpty()));
  Sync(*reader_);  // anyone who has heard of it
  desk_.DropReplaced();
  desk_.WaitForView();
  EXPECT_THAT(FilesThatHold(desk_.server_folder(), kSecret), IsEmpty());
  SyncAll();
  Sync(*reader_);
  EXPECT_EQ(Digest(*admin_), Digest(*reader_));
  EXPECT_EQ(Digest(*admin_), Digest(*author_));
}

TEST_F(RedactionTest, OfMoreChangesThanANoticeHoldsIsRefusedWithTheLimit) {
  const DocumentId id = File();
  v1::Action action;
  for (int i = 0; i <= sync::kRedactedPerNoticeMax; ++i) {
    action.mutable_redact()->add_changes(std::string(32, 'a' + i));
  }
  EXPECT_THAT(admin_->Act(id, action), Fails(v1::TOO_LARGE));
  action.mutable_redact()->mutable_changes()->RemoveLast();
  action.mutable_redact()->set_reason(std::string(1000, 'x'));
  EXPECT_OK(admin_->Act(id, action)) << "with as much of the reason as fits";
  v1::Action hold;
  hold.mutable_stop()->set_what(v1::STOP_KIND_HOLD);
  hold.mutable_stop()->set_reason(std::string(1000, 'x'));
  ASSERT_OK_AND_ASSIGN(const auto assignments, author_->Assignments());
  ASSERT_OK_AND_ASSIGN(
      const DocumentId bare,
      author_->CreateReport(*AssignmentId::FromBytes(assignments[0].id()),
                            {.body = "no slugline"}));
  EXPECT_OK(author_->Act(bare, hold)) << "as of any notice";
}

}  // namespace
}  // namespace dateline::client

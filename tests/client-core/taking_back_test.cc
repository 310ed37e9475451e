// Taking back what has not left, whatever was written after it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client-core/store/rows.h"
#include "sync/compose/action.h"
#include "sync/compose/review.h"
#include "sync/model/fields.h"
#include "tests/client-core/home.h"
#include "tests/support/status_matchers.h"

namespace dateline::client {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class TakingBackTest : public ::testing::Test {
 protected:
  void SetUp() override {
    client_ = room_.Open(0);
    const auto id = client_->CreateReport(
        room_.assignment(), {.headline = "One", .body = "A body."});
    ASSERT_OK(id);
    id_ = *id;
  }
  void Submit(const DocumentId& id) {
    v1::Action submit;
    submit.mutable_submit();
    ASSERT_OK(client_->Act(id, submit));
  }
  int Requests(const DocumentId& id) {
    const auto view = client_->Get(id);
    return view.ok() ? view->document.workflow().requests_size() : -1;
  }
  std::string Headline(const DocumentId& id) {
    const auto view = client_->Get(id);
    return view.ok() ? sync::RegisterText(view->document, sync::kHeadline) : "";
  }
  void ExpectSound() {
    ASSERT_OK_AND_ASSIGN(const auto verified, client_->Verify());
    EXPECT_THAT(verified.problems, IsEmpty());
  }

  Newsroom room_{{v1::ROLE_REPORTER}};
  std::unique_ptr<Client> client_;
  DocumentId id_;
};

TEST_F(TakingBackTest, TheLastThingWrittenLeavesNoTrace) {
  ASSERT_OK_AND_ASSIGN(const auto before, client_->Verify());
  Submit(id_);
  ASSERT_OK(client_->TakeBack(id_));
  EXPECT_EQ(Requests(id_), 0);
  ASSERT_OK_AND_ASSIGN(const auto after, client_->Verify());
  EXPECT_EQ(after.changes, before.changes);
  EXPECT_EQ(after.view_digest_hex, before.view_digest_hex);
}

TEST_F(TakingBackTest, WhatWasWrittenAfterItIsKept) {
  Submit(id_);
  ASSERT_OK(client_->EditReport(id_, {.headline = "Two"}));
  ASSERT_OK_AND_ASSIGN(
      const DocumentId other,
      client_->CreateReport(room_.assignment(), {.headline = "Other"}));
  ASSERT_OK(client_->EditReport(other, {.headline = "Other two"}));
  ASSERT_OK(client_->PutDraft(id_, sync::kBody, "A body, typed on."));
  ASSERT_OK(client_->TakeBack(id_));
  EXPECT_EQ(Requests(id_), 0);
  EXPECT_EQ(Headline(id_), "Two");
  EXPECT_EQ(Headline(other), "Other two");
  ExpectSound();
  // The draft still stands on a version that exists.
  ASSERT_OK(client_->SealDrafts(false));
  ASSERT_OK_AND_ASSIGN(const View view, client_->Get(id_));
  EXPECT_EQ(sync::ReaderText(view.document, sync::kBody), "A body, typed on.");
  EXPECT_TRUE(view.document.version().complete());
  ASSERT_OK(client_->EditReport(other, {.headline = "Other three"}));
  ExpectSound();
}

TEST_F(TakingBackTest, WhatMayHaveLeftIsAnsweredInstead) {
  Submit(id_);
  client_.reset();
  {
    ASSERT_OK_AND_ASSIGN(auto store,
                         Store::Open(room_.home(0), absl::ZeroDuration()));
    ASSERT_OK(store->truth().MarkAllSent());
  }
  client_ = room_.Open(0);
  ASSERT_OK(client_->TakeBack(id_));
  EXPECT_EQ(Requests(id_), 2);
  ASSERT_OK_AND_ASSIGN(const View view, client_->Get(id_));
  EXPECT_EQ(view.document.workflow().status(), v1::STATUS_DRAFT);
}

TEST_F(TakingBackTest, ASubmissionThatSomethingElseNamesIsAnsweredInstead) {
  Submit(id_);
  ASSERT_OK_AND_ASSIGN(const View view, client_->Get(id_));
  v1::Action ack;  // lane 3, names the submission
  ack.mutable_acknowledge()->add_changes(
      view.document.workflow().requests(0).id().change());
  ASSERT_OK(client_->Act(id_, ack));
  ASSERT_OK(client_->TakeBack(id_));
  EXPECT_EQ(Requests(id_), 2);
  ExpectSound();
}

TEST_F(TakingBackTest, ThereMustBeASubmission) {
  EXPECT_FALSE(client_->TakeBack(id_).ok());
  EXPECT_FALSE(client_->TakeBack(DocumentId()).ok());
}

}  // namespace
}  // namespace dateline::client

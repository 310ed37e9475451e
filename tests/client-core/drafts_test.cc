// Drafts: durable, still under their author's hands, sealed against exactly
// the version that they were opened on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sync/base/clock.h"
#include "sync/base/limits.h"
#include "sync/compose/action.h"
#include "sync/compose/review.h"
#include "sync/model/fields.h"
#include "tests/client-core/home.h"
#include "tests/support/status_matchers.h"

namespace dateline::client {
namespace {

using ::dateline::testing::Fails;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kLead[] = "Shots were heard. The airport is closed.";

// Sentences of their own, `size` bytes.
std::string LongText(size_t size) {
  std::string text;
  for (size_t i = 0; text.size() < size; ++i) {
    absl::StrAppend(&text, "Dispatch number ", i, " came in.\n");
  }
  text.resize(size);
  return text;
}

class DraftsTest : public ::testing::Test {
 protected:
  void Open() { client_ = room_.Open(0, {.clock = &clock_}); }
  std::string Body(Client& client) {
    const auto view = client.Get(id_);
    EXPECT_OK(view);
    return view.ok() ? sync::ReaderText(view->document, sync::kBody) : "";
  }
  // The desk edits what this phone holds, and the phone gets it.
  void DeskWrites(const std::string& body) {
    client_.reset();
    room_.Carry(0, 1);
    auto desk = room_.Open(1);
    ASSERT_OK(desk->EditReport(id_, {.body = body}));
    desk.reset();
    room_.Carry(1, 0);
    Open();
  }
  void SetUp() override {
    Open();
    ASSERT_OK_AND_ASSIGN(
        id_, client_->CreateReport(room_.assignment(),
                                   {.headline = "One", .body = kLead}));
  }

  Newsroom room_{{v1::ROLE_REPORTER, v1::ROLE_EDITOR}};
  sync::SimulatedClock clock_{absl::FromUnixSeconds(1641600000)};
  std::unique_ptr<Client> client_;
  DocumentId id_;
};

TEST_F(DraftsTest, ADraftIsNoChangeUntilItIsSealed) {
  ASSERT_OK(client_->PutDraft(id_, sync::kBody, "Typed."));
  EXPECT_EQ(Body(*client_), kLead);
  ASSERT_OK_AND_ASSIGN(const uint64_t before, client_->Unsent());
  ASSERT_OK_AND_ASSIGN(const size_t sealed, client_->SealDrafts(false));
  EXPECT_EQ(sealed, 1u);
  EXPECT_EQ(Body(*client_), "Typed.");
  ASSERT_OK_AND_ASSIGN(const uint64_t after, client_->Unsent());
  EXPECT_EQ(after, before + 1);
  ASSERT_OK_AND_ASSIGN(const auto gone, client_->GetDraft(id_, sync::kBody));
  EXPECT_FALSE(gone.has_value());
}

TEST_F(DraftsTest, ADraftThatChangedNothingMakesNoChange) {
  ASSERT_OK(client_->PutDraft(id_, sync::kBody, "Typed."));
  ASSERT_OK(client_->PutDraft(id_, sync::kBody, kLead));
  ASSERT_OK_AND_ASSIGN(const size_t sealed, client_->SealDrafts(false));
  EXPECT_EQ(sealed, 0u);
}

TEST_F(DraftsTest, RemoteChangesMergeWhileTheDraftStaysAsItIs) {
  const std::string typed = "Shots were heard at dawn. The airport is closed.";
  ASSERT_OK(client_->PutDraft(id_, sync::kBody, typed));
  DeskWrites("Shots were heard. The airport was stormed.");
  EXPECT_EQ(Body(*client_), "Shots were heard. The airport was stormed.");
  ASSERT_OK_AND_ASSIGN(const auto draft, client_->GetDraft(id_, sync::kBody));
  ASSERT_TRUE(draft.has_value());
  EXPECT_EQ(draft->text, typed);
  ASSERT_OK(client_->SealDrafts(false));
  EXPECT_EQ(Body(*client_),
            "Shots were heard at dawn. The airport was stormed.");
}

TEST_F(DraftsTest, WhoGoesOnTypingAfterAnIdleSealDoesNotUndoTheDesk) {
  ASSERT_OK(client_->PutDraft(id_, sync::kBody,
                              "Shots were heard at dawn. The airport is "
                              "closed."));
  clock_.Advance(absl::Seconds(6));
  ASSERT_OK_AND_ASSIGN(const size_t sealed, client_->SealDrafts(true));
  EXPECT_EQ(sealed, 1u);
  DeskWrites("Shots were heard at dawn. The airport was stormed.");
  // The editor on the phone never showed what the desk wrote.
  ASSERT_OK(client_->PutDraft(id_, sync::kBody,
                              "Many shots were heard at dawn. The airport is "
                              "closed."));
  ASSERT_OK(client_->SealDrafts(false));
  EXPECT_EQ(Body(*client_),
            "Many shots were heard at dawn. The airport was stormed.");
}

TEST_F(DraftsTest, ADraftIsIdleAfterFiveSecondsAndNoSooner) {
  ASSERT_OK(client_->PutDraft(id_, sync::kBody, "Typed."));
  clock_.Advance(absl::Milliseconds(4999));
  ASSERT_OK_AND_ASSIGN(size_t sealed, client_->SealDrafts(true));
  EXPECT_EQ(sealed, 0u);
  clock_.Advance(absl::Milliseconds(1));
  ASSERT_OK_AND_ASSIGN(sealed, client_->SealDrafts(true));
  EXPECT_EQ(sealed, 1u);
}

TEST_F(DraftsTest, ADraftThatIsTypedInWithoutAPauseIsSealedAtItsLimit) {
  for (size_t i = 1; i < sync::kKeystrokesPerSealMax; ++i) {
    ASSERT_OK(client_->PutDraft(id_, sync::kBody, absl::StrCat("Typed ", i)));
  }
  ASSERT_OK_AND_ASSIGN(size_t sealed, client_->SealDrafts(true));
  EXPECT_EQ(sealed, 0u);  // one stroke short of it
  ASSERT_OK(client_->PutDraft(id_, sync::kBody, "Typed on."));
  ASSERT_OK_AND_ASSIGN(sealed, client_->SealDrafts(true));
  EXPECT_EQ(sealed, 1u);
}

TEST_F(DraftsTest, SubmittingSealsWhatWasTyped) {
  ASSERT_OK(client_->PutDraft(id_, sync::kBody, "Typed."));
  v1::Action submit;
  submit.mutable_submit();
  ASSERT_OK_AND_ASSIGN(const v1::Document filed, client_->Act(id_, submit));
  EXPECT_EQ(sync::ReaderText(filed, sync::kBody), "Typed.");
  ASSERT_THAT(filed.workflow().requests(), SizeIs(1));
  EXPECT_EQ(filed.workflow().status(), v1::STATUS_SUBMITTED);
}

TEST_F(DraftsTest, WhatCannotBeADraftIsRefused) {
  EXPECT_THAT(client_->PutDraft(id_, sync::kHeadline, "x"),
              Fails(v1::BAD_REQUEST));
  EXPECT_THAT(client_->PutDraft(id_, sync::kBody, "\xC0"), Fails(v1::BAD_UTF8));
  EXPECT_THAT(client_->PutDraft(DocumentId(), sync::kBody, "x"),
              Fails(v1::NOT_FOUND));
  EXPECT_THAT(client_->PutDraft(id_, sync::kBody,
                                std::string(sync::kTextScalarsMax + 1, 'x')),
              Fails(v1::TOO_LARGE));
}

// What a change cannot carry is sealed in pieces: no draft waits for ever.
TEST_F(DraftsTest, ADraftThatFillsItsTextCanBeSealed) {
  for (const size_t size :
       {sync::kContentBytesMax - 8, sync::kContentBytesMax,
        sync::kContentBytesMax + 1, sync::kTextScalarsMax}) {
    const std::string text = LongText(size);
    ASSERT_OK(client_->PutDraft(id_, sync::kBody, text));
    ASSERT_OK(client_->SealDraft(id_, sync::kBody)) << size;
    EXPECT_TRUE(Body(*client_) == text) << size;
    ASSERT_OK_AND_ASSIGN(const auto gone, client_->GetDraft(id_, sync::kBody));
    EXPECT_FALSE(gone.has_value());
  }
}

TEST_F(DraftsTest, PiecesOfALongDraftDoNotUndoTheDesk) {
  const std::string more = "\n" + LongText(sync::kContentBytesMax);
  ASSERT_OK(client_->PutDraft(id_, sync::kBody, kLead + more));
  DeskWrites("Shots were heard. The airport was stormed.");
  ASSERT_OK(client_->SealDrafts(false));
  EXPECT_TRUE(Body(*client_) ==
              "Shots were heard. The airport was stormed." + more);
}

TEST_F(DraftsTest, SealingOneLeavesTheOthersOpen) {
  ASSERT_OK_AND_ASSIGN(
      const DocumentId other,
      client_->CreateReport(room_.assignment(), {.headline = "Two"}));
  ASSERT_OK(client_->PutDraft(id_, sync::kBody, "Typed."));
  ASSERT_OK(client_->PutDraft(other, sync::kBody, "Not yet."));
  ASSERT_OK(client_->SealDraft(id_, sync::kBody));
  EXPECT_EQ(Body(*client_), "Typed.");
  ASSERT_OK_AND_ASSIGN(const View view, client_->Get(other));
  EXPECT_TRUE(view.draft);
  ASSERT_OK(
      client_->SealDraft(id_, sync::kBody));  // there is none: all is well
}

TEST_F(DraftsTest, AListSaysWhereADraftWaits) {
  const auto waits = [this] {
    const auto rows = client_->List({});
    EXPECT_OK(rows);
    return rows.ok() && rows->size() == 1 && (*rows)[0].draft;
  };
  EXPECT_FALSE(waits());
  ASSERT_OK(client_->PutDraft(id_, sync::kBody, "Typed."));
  EXPECT_TRUE(waits());
  clock_.Advance(absl::Seconds(6));
  ASSERT_OK(client_->SealDrafts(/*only_idle=*/true));  // open, but all sealed
  EXPECT_FALSE(waits());
}

TEST_F(DraftsTest, ADraftThatIsDroppedChangesNothing) {
  ASSERT_OK(client_->PutDraft(id_, sync::kBody, "Typed."));
  ASSERT_OK(client_->DropDraft(id_, sync::kBody));
  ASSERT_OK_AND_ASSIGN(const size_t sealed, client_->SealDrafts(false));
  EXPECT_EQ(sealed, 0u);
  EXPECT_EQ(Body(*client_), kLead);
  ASSERT_OK(client_->DropDraft(id_, sync::kBody));
}

TEST_F(DraftsTest, ADraftSurvivesKill9) {
  client_.reset();
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    Open();
    const bool ok = client_->PutDraft(id_, sync::kBody, "Typed.").ok();
    (void)!::write(ready[1], ok ? "y" : "n", 1);
    ::pause();
  }
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(answer, 'y');
  Open();
  ASSERT_OK_AND_ASSIGN(const auto draft, client_->GetDraft(id_, sync::kBody));
  ASSERT_TRUE(draft.has_value());
  EXPECT_EQ(draft->text, "Typed.");
}

}  // namespace
}  // namespace dateline::client

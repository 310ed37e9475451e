// Where a report is, in a reporter's words: every status, however much of it
// the desk holds.
#include "client-core/engine/whereabouts.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace dateline::client {
namespace {

enum class Sent { kNothing, kPart, kAll };

std::string Where(v1::Status status, Sent sent, bool asked_me = false) {
  const uint64_t unacked = sent == Sent::kNothing ? 4 : sent == Sent::kPart;
  return ToString(WhereaboutsOf({.progress = {.all = 4, .unacked = unacked},
                                 .status = status,
                                 .asked = asked_me,
                                 .mine = asked_me}));
}

TEST(WhereaboutsTest, WhatNobodyHasIsOnThisPhone) {
  for (int status = v1::Status_MIN; status <= v1::Status_MAX; ++status) {
    EXPECT_EQ(Where(static_cast<v1::Status>(status), Sent::kNothing, true),
              "on this phone")
        << status;
  }
}

TEST(WhereaboutsTest, EveryStatusHasItsWords) {
  const struct {
    v1::Status status;
    const char* part;  // of it is sent
    const char* all;
  } kCases[] = {
      {v1::STATUS_DRAFT, "on its way", "held by the desk"},
      {v1::STATUS_SUBMITTED, "on its way", "held by the desk"},
      {v1::STATUS_IN_REVIEW, "on its way", "being reviewed"},
      {v1::STATUS_ASKED, "on its way", "being reviewed"},
      {v1::STATUS_APPROVED, "on its way", "approved"},
      {v1::STATUS_PUBLISHED, "on its way", "published"},
      {v1::STATUS_CORRECTED, "on its way", "published"},
      {v1::STATUS_KILLED, "killed by the desk", "killed by the desk"},
      {v1::STATUS_HELD, "on its way", "being reviewed"},
      {v1::STATUS_SPIKED, "dropped by the desk", "dropped by the desk"},
  };
  EXPECT_EQ(std::size(kCases), v1::Status_MAX);
  for (const auto& one : kCases) {
    EXPECT_EQ(Where(one.status, Sent::kPart), one.part) << one.status;
    EXPECT_EQ(Where(one.status, Sent::kAll), one.all) << one.status;
  }
}

TEST(WhereaboutsTest, AQuestionForMeComesBeforeAllElseThatTheDeskHolds) {
  for (const Sent sent : {Sent::kPart, Sent::kAll}) {
    EXPECT_EQ(Where(v1::STATUS_ASKED, sent, /*asked_me=*/true),
              "question for you");
  }
}

}  // namespace
}  // namespace dateline::client

#include "server/log/log.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sync/base/errors.h"

namespace dateline {
namespace {

using server::Log;
using server::Severity;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class LogTest : public ::testing::Test {
 protected:
  Log LogFrom(Severity least) {
    return Log({.clock = &clock_, .least = least, .sink = [this](auto& line) {
                  lines_.push_back(line);
                }});
  }

  sync::SimulatedClock clock_{absl::FromUnixSeconds(1641600000)};
  std::vector<std::string> lines_;
};

TEST_F(LogTest, ALineNamesTimeSeverityOperationCodeAndId) {
  Log log = LogFrom(Severity::kWarning);
  log.Failed("session",
             sync::MakeError(v1::STORAGE_FULL, "there is no room left",
                             {.got = "sqlite 13: full"}),
             "device 0a0b");
  EXPECT_THAT(lines_, ElementsAre("2022-01-08T00:00:00Z WARNING session DL-1019"
                                  " STORAGE_FULL: device 0a0b, there is no room"
                                  " left, sqlite 13: full"));
}

TEST_F(LogTest, DamageAndOurOwnBugsAreErrors) {
  Log log = LogFrom(Severity::kWarning);
  log.Failed("a", sync::MakeError(v1::STORAGE_DAMAGED, "s"));
  log.Failed("b", absl::InternalError("a status without a code of ours"));
  EXPECT_THAT(lines_, SizeIs(2));
  for (const std::string& line : lines_)
    EXPECT_THAT(line, HasSubstr(" ERROR "));
}

TEST_F(LogTest, WhatPeersDoWrongIsSaidOnlyToThoseWhoAsk) {
  const absl::Status theirs = sync::MakeError(v1::BAD_UTF8, "not UTF-8");
  Log quiet = LogFrom(Severity::kWarning);
  quiet.Failed("session", theirs);
  EXPECT_THAT(lines_, IsEmpty());
  Log verbose = LogFrom(Severity::kInfo);
  verbose.Failed("session", theirs);
  EXPECT_THAT(lines_, SizeIs(1));
}

TEST_F(LogTest, WhatAPeerSentIsNotQuoted) {
  Log log = LogFrom(Severity::kInfo);
  log.Failed("session",
             sync::MakeError(v1::TOO_LARGE, "a canary in the sentence",
                             {.field = "headline",
                              .limit = "kHeadlineBytesMax=1000",
                              .got = "a canary"}));
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("headline, limit kHeadline")));
  EXPECT_THAT(lines_[0], Not(HasSubstr("canary")));
}

TEST_F(LogTest, AnEventIsOneLine) {
  Log log = LogFrom(Severity::kInfo);
  log.Note(Severity::kError, "protobuf", "first\nsecond\r");
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("first second ")));
}

TEST_F(LogTest, NoEventIsWrittenMoreOftenThanItsLimit) {
  Log log = LogFrom(Severity::kInfo);
  const absl::Status failure = sync::MakeError(v1::STORAGE_FULL, "s");
  for (int i = 0; i < server::kLogLinesPerMinuteMax; ++i) {
    log.Failed("view.apply", failure);
  }
  EXPECT_THAT(lines_, SizeIs(server::kLogLinesPerMinuteMax));
  log.Failed("view.apply", failure);  // one past it
  log.Failed("view.apply", failure);
  EXPECT_THAT(lines_, SizeIs(server::kLogLinesPerMinuteMax));
  log.Failed("session", failure);  // another's lines are its own
  EXPECT_THAT(lines_, SizeIs(server::kLogLinesPerMinuteMax + 1));
  clock_.Advance(absl::Minutes(1));
  log.Failed("view.apply", failure);
  EXPECT_THAT(lines_.back(), HasSubstr("(2 like it were left out)"));
  clock_.Set(absl::FromUnixSeconds(0));  // a clock that was set back
  log.Failed("view.apply", failure);
  EXPECT_THAT(lines_.back(), HasSubstr("1970-01-01"));
}

}  // namespace
}  // namespace dateline

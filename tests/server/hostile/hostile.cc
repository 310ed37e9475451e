#include "tests/server/hostile/hostile.h"

#include "sync/base/errors.h"

namespace dateline::testing {

using ::testing::HasSubstr;
using ::testing::Not;

Newsroom* HostileTest::room_ = nullptr;

void ExpectPlain(const v1::Error& error) {
  EXPECT_NE(error.reason(), v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_NE(error.reason(), v1::INTERNAL_ERROR) << error.ShortDebugString();
  EXPECT_TRUE(v1::ErrorReason_IsValid(error.reason()));
  EXPECT_THAT(error.sentence(), HasSubstr(" "));
  EXPECT_THAT(error.sentence(), Not(HasSubstr("\n")));
  EXPECT_THAT(error.ShortDebugString(), Not(HasSubstr(kCanary)));
}

void ExpectError(const v1::Error& error, const Expected& expected) {
  ExpectPlain(error);
  EXPECT_EQ(sync::CodeName(error.reason()), sync::CodeName(expected.reason))
      << error.ShortDebugString();
  EXPECT_EQ(error.field(), expected.field);
  EXPECT_THAT(error.limit(), HasSubstr(expected.limit));
  EXPECT_THAT(error.got(), HasSubstr(expected.got));
}

void HostileTest::ExpectUnharmed() {
  EXPECT_EQ(room().Status().views, before_.views);
  room().GoodSession();
  before_ = room().Status();
}

void HostileTest::TearDown() {
  room().GoodSession();
  EXPECT_THAT(room().Log(), Not(HasSubstr(kCanary)));
  EXPECT_THAT(room().Log(), Not(HasSubstr("ERROR")));
}

}  // namespace dateline::testing

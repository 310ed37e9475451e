#include "sync/base/errors.h"

#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace dateline::sync {
namespace {

TEST(ErrorsTest, CarriesCodeFieldLimitAndWhatWasGotThroughAStatus) {
  const absl::Status status = TooLarge("headline", "kHeadlineBytesMax", 10, 11);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  const v1::Error error = ErrorOf(status);
  EXPECT_EQ(error.reason(), v1::TOO_LARGE);
  EXPECT_EQ(error.field(), "headline");
  EXPECT_EQ(error.limit(), "kHeadlineBytesMax=10");
  EXPECT_EQ(error.got(), "11");
  EXPECT_EQ(CodeName(error.reason()), "DL-1004 TOO_LARGE");
}

TEST(ErrorsTest, AStatusWithoutADetailIsOurBug) {
  EXPECT_EQ(ErrorOf(absl::UnknownError("?")).reason(), v1::INTERNAL_ERROR);
  EXPECT_EQ(ReasonOf(absl::OkStatus()), v1::ERROR_REASON_UNSPECIFIED);
}

TEST(ErrorsTest, SurvivesTheWireBothWays) {
  const absl::Status status =
      MakeError(v1::UNAVAILABLE_NOW, "busy", {.retry = true});
  EXPECT_EQ(StatusOf(ErrorOf(status)), status);
}

}  // namespace
}  // namespace dateline::sync

// Matchers for absl::Status under the names that Abseil's own will have.
#ifndef DATELINE_TESTS_SUPPORT_STATUS_MATCHERS_H_
#define DATELINE_TESTS_SUPPORT_STATUS_MATCHERS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"

namespace dateline::testing {

inline const absl::Status& GetStatus(const absl::Status& status) {
  return status;
}
template <typename T>
const absl::Status& GetStatus(const absl::StatusOr<T>& result) {
  return result.status();
}

MATCHER(IsOk, "is OK") {
  *result_listener << GetStatus(arg);
  return GetStatus(arg).ok();
}
// The stable code that the error carries: Fails(v1::TOO_LARGE).
MATCHER_P(Fails, reason, std::string("fails with ") + sync::CodeName(reason)) {
  *result_listener << GetStatus(arg);
  return sync::ReasonOf(GetStatus(arg)) == reason;
}

}  // namespace dateline::testing

#define EXPECT_OK(expression) \
  EXPECT_THAT(expression, ::dateline::testing::IsOk())
#define ASSERT_OK(expression) \
  ASSERT_THAT(expression, ::dateline::testing::IsOk())
#define ASSERT_OK_AND_ASSIGN(left, expression)                             \
  ASSERT_OK_AND_ASSIGN_IMPL(DATELINE_MACRO_CONCAT(dateline_or_, __LINE__), \
                            left, expression)
#define ASSERT_OK_AND_ASSIGN_IMPL(holder, left, expression) \
  auto holder = (expression);                               \
  ASSERT_OK(holder);                                        \
  left = *std::move(holder)

#endif  // DATELINE_TESTS_SUPPORT_STATUS_MATCHERS_H_

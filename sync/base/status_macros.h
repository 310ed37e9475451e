// DATELINE_RETURN_IF_ERROR and DATELINE_ASSIGN_OR_RETURN, under the names that
// Abseil's own will have, for the Abseil of Debian 12 has none.
#ifndef DATELINE_SYNC_BASE_STATUS_MACROS_H_
#define DATELINE_SYNC_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define DATELINE_RETURN_IF_ERROR(expression)                                \
  do {                                                                      \
    if (absl::Status dateline_status = (expression); !dateline_status.ok()) \
      return dateline_status;                                               \
  } while (false)

#define DATELINE_MACRO_CONCAT_(a, b) a##b
#define DATELINE_MACRO_CONCAT(a, b) DATELINE_MACRO_CONCAT_(a, b)
#define DATELINE_ASSIGN_OR_RETURN(left, expression) \
  DATELINE_ASSIGN_OR_RETURN_IMPL(                   \
      DATELINE_MACRO_CONCAT(dateline_or_, __LINE__), left, expression)
#define DATELINE_ASSIGN_OR_RETURN_IMPL(holder, left, expression) \
  auto holder = (expression);                                    \
  if (!holder.ok()) return std::move(holder).status();           \
  left = *std::move(holder)

#endif  // DATELINE_SYNC_BASE_STATUS_MACROS_H_

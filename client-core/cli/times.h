// Wall times as people and programs write them: RFC 3339, always with a zone.
#ifndef DATELINE_CLIENT_CORE_CLI_TIMES_H_
#define DATELINE_CLIENT_CORE_CLI_TIMES_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace dateline::cli {

// "2022-01-09T12:00+06:00", seconds optional, "Z" for UTC, a space for the T.
// A usage error without a zone: a story crosses four of them.
absl::StatusOr<absl::Time> ParseTime(absl::string_view text);

// "2022-01-09T06:00:00Z", with milliseconds where there are any.
std::string JsonTime(int64_t unix_ms);
// "2022-01-09 12:00 +06:00" in the zone of this machine; "" for 0.
std::string PeopleTime(int64_t unix_ms);

}  // namespace dateline::cli

#endif  // DATELINE_CLIENT_CORE_CLI_TIMES_H_

#include "client-core/cli/times.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "client-core/cli/failure.h"

namespace dateline::cli {

absl::StatusOr<absl::Time> ParseTime(absl::string_view text) {
  std::string normal(text);
  if (normal.size() > 10 && normal[10] == ' ') normal[10] = 'T';
  for (const char* format :
       {"%Y-%m-%d%ET%H:%M:%E*S%Ez", "%Y-%m-%d%ET%H:%M%Ez"}) {
    absl::Time time;
    std::string error;
    if (absl::ParseTime(format, normal, &time, &error)) return time;
  }
  return UsageError(absl::StrCat("\"", text,
                                 "\" is no time with a zone, such as "
                                 "2022-01-09T12:00+06:00"));
}

std::string JsonTime(int64_t unix_ms) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E*SZ",
                          absl::FromUnixMillis(unix_ms), absl::UTCTimeZone());
}

std::string PeopleTime(int64_t unix_ms) {
  if (unix_ms == 0) return "";
  return absl::FormatTime("%Y-%m-%d %H:%M %Ez", absl::FromUnixMillis(unix_ms),
                          absl::LocalTimeZone());
}

}  // namespace dateline::cli

// Where the lines of the log go.
#ifndef DATELINE_SERVER_APP_LOG_FILE_H_
#define DATELINE_SERVER_APP_LOG_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/log/log.h"

namespace dateline::server {

// Appends to the file, made 0600, or writes to stderr for "-". A line that
// cannot be written is lost: the log stops nobody. BAD_REQUEST: no such place.
absl::StatusOr<Log::Sink> OpenLogSink(const std::string& path);

}  // namespace dateline::server

#endif  // DATELINE_SERVER_APP_LOG_FILE_H_

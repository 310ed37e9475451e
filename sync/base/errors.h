// Errors that people and programs act on: a stable code (`DL-1004 TOO_LARGE`),
// the field, the limit and what was got, whether to retry, and one plain
// sentence (DESIGN 10). Inside they are absl::Status with a payload; on the
// wire they are v1::Error. Never content.
#ifndef DATELINE_SYNC_BASE_ERRORS_H_
#define DATELINE_SYNC_BASE_ERRORS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dateline/v1/error.pb.h"
#include "sync/base/export.h"

namespace dateline::sync {

struct ErrorDetails {
  std::string field = {};
  std::string limit = {};
  std::string got = {};
  bool retry = false;
};

// A Status whose code fits `reason` and that carries all of v1::Error.
DATELINE_EXPORT absl::Status MakeError(v1::ErrorReason reason,
                                       absl::string_view sentence,
                                       const ErrorDetails& details = {});
// "field `x`: 300 bytes, limit kHeadlineBytesMax=200".
DATELINE_EXPORT absl::Status TooLarge(absl::string_view field,
                                      absl::string_view limit_name,
                                      uint64_t limit, uint64_t got);

// The v1::Error inside a Status; INTERNAL_ERROR if it carries none.
DATELINE_EXPORT v1::Error ErrorOf(const absl::Status& status);
// The reason only; ERROR_REASON_UNSPECIFIED if ok or none is carried.
DATELINE_EXPORT v1::ErrorReason ReasonOf(const absl::Status& status);
// The other way: what a peer sent becomes a Status again.
DATELINE_EXPORT absl::Status StatusOf(const v1::Error& error);
// "DL-1004 TOO_LARGE".
DATELINE_EXPORT std::string CodeName(v1::ErrorReason reason);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_BASE_ERRORS_H_

// Words as they are compared, never as they are shown: NFKC, case folded,
// trimmed, runs of white space one space (ICU; Unicode 15).
#ifndef DATELINE_SYNC_MERGE_NORMALIZE_H_
#define DATELINE_SYNC_MERGE_NORMALIZE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace dateline::sync {

std::string Normalize(absl::string_view words);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_NORMALIZE_H_

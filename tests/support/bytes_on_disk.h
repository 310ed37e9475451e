// Which files of a folder hold these bytes anywhere, also in what SQLite has
// freed, and in logs.
#ifndef DATELINE_TESTS_SUPPORT_BYTES_ON_DISK_H_
#define DATELINE_TESTS_SUPPORT_BYTES_ON_DISK_H_

#include <string>
#include <vector>

namespace dateline::testing {

// Regular files below `folder`, by name; ASCII capitals and small letters are
// the same, as indexes of words fold them.
std::vector<std::string> FilesThatHold(const std::string& folder,
                                       const std::string& bytes);

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SUPPORT_BYTES_ON_DISK_H_

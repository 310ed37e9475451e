// A folder of the test's own, removed with all it holds at the end.
#ifndef DATELINE_TESTS_SUPPORT_TEMP_DIR_H_
#define DATELINE_TESTS_SUPPORT_TEMP_DIR_H_

#include <string>

namespace dateline::testing {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const {
    return path_ + "/" + name;
  }

 private:
  std::string path_;
};

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SUPPORT_TEMP_DIR_H_

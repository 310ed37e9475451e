#include "tests/support/temp_dir.h"

#include <cstdlib>
#include <filesystem>

#include "sync/base/check.h"

namespace dateline::testing {

TempDir::TempDir() {
  path_ = (std::filesystem::temp_directory_path() / "dateline-test-XXXXXX")
              .string();
  DATELINE_CHECK(mkdtemp(path_.data()) != nullptr);
}

TempDir::~TempDir() {
  std::error_code ignored;  // a failed removal must not fail the test
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace dateline::testing

#include "tests/support/bytes_on_disk.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace dateline::testing {

std::vector<std::string> FilesThatHold(const std::string& folder,
                                       const std::string& bytes) {
  const std::string wanted = absl::AsciiStrToLower(bytes);
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string all{std::istreambuf_iterator<char>(in), {}};
    if (absl::StrContains(absl::AsciiStrToLower(all), wanted)) {
      files.push_back(entry.path().filename().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace dateline::testing

// protos/README.md says every limit that the code has, so that other
// languages keep the same ones.
#include <fstream>
#include <regex>
#include <sstream>

#include "gtest/gtest.h"

namespace dateline::sync {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(std::string(DATELINE_SOURCES) + path);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(ReadmeTest, ListsEveryLimit) {
  const std::string limits = ReadFile("/sync/base/limits.h");
  const std::string readme = ReadFile("/protos/README.md");
  const std::regex constant("constexpr \\w+ (k\\w+) =");
  int found = 0;
  for (std::sregex_iterator it(limits.begin(), limits.end(), constant), end;
       it != end; ++it) {
    ++found;
    EXPECT_NE(readme.find("`" + (*it)[1].str() + "`"), std::string::npos)
        << (*it)[1] << " is not in protos/README.md";
  }
  EXPECT_GE(found, 30);
}

}  // namespace
}  // namespace dateline::sync

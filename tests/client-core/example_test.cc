// The example of client-core/examples, run as its reader would.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/client-core/desk.h"

namespace dateline::client {
namespace {

using ::testing::HasSubstr;

std::string RunProgram(const std::string& command, int* code) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string output;
  char buffer[256];
  while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) output += buffer;
  *code = ::pclose(pipe) >> 8;
  return output;
}

TEST(ExampleTest, FilesAReportAndKeepsOneThatCannotLeave) {
  Desk desk;
  const std::string program =
      absl::StrCat(FILE_A_REPORT, " ", desk.home("phone"));
  int code = -1;
  EXPECT_THAT(
      RunProgram(absl::StrCat(program, " ", desk.Invite(v1::ROLE_REPORTER)),
                 &code),
      HasSubstr("held by the desk"));
  EXPECT_EQ(code, 0);
  desk.Stop();
  EXPECT_THAT(RunProgram(program, &code), HasSubstr("on this phone"));
  EXPECT_EQ(code, 5);
}

TEST(ExampleTest, IsShort) {
  std::ifstream source("client-core/examples/file_a_report.cc");
  int lines = 0;
  for (std::string line; std::getline(source, line);) ++lines;
  EXPECT_GT(lines, 10);
  EXPECT_LT(lines, 40);
}

}  // namespace
}  // namespace dateline::client

// What every case of bad input is held to.
#ifndef DATELINE_TESTS_SERVER_HOSTILE_HOSTILE_H_
#define DATELINE_TESTS_SERVER_HOSTILE_HOSTILE_H_

#include <memory>
#include <string>

#include "dateline/v1/error.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/hostile/newsroom.h"

namespace dateline::testing {

// An error as people and programs get it. `limit` and `got` are parts of it.
struct Expected {
  v1::ErrorReason reason;
  std::string field = {};
  std::string limit = {};
  std::string got = {};
};
void ExpectError(const v1::Error& error, const Expected& expected);
// A stable code and one plain sentence, whatever the reason.
void ExpectPlain(const v1::Error& error);

// One server for all tests of a suite. After each test, nothing of the content
// is in the server's log, and a good session still works.
class HostileTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { room_ = new Newsroom; }
  static void TearDownTestSuite() {
    delete room_;
    room_ = nullptr;
  }
  void SetUp() override { before_ = room().Status(); }
  void TearDown() override;

  static Newsroom& room() { return *room_; }
  // The documents are what they were when this was last asked (or at the
  // start), and a good session works.
  void ExpectUnharmed();
  Shown before() const { return before_; }

 private:
  static Newsroom* room_;
  Shown before_;
};

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SERVER_HOSTILE_HOSTILE_H_

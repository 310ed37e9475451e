// A certificate authority and a server certificate for tests, made on the spot.
#ifndef DATELINE_TESTS_SYNC_STREAM_TEST_CA_H_
#define DATELINE_TESTS_SYNC_STREAM_TEST_CA_H_

#include <string>

namespace dateline::testing {

struct TestCa {
  std::string ca_pem;
  std::string server_pem;  // for the name `dateline`
  std::string server_key_pem;
};
TestCa MakeTestCa(const char* name = "test CA");

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SYNC_STREAM_TEST_CA_H_

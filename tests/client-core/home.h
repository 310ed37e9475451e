// A newsroom without a server, for tests of the phone's side: a signed roster,
// joined homes, and a courier that copies changes from one store to another.
#ifndef DATELINE_TESTS_CLIENT_CORE_HOME_H_
#define DATELINE_TESTS_CLIENT_CORE_HOME_H_

#include <memory>
#include <string>
#include <vector>

#include "client-core/store/store.h"
#include "dateline/client.h"
#include "sync/base/random.h"
#include "sync/base/signature.h"
#include "tests/support/temp_dir.h"

namespace dateline::client {

class Newsroom {
 public:
  // People 0.. with one device each, all members of `assignment`.
  explicit Newsroom(const std::vector<v1::Role>& roles);

  const AssignmentId& assignment() const { return assignment_; }
  std::string home(int person) const;
  // Joined at the first call; closed when the pointer goes.
  std::unique_ptr<Client> Open(int person, Options options = {});
  // Everything `from` holds and `to` lacks; neither may be open.
  void Carry(int from, int to);
  sync::DeviceId device(int person) const { return people_[person].device; }

 private:
  struct Member {
    sync::PersonId person;
    sync::DeviceId device;
    sync::KeySeed seed;
    bool joined = false;
  };
  void Join(int person);

  testing::TempDir dir_;
  sync::SeededRandom random_{7};
  sync::SigningKey home_key_;
  sync::DeviceId home_device_;
  AssignmentId assignment_;
  std::vector<Member> people_;
  v1::SignedRoster roster_;
};

}  // namespace dateline::client

#endif  // DATELINE_TESTS_CLIENT_CORE_HOME_H_

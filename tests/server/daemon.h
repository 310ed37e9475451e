// A real datelined in a process of its own, on ports that the system chose.
#ifndef DATELINE_TESTS_SERVER_DAEMON_H_
#define DATELINE_TESTS_SERVER_DAEMON_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "dateline/v1/session.pb.h"

namespace dateline::testing {

// What a command printed, and its exit code.
struct Ran {
  int exit = -1;
  std::string out, err;
};
Ran RunDatelined(const std::vector<std::string>& arguments);

class Daemon {
 public:
  // Serves `data`; made if it is absent. Waits until it listens. `options` go
  // behind those that a test's server has anyway.
  explicit Daemon(std::string data, std::vector<std::string> options = {});
  ~Daemon();  // SIGKILL, if it still runs

  // On the ports of the last time, so that devices find it again.
  void Start();
  void Kill();      // SIGKILL: a power cut, as far as the process goes
  int Terminate();  // SIGTERM; its exit code

  // What it printed since it was started.
  std::string Said() const;

  pid_t pid() const { return pid_; }
  const std::string& data() const { return data_; }
  const std::string& sync_address() const { return sync_; }
  const std::string& enrol_address() const { return enrol_; }

  std::string Invite(const std::string& role,
                     const std::string& assignment = "almaty");
  v1::EnrolmentTicket Ticket(const std::string& role,
                             const std::string& assignment = "almaty");
  // `datelined status --json`; the text after "NAME": up to the comma.
  std::string StatusOf(const std::string& name);
  // Until the view has applied all that is stored; 10 s at most.
  void WaitForView();

 private:
  const std::string data_;
  const std::vector<std::string> options_;
  std::string sync_ = "127.0.0.1:0", enrol_ = "127.0.0.1:0";
  pid_t pid_ = -1;
};

v1::EnrolmentTicket ReadTicket(const std::string& code);
std::string CodeOf(const v1::EnrolmentTicket& ticket);

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SERVER_DAEMON_H_

// The listeners of a server over an opened core: sync and desk on one, enrol
// on another, the admin's in the data directory.
#ifndef DATELINE_SERVER_SERVICES_SERVER_H_
#define DATELINE_SERVER_SERVICES_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/app/core.h"

namespace dateline::server {

struct ServerOptions {
  std::string listen = "127.0.0.1:7601";  // port 0: any free one
  std::string enrol_listen = "127.0.0.1:7602";
  std::string public_host;  // what devices are told; empty: as listened
};

// Thread-safe.
class Server {
 public:
  // Listens, then writes DIRECTORY/address.json. Borrows *core, which has not
  // been started; starts it. UNAVAILABLE_NOW: an address cannot be had.
  static absl::StatusOr<std::unique_ptr<Server>> Start(
      Core* core, const ServerOptions& options);
  virtual ~Server() = default;

  virtual const std::string& sync_address() const = 0;
  virtual const std::string& enrol_address() const = 0;
  // Takes no new calls, ends sessions with UNAVAILABLE_NOW, finishes what was
  // accepted, removes address.json. Once.
  virtual void Drain() = 0;
};

// The address of the admin's door: short, however long the directory's path
// is, for a socket's may be 107 bytes.
class AdminDoor {
 public:
  static absl::StatusOr<std::unique_ptr<AdminDoor>> Open(
      const std::string& directory);
  ~AdminDoor();
  std::string address() const;

 private:
  explicit AdminDoor(int fd) : fd_(fd) {}
  const int fd_;  // of the directory
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_SERVICES_SERVER_H_

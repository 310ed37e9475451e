// What the libraries that we stand on would print: gRPC's and protobuf's own
// messages become lines of the log, or nothing. They may quote what a peer
// sent, so the log gets the place in the library's source alone.
#ifndef DATELINE_SERVER_SERVICES_GRPC_LOG_H_
#define DATELINE_SERVER_SERVICES_GRPC_LOG_H_

#include "server/log/log.h"

namespace dateline::server {

// One at a time: the libraries have one place each to hand their messages to.
class LibraryLog {
 public:
  // Borrows *log.
  explicit LibraryLog(Log* log);
  ~LibraryLog();  // silence
  LibraryLog(const LibraryLog&) = delete;
  LibraryLog& operator=(const LibraryLog&) = delete;
};

}  // namespace dateline::server

#endif  // DATELINE_SERVER_SERVICES_GRPC_LOG_H_

// One SyncService.Session call to a real server, a message at a time and of
// whatever bytes.
#ifndef DATELINE_TESTS_SERVER_HOSTILE_RAW_SESSION_H_
#define DATELINE_TESTS_SERVER_HOSTILE_RAW_SESSION_H_

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>

#include "dateline/v1/session.pb.h"
#include "tests/server/call.h"

namespace dateline::testing {

// Every call waits until it is done. Thread-compatible.
class RawSession {
 public:
  explicit RawSession(const std::shared_ptr<grpc::Channel>& channel);
  ~RawSession();  // hangs up, if Finish was not called

  // False if the server has ended the call.
  bool Write(const std::string& bytes);
  void WritesDone();
  // Nothing once the server has ended the call.
  std::optional<v1::ServerMessage> Read();
  // What the server ended the call with; waits until it does.
  Answer Finish();

 private:
  bool Next();

  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  grpc::GenericStub stub_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  bool finished_ = false;
};

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SERVER_HOSTILE_RAW_SESSION_H_

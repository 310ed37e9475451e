// Raw calls to a datelined: any bytes to any method, and what comes back.
#ifndef DATELINE_TESTS_SERVER_CALL_H_
#define DATELINE_TESTS_SERVER_CALL_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "dateline/v1/error.pb.h"
#include "dateline/v1/session.pb.h"
#include "sync/base/ids.h"
#include "sync/base/signature.h"

namespace dateline::testing {

struct Answer {
  grpc::Status status;
  v1::Error error;  // of the trailer; empty if there is none
  std::string bytes;
};

std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address,
                                         const std::string& ca_pem);

// A device that joined, able to sign what it asks of the desk.
struct DeskDevice {
  sync::DeviceId id;
  sync::SigningKey key;
};
v1::EnrolRequest EnrolRequestOf(const DeskDevice& device,
                                const std::string& secret);

// One unary call; signed if `device` is given.
Answer CallUnary(grpc::Channel& channel, const std::string& method,
                 const std::string& bytes, const DeskDevice* device = nullptr);
// Sends one message on a stream and reads to its end; `bytes` of the last.
Answer CallStream(grpc::Channel& channel, const std::string& method,
                  const std::string& bytes, const DeskDevice* device = nullptr);

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SERVER_CALL_H_

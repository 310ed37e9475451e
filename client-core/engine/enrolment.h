// Turns what a server answered to an enrolment into a joined home. Join calls
// it; tests call it with an answer of their own, without a network.
#ifndef DATELINE_CLIENT_CORE_ENGINE_ENROLMENT_H_
#define DATELINE_CLIENT_CORE_ENGINE_ENROLMENT_H_

#include <string>

#include "client-core/store/store.h"
#include "dateline/v1/session.pb.h"
#include "sync/base/random.h"
#include "sync/base/signature.h"

namespace dateline::client {

// Who asks to join; made before the code is spent.
struct Newcomer {
  sync::DeviceId device;
  sync::SigningKey key;
  std::string name;  // "Almaty phone"
};

// BAD_REQUEST, BAD_SIGNATURE where the answer is not what an honest server
// sends; CONFLICT if this home has joined already. Nothing is changed then.
absl::Status Install(const Newcomer& newcomer,
                     const v1::EnrolResponse& response, sync::Random& random,
                     Store* store);

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_CORE_ENGINE_ENROLMENT_H_

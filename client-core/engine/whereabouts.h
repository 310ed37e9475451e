// Where a report is, in a reporter's words, from what the desk holds of it and
// what the desk did with it.
#ifndef DATELINE_CLIENT_CORE_ENGINE_WHEREABOUTS_H_
#define DATELINE_CLIENT_CORE_ENGINE_WHEREABOUTS_H_

#include "client-core/store/truth.h"
#include "dateline/client.h"

namespace dateline::client {

struct Standing {
  Truth::Progress progress;
  v1::Status status = v1::STATUS_UNSPECIFIED;
  bool asked = false;  // a question of the desk is open
  bool mine = false;
};
Whereabouts WhereaboutsOf(const Standing& standing);

}  // namespace dateline::client

#endif  // DATELINE_CLIENT_CORE_ENGINE_WHEREABOUTS_H_

// Which lane an op stands in and what it needs: the table of
// protos/README.md, "Ops". Private to the room.
#ifndef DATELINE_SYNC_WIRE_OP_RULES_H_
#define DATELINE_SYNC_WIRE_OP_RULES_H_

#include "dateline/v1/change.pb.h"
#include "sync/model/feed.h"
#include "sync/model/header.h"

namespace dateline::sync {

constexpr DocumentKind kAnyDocumentKind{};

struct OpRule {
  v1::Op::KindCase op;
  Lane lane;
  PermissionClass needs;  // a RequestOp: at least
  DocumentKind only;      // of this kind of document, or any
};

// nullptr for an op that this reader does not know.
const OpRule* FindRule(const v1::Op& op);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_WIRE_OP_RULES_H_

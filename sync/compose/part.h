// What one save wants to write, before it has a place in a feed: one part a
// lane. `Sealer` (sealer.h) turns parts into changes, text first, so that an
// earlier lane can name a later one.
#ifndef DATELINE_SYNC_COMPOSE_PART_H_
#define DATELINE_SYNC_COMPOSE_PART_H_

#include <variant>
#include <vector>

#include "dateline/v1/change.pb.h"
#include "sync/model/change.h"

namespace dateline::sync {

// A change that an op names: one that exists, or this save's part of a lane.
using Name = std::variant<Hash, Lane>;

struct Part {
  Lane lane = Lane::kFact;
  DocumentId document;
  DocumentKind kind = DocumentKind::kReport;
  PermissionClass permission = PermissionClass::kContent;
  std::vector<Hash> deps;   // heads of the document in this lane, as seen
  std::vector<Name> names;  // ops refer to them from 1
  v1::Structure structure;
  v1::Content content;
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_COMPOSE_PART_H_

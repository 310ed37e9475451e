// May this person write this here? Judged for every change at ingest, by role,
// membership and class (DESIGN 9, PLAN). What may not has no effect but is
// kept: home's verdict holds it. Pure.
#ifndef DATELINE_SERVER_INGEST_ADMISSION_H_
#define DATELINE_SERVER_INGEST_ADMISSION_H_

#include <optional>

#include "dateline/v1/change.pb.h"
#include "server/storage/truth.h"
#include "server/trust/roster.h"
#include "sync/model/change.h"

namespace dateline::server {

struct Submission {
  const sync::Change& change;  // not a kPlaceOnly
  const v1::Structure& structure;
  const Roster& roster;
  // Of the document; nullopt: this change is its first.
  std::optional<DocumentOrigin> origin;
  // The document is another assignment's: its first change came there.
  bool elsewhere = false;
};

// Why it is held; HELD_REASON_UNSPECIFIED: it is not.
v1::HeldReason Judge(const Submission& submission);

// The highest class of ops that a role may write; class 0: none.
sync::PermissionClass HighestClassOf(v1::Role role);

// Decisions and verdicts are home's, whatever the role.
bool HasHomeOps(const v1::Structure& structure);

}  // namespace dateline::server

#endif  // DATELINE_SERVER_INGEST_ADMISSION_H_

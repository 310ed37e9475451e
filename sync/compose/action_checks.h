// What an action must look like before anything is composed of it: an editor's
// browser sent it. Private to the room.
#ifndef DATELINE_SYNC_COMPOSE_ACTION_CHECKS_H_
#define DATELINE_SYNC_COMPOSE_ACTION_CHECKS_H_

#include "absl/status/status.h"
#include "dateline/v1/desk.pb.h"
#include "dateline/v1/document.pb.h"

namespace dateline::sync {

// BAD_REQUEST: ids and hashes of a wrong length, wherever they stand in the
// action, or an action for another kind of document. OUT_OF_RANGE_VALUE: an
// enum that is 0.
absl::Status CheckAction(const v1::Action& action,
                         const v1::Document& document);

// TOO_LARGE if `more` items would take a list past kItemsPerListMax.
absl::Status CheckItemCount(const v1::Document& document, uint32_t list,
                            size_t more);

// What composing says of something that is not on the author's screen.
absl::Status NotThere(absl::string_view what, absl::string_view field);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_COMPOSE_ACTION_CHECKS_H_

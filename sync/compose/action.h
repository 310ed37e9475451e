// From what a person wants (v1::Action; a new or edited report or statement)
// to the parts of one save. The one place that knows which ops an action is:
// the phone's engine and the server's desk both call it. Pure.
#ifndef DATELINE_SYNC_COMPOSE_ACTION_H_
#define DATELINE_SYNC_COMPOSE_ACTION_H_

#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "dateline/v1/desk.pb.h"
#include "dateline/v1/document.pb.h"
#include "dateline/v1/ledger.pb.h"
#include "sync/compose/part.h"

namespace dateline::sync {

// What the person had on screen.
struct Seen {
  const v1::Document& document;
  const v1::Ledger& ledger;  // of the assignment
  PersonId actor;
};

// Changes that one redaction names: with a reason, what fits kNoticeBytesMax.
constexpr int kRedactedPerNoticeMax = 8;

// Errors: DENIED is not judged here (admission does); INCOMPLETE_VERSION when
// approving a version that is incomplete or in conflict; NOT_FOUND for an item
// or write that `seen` does not hold; CONFLICT when a publish names less than
// is known; BAD_REQUEST for an action that does not fit the kind.
absl::StatusOr<std::vector<Part>> ComposeAction(const v1::Action& action,
                                                const Seen& seen);

// An approval may name an older version: that is what the editor read. Its
// heads; empty if the action is about `now`. Compose it against the document
// at that version, with the lane heads of now.
std::vector<std::string> OlderVersion(const v1::Action& action,
                                      const v1::Document& now);

// A change stands on at most kDepsMax heads. Where more stand side by side in
// lane 1 or 2, these parts bring some together and say nothing else. Save them,
// merge again, and ask again until there are none; then compose.
std::vector<Part> JoinHeads(const v1::Document& document);

// What an editor or reporter changed of a document, against `base` (a default
// Document with id and kind set: a new one). Absent fields stay.
struct DocumentEdit {
  absl::btree_map<uint32_t, v1::Value> registers;
  absl::btree_map<uint32_t, std::vector<v1::Value>> sets;  // the whole new set
  absl::btree_map<uint32_t, std::string> texts;  // the whole new UTF-8 text
  std::vector<v1::Figure> new_figures;           // statements
};
// No part at all if nothing differs. The text of a field is compared with
// what ReaderText showed; markers of open spans that are gone resolve them.
absl::StatusOr<std::vector<Part>> ComposeEdit(const v1::Document& base,
                                              const DocumentEdit& edit);

// The text of a field as people and $EDITOR see it: plain, with each open
// span between marker lines that name its authors' changes.
std::string ReaderText(const v1::Document& document, uint32_t field);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_COMPOSE_ACTION_H_

// From a merged document to its row in the queue and to what search finds of
// it. Pure.
#ifndef DATELINE_SERVER_VIEW_ROWS_H_
#define DATELINE_SERVER_VIEW_ROWS_H_

#include <string>

#include "absl/container/btree_map.h"
#include "dateline/v1/desk.pb.h"
#include "dateline/v1/document.pb.h"
#include "dateline/v1/ledger.pb.h"
#include "server/storage/view.h"
#include "server/trust/roster.h"

namespace dateline::server {

// Whether a report uses what its source took back.
struct UseFlags {
  bool withdrawn = false;
  bool probably = false;  // through a look-alike only
  friend bool operator==(const UseFlags&, const UseFlags&) = default;
};
// By report id (12 bytes), of reports with a flag alone.
using FlagsByReport = absl::btree_map<std::string, UseFlags>;
FlagsByReport FlagsOf(const v1::Ledger& ledger);

v1::QueueRow RowOf(const ViewDocument& view, const UseFlags& flags,
                   const Roster& roster);

struct SearchText {
  std::string title;  // weighs more
  std::string words;
};
SearchText SearchTextOf(const v1::Document& document);

}  // namespace dateline::server

#endif  // DATELINE_SERVER_VIEW_ROWS_H_

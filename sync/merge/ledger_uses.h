// Who uses a figure: the citations of reports, of their approved versions and
// of what was published (DESIGN 6). Thread-compatible; borrows the documents.
#ifndef DATELINE_SYNC_MERGE_LEDGER_USES_H_
#define DATELINE_SYNC_MERGE_LEDGER_USES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "dateline/v1/document.pb.h"
#include "dateline/v1/ledger.pb.h"
#include "sync/merge/ledger_book.h"

namespace dateline::sync {

// One citation of one report, wherever it stands.
struct CitedUse {
  v1::Use use;         // without probable and unaware
  std::string target;  // the statement
  FigureKey figure;
  absl::btree_set<std::string> saw;  // changes that its writers had seen
};

class Uses {
 public:
  explicit Uses(const std::vector<const v1::Document*>& documents);

  // By (report, citation).
  const std::vector<CitedUse>& all() const { return uses_; }
  // Of exactly this figure; indexes into all(), ascending.
  std::vector<int> Of(const std::string& statement,
                      const FigureKey& figure) const;
  // Of any figure of the statement.
  std::vector<int> OfStatement(const std::string& statement) const;

 private:
  void ReadReport(const v1::Document& report);

  std::vector<CitedUse> uses_;
  absl::btree_map<std::string, absl::btree_map<FigureKey, std::vector<int>>>
      by_target_;
};

// The changes of the statement's lane 0 whose authors had seen `withdrawal`,
// itself among them.
absl::btree_set<std::string> AwareOf(const v1::Document& statement,
                                     const std::string& withdrawal);

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_LEDGER_USES_H_

// One figure of the ledger, and the warnings about all of them: parts of the
// naive reference.
#ifndef DATELINE_TESTS_SYNC_MERGE_NAIVE_ENTRY_H_
#define DATELINE_TESTS_SYNC_MERGE_NAIVE_ENTRY_H_

#include <string>
#include <tuple>
#include <vector>

#include "dateline/v1/ledger.pb.h"

namespace dateline::testing {

struct NaiveEntry {
  v1::LedgerEntry view;
  std::tuple<std::string, std::string, std::string> row;
  std::string source, origin;
  bool deleted = false;
  bool Withdrawn() const { return view.retracted() || view.disavowed(); }
  std::tuple<int64_t, int64_t, int64_t, bool> Value() const {
    const v1::Figure& record = view.record();
    return {record.low(), record.best(), record.high(), record.at_least()};
  }
  bool Current() const {
    return !Withdrawn() && !view.superseded() && !deleted &&
           !view.probably_withdrawn();
  }
};

void NaiveWarnings(const std::vector<NaiveEntry>& entries, v1::Ledger* out);

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SYNC_MERGE_NAIVE_ENTRY_H_

// The citations of one report, by their definition: a part of the naive
// reference.
#ifndef DATELINE_TESTS_SYNC_MERGE_NAIVE_USES_H_
#define DATELINE_TESTS_SYNC_MERGE_NAIVE_USES_H_

#include <set>
#include <string>
#include <vector>

#include "dateline/v1/document.pb.h"
#include "dateline/v1/ledger.pb.h"

namespace dateline::testing {

struct NaiveUse {
  v1::Use use;
  std::string target;
  v1::ItemId figure;
  std::set<std::string> saw;
};

// By citation.
std::vector<NaiveUse> NaiveUsesOf(const v1::Document& report);

}  // namespace dateline::testing

#endif  // DATELINE_TESTS_SYNC_MERGE_NAIVE_USES_H_

#include "server/ingest/home.h"

namespace dateline::server {

absl::Status AnswerOpenRequests(const absl::btree_set<DocumentKey>& touched,
                                Intake& intake, TruthWriter& truth) {
  return absl::OkStatus();
}

}  // namespace dateline::server

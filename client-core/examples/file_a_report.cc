// Files one report from a phone: file_a_report DIRECTORY [CODE]. With a code
// of `datelined invite` it joins first; without a link the report stays safe
// on the device, and a later run sends it.
#include <cstdio>

#include "dateline/client.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  auto client = dateline::client::Client::Open({.directory = argv[1]});
  if (!client.ok()) return 1;
  if (argc > 2 && !(*client)->Join(argv[2], "a phone").ok()) return 1;

  const auto assignments = (*client)->Assignments();
  if (!assignments.ok() || assignments->empty()) return 1;
  const auto assignment =
      dateline::client::AssignmentId::FromBytes(assignments->front().id());

  const auto report = (*client)->CreateReport(
      *assignment, {.slugline = "kazakhstan-unrest",
                    .headline = "Airport closed after night of clashes",
                    .body = "ALMATY - The airport is closed.\n"});
  if (!report.ok()) return 1;  // nothing was changed; the status says why
  dateline::v1::Action submit;
  submit.mutable_submit();
  if (!(*client)->Act(*report, submit).ok()) return 1;

  const auto sync = (*client)->SyncOnce({.deadline = absl::Seconds(10)});
  const auto view = (*client)->Get(*report);
  if (!view.ok()) return 1;
  std::printf("%s: %s\n", report->ToHex().c_str(),
              ToString(view->where).c_str());
  return sync.ok() ? 0 : 5;
}

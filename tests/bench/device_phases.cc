#include "tests/bench/device_phases.h"

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "client-core/engine/client_impl.h"
#include "dateline/client.h"
#include "sync/base/check.h"
#include "sync/base/status_macros.h"
#include "sync/host/sqlite.h"
#include "tests/bench/corpus.h"
#include "tests/bench/report.h"

namespace dateline::bench {
namespace {

using client::Client;
using nlohmann::json;

constexpr size_t kImportBatch = 256;  // reports a transaction
constexpr size_t kReportBytes = 1024;

double PeakMebibytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

absl::StatusOr<sync::AssignmentId> FirstAssignment(Client& client) {
  DATELINE_ASSIGN_OR_RETURN(const auto assignments, client.Assignments());
  if (assignments.empty()) return absl::NotFoundError("no assignment");
  return sync::AssignmentId::FromBytes(assignments[0].id());
}

// What makes a save durable, asked of the store's own connection.
absl::Status AssertDurable(host::Database& database) {
  for (const auto& [pragma, wanted] :
       {std::pair("journal_mode", "wal"), std::pair("synchronous", "2")}) {
    DATELINE_ASSIGN_OR_RETURN(
        host::Statement ask, database.Prepare(absl::StrCat("PRAGMA ", pragma)));
    DATELINE_RETURN_IF_ERROR(ask.Step().status());
    DATELINE_CHECK(ask.Text(0) == wanted);
  }
  return absl::OkStatus();
}

absl::StatusOr<json> Save(const PhaseOptions& options) {
  DATELINE_ASSIGN_OR_RETURN(
      auto store, client::Store::Open(options.home, absl::ZeroDuration()));
  host::Database& database = store->db();
  client::ClientImpl client({.directory = options.home}, std::move(store));
  DATELINE_RETURN_IF_ERROR(client.Start());
  if (!options.code.empty()) {
    DATELINE_RETURN_IF_ERROR(client.Join(options.code, "bench"));
  }
  DATELINE_ASSIGN_OR_RETURN(const auto assignment, FirstAssignment(client));
  DATELINE_ASSIGN_OR_RETURN(const auto corpus,
                            LoadCorpus(options.corpus, options.count));
  DATELINE_RETURN_IF_ERROR(AssertDurable(database));
  json times = json::array();
  for (client::ReportEdit report : corpus) {
    report.body->resize(kReportBytes, '.');
    absl::StatusOr<sync::DocumentId> saved;
    times.push_back(
        Milliseconds([&] { saved = client.CreateReport(assignment, report); }));
    DATELINE_RETURN_IF_ERROR(saved.status());
    DATELINE_ASSIGN_OR_RETURN(const client::View view, client.Get(*saved));
    DATELINE_CHECK(view.document.texts_size() > 0);  // readable on return
  }
  DATELINE_RETURN_IF_ERROR(AssertDurable(database));
  return json{{"ms", times}};
}

absl::StatusOr<json> Import(Client& client, const PhaseOptions& options) {
  DATELINE_ASSIGN_OR_RETURN(const auto assignment, FirstAssignment(client));
  DATELINE_ASSIGN_OR_RETURN(const auto corpus,
                            LoadCorpus(options.corpus, options.count));
  size_t word_bytes = 0;
  for (const client::ReportEdit& report : corpus) {
    word_bytes += WordBytes(report);
  }
  absl::Status status;
  const double ms = Milliseconds([&] {
    for (size_t i = 0; i < corpus.size() && status.ok(); i += kImportBatch) {
      const size_t end = std::min(corpus.size(), i + kImportBatch);
      status = client
                   .CreateReports(assignment,
                                  {corpus.begin() + i, corpus.begin() + end})
                   .status();
    }
  });
  DATELINE_RETURN_IF_ERROR(status);
  return json{{"ms", ms}, {"word_bytes", word_bytes}};
}

absl::StatusOr<json> Sync(Client& client) {
  absl::StatusOr<client::SyncReport> report;
  const double ms = Milliseconds(
      [&] { report = client.SyncOnce({.deadline = absl::Minutes(10)}); });
  DATELINE_RETURN_IF_ERROR(report.status());
  return json{{"ms", ms},
              {"push_ms", absl::ToDoubleMilliseconds(report->push_time)},
              {"bytes", report->sent_bytes + report->received_bytes},
              {"sent", report->sent_changes},
              {"received", report->received_changes}};
}

absl::StatusOr<json> NoOp(Client& client, size_t count) {
  std::vector<double> times;
  json last;
  for (size_t i = 0; i < count; ++i) {
    DATELINE_ASSIGN_OR_RETURN(last, Sync(client));
    times.push_back(last["ms"]);
    DATELINE_CHECK(last["sent"] == 0);
    DATELINE_CHECK(i == 0 || last["received"] == 0);
  }
  last["ms"] = Median(times);
  return last;
}

absl::StatusOr<json> Run(const std::string& phase,
                         const PhaseOptions& options) {
  if (phase == "save") return Save(options);
  std::unique_ptr<Client> client;
  absl::Status status;
  size_t listed = 0;
  const double open_ms = Milliseconds([&] {
    auto opened = Client::Open(
        {.directory = options.home, .server_address = options.via});
    status = opened.status();
    if (!status.ok()) return;
    client = *std::move(opened);
    if (phase != "open") return;
    const auto rows = client->List({.limit = 50});
    status = rows.status();
    if (status.ok()) listed = rows->size();
  });
  DATELINE_RETURN_IF_ERROR(status);
  if (!options.code.empty()) {
    DATELINE_RETURN_IF_ERROR(client->Join(options.code, "bench"));
  }
  if (phase == "open") {
    DATELINE_CHECK(listed == 50);
    return json{{"ms", open_ms}};
  }
  if (phase == "import") return Import(*client, options);
  if (phase == "sync") return Sync(*client);
  if (phase == "noop") return NoOp(*client, options.count);
  return absl::InvalidArgumentError(phase);
}

}  // namespace

int RunDevicePhase(const std::string& phase, const PhaseOptions& options) {
  absl::StatusOr<json> result = Run(phase, options);
  if (!result.ok()) {
    std::fprintf(stderr, "error: phase %s: %s\n", phase.c_str(),
                 result.status().ToString().c_str());
    return 1;
  }
  (*result)["peak_mib"] = PeakMebibytes();
  std::puts(result->dump().c_str());
  return 0;
}

}  // namespace dateline::bench

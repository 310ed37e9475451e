// What a save costs against raw SQLite, and what a corpus costs to import,
// push, pull, hold and open: `tests/bench/run store`.
#include <cstdio>
#include <numeric>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "sync/base/status_macros.h"
#include "tests/bench/device_phases.h"
#include "tests/bench/newsroom.h"
#include "tests/bench/report.h"
#include "tests/bench/yardstick.h"
#include "tests/support/temp_dir.h"

namespace dateline::bench {
namespace {

constexpr size_t kReports = 6000;
constexpr size_t kFewReports = 600;
constexpr int kSaves = 300;
constexpr int kRounds = 5;

struct Arguments {
  std::string self, datelined, corpus, phase;
  PhaseOptions phase_options;
  bool check = false, json = false;
};

absl::StatusOr<Arguments> ParseArguments(int argc, char** argv) {
  Arguments out;
  out.self = "/proc/self/exe";
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--check") {
      out.check = true;
    } else if (flag == "--json") {
      out.json = true;
    } else if (i + 1 == argc) {
      return absl::InvalidArgumentError(absl::StrCat(flag, " needs a value"));
    } else if (flag == "--datelined") {
      out.datelined = argv[++i];
    } else if (flag == "--corpus") {
      out.corpus = out.phase_options.corpus = argv[++i];
    } else if (flag == "--phase") {
      out.phase = argv[++i];
    } else if (flag == "--home") {
      out.phase_options.home = argv[++i];
    } else if (flag == "--code") {
      out.phase_options.code = argv[++i];
    } else if (flag == "--via") {
      out.phase_options.via = argv[++i];
    } else if (flag == "--count") {
      if (!absl::SimpleAtoi(argv[++i], &out.phase_options.count)) {
        return absl::InvalidArgumentError("--count needs a number");
      }
    } else {
      return absl::InvalidArgumentError(absl::StrCat("unknown flag ", flag));
    }
  }
  if (out.corpus.empty()) {
    return absl::InvalidArgumentError("--corpus PATH is needed");
  }
  return out;
}

absl::StatusOr<double> RawSaves(const std::string& home, const std::string& to,
                                bool indexes) {
  DATELINE_ASSIGN_OR_RETURN(std::vector<double> times,
                            RawReinsert({.from = home + "/store.db",
                                         .to = to,
                                         .tables = {"changes", "documents"},
                                         .transactions = kSaves,
                                         .indexes = indexes,
                                         .exclusive = true}));
  return Median(std::move(times));
}

// A save through the public API against one raw transaction that inserts the
// same rows into the same tables. (Words and hashes are entered many saves at
// once: no p50 has them.) In rounds, so that a moment of a busy machine spoils
// one of them alone.
absl::Status MeasureSaves(const Arguments& arguments, Newsroom& newsroom,
                          const testing::TempDir& folder, Report& report) {
  std::vector<double> ours, raw, bare, ratios;
  for (int round = 0; round < kRounds; ++round) {
    const std::string home = folder / absl::StrCat("saver", round);
    DATELINE_ASSIGN_OR_RETURN(
        const nlohmann::json save,
        newsroom.RunPhase("save", {.home = home,
                                   .corpus = arguments.corpus,
                                   .code = *newsroom.Invite(),
                                   .count = kSaves}));
    DATELINE_ASSIGN_OR_RETURN(
        raw.emplace_back(), RawSaves(home, home + "/raw.db", /*indexes=*/true));
    DATELINE_ASSIGN_OR_RETURN(
        bare.emplace_back(),
        RawSaves(home, home + "/bare.db", /*indexes=*/false));
    ours.push_back(Median(save["ms"].get<std::vector<double>>()));
    ratios.push_back(ours.back() / raw.back());
  }
  report.Add({"durable save of a 1 KB report, p50", Median(ours), "ms"});
  report.Add({"raw SQLite, same rows and indexes, p50", Median(raw), "ms"});
  report.Add({"the same rows without CREATE INDEX", Median(bare), "ms"});
  report.Add({.name = "save / raw",
              .value = Median(ratios),
              .unit = "x",
              .at_most = 1.5});
  return absl::OkStatus();
}

// Import on one device, push, pull on another; returns the figures of the
// phases by name.
absl::StatusOr<nlohmann::json> FillNewsroom(const Arguments& arguments,
                                            Newsroom& newsroom, size_t count) {
  nlohmann::json out;
  const std::string writer = newsroom.folder() + "/writer";
  const std::string reader = newsroom.folder() + "/reader";
  DATELINE_ASSIGN_OR_RETURN(
      out["import"], newsroom.RunPhase("import", {.home = writer,
                                                  .corpus = arguments.corpus,
                                                  .code = *newsroom.Invite(),
                                                  .count = count}));
  DATELINE_ASSIGN_OR_RETURN(
      out["push"],
      newsroom.RunPhase("sync", {.home = writer, .corpus = arguments.corpus}));
  DATELINE_ASSIGN_OR_RETURN(out["view_lag_ms"], newsroom.WaitForView());
  DATELINE_ASSIGN_OR_RETURN(
      out["pull"], newsroom.RunPhase("sync", {.home = reader,
                                              .corpus = arguments.corpus,
                                              .code = *newsroom.Invite()}));
  DATELINE_ASSIGN_OR_RETURN(
      out["noop"],
      newsroom.RunPhase(
          "noop", {.home = reader, .corpus = arguments.corpus, .count = 21}));
  DATELINE_ASSIGN_OR_RETURN(
      out["open"],
      newsroom.RunPhase("open", {.home = reader, .corpus = arguments.corpus}));
  DATELINE_ASSIGN_OR_RETURN(
      out["save"], newsroom.RunPhase("save", {.home = reader,
                                              .corpus = arguments.corpus,
                                              .count = kSaves}));
  return out;
}

absl::Status ReportIngest(const nlohmann::json& many, Newsroom& newsroom,
                          const testing::TempDir& folder, Report& report) {
  const double push_ms = many["push"]["push_ms"];
  if (push_ms <= 0) return absl::InternalError("the push got no Ack");
  // All changes of one commit carry the time of that commit.
  DATELINE_ASSIGN_OR_RETURN(
      const int64_t commits,
      Count(newsroom.TruthPath(),
            "SELECT count(DISTINCT received_ms) FROM changes"));
  DATELINE_ASSIGN_OR_RETURN(
      const std::vector<double> raw,
      RawReinsert({.from = newsroom.TruthPath(),
                   .to = folder / "reinsert.db",
                   .tables = {"changes", "positions", "documents"},
                   .transactions = static_cast<size_t>(commits)}));
  const double raw_ms = std::accumulate(raw.begin(), raw.end(), 0.0);
  report.Add({"group commits of the push", static_cast<double>(commits), ""});
  report.Add({"push, with connecting, TLS and End", many["push"]["ms"], "ms"});
  report.Add({"push, first byte to last Ack", push_ms, "ms"});
  report.Add({"raw SQLite, same rows and indexes", raw_ms, "ms"});
  report.Add({.name = "ingest / raw, first byte to last Ack",
              .value = raw_ms / push_ms,
              .unit = "x",
              .at_least = 1.0 / 3});
  report.Add({.name = "view behind at the end",
              .value = many["view_lag_ms"].get<double>() / 1000,
              .unit = "s",
              .at_most = 2});
  return absl::OkStatus();
}

void ReportCorpus(const nlohmann::json& many, Report& report) {
  const double n = kReports;
  report.Add(
      {"import", n / many["import"]["ms"].get<double>() * 1000, "reports/s"});
  report.Add(
      {"push", n / many["push"]["ms"].get<double>() * 1000, "reports/s"});
  report.Add(
      {"pull", n / many["pull"]["ms"].get<double>() * 1000, "reports/s"});
  report.Add({"words in a report",
              many["import"]["word_bytes"].get<double>() / n, "B/report"});
  report.Add({"push, up on the socket",
              many["push"]["socket_up"].get<double>() / n, "B/report"});
  report.Add({"push, down on the socket",
              many["push"]["socket_down"].get<double>() / n, "B/report"});
  report.Add({"pull, down on the socket",
              many["pull"]["socket_down"].get<double>() / n, "B/report"});
  report.Add({"pull, up on the socket",
              many["pull"]["socket_up"].get<double>() / n, "B/report"});
  for (const char* phase : {"import", "push", "pull"}) {
    report.Add({absl::StrCat(phase, ", peak memory of the client"),
                many[phase]["peak_mib"], "MiB"});
  }
}

void ReportFlatness(const nlohmann::json& few, const nlohmann::json& many,
                    Report& report) {
  const auto ratio = [&](const char* what) {
    return many["noop"][what].get<double>() / few["noop"][what].get<double>();
  };
  report.Add({"no-op sync at 6,000, our bytes", many["noop"]["bytes"], "B"});
  report.Add({"no-op sync at 6,000, p50", many["noop"]["ms"], "ms"});
  report.Add({.name = "no-op bytes, 6,000 against 600",
              .value = ratio("bytes"),
              .unit = "x",
              .at_most = 1.05});
  report.Add({.name = "no-op time, 6,000 against 600",
              .value = ratio("ms"),
              .unit = "x",
              .at_most = 1.5});
  for (const auto& [name, phases] :
       {std::pair("save with 600 reports there, p50", &few),
        std::pair("save with 6,000 reports there, p50", &many)}) {
    report.Add({name,
                Median((*phases)["save"]["ms"].get<std::vector<double>>()),
                "ms"});
  }
  report.Add({.name = "open to the first list at 6,000",
              .value = many["open"]["ms"],
              .unit = "ms",
              .at_most = 100});
  report.Add({.name = "client memory at 6,000",
              .value = many["open"]["peak_mib"],
              .unit = "MiB",
              .at_most = 64});
}

absl::Status Measure(const Arguments& arguments, Report& report) {
  const testing::TempDir folder;
  DATELINE_ASSIGN_OR_RETURN(
      const auto small,
      Newsroom::Start(arguments.self, arguments.datelined, folder / "small"));
  DATELINE_RETURN_IF_ERROR(MeasureSaves(arguments, *small, folder, report));
  DATELINE_ASSIGN_OR_RETURN(const nlohmann::json few,
                            FillNewsroom(arguments, *small, kFewReports));
  DATELINE_ASSIGN_OR_RETURN(
      const auto large,
      Newsroom::Start(arguments.self, arguments.datelined, folder / "large"));
  DATELINE_ASSIGN_OR_RETURN(const nlohmann::json many,
                            FillNewsroom(arguments, *large, kReports));
  ReportCorpus(many, report);
  DATELINE_RETURN_IF_ERROR(ReportIngest(many, *large, folder, report));
  ReportFlatness(few, many, report);
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  const absl::StatusOr<Arguments> arguments = ParseArguments(argc, argv);
  if (!arguments.ok()) {
    std::fprintf(stderr, "error: %s\n", arguments.status().ToString().c_str());
    return 2;
  }
  if (!arguments->phase.empty()) {
    return RunDevicePhase(arguments->phase, arguments->phase_options);
  }
  Report report("store");
  const absl::Status status = Measure(*arguments, report);
  if (!status.ok()) {
    std::fprintf(stderr, "error: %s\n", status.ToString().c_str());
    return 1;
  }
  report.Print(arguments->json);
  return report.ExitCode(arguments->check);
}

}  // namespace
}  // namespace dateline::bench

int main(int argc, char** argv) { return dateline::bench::Main(argc, argv); }

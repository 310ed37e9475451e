// What typing, sending, receiving, loading and merging a text costs, beside
// other engines: `tests/bench/run text`.
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "dateline/v1/document.pb.h"
#include "sync/base/status_macros.h"
#include "tests/bench/report.h"
#include "tests/bench/text/memory.h"
#include "tests/bench/text/offline.h"
#include "tests/bench/text/peers.h"
#include "tests/bench/text/replay.h"

namespace dateline::bench {
namespace {

using sync::text::Keep;
using testing::Trace;

constexpr size_t kKeystrokes = 500;

struct Arguments {
  std::string traces;
  PeerOptions peers;
  bool check = false, json = false;
};

absl::StatusOr<Arguments> ParseArguments(int argc, char** argv) {
  Arguments out;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--check") {
      out.check = true;
    } else if (flag == "--json") {
      out.json = true;
    } else if (i + 1 == argc) {
      return absl::InvalidArgumentError(absl::StrCat(flag, " needs a value"));
    } else if (flag == "--traces") {
      out.traces = argv[++i];
    } else if (flag == "--peers") {
      out.peers.folder = argv[++i];
    } else if (flag == "--peers-script") {
      out.peers.script = argv[++i];
    } else if (flag == "--skip-peer") {
      out.peers.skipped.push_back(argv[++i]);
    } else {
      return absl::InvalidArgumentError(absl::StrCat("unknown flag ", flag));
    }
  }
  if (out.traces.empty()) {
    return absl::InvalidArgumentError("--traces DIR is needed");
  }
  for (const auto& entry : std::filesystem::directory_iterator(out.traces)) {
    if (entry.path().string().find(".json") != std::string::npos) {
      out.peers.traces.push_back(entry.path());
    }
  }
  std::sort(out.peers.traces.begin(), out.peers.traces.end());
  return out;
}

// Adds our time, with the fastest peer as its bar, then each peer's.
class Contest {
 public:
  Contest(const std::vector<Peer>& peers, Report& report)
      : peers_(peers), report_(report) {}

  void Add(const std::string& trace, const std::string& what, double ours,
           double PeerTimes::*which) const {
    std::vector<Figure> theirs;
    std::vector<double> times;
    for (const Peer& peer : peers_) {
      const auto found = peer.times.find(trace);
      if (found == peer.times.end()) continue;
      times.push_back(found->second.*which);
      theirs.push_back({absl::StrCat("  ", peer.name), times.back(), "ms"});
    }
    Figure figure = {absl::StrCat(trace, ", ", what), ours, "ms"};
    if (!times.empty()) {
      figure.at_most = *std::min_element(times.begin(), times.end());
    }
    report_.Add(figure);
    for (const Figure& peer : theirs) report_.Add(peer);
    if (which != &PeerTimes::local_ms || times.empty()) return;
    report_.Add({.name = "  the median peer against ours",
                 .value = Median(times) / ours,
                 .unit = "x",
                 .at_least = 3});
  }

 private:
  const std::vector<Peer>& peers_;
  Report& report_;
};

void AddWire(const Trace& trace, const Typed& net, const Typed& kept,
             Report& report) {
  const double scalars = trace.scalars;
  Figure squashed = {absl::StrCat(trace.name, ", on the wire, squashed"),
                     net.wire_bytes / scalars, "B/scalar"};
  Figure all = {absl::StrCat(trace.name, ", on the wire, everything kept"),
                kept.wire_bytes / scalars, "B/scalar"};
  if (trace.name == "automerge-paper" || trace.name == "seph-blog1") {
    squashed.at_most = 0.5;
    all.at_most = 0.9;
  }
  squashed.note = absl::StrCat(net.wire_bytes, " B");
  all.note = absl::StrCat(kept.wire_bytes, " B");
  report.Add(squashed);
  report.Add(all);
}

absl::Status MeasureTyping(const Trace& trace, const Contest& contest,
                           Report& report) {
  Typed typed;
  const double local_ms = MedianMs([&] { typed = TypeAll(trace, Keep::kNet); });
  const std::string end = sync::text::ToUtf8(trace.end_content);
  if (typed.text != end) {
    return absl::InternalError(trace.name + ": typed text differs");
  }
  contest.Add(trace.name, "typed", local_ms, &PeerTimes::local_ms);
  const Received received = ReceivedOf(typed.changes);
  absl::StatusOr<std::string> merged;
  const double remote_ms = MedianMs([&] { merged = MergeReceived(received); });
  DATELINE_RETURN_IF_ERROR(merged.status());
  if (*merged != end) {
    return absl::InternalError(trace.name + ": received text differs");
  }
  contest.Add(trace.name, "received and merged", remote_ms,
              &PeerTimes::remote_ms);
  AddWire(trace, typed, TypeAll(trace, Keep::kEverything), report);
  return absl::OkStatus();
}

absl::Status MeasureConcurrent(const Trace& trace, const Contest& contest) {
  const Received received = ReceivedOf(EditsOf(trace, kKeystrokes));
  absl::StatusOr<std::string> merged;
  const double ms = MedianMs([&] { merged = MergeReceived(received); });
  DATELINE_RETURN_IF_ERROR(merged.status());
  if (*merged != sync::text::ToUtf8(trace.end_content)) {
    return absl::InternalError(trace.name + ": merged text differs");
  }
  contest.Add(trace.name, "received and merged", ms, &PeerTimes::remote_ms);
  return absl::OkStatus();
}

// The view of a stored document, to readable text; and a replica that idles.
absl::Status MeasureRest(const Trace& trace, Report& report) {
  const std::string end = sync::text::ToUtf8(trace.end_content);
  v1::Document document;
  v1::Segment* const segment = document.add_texts()->add_segments();
  segment->set_text(end);
  segment->set_raw_end(trace.end_content.size());
  const std::string stored = document.SerializeAsString();
  size_t bytes = 0;
  const double load_ms = MedianMs([&] {
    v1::Document loaded;
    if (!loaded.ParseFromString(stored)) return;
    bytes = loaded.texts(0).segments(0).text().size();
  });
  report.Add({.name = absl::StrCat(trace.name, ", loaded from the store"),
              .value = load_ms,
              .unit = "ms",
              .at_most = 1});
  if (bytes != end.size()) return absl::InternalError("a view is not read");
  const size_t before = HeapBytes();
  DATELINE_ASSIGN_OR_RETURN(sync::text::Replica replica,
                            sync::text::Replica::Open(end));
  DATELINE_RETURN_IF_ERROR(replica.Insert(0, U"An"));
  replica.Seal();
  report.Add({.name = absl::StrCat(trace.name, ", idle memory against text"),
              .value = static_cast<double>(HeapBytes() - before) / bytes,
              .unit = "x",
              .at_most = 1.05});
  return absl::OkStatus();
}

absl::Status Measure(const Arguments& arguments, Report& report) {
  const std::vector<Peer> peers = RunPeers(arguments.peers);
  for (const Peer& peer : peers) {
    report.AddVersion(absl::StrCat(peer.name, " ", peer.version));
    if (!peer.error.empty()) {
      std::fprintf(stderr, "peer %s was not run: %s\n", peer.name.c_str(),
                   peer.error.c_str());
    }
  }
  const Contest contest(peers, report);
  for (const std::string& path : arguments.peers.traces) {
    DATELINE_ASSIGN_OR_RETURN(const Trace trace, testing::ReadTrace(path));
    DATELINE_RETURN_IF_ERROR(trace.concurrent
                                 ? MeasureConcurrent(trace, contest)
                                 : MeasureTyping(trace, contest, report));
    DATELINE_RETURN_IF_ERROR(MeasureRest(trace, report));
  }
  MeasureOffline(report);
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  const absl::StatusOr<Arguments> arguments = ParseArguments(argc, argv);
  if (!arguments.ok()) {
    std::fprintf(stderr, "error: %s\n", arguments.status().ToString().c_str());
    return 2;
  }
  Report report("text");
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

#include "tests/bench/report.h"

#include <sqlite3.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace dateline::bench {
namespace {

std::string CpuName() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.rfind("model name", 0) == 0) {
      return line.substr(line.find(':') + 2);
    }
  }
  return "unknown CPU";
}

std::string Machine() {
  utsname system;
  uname(&system);
  return absl::StrCat(CpuName(), ", ", sysconf(_SC_NPROCESSORS_ONLN),
                      " cores, ", system.sysname, " ", system.release);
}

std::string Versions() {
  return absl::StrCat("SQLite ", sqlite3_libversion(), ", clang ",
                      __clang_version__);
}

std::string Bar(const Figure& figure) {
  if (figure.at_most) return absl::StrFormat("<= %.5g", *figure.at_most);
  if (figure.at_least) return absl::StrFormat(">= %.5g", *figure.at_least);
  return "";
}

nlohmann::json ToJson(const Figure& figure) {
  nlohmann::json out = {{"name", figure.name},
                        {"value", figure.value},
                        {"unit", figure.unit},
                        {"met", !figure.Misses()}};
  if (figure.at_most) out["at_most"] = *figure.at_most;
  if (figure.at_least) out["at_least"] = *figure.at_least;
  if (!figure.note.empty()) out["note"] = figure.note;
  return out;
}

}  // namespace

Report::Report(std::string benchmark)
    : benchmark_(std::move(benchmark)), versions_(Versions()) {}

void Report::AddVersion(const std::string& version) {
  absl::StrAppend(&versions_, ", ", version);
}

void Report::Add(Figure figure) { figures_.push_back(std::move(figure)); }

void Report::Print(bool json) const {
  if (json) {
    nlohmann::json out = {{"benchmark", benchmark_},
                          {"machine", Machine()},
                          {"versions", versions_},
                          {"figures", nlohmann::json::array()}};
    for (const Figure& figure : figures_) {
      out["figures"].push_back(ToJson(figure));
    }
    std::puts(out.dump(2).c_str());
    return;
  }
  absl::PrintF("%s\n  %s\n  %s\n", benchmark_, Machine(), versions_);
  for (const Figure& figure : figures_) {
    absl::PrintF("%-44s %12.5g %-10s %-10s %s %s\n", figure.name, figure.value,
                 figure.unit, Bar(figure), figure.Misses() ? "MISSED" : "",
                 figure.note);
  }
}

int Report::ExitCode(bool check) const {
  return check && std::any_of(figures_.begin(), figures_.end(),
                              [](const Figure& f) { return f.Misses(); })
             ? 1
             : 0;
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace dateline::bench

// What a benchmark found: figures with units, the bar that the issue set and
// whether it was met, and the machine that it ran on. Printed as a table for
// people or as JSON for programs.
#ifndef DATELINE_TESTS_BENCH_REPORT_H_
#define DATELINE_TESTS_BENCH_REPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace dateline::bench {

struct Figure {
  std::string name;
  double value = 0;
  std::string unit;                    // "ms", "x", "reports/s", "B/report"
  std::optional<double> at_most = {};  // the bar, if there is one
  std::optional<double> at_least = {};
  std::string note = {};  // what it was compared with

  bool Misses() const {
    return (at_most && value > *at_most) || (at_least && value < *at_least);
  }
};

// Collects figures of one benchmark. Thread-compatible.
class Report {
 public:
  explicit Report(std::string benchmark);
  void Add(Figure figure);
  // Of something that ran beside ours.
  void AddVersion(const std::string& version);
  void Print(bool json) const;
  // 1 if `check` and any figure misses its bar, else 0.
  int ExitCode(bool check) const;

 private:
  std::string benchmark_;
  std::string versions_;
  std::vector<Figure> figures_;
};

// The middle value; 0 for none. Takes its argument apart.
double Median(std::vector<double> values);

// Milliseconds that `body` took.
template <typename Body>
double Milliseconds(const Body& body) {
  const absl::Time start = absl::Now();
  body();
  return absl::ToDoubleMilliseconds(absl::Now() - start);
}

// The median of up to five rounds, of fewer where one takes long.
template <typename Body>
double MedianMs(const Body& body) {
  constexpr size_t kRoundsMax = 5;
  constexpr double kMsMax = 1500;
  std::vector<double> rounds;
  for (double spent = 0; rounds.size() < kRoundsMax && spent < kMsMax;) {
    rounds.push_back(Milliseconds(body));
    spent += rounds.back();
  }
  return Median(std::move(rounds));
}

}  // namespace dateline::bench

#endif  // DATELINE_TESTS_BENCH_REPORT_H_

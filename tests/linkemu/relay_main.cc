// A relay that is told what to do on standard input, a line at a time, and
// answers each with a line of JSON (tests/e2e/world.py):
//   relay 127.0.0.1:PORT
//   > target 127.0.0.1:PORT | cut up N | cut down N | stall up N |
//     stall down N | heal | shut | open | counts | reset
//   < {"port": 40123, "up": 812, "down": 2001, "connections": 1, "faults": 0}
// Ends with its input.
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "tests/linkemu/relay.h"

namespace {

using dateline::testing::Direction;
using dateline::testing::Relay;

bool PlanFault(const std::vector<std::string>& words, Relay& relay) {
  Relay::Fault fault;
  if (words.size() != 3 || (words[0] != "cut" && words[0] != "stall") ||
      (words[1] != "up" && words[1] != "down") ||
      !absl::SimpleAtoi(words[2], &fault.after_bytes)) {
    return false;
  }
  fault.kind =
      words[0] == "cut" ? Relay::Fault::Kind::kCut : Relay::Fault::Kind::kStall;
  fault.direction = words[1] == "up" ? Direction::kUp : Direction::kDown;
  relay.Plan(fault);
  return true;
}

bool Obey(const std::string& line, Relay& relay) {
  const std::vector<std::string> words =
      absl::StrSplit(line, ' ', absl::SkipEmpty());
  if (words.empty()) return false;
  if (words[0] == "target" && words.size() == 2) {
    return relay.SetTarget(words[1]).ok();
  }
  if (words[0] == "heal") {
    relay.Plan(std::nullopt);
  } else if (words[0] == "shut" || words[0] == "open") {
    relay.SetOpen(words[0] == "open");
  } else if (words[0] == "reset") {
    relay.ResetCounts();
  } else if (words[0] != "counts") {
    return PlanFault(words, relay);
  }
  return true;
}

void Answer(Relay& relay) {
  const Relay::Counts counts = relay.counts();
  std::cout << "{\"port\": " << relay.port() << ", \"up\": " << counts.bytes[0]
            << ", \"down\": " << counts.bytes[1]
            << ", \"connections\": " << counts.connections
            << ", \"faults\": " << counts.faults << "}" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: relay 127.0.0.1:PORT\n";
    return 2;
  }
  const auto relay = Relay::Start(argv[1]);
  if (!relay.ok()) {
    std::cerr << relay.status() << '\n';
    return 1;
  }
  Answer(**relay);
  for (std::string line; std::getline(std::cin, line);) {
    if (Obey(line, **relay)) {
      Answer(**relay);
    } else {
      std::cout << "{\"error\": \"not understood\"}" << std::endl;
    }
  }
  return 0;
}

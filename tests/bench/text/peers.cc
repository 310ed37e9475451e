#include "tests/bench/text/peers.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace dateline::bench {
namespace {

std::string Quoted(const std::string& word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string OutputOf(const std::string& command) {
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "";
  std::string out;
  char chunk[4096];
  while (const size_t got = fread(chunk, 1, sizeof(chunk), pipe)) {
    out.append(chunk, got);
  }
  pclose(pipe);
  return out;
}

}  // namespace

std::vector<Peer> RunPeers(const PeerOptions& options) {
  if (options.folder.empty()) {
    std::fputs("peers were not run: node or npm is missing\n", stderr);
    return {};
  }
  std::string command =
      absl::StrCat("cd ", Quoted(options.folder), " && node --expose-gc ",
                   Quoted(options.script));
  for (const std::string& name : options.skipped) {
    absl::StrAppend(&command, " --skip ", Quoted(name));
  }
  for (const std::string& trace : options.traces) {
    absl::StrAppend(&command, " ", Quoted(trace));
  }
  const nlohmann::json json =
      nlohmann::json::parse(OutputOf(command), nullptr, false);
  if (json.is_discarded()) {
    std::fputs("peers were not run: node failed\n", stderr);
    return {};
  }
  std::vector<Peer> peers;
  for (const nlohmann::json& from : json["peers"]) {
    Peer peer;
    peer.name = from["name"];
    peer.version = from.value("version", "");
    peer.error = from.value("error", "");
    for (const nlohmann::json& trace :
         from.value("traces", nlohmann::json::array())) {
      peer.times[trace["trace"]] = {trace.value("local_ms", 0.0),
                                    trace["remote_ms"], trace["bytes"]};
    }
    peers.push_back(std::move(peer));
  }
  return peers;
}

}  // namespace dateline::bench

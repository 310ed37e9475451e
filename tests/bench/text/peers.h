// Other text engines, replayed by node beside ours (peers/peers.mjs).
#ifndef DATELINE_TESTS_BENCH_TEXT_PEERS_H_
#define DATELINE_TESTS_BENCH_TEXT_PEERS_H_

#include <map>
#include <string>
#include <vector>

namespace dateline::bench {

struct PeerTimes {
  double local_ms = 0;  // 0: not measured
  double remote_ms = 0;
  double bytes = 0;
};

struct Peer {
  std::string name;
  std::string version;
  std::string error;                       // not run, and why
  std::map<std::string, PeerTimes> times;  // by trace
};

struct PeerOptions {
  std::string script;  // peers.mjs
  std::string folder;  // where npm installed them; empty: none is run
  std::vector<std::string> skipped;
  std::vector<std::string> traces;  // paths
};

// Empty, with a word on stderr, where node or the peers are missing.
std::vector<Peer> RunPeers(const PeerOptions& options);

}  // namespace dateline::bench

#endif  // DATELINE_TESTS_BENCH_TEXT_PEERS_H_

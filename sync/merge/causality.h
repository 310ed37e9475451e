// Who saw whom: the ancestor relation of a graph of changes, in constant time
// a question. The graph is cut into chains; each node keeps how far along each
// chain its past reaches (vector clocks over a chain cover; Jagadish, "A
// compression technique to materialize transitive closure", TODS 1990).
// Memory is nodes x chains, and chains are about as many as people who wrote
// at the same time. Thread-compatible.
#ifndef DATELINE_SYNC_MERGE_CAUSALITY_H_
#define DATELINE_SYNC_MERGE_CAUSALITY_H_

#include <cstdint>
#include <vector>

namespace dateline::sync {

class Causality {
 public:
  // Adds the next node, numbered from 0, and returns its number. Parents are
  // nodes added before.
  int Add(const std::vector<int>& parents);

  // True if `earlier` is in the past of `later`, or is `later` itself.
  bool Saw(int later, int earlier) const;

 private:
  int ChainFor(int node, const std::vector<int>& parents);

  struct Node {
    int chain = 0;
    uint32_t place = 0;           // in its chain, from 1
    std::vector<uint32_t> clock;  // by chain: the last place in its past
  };
  std::vector<Node> nodes_;
  std::vector<int> tails_;  // by chain: its last node
};

}  // namespace dateline::sync

#endif  // DATELINE_SYNC_MERGE_CAUSALITY_H_

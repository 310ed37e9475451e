// Elements by number that stay where they are: grows by blocks, so that no
// copy of all of them ever stands beside them.
#ifndef DATELINE_SYNC_TEXT_POOL_H_
#define DATELINE_SYNC_TEXT_POOL_H_

#include <cstdint>
#include <memory>
#include <vector>

namespace dateline::sync::text {

// Thread-compatible.
template <typename Element, uint32_t kBlock>
class Pool {
 public:
  uint32_t size() const { return size_; }
  Element& operator[](uint32_t at) { return blocks_[at / kBlock][at % kBlock]; }
  const Element& operator[](uint32_t at) const {
    return blocks_[at / kBlock][at % kBlock];
  }

  // The number of the new one.
  uint32_t Add(const Element& element) {
    if (size_ % kBlock == 0 && size_ / kBlock == blocks_.size()) {
      blocks_.push_back(std::make_unique<Element[]>(kBlock));
    }
    (*this)[size_] = element;
    return size_++;
  }
  // Keeps one block for what comes next.
  void Clear() {
    size_ = 0;
    if (blocks_.size() > 1) blocks_.resize(1);
  }

 private:
  std::vector<std::unique_ptr<Element[]>> blocks_;
  uint32_t size_ = 0;
};

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_POOL_H_

// What an edit touched, widened to what a reader takes as one (DESIGN 5). The
// base may be held in any form: only the paragraphs that were touched are read.
#ifndef DATELINE_SYNC_TEXT_GUARDED_H_
#define DATELINE_SYNC_TEXT_GUARDED_H_

#include <cstdint>
#include <string>
#include <vector>

#include "sync/text/breaks.h"
#include "sync/text/merge.h"

namespace dateline::sync::text {

// A touched stretch of the base: [start, end), and what came in at its end.
struct Touch {
  uint32_t start = 0;
  uint32_t end = 0;
  std::u32string inserted;
};

// The paragraphs of a text.
class ParagraphSource {
 public:
  virtual ~ParagraphSource() = default;
  // The paragraph around a position, without what ends it.
  virtual Range Around(uint32_t position) = 0;
  virtual std::u32string Words(const Range& range) = 0;
};

// Of touches in the order of the base that do not meet: the ranges to guard,
// ascending and apart.
std::vector<Range> GuardedRanges(ParagraphSource& base,
                                 SentenceBreaker& breaker,
                                 const std::vector<Touch>& touches);

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_GUARDED_H_

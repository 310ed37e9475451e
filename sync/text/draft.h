// Turns what an author did to a text into one edit: the net runs and the
// ranges they touched, widened to whole sentences, numbers, dates, names and
// quotations, never past the paragraph (DESIGN 5). Runs on the author's device
// only; replicas compare ranges and never segment.
#ifndef DATELINE_SYNC_TEXT_DRAFT_H_
#define DATELINE_SYNC_TEXT_DRAFT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dateline/v1/change.pb.h"
#include "sync/text/merge.h"

namespace dateline::sync::text {

struct NetEdit {
  std::vector<Run> runs;
  std::u32string inserted;
  std::vector<Range> touched;
};

// The smallest edit by words, then scalars, from `base` to `edited`, in any
// script. Empty runs if they are equal.
NetEdit Diff(const std::u32string& base, const std::u32string& edited);

// Ranges touched by `runs` on `base`, widened: ascending and apart. ICU 72
// rules. `inserted` (of all insert runs, in order) tells whether what came in
// between two sentences is a sentence of its own, which touches neither; if it
// is not given, the neighbors count as touched.
std::vector<Range> Widen(const std::u32string& base,
                         const std::vector<Run>& runs,
                         const std::u32string& inserted = {});

// An author typed `typed` over `base`, which reads `now` since words of it were
// erased: what he has before him without those words. What he typed stays.
std::u32string WithoutErased(const std::u32string& base,
                             const std::u32string& now,
                             const std::u32string& typed);

// Word diff for people, in any script.
struct DiffPart {
  enum class Kind : uint8_t { kSame, kRemoved, kAdded } kind;
  std::u32string text;
};
std::vector<DiffPart> DiffWords(const std::u32string& from,
                                const std::u32string& to);

// TextOp columns to and from runs (change.proto). Decode returns
// InvalidArgument (BAD_REQUEST) for columns of unequal length, zero lengths,
// negative positions, unknown kinds or ranges past 2^32.
void EncodeTextOp(const NetEdit& edit, v1::TextOp* op);
struct DecodedTextOp {
  std::vector<Run> runs;
  std::vector<Range> touched;
  uint64_t inserted_scalars = 0;  // how much of Content.text it takes
};
absl::StatusOr<DecodedTextOp> DecodeTextOp(const v1::TextOp& op);

// UTF-8 to scalars: BAD_UTF8 for invalid bytes; surrogates are refused.
absl::StatusOr<std::u32string> ToScalars(absl::string_view utf8);
std::string ToUtf8(const std::u32string& scalars);

}  // namespace dateline::sync::text

#endif  // DATELINE_SYNC_TEXT_DRAFT_H_

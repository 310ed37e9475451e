// TextOp columns (change.proto) to and from runs and touched ranges.
#include <limits>

#include "absl/strings/str_cat.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"
#include "sync/text/draft.h"

namespace dateline::sync::text {
namespace {

constexpr uint64_t kPositionMax = std::numeric_limits<uint32_t>::max();

absl::Status Bad(absl::string_view column, absl::string_view limit,
                 int64_t got) {
  return MakeError(v1::BAD_REQUEST, "A text edit is malformed.",
                   {.field = absl::StrCat("text.", column),
                    .limit = std::string(limit),
                    .got = absl::StrCat(got)});
}

// Where the cursor stands after a run: behind what was inserted, at what was
// deleted.
int64_t CursorAfter(const Run& run) {
  switch (run.kind) {
    case RunKind::kInsert:
      return int64_t{run.position} + run.length;
    case RunKind::kDelete:
      return run.position;
    case RunKind::kDeleteBackward:
      return int64_t{run.position} - run.length;
  }
  return 0;
}

absl::StatusOr<Run> DecodeRun(const v1::TextOp& op, int i, int64_t cursor) {
  const int64_t position = cursor + op.moves(i);
  const uint32_t length = op.lengths(i);
  const uint32_t kind = op.kinds(i);
  if (position < 0 || position > int64_t{kPositionMax}) {
    return Bad("moves", "position in [0, 2^32)", position);
  }
  if (length == 0) return Bad("lengths", "at least 1", 0);
  if (kind > static_cast<uint32_t>(RunKind::kDeleteBackward)) {
    return Bad("kinds", "0, 1 or 2", kind);
  }
  Run run;
  run.position = static_cast<uint32_t>(position);
  run.length = length;
  run.kind = static_cast<RunKind>(kind);
  if (run.kind == RunKind::kDeleteBackward && length > position) {
    return Bad("lengths", "backward at most to the start", length);
  }
  if (position + length > int64_t{kPositionMax}) {
    return Bad("lengths", "end below 2^32", position + length);
  }
  return run;
}

absl::Status DecodeTouched(const v1::TextOp& op, std::vector<Range>* touched) {
  if (op.touched_size() % 2 != 0) {
    return Bad("touched", "pairs", op.touched_size());
  }
  uint64_t end = 0;
  for (int i = 0; i < op.touched_size(); i += 2) {
    const uint64_t start = end + op.touched(i);
    end = start + op.touched(i + 1);
    if (end > kPositionMax) {
      return Bad("touched", "end below 2^32", static_cast<int64_t>(end));
    }
    Range range;
    range.start = static_cast<uint32_t>(start);
    range.end = static_cast<uint32_t>(end);
    touched->push_back(range);
  }
  return absl::OkStatus();
}

}  // namespace

void EncodeTextOp(const NetEdit& edit, v1::TextOp* op) {
  int64_t cursor = 0;
  for (const Run& run : edit.runs) {
    op->add_moves(static_cast<int32_t>(run.position - cursor));
    op->add_lengths(run.length);
    op->add_kinds(static_cast<uint32_t>(run.kind));
    cursor = CursorAfter(run);
  }
  uint32_t end = 0;
  for (const Range& range : edit.touched) {
    op->add_touched(range.start - end);
    op->add_touched(range.end - range.start);
    end = range.end;
  }
}

absl::StatusOr<DecodedTextOp> DecodeTextOp(const v1::TextOp& op) {
  if (op.lengths_size() != op.moves_size() ||
      op.kinds_size() != op.moves_size()) {
    return Bad("lengths", absl::StrCat("one a move: ", op.moves_size()),
               op.lengths_size() != op.moves_size() ? op.lengths_size()
                                                    : op.kinds_size());
  }
  DecodedTextOp decoded;
  int64_t cursor = 0;
  for (int i = 0; i < op.moves_size(); ++i) {
    DATELINE_ASSIGN_OR_RETURN(const Run run, DecodeRun(op, i, cursor));
    cursor = CursorAfter(run);
    if (run.kind == RunKind::kInsert) decoded.inserted_scalars += run.length;
    decoded.runs.push_back(run);
  }
  DATELINE_RETURN_IF_ERROR(DecodeTouched(op, &decoded.touched));
  return decoded;
}

}  // namespace dateline::sync::text

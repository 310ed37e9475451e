// Columns of a TextOp that decode encode to the same, and apply without harm.
#include <string>

#include "sync/base/check.h"
#include "sync/text/draft.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace text = dateline::sync::text;
  dateline::v1::TextOp op;
  if (!op.ParseFromArray(data, static_cast<int>(size))) return 0;
  const auto decoded = text::DecodeTextOp(op);
  if (!decoded.ok()) return 0;
  dateline::v1::TextOp again;
  text::EncodeTextOp(
      {.runs = decoded->runs, .inserted = {}, .touched = decoded->touched},
      &again);
  const auto same = text::DecodeTextOp(again);
  DATELINE_CHECK(same.ok() && same->runs == decoded->runs);
  DATELINE_CHECK(same->touched == decoded->touched);
  if (decoded->inserted_scalars > 1 << 16) return 0;
  text::Edit edit;
  edit.runs = decoded->runs;
  edit.touched = decoded->touched;
  edit.inserted = std::u32string(decoded->inserted_scalars, U'x');
  (void)text::Merge({edit});
  return 0;
}

// A pack either fails or gives changes whose hashes are right, which pack and
// unpack again to the same.
#include <string>

#include "sync/base/check.h"
#include "sync/wire/check.h"
#include "sync/wire/pack.h"

namespace dateline::sync {
namespace {

void CheckRun(const RunOfChanges& run) {
  DATELINE_CHECK(!run.changes.empty());
  const Change* before = nullptr;
  for (const Change& change : run.changes) {
    DATELINE_CHECK(change.feed == run.feed);
    DATELINE_CHECK(before == nullptr || change.previous == before->hash);
    if (change.holding != Holding::kPlaceOnly) {
      DATELINE_CHECK(ComputeHash(change) == change.hash);
      DATELINE_CHECK(CheckChange(change).ok());
    }
    before = &change;
  }
}

}  // namespace
}  // namespace dateline::sync

// First byte: whether what follows is a frame of zstd or a bare Pack.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dateline::sync;  // NOLINT: the whole file is about it
  if (size == 0) return 0;
  dateline::v1::PackFrame frame;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    frame.set_pack(bytes);
  } else if (!frame.ParseFromString(bytes)) {
    return 0;
  }
  NoIndex nothing;
  const auto pack = DecodePack(frame, nothing);
  if (!pack.ok()) return 0;
  for (const RunOfChanges& run : pack->runs) CheckRun(run);
  const auto again = DecodePack(EncodePack(pack->runs, nothing, 0), nothing);
  DATELINE_CHECK(again.ok() && again->rejected.empty());
  DATELINE_CHECK(again->runs.size() == pack->runs.size());
  for (size_t i = 0; i < pack->runs.size(); ++i) {
    DATELINE_CHECK(again->runs[i].changes.back().hash ==
                   pack->runs[i].changes.back().hash);
  }
  return 0;
}

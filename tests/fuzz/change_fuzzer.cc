// A body that passes the checked door can be merged and shown, alone and as a
// stub. Input: lane, document kind, count of names, length of the structure
// (two bytes), structure, content.
#include <string>

#include "sync/base/check.h"
#include "sync/merge/document.h"
#include "sync/wire/check.h"

namespace dateline::sync {
namespace {

Change ChangeOf(absl::string_view bytes) {
  Header header;
  header.lane = static_cast<Lane>(static_cast<uint8_t>(bytes[0]) % 4);
  header.kind = static_cast<DocumentKind>(bytes[1] % 4 + 1);
  header.lamport = 1;
  header.save_lanes = 0xF;
  header.names.resize(static_cast<uint8_t>(bytes[2]) % 8);
  for (size_t i = 0; i < header.names.size(); ++i) {
    header.names[i].data()[0] = static_cast<uint8_t>(i + 1);
  }
  const size_t structure =
      static_cast<uint8_t>(bytes[3]) | static_cast<uint8_t>(bytes[4]) << 8;
  bytes.remove_prefix(5);
  FeedHead start;
  start.feed.lane = header.lane;
  return Seal({.after = start,
               .header = header,
               .structure = std::string(bytes.substr(0, structure)),
               .content = structure < bytes.size()
                              ? std::string(bytes.substr(structure))
                              : "",
               .salt = Salt()});
}

}  // namespace
}  // namespace dateline::sync

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dateline::sync;  // NOLINT: the whole file is about it
  if (size < 5) return 0;
  const Change change =
      ChangeOf(absl::string_view(reinterpret_cast<const char*>(data), size));
  if (!CheckChange(change).ok()) return 0;
  const Change stub = ToStub(change);
  DATELINE_CHECK(CheckChange(stub).ok());
  DATELINE_CHECK(ComputeHash(stub) == change.hash);
  for (const Change* one : {&change, &stub}) {
    const dateline::v1::Document document =
        MergeDocument(change.header.document, {one}, {});
    (void)Rendering(document);
  }
  return 0;
}

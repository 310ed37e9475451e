#include "sync/model/change.h"

#include <utility>

#include "sync/base/errors.h"

namespace dateline::sync {

Hash ContentHash(const Salt& salt, absl::string_view content) {
  // No domain: the hash that covers it has one, and the salt is random.
  return HashOf(absl::StrCat(salt.view(), content));
}

Hash ComputeHash(const Change& change) {
  return Digest("dateline/change/1")
      .Add(change.feed.Bytes())
      .AddU64(change.seq)
      .Add(change.previous.view())
      .AddSized(change.header_bytes)
      .Add(HashOf(change.structure).view())
      .Add(change.content_hash.view())
      .Finish();
}

Change Seal(Sealing sealing) {
  Change change;
  change.feed = sealing.after.feed;
  change.seq = sealing.after.seq + 1;
  change.previous = sealing.after.hash;
  change.header_bytes = EncodeHeader(sealing.header);
  change.header = std::move(sealing.header);
  change.structure = std::move(sealing.structure);
  change.salt = sealing.salt;
  change.content = std::move(sealing.content);
  change.content_hash = ContentHash(change.salt, change.content);
  change.hash = ComputeHash(change);
  return change;
}

Change ToStub(const Change& change) {
  Change stub = change;
  if (stub.holding == Holding::kWhole) stub.holding = Holding::kStub;
  stub.salt = Salt();
  stub.content.clear();
  return stub;
}

absl::StatusOr<ParsedChange> Parse(const Change& change) {
  ParsedChange parsed;
  if (!parsed.structure.ParseFromString(change.structure) ||
      !parsed.content.ParseFromString(change.content)) {
    return MakeError(v1::BAD_REQUEST, "the body of a change is malformed",
                     {.field = "structure"});
  }
  return parsed;
}

}  // namespace dateline::sync

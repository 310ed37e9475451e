// The smallest program of an embedder: opens a store, and is told by a stable
// code that this device has not joined yet. Uses a message and an error
// helper, so that it fails to link if either is hidden.
#include <cstdio>
#include <string>

#include "dateline/client.h"
#include "sync/base/errors.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  dateline::client::Options options;
  options.directory = argv[1];
  auto client = dateline::client::Client::Open(options);
  if (!client.ok()) {
    std::fprintf(stderr, "open: %s\n", client.status().ToString().c_str());
    return 1;
  }
  dateline::v1::Document document;
  if (!document.ParseFromString(document.SerializeAsString())) return 1;
  const auto who = (*client)->WhoAmI();
  std::printf(
      "%s\n",
      dateline::sync::CodeName(dateline::sync::ReasonOf(who.status())).c_str());
  return who.ok() ? 1 : 0;
}

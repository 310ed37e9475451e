// make_corpus DIRECTORY: writes the seeds that fuzzing begins with, from
// random changes and the messages that carry them.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "sync/wire/messages.h"
#include "tests/sync/wire/random_changes.h"

namespace dateline {
namespace {

using sync::Change;
using sync::Holding;
using sync::RunOfChanges;

class Corpus {
 public:
  explicit Corpus(std::string directory) : directory_(std::move(directory)) {}

  void Add(const std::string& fuzzer, const std::string& bytes) {
    const std::string folder = directory_ + "/" + fuzzer;
    std::filesystem::create_directories(folder);
    const std::string name = sync::HashOf(bytes).ToHex().substr(0, 12);
    std::ofstream(folder + "/" + name, std::ios::binary) << bytes;
  }

 private:
  const std::string directory_;
};

void AddChange(const Change& change, Corpus* corpus) {
  if (change.holding == Holding::kPlaceOnly) return;
  corpus->Add("header_fuzzer", change.header_bytes);
  const size_t size = change.structure.size();
  corpus->Add(
      "change_fuzzer",
      std::string{static_cast<char>(change.header.lane), 0,
                  static_cast<char>(change.header.names.size()),
                  static_cast<char>(size), static_cast<char>(size >> 8)} +
          change.structure + change.content);
  const auto parsed = Parse(change);
  for (const v1::Op& op : parsed->structure.ops()) {
    if (op.has_text()) {
      corpus->Add("text_op_fuzzer", op.text().SerializeAsString());
    }
  }
}

void AddMessages(const std::vector<RunOfChanges>& runs, Corpus* corpus) {
  sync::NoIndex nothing;
  v1::ClientMessage client;
  v1::ServerMessage server;
  *client.mutable_pack() = EncodePack(runs, nothing, 3);
  corpus->Add("pack_fuzzer", "\1" + client.pack().SerializeAsString());
  corpus->Add("client_message_fuzzer", client.SerializeAsString());
  *server.mutable_pack() = client.pack();
  corpus->Add("server_message_fuzzer", server.SerializeAsString());
  const sync::FeedHead head = runs[0].changes.back().head();
  *server.mutable_ack()->add_heads() = ToProto(head);
  corpus->Add("server_message_fuzzer", server.SerializeAsString());
  v1::HelloBody hello;
  hello.set_device(head.feed.device.str());
  *hello.add_heads() = ToProto(head);
  hello.set_app("dateline 0.1.0");
  client.mutable_hello()->set_body(hello.SerializeAsString());
  client.mutable_hello()->set_signature(std::string(64, 's'));
  corpus->Add("client_message_fuzzer", client.SerializeAsString());
  v1::WelcomeBody welcome;
  welcome.set_version(1);
  *welcome.add_held() = ToProto(head);
  server.mutable_welcome()->set_body(welcome.SerializeAsString());
  server.mutable_welcome()->set_signature(std::string(64, 's'));
  corpus->Add("server_message_fuzzer", server.SerializeAsString());
}

// Draws for the generator of worlds.
void AddWorld(uint64_t seed, Corpus* corpus) {
  sync::SeededRandom random(seed);
  std::string draws(120, 0);
  for (char& draw : draws) draw = static_cast<char>(random.Below(256));
  corpus->Add("text_merge_fuzzer", draws);
}

}  // namespace
}  // namespace dateline

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_corpus DIRECTORY\n";
    return 2;
  }
  dateline::Corpus corpus(argv[1]);
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    const auto runs = dateline::testing::RandomRuns(seed, 2, 4);
    dateline::sync::NoIndex nothing;
    corpus.Add("pack_fuzzer",
               std::string(1, '\0') + EncodePack(runs, nothing, 0).pack());
    AddMessages(runs, &corpus);
    for (uint64_t i = 0; i < 8; ++i) dateline::AddWorld(8 * seed + i, &corpus);
    for (const auto& run : runs) AddChange(run.changes.front(), &corpus);
  }
  return 0;
}

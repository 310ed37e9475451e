// make_golden DIRECTORY: writes the golden files of a release, once.
#include <fstream>
#include <iostream>

#include "sync/merge/document.h"
#include "tests/compat/golden_story.h"

namespace {

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_golden DIRECTORY\n";
    return 2;
  }
  const std::string directory = argv[1];
  const auto story = dateline::testing::TellGoldenStory();
  if (!story.ok()) {
    std::cerr << story.status() << "\n";
    return 1;
  }
  dateline::sync::NoIndex nothing;
  std::vector<const dateline::sync::Change*> report;
  for (const auto& run : story->runs) {
    const auto& change = run.changes.front();
    if (change.header.document == story->report) report.push_back(&change);
  }
  WriteFile(directory + "/story.frame",
            EncodePack(story->runs, nothing, 3).SerializeAsString());
  WriteFile(directory + "/story.pack",
            EncodePack(story->runs, nothing, 0).pack());
  WriteFile(directory + "/changes.txt", dateline::testing::ListOf(story->runs));
  WriteFile(
      directory + "/report.rendering",
      dateline::sync::Rendering(MergeDocument(story->report, report, {})));
  return 0;
}

#include "tests/sync/text/trace.h"

#include <zlib.h>

#include <nlohmann/json.hpp>

#include "sync/base/status_macros.h"
#include "sync/text/draft.h"
#include "tests/sync/text/world.h"

namespace dateline::testing {
namespace {

using sync::text::Edit;
using sync::text::RunKind;

// gzread passes through what is not compressed.
absl::StatusOr<std::string> ReadAll(const std::string& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return absl::NotFoundError(path);
  std::string bytes;
  std::vector<char> chunk(1 << 20);
  int got = 0;
  while ((got = gzread(file, chunk.data(), chunk.size())) > 0) {
    bytes.append(chunk.data(), got);
  }
  gzclose(file);
  if (got < 0) return absl::InvalidArgumentError(path + ": damaged gzip");
  return bytes;
}

absl::Status AddPatches(const nlohmann::json& transaction, Trace* trace) {
  Edit& edit = trace->edits.back();
  for (const nlohmann::json& patch : transaction["patches"]) {
    const uint32_t position = patch[0];
    const uint32_t deleted = patch[1];
    DATELINE_ASSIGN_OR_RETURN(
        const std::u32string inserted,
        sync::text::ToScalars(patch[2].get<std::string>()));
    if (deleted > 0) {
      edit.runs.push_back({position, deleted, RunKind::kDelete});
    }
    if (!inserted.empty()) {
      edit.runs.push_back({position, static_cast<uint32_t>(inserted.size())});
      edit.inserted += inserted;
    }
    ++trace->patches;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Trace> ReadTrace(const std::string& path, int batch) {
  DATELINE_ASSIGN_OR_RETURN(const std::string bytes, ReadAll(path));
  const nlohmann::json json = nlohmann::json::parse(bytes, nullptr, false);
  if (json.is_discarded() || !json.contains("txns")) {
    return absl::InvalidArgumentError(path + ": not a trace");
  }
  Trace trace;
  DATELINE_ASSIGN_OR_RETURN(
      trace.end_content,
      sync::text::ToScalars(json["endContent"].get<std::string>()));
  const bool concurrent = json.contains("numAgents");
  int left = 0;  // of the batch
  std::vector<uint64_t> seqs(1000);
  for (const nlohmann::json& transaction : json["txns"]) {
    if (concurrent || left == 0) {
      std::vector<uint32_t> parents;
      int agent = 0;
      if (concurrent) {
        parents = transaction["parents"].get<std::vector<uint32_t>>();
        agent = transaction["agent"];
      } else if (!trace.edits.empty()) {
        parents = {static_cast<uint32_t>(trace.edits.size() - 1)};
      }
      trace.edits.push_back(MakeEdit(agent, ++seqs[agent], parents));
      trace.edits.back().lamport = trace.edits.size();
      left = batch;
    }
    --left;
    DATELINE_RETURN_IF_ERROR(AddPatches(transaction, &trace));
  }
  return trace;
}

}  // namespace dateline::testing

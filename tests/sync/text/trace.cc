#include "tests/sync/text/trace.h"

#include <zlib.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "sync/base/status_macros.h"
#include "sync/text/draft.h"
#include "sync/text/hunks.h"
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

absl::Status AddPatches(const nlohmann::json& patches, Transaction* to,
                        Trace* trace) {
  for (const nlohmann::json& json : patches) {
    Patch patch;
    patch.position = json[0];
    patch.deleted = json[1];
    DATELINE_ASSIGN_OR_RETURN(
        patch.inserted, sync::text::ToScalars(json[2].get<std::string>()));
    trace->scalars += patch.deleted + patch.inserted.size();
    ++trace->patches;
    to->patches.push_back(std::move(patch));
  }
  return absl::OkStatus();
}

void AddRuns(const Patch& patch, Edit* edit) {
  if (patch.deleted > 0) {
    AppendRun({patch.position, patch.deleted, RunKind::kDelete}, &edit->runs);
  }
  if (patch.inserted.empty()) return;
  const uint32_t length = patch.inserted.size();
  AppendRun({patch.position, length}, &edit->runs);
  edit->inserted += patch.inserted;
}

}  // namespace

absl::StatusOr<Trace> ReadTrace(const std::string& path) {
  DATELINE_ASSIGN_OR_RETURN(const std::string bytes, ReadAll(path));
  const nlohmann::json json = nlohmann::json::parse(bytes, nullptr, false);
  if (json.is_discarded() || !json.contains("txns")) {
    return absl::InvalidArgumentError(path + ": not a trace");
  }
  Trace trace;
  const std::string file = std::filesystem::path(path).filename();
  trace.name = file.substr(0, file.find('.'));
  trace.concurrent = json.contains("numAgents");
  DATELINE_ASSIGN_OR_RETURN(
      trace.end_content,
      sync::text::ToScalars(json["endContent"].get<std::string>()));
  for (const nlohmann::json& from : json["txns"]) {
    Transaction to;
    if (trace.concurrent) {
      to.parents = from["parents"].get<std::vector<uint32_t>>();
      to.author = from["agent"];
    } else if (!trace.transactions.empty()) {
      to.parents = {static_cast<uint32_t>(trace.transactions.size() - 1)};
    }
    DATELINE_RETURN_IF_ERROR(AddPatches(from["patches"], &to, &trace));
    trace.transactions.push_back(std::move(to));
  }
  return trace;
}

std::vector<Edit> EditsOf(const Trace& trace, size_t keystrokes) {
  const std::vector<Transaction>& all = trace.transactions;
  std::vector<uint32_t> children(all.size());
  for (const Transaction& transaction : all) {
    for (const uint32_t parent : transaction.parents) ++children[parent];
  }
  std::vector<Edit> edits;
  std::vector<uint32_t> edit_of;
  std::vector<uint64_t> seqs(1000);
  std::vector<size_t> strokes;
  for (const Transaction& transaction : all) {
    bool goes_on = false;
    if (transaction.parents.size() == 1) {
      const uint32_t parent = transaction.parents[0];
      goes_on =
          children[parent] == 1 && all[parent].author == transaction.author &&
          strokes[edit_of[parent]] + transaction.patches.size() <= keystrokes;
      if (goes_on) edit_of.push_back(edit_of[parent]);
    }
    if (!goes_on) {
      std::vector<uint32_t> parents;
      for (const uint32_t parent : transaction.parents) {
        parents.push_back(edit_of[parent]);
      }
      edit_of.push_back(edits.size());
      edits.push_back(
          MakeEdit(transaction.author, ++seqs[transaction.author], parents));
      edits.back().lamport = edits.size();
      strokes.push_back(0);
    }
    strokes[edit_of.back()] += transaction.patches.size();
    for (const Patch& patch : transaction.patches) {
      AddRuns(patch, &edits[edit_of.back()]);
    }
  }
  return edits;
}

}  // namespace dateline::testing

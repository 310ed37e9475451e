#include "tests/bench/corpus.h"

#include <zstd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "sync/base/status_macros.h"

namespace dateline::bench {
namespace {

constexpr size_t kCorpusBytesMax = 256 << 20;  // a mistake, not a corpus

absl::StatusOr<std::string> Decompress(const std::string& packed) {
  const uint64_t bytes = ZSTD_getFrameContentSize(packed.data(), packed.size());
  // Unknown and error are the two largest numbers.
  if (bytes > kCorpusBytesMax) {
    return absl::InvalidArgumentError("corpus: no or too large a size");
  }
  std::string out(bytes, '\0');
  const size_t size =
      ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size());
  if (ZSTD_isError(size)) {
    return absl::InvalidArgumentError(
        absl::StrCat("corpus: ", ZSTD_getErrorName(size)));
  }
  out.resize(size);
  return out;
}

absl::StatusOr<std::string> ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(absl::StrCat("no corpus at ", path));
  std::stringstream bytes;
  bytes << in.rdbuf();
  if (!absl::EndsWith(path, ".zst")) return bytes.str();
  return Decompress(bytes.str());
}

client::ReportEdit FromJson(const nlohmann::json& line) {
  client::ReportEdit report;
  report.external_id = absl::StrCat("corpus:", line.value("id", 0));
  report.headline = line.value("title", "");
  report.body = line.value("body", "");
  v1::Place place;
  place.set_name(line.value("dateline", ""));
  report.located = place;
  report.subjects = line.value("topics", std::vector<std::string>());
  return report;
}

}  // namespace

absl::StatusOr<std::vector<client::ReportEdit>> LoadCorpus(
    const std::string& path, size_t count) {
  DATELINE_ASSIGN_OR_RETURN(const std::string text, ReadText(path));
  std::vector<client::ReportEdit> reports;
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    if (reports.size() == count) break;
    const auto json =
        nlohmann::json::parse(line.begin(), line.end(), nullptr, false);
    if (json.is_discarded()) {
      return absl::InvalidArgumentError(
          absl::StrCat("corpus: line ", reports.size() + 1, " is not JSON"));
    }
    reports.push_back(FromJson(json));
  }
  return reports;
}

size_t WordBytes(const client::ReportEdit& report) {
  size_t bytes = report.headline->size() + report.body->size() +
                 report.located->name().size();
  for (const std::string& subject : *report.subjects) bytes += subject.size();
  return bytes;
}

}  // namespace dateline::bench

// A corpus of reports, one JSON object a line, plain or zstd. Bytes of a
// stranger: every limit is checked here. Thread-compatible.
#ifndef DATELINE_CLIENT_CORE_CLI_CORPUS_H_
#define DATELINE_CLIENT_CORE_CLI_CORPUS_H_

#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "dateline/client.h"

struct ZSTD_DCtx_s;

namespace dateline::cli {

constexpr size_t kCorpusLineBytesMax = 4 << 20;  // many times any report

// Reads the lines of a file, which it opens by its name's end: `.zst` is
// decompressed as it is read.
class CorpusReader {
 public:
  static absl::StatusOr<std::unique_ptr<CorpusReader>> Open(
      const std::string& path);
  ~CorpusReader();

  // nullopt at the end. Fails on a damaged file and on too long a line.
  absl::StatusOr<std::optional<std::string>> NextLine();
  uint64_t line_number() const { return line_number_; }  // of the last, from 1
  // How much of the file was read, 0 to 1.
  double Fraction() const;

 private:
  explicit CorpusReader(std::string path) : path_(std::move(path)) {}
  absl::Status ReadMore();
  absl::Status Decompress(const std::string& bytes);

  const std::string path_;
  std::ifstream file_;
  ZSTD_DCtx_s* zstd_ = nullptr;  // owned; null: the file is plain
  bool mid_frame_ = false;
  bool at_end_ = false;
  uint64_t size_ = 0;
  uint64_t read_ = 0;
  uint64_t line_number_ = 0;
  std::string buffer_;
  size_t used_ = 0;  // of buffer_
};

// Which key of a line becomes which field: ninjs name -> key.
using FieldMap = absl::btree_map<std::string, std::string>;
// "headline=title,body=text" over the defaults (each field's own name, and
// externalId=id). A usage error for a field that a report has not.
absl::StatusOr<FieldMap> ParseFieldMap(const std::string& text);

// A line as a report. Its external_id is "<corpus>:<id>", or the line's hash
// where it has no id, so that the same line is the same report again.
absl::StatusOr<client::ReportEdit> ParseCorpusLine(const std::string& line,
                                                   const FieldMap& map,
                                                   const std::string& corpus);

}  // namespace dateline::cli

#endif  // DATELINE_CLIENT_CORE_CLI_CORPUS_H_

// Reads a text file line by line, decompressing it if it is zstd: imports of
// `.jsonl` and `.jsonl.zst`.
#ifndef DATELINE_SYNC_HOST_LINE_READER_H_
#define DATELINE_SYNC_HOST_LINE_READER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace dateline::host {

constexpr size_t kLineBytesMax = 8 << 20;  // one JSON object of a corpus

// Thread-compatible.
class LineReader {
 public:
  // NOT_FOUND. Compression is told by the file's first bytes, not its name.
  static absl::StatusOr<std::unique_ptr<LineReader>> Open(
      const std::string& path);
  ~LineReader();

  // The next line without its end; false at the end of the file. TOO_LARGE
  // over kLineBytesMax; STORAGE_DAMAGED for broken or cut zstd.
  absl::StatusOr<bool> Next(std::string* line);

  // Of the file as it is on the disk: how far, of how much. For progress.
  uint64_t bytes_read() const;
  uint64_t bytes_total() const;

 private:
  struct Impl;
  explicit LineReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace dateline::host

#endif  // DATELINE_SYNC_HOST_LINE_READER_H_

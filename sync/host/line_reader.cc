#include "sync/host/line_reader.h"

#include <zstd.h>

#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "sync/base/errors.h"
#include "sync/base/status_macros.h"

namespace dateline::host {
namespace {

constexpr size_t kChunkBytes = 64 << 10;
constexpr absl::string_view kZstdMagic("\x28\xB5\x2F\xFD", 4);

}  // namespace

struct LineReader::Impl {
  ~Impl() {
    std::fclose(file);
    ZSTD_freeDCtx(zstd);
  }

  // Appends to `text`; at the end of the file sets `ended`.
  absl::Status Fill() {
    if (input.empty()) {
      input.resize(kChunkBytes);
      input.resize(std::fread(input.data(), 1, input.size(), file));
      if (std::ferror(file) != 0) {
        return sync::MakeError(v1::STORAGE_DAMAGED, "the file can't be read");
      }
      read += input.size();
      ended = input.empty();
      if (ended && zstd != nullptr && frame_open) {
        return sync::MakeError(v1::STORAGE_DAMAGED, "the file is cut short");
      }
    }
    if (ended) return absl::OkStatus();
    if (first) {
      first = false;
      if (absl::string_view(input).substr(0, 4) == kZstdMagic) {
        zstd = ZSTD_createDCtx();
      }
    }
    return zstd == nullptr ? TakePlain() : Decompress();
  }

  absl::Status TakePlain() {
    text += input;
    input.clear();
    return absl::OkStatus();
  }

  absl::Status Decompress() {
    std::string output(kChunkBytes, '\0');
    ZSTD_inBuffer in = {input.data(), input.size(), 0};
    ZSTD_outBuffer out = {output.data(), output.size(), 0};
    const size_t result = ZSTD_decompressStream(zstd, &out, &in);
    if (ZSTD_isError(result) != 0) {
      return sync::MakeError(v1::STORAGE_DAMAGED, "the file is not whole zstd",
                             {.got = ZSTD_getErrorName(result)});
    }
    frame_open = result != 0;
    text.append(output, 0, out.pos);
    input.erase(0, in.pos);
    return absl::OkStatus();
  }

  std::FILE* file = nullptr;  // owned
  ZSTD_DCtx* zstd = nullptr;  // owned; null: plain text
  bool first = true, ended = false, frame_open = false;
  uint64_t total = 0, read = 0;
  std::string input, text;
  size_t start = 0;    // of the next line in `text`
  size_t scanned = 0;  // `text` up to here holds no end of that line
};

LineReader::LineReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LineReader::~LineReader() = default;

absl::StatusOr<std::unique_ptr<LineReader>> LineReader::Open(
    const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr) {
    return sync::MakeError(v1::NOT_FOUND, "there is no such file");
  }
  auto impl = std::make_unique<Impl>();
  impl->file = file;
  if (std::fseek(file, 0, SEEK_END) == 0) {
    const long size = std::ftell(file);
    impl->total = size > 0 ? static_cast<uint64_t>(size) : 0;
  }
  std::rewind(file);
  return std::unique_ptr<LineReader>(new LineReader(std::move(impl)));
}

absl::StatusOr<bool> LineReader::Next(std::string* line) {
  Impl& in = *impl_;
  while (true) {
    const size_t end = in.text.find('\n', in.scanned);
    if (end != std::string::npos) {
      line->assign(in.text, in.start, end - in.start);
      in.start = in.scanned = end + 1;
      return true;
    }
    in.text.erase(0, in.start);
    in.start = 0;
    in.scanned = in.text.size();
    if (in.text.size() > kLineBytesMax) {
      return sync::TooLarge("line", "kLineBytesMax", kLineBytesMax,
                            in.text.size());
    }
    if (in.ended) break;
    DATELINE_RETURN_IF_ERROR(in.Fill());
  }
  if (in.text.empty()) return false;
  *line = std::exchange(in.text, "");
  in.scanned = 0;
  return true;
}

uint64_t LineReader::bytes_read() const { return impl_->read; }
uint64_t LineReader::bytes_total() const { return impl_->total; }

}  // namespace dateline::host
